"""Every lock format behind one door: what a text is, read, and written.

    kind          read        written     holds
    parity        yes         yes         everything that `core.lock` has
    pixi          v4 to v7    v6, v7      environments, platforms, conda, PyPI
    conda-lock    v1          v1          platforms, conda, PyPI; environments as categories
    jupyterlite   1.0.0       no          one platform, conda, PyPI
    explicit      yes         yes         one platform, conda
    pylock        1.0         1.0         one platform, PyPI
    environment   no (a request) yes      one platform, conda, PyPI, variables

docs/reference/lock.md says what each cannot hold.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

from parity.core.lock import DEFAULT, Lock, Locked, LockedEnvironment, LockPlatform
from parity.errors import Fault, FaultsError, InputError
from parity.model import Solution
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parity.formats.explicit import HashKind
    from parity.formats.wheel_tags import Target
    from parity.model import PypiPackage

Kind = Literal["parity", "pixi", "conda-lock", "jupyterlite", "explicit", "pylock"]
Form = Literal["full", "no-builds", "from-history"]

KINDS = ("parity", "pixi", "conda-lock", "explicit", "pylock", "environment")
"""What `render` writes."""

_NAMES: tuple[tuple[str, Kind], ...] = (
    (r"(?:.+\.)?parity\.lock", "parity"),
    (r"pixi\.lock", "pixi"),
    (r"(?:.+[.-])?lock\.ya?ml", "conda-lock"),
    (r"pylock(?:\.[^.]+)?\.toml", "pylock"),
)


def detect(name: str, text: str) -> Kind | None:
    """Which lock format a file is in; None for what is no lock, such as an environment.yml.

    Args:
        name: of the file, with or without directories; "" where it has none.
        text: its content. What it shows counts before the name.
    """
    filename = re.split(r"[/\\]", name)[-1].lower()
    return _by_content(text) or next((kind for pattern, kind in _NAMES if re.fullmatch(pattern, filename)), None)


def _by_content(text: str) -> Kind | None:
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return "jupyterlite" if '"lockVersion"' in text else None
    lines = text.splitlines()
    if any(line.startswith("lock-version") and line[12:].lstrip().startswith("=") for line in lines):
        return "pylock"
    keys = {line.partition(":")[0] for line in lines if line[:1].isalpha()}  # no expressions: they take time to make
    if {"version", "environments"} <= keys:
        return "parity" if "parity" in keys else "pixi"
    if keys >= {"metadata", "package"} or (keys >= {"version"} and keys & {"metadata", "package"}):
        return "conda-lock"
    return "explicit" if any(line.strip() == "@EXPLICIT" for line in lines) else None


def parse(text: str, *, file: str = "", base: str = "", target: Target | None = None, platform: str = "") -> Lock:
    """Read a lock in any format.

    Args:
        text: its content.
        file: its name, which may tell the format, for messages.
        base: absolute directory that relative paths in it start from.
        target: whom to choose the files of a pylock.toml for; None takes every package and its first wheel.
        platform: subdir that is meant where the file does not say (`@EXPLICIT` files of noarch packages only).

    Raises:
        FaultsError: it is no lock, or holds faults; each with line and place.
    """
    kind = detect(file, text)
    if kind in {"parity", "pixi"}:
        from parity.formats import pixi_lock

        return pixi_lock.parse(text, file=file, base=base)
    if kind == "conda-lock":
        from parity.formats import conda_lock

        return conda_lock.parse(text, file=file, base=base)
    if kind == "jupyterlite":
        from parity.formats import jupyterlite_lock

        return jupyterlite_lock.parse(text, file=file, base=base)
    if kind == "explicit":
        from parity.formats import explicit

        return explicit.parse(text, file=file, base=base, platform=platform)
    if kind == "pylock":
        from parity.formats import pylock

        subdir = target.platform if target is not None else platform or "noarch"
        solution = Solution(subdir, pypi=pylock.parse(text, target=target, base=base, file=file))
        return Lock((LockPlatform(subdir, subdir),), (LockedEnvironment(DEFAULT, (), (Locked(subdir, solution),)),))
    known = "parity.lock, pixi.lock, conda-lock.yml, pylock.toml and @EXPLICIT files are"
    if re.search(r"^dependencies:", text, re.MULTILINE):
        hint = "`parity lock -f` makes a lock of it, `parity create -f` an environment"
        raise FaultsError([Fault("this asks for packages, and is no lock", file=file, hint=hint)])
    raise FaultsError([Fault("this is no lock of a known format", file=file, hint=known)])


def render(
    lock: Lock,
    kind: str,
    *,
    environment: str = "",
    platform: str = "",
    base: str = "",
    version: int = 7,
    hashes: HashKind = "sha256",
    form: Form = "full",
    name: str | None = None,
    prefix: str = "",
    channel_name: Callable[[str], str] = str,
) -> str:
    """Write a lock, or a part of it.

    Args:
        lock: what to write.
        kind: one of `KINDS`.
        environment: the one to write; "" for all where the format holds several, else for `default` or the only one.
        platform: name or subdir of the one to write; "" for all where the format holds several, else for the only one.
        base: absolute directory that the file will stand in; paths are written relative to it.
        version: of a pixi.lock: 7, or 6 for a pixi that knows no later one.
        hashes: which an `@EXPLICIT` file gets.
        form: of an environment.yml: exact with builds, exact without, or what was asked for.
        name: name to write into an environment.yml.
        prefix: path to write into an environment.yml.
        channel_name: the name of a channel by its URL, for an environment.yml.

    Raises:
        InputError: the format is not known, the lock has no such part, or the format holds only one of several.
    """
    if kind not in KINDS:
        raise InputError(f"`{kind}` is no format that a lock is written in", hints=[f"known are {', '.join(KINDS)}"])
    if kind == "parity":
        from parity.formats import parity_lock

        return parity_lock.render(part(lock, environment, platform), base=base)
    if kind == "pixi":
        from parity.formats import parity_lock

        return parity_lock.render(part(lock, environment, platform), base=base, own=False, version=version)
    if kind == "conda-lock":
        from parity.formats import conda_lock

        return conda_lock.render(part(lock, environment, platform), environment=environment)
    chosen, locked = one(lock, environment, platform)
    if kind == "explicit":
        from parity.formats import explicit

        return explicit.render(locked.solution, hashes=hashes)
    if kind == "pylock":
        from parity.formats import pylock

        bare = [package.name for package in locked.solution.pypi if not pylock.has_hashes(package)]
        if bare:
            raise InputError(f"a pylock.toml needs a hash of every file, and the lock has none of {', '.join(bare)}",
                             hints=["`parity lock` writes a lock with all hashes"])  # fmt: skip
        return pylock.render(_relative(package, base) for package in locked.solution.pypi)
    from parity.formats import environment_export

    channels = [channel_name(url) for url in chosen.channels]
    variables = dict(chosen.variables)
    if form == "from-history":
        return environment_export.render_requested(name=name, channels=channels, specs=locked.specs, pip=locked.pip,
                                                   variables=variables, prefix=prefix)  # fmt: skip
    return environment_export.render(name=name, channels=channels, packages=locked.solution, builds=form == "full",
                                     variables=variables, prefix=prefix, base=base)  # fmt: skip


def losses(lock: Lock, kind: str) -> tuple[str, ...]:
    """What a format cannot hold of a lock, each as a phrase (`2 PyPI packages`); empty where it holds everything.

    What makes writing impossible is no loss: `render` raises then.
    """
    parts = [locked for environment in lock.environments for locked in environment.locked]
    found: list[str] = []

    def note(count: int, what: str) -> None:
        if count:
            found.append(f"{count} {what}{'' if count == 1 else 's'}")

    if kind == "explicit":
        note(max((len(locked.solution.pypi) for locked in parts), default=0), "PyPI package")
    if kind not in {"parity", "pixi", "conda-lock"}:
        note(max((len(locked.other) for locked in parts), default=0), "source package")
    if kind == "pylock":
        note(max((len(locked.solution.conda) for locked in parts), default=0), "conda package")
    if kind not in {"parity", "environment"}:
        note(sum(len(environment.variables) for environment in lock.environments), "environment variable")
        if any(locked.specs or locked.pip for locked in parts):
            found.append("what was asked for")
    if kind not in {"parity", "pixi"} and any(platform.virtual for platform in lock.platforms):
        found.append("virtual packages")
    if kind == "environment":
        found.append("hashes and addresses of the packages")
    return tuple(found)


def part(lock: Lock, environment: str = "", platform: str = "") -> Lock:
    """The lock with one of its environments, or one of its platforms, or as it is.

    Raises:
        InputError: it has no such part.
    """
    environments = [item for item in lock.environments if not environment or item.name == environment]
    if not environments:
        raise _no("environment", environment, (item.name for item in lock.environments))
    platforms = [item for item in lock.platforms if not platform or platform in {item.name, item.subdir}]
    exact = [item for item in platforms if item.name == platform]
    platforms = exact or platforms
    if platform and not platforms:
        raise _no("platform", platform, (item.name for item in lock.platforms))
    names = {item.name for item in platforms}
    return replace(
        lock,
        platforms=tuple(platforms),
        environments=tuple(
            replace(item, locked=tuple(locked for locked in item.locked if locked.platform in names))
            for item in environments
        ),
    )


def one(lock: Lock, environment: str = "", platform: str = "") -> tuple[LockedEnvironment, Locked]:
    """One environment on one platform.

    Args:
        lock: as read.
        environment: "" for `default`, or the only one.
        platform: name or subdir; "" for the only one.

    Raises:
        InputError: it has no such part, or several where one is wanted.
    """
    names = [item.name for item in lock.environments]
    chosen = part(lock, environment or (DEFAULT if DEFAULT in names else ""), platform)
    if len(chosen.environments) != 1:
        raise InputError("the lock has several environments, and this format holds one",
                         hints=[f"choose one with --environment: {', '.join(names)}"])  # fmt: skip
    locked = chosen.environments[0].locked
    if len(locked) != 1:
        known = ", ".join(item.platform for item in locked)
        message = "the lock has several platforms, and this format holds one" if locked else "nothing is locked there"
        raise InputError(message, hints=[f"choose one with --platform: {known}"] if locked else [])
    return chosen.environments[0], locked[0]


def _no(what: str, name: str, known: Iterable[str]) -> InputError:
    return InputError(f"the lock has no {what} `{name}`", hints=[f"it has {', '.join(known) or 'none'}"])


def _relative(package: PypiPackage, base: str) -> PypiPackage:
    """The package with the paths of its pin relative to a directory; paths in a pylock.toml start at the file."""
    from parity.formats.parity_lock import relative

    table: dict[str, Any] = json.loads(package.pin)
    single = (table[key] for key in ("sdist", "archive", "directory", "vcs") if key in table)
    places = [*table.get("wheels", ()), *single]
    for place in places:
        if "path" in place and base:
            place["path"] = relative(place["path"], base)
    return replace(package, pin=json.dumps(table))
