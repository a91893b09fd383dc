"""The nouns of Parity, in the order that data flows through them (see docs/explanation/architecture.md).

Frozen, slotted dataclasses of the standard library only; nothing here reads, writes or computes
more than a derived name. URLs never hold credentials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Source = Literal["conda", "pypi"]
Action = Literal["install", "upgrade", "downgrade", "change", "reinstall", "remove"]

PYPI_CHANNEL = "pypi"
"""The channel name that stands for a PyPI index: conda-style specs are translated and resolved by uv."""

PYPI_BUILD = "pypi_0"
"""What conda writes as the build of a package that came from PyPI."""


@dataclass(frozen=True, slots=True)
class MatchSpec:
    """A conda match spec, taken apart but not evaluated (the conda engine does that).

    Attributes:
        name: package name, lower case; may be a glob (`*`, `blas-*`).
        version: version range in conda's syntax (`1.24.*`, `>=1,<2`, `==1.0`); "" for any.
        build: build string or glob (`py311h*_0`); "" for any.
        channel: channel name or URL without credentials; "" for any.
        subdir: platform subdirectory (`linux-64`); "" for any.
        extra: further bracket keys (`md5`, `sha256`, `url`, `build_number`, ...), sorted by key.
        text: as the person wrote it.
        origin: file, line and place in it where that stands, for messages; empty for a command line.
    """

    name: str
    version: str = ""
    build: str = ""
    channel: str = ""
    subdir: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    text: str = field(default="", compare=False)
    origin: tuple[str, int, str] = field(default=("", 0, ""), compare=False, repr=False)

    def __str__(self) -> str:
        """The spec in the bracket-free form where that can say it all, else with brackets."""
        head = self.name
        if self.channel:
            head = f"{self.channel}/{self.subdir}::{head}" if self.subdir else f"{self.channel}::{head}"
        keys = [(key, value) for key, value in self.extra]
        if self.subdir and not self.channel:
            keys.append(("subdir", self.subdir))
        if self.build and not self.version:
            keys.append(("build", self.build))
        text = " ".join(part for part in (head, self.version, self.build if self.version else "") if part)
        if keys:
            text += "[" + ",".join(f"{key}={_quoted(value)}" for key, value in keys) + "]"
        return text


def _quoted(value: str) -> str:
    """A bracket value as it is written: lists (`extras=[a,b]`) bare, the rest in the quotes that it does not hold."""
    if value.startswith("["):
        return value
    quote = '"' if "'" in value else "'"
    return f"{quote}{value}{quote}"


PipKind = Literal[
    "requirement",  # PEP 508: name, extras, range, marker; or `name @ url`
    "path",  # a local project, wheel or sdist, or a URL without a name
    "editable",  # -e / --editable
    "requirements-file",  # -r
    "constraints-file",  # -c
    "option",  # --index-url, --extra-index-url, --find-links, --no-index, --pre, ...
]


@dataclass(frozen=True, slots=True)
class PipLine:
    """One logical line of a pip requirements file (or item of a `pip:` list).

    Attributes:
        kind: what the line is.
        text: the line, complete and normalised, as a requirements file would hold it, comments removed,
            environment variables not yet expanded.
        value: requirement, path, URL or option value without its flag.
        option: the long option (`--index-url`) where kind is `option`; "" elsewhere.
        name: normalised project name (PEP 503) where the line tells it; "" elsewhere.
        hashes: `sha256:...` values given with `--hash`.
        base: directory that relative paths start from; "" for the current directory.
    """

    kind: PipKind
    text: str
    value: str
    option: str = ""
    name: str = ""
    hashes: tuple[str, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for: the content of an environment.yml, or of a command line.

    Attributes:
        name: name of the environment, None where none was given.
        channels: channel names or URLs, highest priority first, as written (credentials included:
            a Request never reaches a file or a message as a whole).
        specs: conda match specs.
        pip: lines of the `pip:` section.
        variables: environment variables to set on activation.
        platforms: subdirs asked for; empty means the current one.
        nodefaults: True where `nodefaults` stood among the channels: configured channels are not added.
        source: name of the file, "" for a command line.
        system: virtual packages that its machines have, as pairs of name and version (`("cuda", "12.4")`).
        variants: kinds of machine to lock each platform for, each a name and what its machines have.
    """

    name: str | None = None
    channels: tuple[str, ...] = ()
    specs: tuple[MatchSpec, ...] = ()
    pip: tuple[PipLine, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    platforms: tuple[str, ...] = ()
    nodefaults: bool = False
    source: str = ""
    system: tuple[tuple[str, str], ...] = ()
    variants: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A resolved channel: where its subdirs are.

    Attributes:
        name: canonical name (`conda-forge`, `pkgs/main`), or the URL without credentials.
        urls: base URLs without credentials; more than one for a multichannel (`defaults`).
    """

    name: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CondaPackage:
    """One exact conda artifact: a repodata record (CEP-15, CEP-16) with its place.

    Attributes:
        size: bytes of the archive, None where the channel does not say.
        timestamp: milliseconds since the epoch, None where the channel does not say.
        url: complete URL of the archive, without credentials.
        channel: base URL of the channel it comes from, without credentials.
        extra: what its record says beyond these fields (`license_family`, ...), as JSON text, for formats that hold it.
    """

    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    url: str
    channel: str
    fn: str
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    noarch: str | None = None
    license: str | None = None
    timestamp: int | None = None
    purls: tuple[str, ...] = ()
    python_site_packages_path: str | None = None
    track_features: tuple[str, ...] = ()
    extra: str = field(default="", repr=False, compare=False)

    source: Source = field(default="conda", init=False, repr=False, compare=False)

    @property
    def dist(self) -> str:
        """`name-version-build`, the name of its file in conda-meta without `.json`."""
        return f"{self.name}-{self.version}-{self.build}"


@dataclass(frozen=True, slots=True)
class PypiPackage:
    """One exact PyPI artifact or source tree, as PEP 751 describes it.

    Attributes:
        name: normalised project name (PEP 503).
        version: PEP 440 version; "" for a source tree whose version is dynamic.
        url: URL of the wheel or sdist, of the repository (`git+...@commit`), or `file://` of a directory.
        sha256: of the file; None for repositories and directories.
        size: bytes of the file, None where the index does not say.
        editable: installed with `-e`.
        pin: the `[[packages]]` table of pylock.toml (PEP 751), as JSON text: what the PyPI engine installs from.
        requires_dist: its `Requires-Dist` values (PEP 508), where known.
        requires_python: its `Requires-Python`, where known.
        extra: what a lock says of it beyond these fields, as JSON text, for formats that hold it.
    """

    name: str
    version: str
    url: str = ""
    sha256: str | None = None
    size: int | None = None
    editable: bool = False
    pin: str = field(default="", repr=False)
    requires_dist: tuple[str, ...] = field(default=(), compare=False)
    requires_python: str = field(default="", compare=False)
    extra: str = field(default="", repr=False, compare=False)

    source: Source = field(default="pypi", init=False, repr=False, compare=False)
    build: str = field(default=PYPI_BUILD, init=False, repr=False, compare=False)
    channel: str = field(default=PYPI_CHANNEL, init=False, repr=False, compare=False)

    @property
    def is_wheel(self) -> bool:
        """Whether its file is a wheel: installed as it is, not built."""
        return self.url.partition("#")[0].partition("?")[0].endswith(".whl")


Package = CondaPackage | PypiPackage


@dataclass(frozen=True, slots=True)
class Solution:
    """The exact packages of one platform: one platform's part of a lock."""

    platform: str
    conda: tuple[CondaPackage, ...] = ()
    pypi: tuple[PypiPackage, ...] = ()

    @property
    def python_series(self) -> str:
        """Major and minor version of its Python (`3.11`), which site-packages hangs on; "" without one."""
        version = next((package.version for package in self.conda if package.name == "python"), "")
        return ".".join(version.split(".")[:2])

    def __iter__(self) -> Iterator[Package]:
        yield from self.conda
        yield from self.pypi

    def __len__(self) -> int:
        return len(self.conda) + len(self.pypi)


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """A package that a prefix holds, as its own records tell it.

    Attributes:
        source: `conda` (a record in conda-meta) or `pypi` (a dist-info that no conda package owns).
        channel: canonical channel name or base URL; `pypi` for PyPI packages.
        url: of the artifact; "" where the record does not say.
        requested: specs by which a person asked for it; empty for a dependency.
        record: path of the conda-meta file or of the dist-info directory.
        size: bytes of the archive, None where unknown.
    """

    name: str
    version: str
    build: str
    channel: str
    source: Source
    record: Path
    build_number: int = 0
    subdir: str = ""
    url: str = ""
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    depends: tuple[str, ...] = ()
    noarch: str | None = None
    requested: tuple[str, ...] = ()
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of a plan.

    Attributes:
        action: what happens to the package.
        name: of the package.
        old: what the prefix holds now; None for an install.
        new: what it will hold; None for a removal.
    """

    action: Action
    name: str
    old: InstalledPackage | None = None
    new: Package | None = None

    @property
    def source(self) -> Source:
        package = self.new if self.new is not None else self.old
        assert package is not None
        return package.source


@dataclass(frozen=True, slots=True)
class Collision:
    """A path that several packages bring: one file, and only one of them can own it.

    Attributes:
        path: relative to the prefix, with `/`.
        packages: source and name of each.
    """

    path: str
    packages: tuple[tuple[Source, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change in a prefix: a value that can be printed and not run.

    Attributes:
        prefix: absolute path of the environment.
        operations: sorted by source (conda first) and name.
        unchanged: names of packages that stay as they are.
        solution: what the prefix holds afterwards.
        collisions: paths that several of its packages bring, as far as that is known before.
    """

    prefix: Path
    operations: tuple[Operation, ...]
    unchanged: tuple[str, ...]
    solution: Solution
    collisions: tuple[Collision, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.operations)

    @property
    def download_size(self) -> int:
        """Bytes of the archives to link whose size is known (caches not considered)."""
        return sum(op.new.size or 0 for op in self.operations if op.new is not None)


@dataclass(frozen=True, slots=True)
class Environment:
    """A prefix on disk.

    Attributes:
        prefix: absolute path.
        name: name under an `envs_dirs` directory, `base` for the root, None for one known by path only.
        packages: what it holds, sorted by name.
    """

    prefix: Path
    name: str | None
    packages: tuple[InstalledPackage, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a person has asked of an environment so far; kept in `conda-meta/parity` beside conda's history.

    Attributes:
        specs: conda match specs, one a name, also those that `channels: [pypi]` turned into PyPI requirements.
        pip: requirement lines asked for, credentials removed.
        channels: channels the environment was made from, credentials removed, highest priority first.
        pypi: the exact PyPI packages that Parity installed.
        platform: subdir the environment is for.
        lock: what it was last made equal to: `NAME:SHA-256` of a lock's platform and text; "" for no lock.
        state: SHA-256 of what it held then (`core.sync_state`); "" for no lock.
    """

    specs: tuple[MatchSpec, ...] = ()
    pip: tuple[PipLine, ...] = ()
    channels: tuple[str, ...] = ()
    pypi: tuple[PypiPackage, ...] = ()
    platform: str = ""
    lock: str = ""
    state: str = ""
