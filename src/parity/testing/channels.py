"""Make a conda channel of small packages on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.engines.conda_archive import PackageFile, write_conda
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TinyPackage:
    """A conda package with a few text files.

    Attributes:
        files: path -> content; paths below `bin/` are made executable.
        placeholder: text in the files that stands for the prefix; "" for none.
        binary: paths of files in which that text is replaced as in a binary, keeping its length.
        entry_points: `name = module:function` of commands, for `noarch="python"`.
        timestamp: when it was built, milliseconds since the epoch; None where it does not say.
    """

    name: str
    version: str = "1.0"
    build: str = "0"
    build_number: int = 0
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    subdir: str = "linux-64"
    noarch: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    placeholder: str = ""
    binary: tuple[str, ...] = ()
    entry_points: tuple[str, ...] = ()
    timestamp: int | None = None


def write_package(channel: Path, package: TinyPackage) -> Path:
    """Write one package into `channel/subdir`; returns the `.conda` file."""
    subdir = "noarch" if package.noarch else package.subdir
    index: dict[str, object] = {
        "name": package.name,
        "version": package.version,
        "build": package.build,
        "build_number": package.build_number,
        "depends": list(package.depends),
        "constrains": list(package.constrains),
        "subdir": subdir,
        "license": "BSD-3-Clause",
    }
    if package.noarch:
        index["noarch"] = package.noarch
    if package.timestamp is not None:
        index["timestamp"] = package.timestamp
    content = dict(package.files) or {f"share/{package.name}.txt": f"{package.name} {package.version}\n"}
    files = [
        PackageFile(
            path,
            data=text.encode(),
            executable=path.startswith("bin/"),
            placeholder=package.placeholder if package.placeholder and package.placeholder in text else None,
            file_mode="binary" if path in package.binary else "text",
        )
        for path, text in content.items()
    ]
    directory = channel / subdir
    directory.mkdir(parents=True, exist_ok=True)
    link = {"noarch": {"type": package.noarch, "entry_points": list(package.entry_points)},
            "package_metadata_version": 1}  # fmt: skip
    return write_conda(directory, index, files, link=link if package.entry_points else None)


def make_channel(channel: Path, packages: Iterable[TinyPackage]) -> str:
    """Write packages and index them; returns the channel's `file://` URL."""
    from parity.engines.conda_index import index_directory

    for package in packages:
        write_package(channel, package)
    index_directory(channel)
    return channel.absolute().as_uri()
