"""What the records of a prefix tell, as values: packages, their files, and what was noted beside the records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from parity.core.findings import Wanted
    from parity.model import CondaPackage, InstalledPackage


@dataclass(frozen=True, slots=True)
class CondaPart:
    """A conda package of a prefix.

    Attributes:
        package: by its record.
        record: path of the record, relative to the prefix.
        files: by path.
        projects: Python projects that it brought, normalised name to version.
    """

    package: CondaPackage
    record: str
    files: Mapping[str, Wanted]
    projects: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PypiPart:
    """A Python project whose dist-info directory no conda package owns.

    Attributes:
        package: by its metadata; `depends` is its Requires-Dist.
        record: path of the dist-info (or egg-info), relative to the prefix.
        files: by path; empty where it has no RECORD.
        listed: whether it has a RECORD.
        digest: SHA-256 of its RECORD; "" where it has none.
    """

    package: InstalledPackage
    record: str
    files: Mapping[str, Wanted]
    listed: bool = True
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A conda-meta record that cannot be read.

    Attributes:
        record: its path, relative to the prefix.
        dist: `name-version-build`, by its file name.
        reason: what is wrong with it.
        package: what can still be read of it, None where that is too little.
    """

    record: str
    dist: str
    reason: str
    package: CondaPackage | None = None

    @property
    def name(self) -> str:
        return self.dist.rsplit("-", 2)[0]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that the records of a prefix tell.

    Attributes:
        prefix: absolute path.
        conda: sorted by file name.
        pypi: sorted by path.
        broken: conda records that cannot be read.
        is_venv: made by `venv`, virtualenv or uv.
        scripts: directory of scripts, relative to the prefix.
        sites: site-packages directories, relative to the prefix.
        python_version: of its interpreter; "" where nothing says so.
    """

    prefix: Path
    conda: Sequence[CondaPart] = ()
    pypi: Sequence[PypiPart] = ()
    broken: Sequence[Broken] = ()
    is_venv: bool = False
    scripts: str = "bin"
    sites: Sequence[str] = ()
    python_version: str = ""
    installed: Sequence[InstalledPackage] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PackageNote:
    """What is known of one package's files beyond its record.

    Attributes:
        executable: its files that may be executed.
        links: target of each symbolic link, by path.
        record: SHA-256 of a wheel's RECORD; "" where there is none.
    """

    executable: frozenset[str]
    links: Mapping[str, str]
    record: str = ""


@dataclass(frozen=True, slots=True)
class FileNotes:
    """The whole note.

    Attributes:
        prefix: path that is written into the files; "" where nothing was noted.
        packages: by `source:name-version-build` (see `key`).
        made: SHA-256 of files that link scripts made, by path; of a link's target for links.
    """

    prefix: str = ""
    packages: Mapping[str, PackageNote] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owner:
    """An installed package and the files that its record names."""

    source: str
    name: str
    version: str
    build: str
    paths: Sequence[str]

    @property
    def key(self) -> str:
        return key(self.source, self.name, self.version, self.build)


def key(source: str, name: str, version: str, build: str = "") -> str:
    """Under which name a package stands in the note."""
    return f"{source}:{name}-{version}-{build}".removesuffix("-")
