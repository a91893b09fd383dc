"""Puts the parts together that locking needs: sources, the lock beside them, engines, and what is asked of them."""

from __future__ import annotations

import json
import os
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.channels import NODEFAULTS
from parity.core.lock import DEFAULT, Lock, Locked, LockedEnvironment
from parity.core.lock_merge import COMMAND_LINE
from parity.core.lock_wish import Wish, platforms_of
from parity.errors import InputError, NotFoundError, UnsatisfiableError
from parity.model import PYPI_CHANNEL, Channel, Request, Solution
from parity.values import dataclass, replace
from parity.wiring.lock_surroundings import Here

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from parity.core.lock import LockPlatform
    from parity.model import CondaPackage
    from parity.ops.lock import Wanted
    from parity.ops.lock_check import Mismatch
    from parity.ops.resolve import Engines, Goal
    from parity.wiring import Services

NAME = "parity.lock"
_USUAL_FILES = ("environment.yml", "environment.yaml")


@dataclass(frozen=True, slots=True)
class Locks:
    """A lock before and after.

    Attributes:
        path: of the file.
        before: what it held; None where it is new.
        after: what it holds now, or with `--dry-run` would hold.
        text: of the file, after.
        written: whether the file was changed.
    """

    path: Path
    before: Lock | None
    after: Lock
    text: str
    written: bool


