"""What a package puts into a prefix, as known before it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from parity.core import canonical
from parity.core.fingerprint import Entry, Kind
from parity.core.rules import Rules, is_installer_note
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parity.model import Source

Scheme = Literal["prefix", "site", "scripts", "headers"]
"""Where a path starts from: the prefix, site-packages, the directory of scripts, that of a project's headers."""

LAUNCHER_EXE = "4d8c479577961d0c6d940966f7987fbb0d6fc98b80edc03b00ee949dd8c1b3e2"
"""SHA-256 of the program that rattler puts beside the script of an entry point on Windows (conda's launcher)."""


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """One file that a package installs.

    Attributes:
        scheme: what `path` is relative to: `prefix` once it is known where the package is installed.
        path: with `/`.
        kind: a regular file or a symbolic link.
        digest: SHA-256 (hex) of its canonical content (`parity.core.canonical`), or of the link's target; what
            `parity.store.scan` measures where the file is untouched. "" for a file that does not count (see `counts`).
        executable: whether its owner may execute it once it is installed.
        placeholder: the prefix that stands in the package's own content; "" for none.
        target: of a symbolic link, as the package holds it.
        generated: made by the installer (an entry point), not taken from the package.
    """

    scheme: Scheme
    path: str
    kind: Kind
    digest: str
    executable: bool = False
    placeholder: str = ""
    target: str = ""
    generated: bool = False

    @property
    def counts(self) -> bool:
        """Whether the fingerprint covers it: not cached bytecode, not an installer's notes."""
        return bool(self.digest)

    @property
    def entry(self) -> Entry:
        """The same file as the fingerprint sees it."""
        return Entry(self.path, self.kind, self.digest, self.executable)


@dataclass(frozen=True, slots=True)
class PackageContents:
    """A package with the files that it installs into one environment.

    Attributes:
        name: normalised name.
        version: of the package.
        build: build string; "" for PyPI packages.
        source: which world it comes from.
        files: sorted by path, which is relative to the prefix.
    """

    name: str
    version: str
    build: str
    source: Source
    files: tuple[ExpectedFile, ...]


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A command that an installer makes: `command` starts `module:function`."""

    command: str
    module: str
    function: str


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """What is in a package, wherever it will be installed; a pure function of its bytes.

    Attributes:
        files: in any order; those that a wheel's installer would write itself are left out.
        entry_points: commands that its installer makes.
    """

    files: tuple[ExpectedFile, ...]
    entry_points: tuple[EntryPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Where an environment has its Python things; paths relative to the prefix.

    Attributes:
        windows: entry points are a program and a script there.
        scripts: directory of console scripts.
        site: site-packages; "" without a Python.
        headers: directory below which each project has one for its headers.
        python_minor: `11` of 3.11; pip's launcher `pip3.11` hangs on it.
    """

    windows: bool
    scripts: str
    site: str = ""
    headers: str = ""
    python_minor: int = 0


def place(
    contents: ArchiveContents, name: str, version: str, build: str, source: Source, places: Places, rules: Rules
) -> PackageContents:
    """What a package puts into one environment.

    Args:
        contents: what is in it.
        name: normalised name.
        version: of the package.
        build: build string; "" for a wheel.
        source: where it is from; installers of the two worlds name launchers differently on Windows.
        places: of the environment.
        rules: what does not count.

    Raises:
        ValueError: it cannot be told: on Windows, uv's launchers hold the path of the environment in a form of its own.
    """
    tops = {"prefix": "", "site": places.site + "/", "scripts": places.scripts + "/",
            "headers": f"{places.headers}/{name}/"}  # fmt: skip
    files = {}
    for file in contents.files:
        path = tops[file.scheme] + file.path
        counts = rules.covers(path) and not (source == "pypi" and is_installer_note(path))
        files[path] = ExpectedFile(
            "prefix",
            path,
            file.kind,
            file.digest if counts else "",
            file.executable and not places.windows,
            file.placeholder,
            file.target,
        )
    for made in _launchers(contents.entry_points, source, places):
        files[made.path] = made
    return PackageContents(name, version, build, source, tuple(files[path] for path in sorted(files)))


def _launchers(entry_points: tuple[EntryPoint, ...], source: Source, places: Places) -> Iterator[ExpectedFile]:
    import hashlib

    if places.windows and source == "pypi" and entry_points:
        raise ValueError("on Windows the launchers of wheels cannot be told before they are made")
    for one in _for_python(entry_points, places.python_minor) if source == "pypi" else entry_points:
        digest = hashlib.sha256(canonical.launcher(one.module, one.function)).hexdigest()
        path = f"{places.scripts}/{one.command}"
        if places.windows:
            yield ExpectedFile("prefix", f"{path}-script.py", "file", digest, generated=True)
            yield ExpectedFile("prefix", f"{path}.exe", "file", LAUNCHER_EXE, generated=True)
        else:
            yield ExpectedFile("prefix", path, "file", digest, executable=True, generated=True)


def _for_python(entry_points: tuple[EntryPoint, ...], minor: int) -> Iterator[EntryPoint]:
    """Uv's rule for pip: the launcher `pip3.X` is that of the Python it is installed for, whatever the wheel names."""
    for one in entry_points:
        if not (one.command.startswith("pip3.") and one.command[5:].isdigit()):
            yield one
        if one.command == "pip3":
            yield EntryPoint(f"pip3.{minor}", one.module, one.function)
