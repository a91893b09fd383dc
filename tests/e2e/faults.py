"""An environment with every kind of file in it, and ways to damage one."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from home import snapshot

import parity
from parity.engines.conda_archive import PackageFile, write_conda
from parity.engines.conda_index import index_directory
from parity.testing.wheels import make_index, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from home import Home

    from parity.ops.verify import Report
    from parity.wiring.mending import Outcome

SITE = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
MARK = "/opt/" + "placeholder_" * 16
ELF = b"\x7fELF" + bytes(range(256)) * 9


def make_kit(channel: Path, subdir: str) -> str:
    """Write the packages `kit`, `pure` and `needs`; returns the channel's URL."""

    def write(index: dict[str, object], files: list[PackageFile], link: dict[str, object] | None = None) -> None:
        whole = {"version": "1.0", "build": "0", "build_number": 0, "depends": [], "subdir": subdir, **index}
        write_conda(channel / str(whole["subdir"]), whole, files, link=link)

    info = f"{SITE}/kit-1.0.dist-info"
    listed = ["kit/__init__.py", "kit/_ext.so"]
    listed += [f"kit-1.0.dist-info/{name}" for name in ("METADATA", "RECORD", "INSTALLER")]
    record = "".join(f"{name},,\n" for name in listed)
    write({"name": "kit", "depends": ["python"]}, [
        PackageFile("bin/kit", data=f"#!{MARK}/bin/python\nprint('kit')\n".encode(), executable=True, placeholder=MARK),
        PackageFile("bin/kit-link", symlink="kit"),
        PackageFile("lib/libkit.so.1", data=ELF + MARK.encode() + b"/lib\0" + ELF, placeholder=MARK,
                    file_mode="binary", executable=True),
        PackageFile(f"{SITE}/kit/_ext.so", data=ELF),
        PackageFile(f"{SITE}/kit/__init__.py", data=b"WHO = 'conda'\n"),
        PackageFile(f"{info}/METADATA", data=b"Metadata-Version: 2.1\nName: kit\nVersion: 1.0\n"),
        PackageFile(f"{info}/RECORD", data=record.encode()),
        PackageFile(f"{info}/INSTALLER", data=b"conda"),
        PackageFile("share/kit/data.bin", data=bytes(range(256)) * 40),
        PackageFile("share/kit/deep/down/one.txt", data=b"one\n"),
    ])  # fmt: skip
    metadata = b"Metadata-Version: 2.1\nName: pure\nVersion: 1.0\n"
    pure = [
        PackageFile("site-packages/pure/__init__.py", data=b"def main():\n    print('pure')\n"),
        PackageFile("site-packages/pure-1.0.dist-info/METADATA", data=metadata),
        PackageFile("python-scripts/pure-tool", data=b"#!/bin/sh\necho tool\n", executable=True),
    ]  # fmt: skip
    noarch: dict[str, object] = {"type": "python", "entry_points": ["pure = pure:main"]}
    write({"name": "pure", "depends": ["python"], "subdir": "noarch", "noarch": "python"}, pure,
          {"noarch": noarch, "package_metadata_version": 1})  # fmt: skip
    write({"name": "needs", "depends": ["__cuda >=99"]}, [PackageFile("share/needs.txt", data=b"needs\n")])
    script = f"#!/bin/sh\necho made > {MARK}/share/scripted.cache\nln -s scripted.cache {MARK}/share/scripted.link\n"
    write({"name": "scripted"}, [
        PackageFile("share/scripted.txt", data=b"scripted\n"),
        PackageFile("bin/.scripted-post-link.sh", data=script.encode(), executable=True, placeholder=MARK),
    ])  # fmt: skip
    index_directory(channel)
    return channel.as_uri()


def make_projects(directory: Path) -> tuple[str, Path]:
    """An index with `greeter` and `kit`, and the directory of its wheels."""
    wheels = directory / "wheels"
    made = [
        make_wheel(wheels, "greeter", "1.0", requires=["kit>=1"], scripts={"greet": "greeter:main"},
                   files={"greeter/_native.so": ELF, "greeter/py.typed": "", "greeter/data.json": "{}\n"}),
        make_wheel(wheels, "kit", "2.0", files={"kit/__init__.py": "WHO = 'pypi'\n"}),
        make_wheel(wheels, "stray", "1.0"),
    ]  # fmt: skip
    return make_index(directory / "index", made).as_uri(), wheels


@dataclass(frozen=True)
class Patient:
    """An environment to damage and to mend.

    Attributes:
        home: whose it is.
        name: of the environment.
        healthy: what it holds when nothing is wrong.
    """

    home: Home
    name: str
    healthy: dict[str, object]

    @property
    def prefix(self) -> Path:
        return self.home.prefix(self.name)

    def verify(self, **options: bool) -> Report:
        return parity.verify(self.prefix, environ=self.home.environ, **options)  # type: ignore[arg-type]

    def mend(self, **options: bool) -> Outcome:
        return parity.mend(self.prefix, environ=self.home.environ, **options)  # type: ignore[arg-type]

    def findings(self, **options: bool) -> set[tuple[str, str, str]]:
        return {(one.kind, one.package, one.path) for one in self.verify(**options).findings}

    def snapshot(self) -> dict[str, object]:
        return snapshot(self.prefix)


def flip(path: Path) -> None:
    """Change one bit in the middle of a file, in place, so that whatever shares its bytes changes too."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    mode = path.stat().st_mode
    path.chmod(mode | 0o200)
    with path.open("r+b") as file:
        file.write(data)
    path.chmod(mode)


def flip_copy(path: Path) -> None:
    """Change one bit of this file alone: a new file takes its place."""
    data, mode = bytearray(path.read_bytes()), path.stat().st_mode
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)
    os.chmod(path, mode)  # noqa: PTH101