class Locking:
    """One lock and what it is made from.

    Args:
        services: of this call.
        files: sources, as a person names them; none for those the lock names, or the usual ones.
        output: the lock; None for `parity.lock` beside the first source.
        wish: what is asked for beside the files.
        as_of: date or moment to lock as of; "now" to lift an earlier one, "" to keep it.
        bundles: directories that may hold interpreters of the lock.
    """

    def __init__(
        self,
        services: Services,
        *,
        files: Sequence[str] = (),
        output: str | None = None,
        wish: Wish | None = None,
        as_of: str = "",
        bundles: Sequence[str] = (),
    ) -> None:
        self.services = services
        self._files = tuple(Path(file).expanduser() for file in files)
        self._output = output
        self._wish = wish or Wish()
        self._as_of = as_of
        self._here = Here(services, [Path(each).expanduser().absolute() for each in bundles])
        self._warned: set[str] = set()
        self._solving = True

    # -- files ---------------------------------------------------------------------------------------

    @cached_property
    def path(self) -> Path:
        """Of the lock, without links and `..` on the way, which paths inside it are told from."""
        if self._output is not None:
            named = Path(self._output).expanduser()
            return named.parent.resolve() / named.name
        return (self._files[0].parent if self._files else Path()).resolve() / NAME

    @cached_property
    def existing(self) -> Lock | None:
        """The lock that stands there."""
        return self.read(self.path) if self.path.is_file() else None

    def read(self, path: Path, *, base: Path | None = None) -> Lock:
        """A lock in any format.

        Raises:
            NotFoundError: there is none.
            FaultsError: it cannot be read.
        """
        from parity.formats import locks
        from parity.store.files import translated

        if not path.is_file():
            raise NotFoundError(f"there is no file {path}", hints=["`parity lock` makes one from environment.yml"])
        with translated(path, "read"):
            text = path.read_bytes().decode("utf-8", "replace")
        return locks.parse(text, file=str(path), base=str(base or path.parent))

    @cached_property
    def sources(self) -> tuple[Path, ...]:
        """The files that the lock is made from.

        Raises:
            InputError: there are none, and nothing else is asked for.
            NotFoundError: one that the lock names is gone.
        """
        if self._files:
            return self._files
        if self.existing is not None and self.existing.sources:
            # As short as they were given, for messages.
            return tuple(_near(self.path.parent / source) for source in self.existing.sources)
        found = [_near(self.path.parent / name) for name in _USUAL_FILES if (self.path.parent / name).is_file()]
        wish = self.wish
        if not found and not (wish.specs or wish.pypi):
            raise InputError(
                f"there is nothing to lock: no environment.yml in {self.path.parent}",
                hints=["name a file with -f, or packages: parity lock python=3.11 numpy"],
            )
        return tuple(found[:1])

    @cached_property
    def wish(self) -> Wish:
        """What is asked for beside the files, now or when the lock was made."""
        if self.existing is None:
            return self._wish
        options = dict(self.existing.environments[0].options) if self.existing.environments else {}
        return self._wish.over(Wish.parse(options.get(COMMAND_LINE, "")))

    @cached_property
    def before(self) -> int | None:
        """The moment to lock as of, in milliseconds; None for now."""
        from parity.core.moments import milliseconds

        text = self._as_of
        if not text and self.existing is not None and self.existing.environments:
            text = dict(self.existing.environments[0].options).get("exclude-newer", "")
        return milliseconds(text) if text and text != "now" else None

    # -- what is wanted --------------------------------------------------------------------------------

    def _request(self, subdir: str) -> Request:
        from parity.store import request_files

        request = Request()
        if self.sources:
            request = request_files.read(
                self.sources, environ=self.services.environ, platform=subdir, warn=self._warn_once
            )
        asked = self.services.request(self.wish.specs, (), self.wish.pypi)
        from parity.core import merge

        return replace(
            request,
            channels=self._channels(request),
            specs=merge.merge_specs(request.specs, asked.specs),
            pip=merge.merge_pip(request.pip, asked.pip),
        )

    def _channels(self, request: Request) -> tuple[str, ...]:
        """Channels of the command line before those of the files, of the lock, or of the settings."""
        more = request.channels
        if not more and not request.nodefaults and NODEFAULTS not in self.wish.channels:
            locked = self.existing.environments[:1] if self.existing is not None else ()
            more = locked[0].channels if locked and locked[0].channels else tuple(self.services.settings.channels)
        return tuple(dict.fromkeys((*self.wish.channels, *more)))

    def _warn_once(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self.services.output.warn(text)

    @cached_property
    def _any(self) -> Request:
        """The request of the files with what every platform shares."""
        return self._request(self.services.platform)

    @cached_property
    def platforms(self) -> tuple[LockPlatform, ...]:
        """The platforms to lock: asked for, of the files, of the existing lock, or this machine's."""
        existing = self.existing.platforms if self.existing is not None else ()
        subdirs = (
            self.wish.platforms
            or self._any.platforms
            or tuple(dict.fromkeys(platform.subdir for platform in existing))
            or (self.services.platform,)
        )
        from parity.core.platforms import SUBDIRS, unknown

        for name in subdirs:
            if name not in SUBDIRS:
                raise unknown(name)
        return platforms_of(subdirs, self._any.system, self._any.variants, self.wish)

    def _of_variant(self, name: str) -> tuple[tuple[str, str], ...]:
        return dict(self.wish.named_variants() or self._any.variants).get(name, ())

    @cached_property
    def wanted(self) -> Wanted:
        """What the lock shall hold."""
        from parity.ops.lock import Wanted

        goals: dict[str, Goal] = {}
        parts: list[Locked] = []
        requests = {subdir: self._request(subdir) for subdir in {each.subdir for each in self.platforms}}
        platforms = tuple(self._with_interpreter(each, requests[each.subdir]) for each in self.platforms)
        for platform in platforms:
            goal = self._goal(requests[platform.subdir], platform)
            goals[platform.name] = goal
            parts.append(_recorded(platform, requests[platform.subdir], goal))
        goal = next(iter(goals.values()))
        environment = LockedEnvironment(
            DEFAULT,
            tuple(url for channel in goal.channels for url in self._shared(channel)),
            tuple(parts),
            indexes=self._indexes(goal),
            options=self._options(goal),
            variables=tuple(sorted(self._any.variables)),
        )
        extra = self.existing.extra if self.existing is not None else ""
        names = tuple(_relative(path, self.path.parent) for path in self.sources)
        return Wanted(Lock(platforms, (environment,), names, extra), goals)

    def _with_interpreter(self, platform: LockPlatform, request: Request) -> LockPlatform:
        """A platform whose C library is as new as the Python needs that Parity makes from this machine's.

        Such a Python runs where the C library is that of this machine or newer; where nobody says otherwise, the lock
        is for those machines.
        """
        given = {name for name, _ in (*self._any.system, *self._of_variant(platform.variant), *self.wish.pairs())}
        if PYPI_CHANNEL not in request.channels or not platform.subdir.startswith("linux") or "glibc" in given:
            return platform
        from parity.core.lock_choice import newest

        needed = [version for name, version, _ in platform.virtual if name == "__glibc"]
        if self.existing is not None:
            needed += [version for each in self.existing.platforms if each.name == platform.name
                       for name, version, _ in each.virtual if name == "__glibc"]  # fmt: skip
        if self._solving:
            needed += self._glibc_of_interpreter(platform, request)
        virtual = {each[0]: each for each in platform.virtual} | {"__glibc": ("__glibc", newest(needed), "0")}
        return replace(platform, virtual=tuple(virtual[name] for name in sorted(virtual)))

    def _glibc_of_interpreter(self, platform: LockPlatform, request: Request) -> list[str]:
        """What the packaged interpreters that the request may get need of the C library."""
        depends = " ".join(text for package in self._made(request, platform.subdir) for text in package.depends)
        return re.findall(r"__glibc >=([\d.]+)", depends)

    def _made(self, request: Request, subdir: str) -> tuple[CondaPackage, ...]:
        """Interpreters that Parity made, or makes now, and that the request may get; the best is the last."""
        from parity.model import MatchSpec

        if PYPI_CHANNEL not in request.channels or subdir != self.services.host_platform:
            return ()
        conda = [each for each in self.services.channels(request.channels) if each.urls]
        if conda and "python" in self.services.conda.names(conda, subdir):
            return ()
        spec = next((spec for spec in request.specs if spec.name == "python"), MatchSpec("python"))
        channel = self.services.interpreters.provide(spec, subdir)
        return self.services.conda.search(spec, [channel], subdir)

    def _goal(self, request: Request, platform: LockPlatform) -> Goal:
        from parity.engines.pypi_request import flatten

        # What a requirements file holds is asked for by the lock itself: the file may be elsewhere by then.
        lines = tuple(flatten(request.pip, self.services.environ))
        goal = self.services.goal(replace(request, pip=lines), target=platform)
        flat: list[Channel] = []
        for channel in goal.channels:
            # A lock knows no multichannels: each part is a channel of its own.
            parts = [Channel(self.services.channel_name(url), (url,)) for url in channel.urls]
            flat += parts if len(parts) > 1 else [channel]
        return replace(goal, channels=tuple(flat), before=self.before, label=platform.name)

    def _shared(self, channel: Channel) -> tuple[str, ...]:
        if channel.name == PYPI_CHANNEL:
            return (PYPI_CHANNEL,)
        return tuple(self.services.places.get(url, url) for url in channel.urls)

    def _indexes(self, goal: Goal) -> tuple[str, ...]:
        from parity.core.urls import strip_credentials

        if not goal.pip and all(channel.name != PYPI_CHANNEL for channel in goal.channels):
            return ()
        return tuple(strip_credentials(url) for url in self.services.index_urls)

    def _options(self, goal: Goal) -> tuple[tuple[str, str], ...]:
        from parity.core.moments import text_of

        options = {"channel-priority": str(goal.priority)}
        if self.before is not None:
            options["exclude-newer"] = text_of(self.before)
        if not goal.with_pip:
            options["add-pip-as-python-dependency"] = "false"
        if goal.constraints:
            options["pinned-packages"] = json.dumps(sorted(map(str, goal.constraints)))
        if text := self.wish.text():
            options[COMMAND_LINE] = text
        return tuple(sorted(options.items()))

    # -- doing -----------------------------------------------------------------------------------------

    def lock(self, *, upgrade: Collection[str] | None = ()) -> Locks:
        """Solve, and write the lock where anything in it changed."""
        from parity.ops.lock import lock

        self._warn_unknown(upgrade or ())
        try:
            after = lock(self.wanted, self._engines(), self._here, existing=self.existing, upgrade=upgrade)
        except UnsatisfiableError as error:
            if self.before is not None:
                error.hints = (
                    *error.hints,
                    "only what was published until the date of the lock counts: `--as-of now` lifts that",
                )
            raise
        return self._written(after, self.path, self.existing)

    def _warn_unknown(self, names: Collection[str]) -> None:
        """Say which packages that shall move the lock does not have: most likely a slip of the pen."""
        if self.existing is None:
            return
        from parity.core.names import normalise
        from parity.core.words import near

        packages = (package for each in self.existing.environments for part in each.locked for package in part.solution)
        known = {normalise(package.name) for package in packages}
        for name in names:
            if normalise(name) not in known:
                close = near(normalise(name), known, 3)
                also = f"; did you mean {' or '.join(close)}?" if close else ""
                self._warn_once(f"the lock has no package `{name}` that could move{also}")

    def check(self) -> tuple[Mismatch, ...]:
        """What stands between the lock and its sources; asks no network.

        Raises:
            NotFoundError: there is no lock.
        """
        from parity.ops.lock_check import check

        if self.existing is None:
            raise NotFoundError(f"there is no lock {self.path}", hints=["`parity lock` makes it"])
        self._solving = False
        return check(
            self.existing,
            self.wanted.record,
            matches=self.services.conda.matches,
            place=self._place,
            file=str(_near(self.path)),
        )

    def merge(self, base: Path, ours: Path, theirs: Path) -> Locks:
        """Merge two locks into `ours`; paths in them start from the directory of the lock itself.

        Raises:
            ParityError: the sides contradict each other.
        """
        from parity.core.lock_merge import merge
        from parity.ops.lock import Wanted, lock

        start, left, right = (
            self.read(path, base=self.path.parent) if path.stat().st_size else None for path in (base, ours, theirs)
        )
        if left is None or right is None:
            raise InputError("one side of the merge is empty", hints=["take the other one"])
        record, kept = merge(start, left, right)
        environment = record.environments[0]
        goals = {}
        subdirs = {platform.name: platform for platform in record.platforms}
        self._as_of = dict(environment.options).get("exclude-newer", "now")
        for part in environment.locked:
            # The files are not merged yet while git merges their lock, so that the locks have to say it all.
            request = Request(channels=environment.channels, specs=part.specs, pip=part.pip)
            goals[part.platform] = self._goal(request, subdirs[part.platform])
        after = lock(Wanted(record, goals), self._engines(), self._here, existing=kept)
        return self._written(after, ours, left)

    def _engines(self) -> Engines:
        # Made before threads ask for them: two that ask at once would each make one.
        engines = self.services.engines
        engines.pypi()
        engines.interpreters()
        return engines

    def _written(self, after: Lock, path: Path, before: Lock | None) -> Locks:
        from parity.formats import locks
        from parity.store.files import atomic_write

        text = locks.render(after, "parity", base=str(self.path.parent))
        changed = not path.is_file() or path.read_bytes() != text.encode()
        if changed and not self.services.dry_run:
            atomic_write(path, text)
        return Locks(path, before, after, text, changed and not self.services.dry_run)

    def _place(self, kind: str, what: str) -> tuple[str, int]:
        from parity.formats.environment_yml import places

        for path in self.sources:
            if path.suffix in {".yml", ".yaml"} and (line := places.line_of(path.read_text("utf-8-sig"), kind, what)):
                return str(path), line
        return (str(self.sources[0]) if self.sources else "", 0)


def _recorded(platform: LockPlatform, request: Request, goal: Goal) -> Locked:
    from parity.core.pip_lines import in_order, without_credentials

    specs = tuple(sorted(request.specs, key=str))
    return Locked(platform.name, Solution(platform.subdir), specs, in_order(map(without_credentials, goal.pip)))


def _relative(path: Path, base: Path) -> str:
    from parity.formats.parity_lock import relative

    named = path.expanduser()
    text = relative(str(named.parent.resolve() / named.name), str(base))
    return text.removeprefix("./")


def _near(path: Path) -> Path:
    """A path as a person in this directory writes it."""
    try:
        return Path(os.path.relpath(path))
    except ValueError:  # another drive
        return path
