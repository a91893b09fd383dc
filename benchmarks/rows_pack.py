"""Rows about packs: one environment as one file, beside conda-pack and a plain tar."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.measure import Case, Command, Row
from benchmarks.place import PYTHON, Place, SkippedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PACKED = ("numpy", "pandas", "scikit-learn")
_IMPORTS = "import numpy, pandas, sklearn"


def _environment(place: Place) -> Path:
    prefix = place.root / "root/envs/packed"
    if not prefix.exists():
        channel = ("-c", place.channel, "--override-channels")
        place.do(place.parity("create", "-y", "-q", "-n", "packed", *channel, f"python={PYTHON}", *_PACKED))
    return prefix


def _conda_pack(place: Place, *arguments: str) -> Command:
    """conda-pack in an environment of uv's, made once."""
    venv = place.root / "conda-pack"
    if not (venv / "bin/conda-pack").exists():
        place.do(place.uv("venv", "-q", "--python", PYTHON, str(venv)))
        anywhere = "--index-strategy=unsafe-best-match"  # conda-pack needs an old setuptools, which the first may lack
        python = str(venv / "bin/python")
        place.do(place.uv("pip", "install", "-q", anywhere, "--python", python, "conda-pack", "setuptools<81"))
    return Command((str(venv / "bin/conda-pack"), *arguments), place.env, place.root)


def _without(*paths: Path) -> Callable[[], None]:
    def prepare() -> None:
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    return prepare


def pack(place: Place) -> Row:
    """Write a tar archive with gzip: what all three can do."""
    prefix, root = _environment(place), place.root
    mine, theirs, plain = (root / f"{name}.tar.gz" for name in ("pack-parity", "pack-conda", "pack-plain"))
    return Row(
        "pack: numpy, pandas and scikit-learn as .tar.gz",
        (
            Case("parity pack", (place.parity("pack", "-q", "-p", str(prefix), "-o", str(mine)),), _without(mine)),
            Case("conda-pack", (_conda_pack(place, "-q", "-p", str(prefix), "-o", str(theirs)),), _without(theirs)),
            Case("tar | gzip -6", (place.shell(f"tar -c . | gzip -6 > '{plain}'", prefix),), _without(plain)),
        ),
    )


def pack_zstd(place: Place) -> Row:
    """Write a tar archive with zstd on all cores."""
    if not shutil.which("zstd"):
        raise SkippedError("zstd is not installed")
    prefix, root = _environment(place), place.root
    mine, plain = root / "pack-parity.tar.zst", root / "pack-plain.tar.zst"
    return Row(
        "pack: the same as .tar.zst",
        (
            Case("parity pack", (place.parity("pack", "-q", "-p", str(prefix), "-o", str(mine)),), _without(mine)),
            Case("tar | zstd -12 -T0", (place.shell(f"tar -c . | zstd -q -12 -T0 > '{plain}'", prefix),),
                 _without(plain)),
        ),
    )  # fmt: skip


def unpack(place: Place) -> Row:
    """From an archive to an environment that works at its new path."""
    prefix, root = _environment(place), place.root
    mine, theirs = root / "unpack-parity.tar.gz", root / "unpack-conda.tar.gz"
    if not mine.exists():
        place.do(place.parity("pack", "-q", "-p", str(prefix), "-o", str(mine)))
    if not theirs.exists():
        place.do(_conda_pack(place, "-q", "-p", str(prefix), "-o", str(theirs)))
    to, there, by_shell = root / "unpacked", root / "unpacked-conda", root / "unpacked-shell"
    extract = "mkdir '{0}' && tar -xzf '{1}' -C '{0}' && '{0}/bin/{2}'"
    return Row(
        "unpack: the same .tar.gz, ready to use",
        (
            Case("parity unpack, verified", (place.parity("unpack", "-q", str(mine), "-p", str(to)),), _without(to)),
            Case("tar, then parity-unpack of the pack",
                 (place.shell(extract.format(by_shell, mine, "parity-unpack"), root),), _without(by_shell)),
            Case("tar, then conda-unpack", (place.shell(extract.format(there, theirs, "conda-unpack"), root),),
                 _without(there)),
        ),
    )  # fmt: skip


def mount(place: Place) -> Row:
    """Start in an environment that is one file, and in one that is a directory."""
    if not shutil.which("mksquashfs"):
        raise SkippedError("squashfs-tools are not installed")
    prefix, image = _environment(place), place.root / "packed.squashfs"
    if not image.exists():
        place.do(place.parity("pack", "-q", "-p", str(prefix), "-o", str(image)))
    run = ("python", "-c", _IMPORTS)
    return Row(
        "mount: import numpy, pandas, sklearn",
        (
            Case("parity run --pack FILE.squashfs", (place.parity("run", "--pack", str(image), *run),)),
            Case("parity run, a directory", (place.parity("run", "-p", str(prefix), *run),)),
        ),
    )


def installer(place: Place) -> Row:
    """Put the same environment in place by a file that a shell runs, beside its parts without any check."""
    prefix, root = _environment(place), place.root
    file, archive = root / "Packed.sh", root / "install-parity.tar.gz"
    if not file.exists():
        place.do(place.parity("installer", "build", "-q", "-p", str(prefix), "-o", str(file)))
        place.do(place.parity("pack", "-q", "-p", str(prefix), "-o", str(archive)))
    to, there = root / "installed", root / "installed-plain"
    plain = f"mkdir '{there}' && tar -xzf '{archive}' -C '{there}'"
    return Row(
        "installer: the same, ready to use",
        (
            Case("sh Packed.sh -b -p DIR", (place.shell(f"sh '{file}' -b -p '{to}'", root),), _without(to)),
            Case("tar of the same, no path written", (place.shell(plain, root),), _without(there)),
        ),
    )  # fmt: skip


ROWS: dict[str, Callable[[Place], Row]] = {
    "pack": pack,
    "pack-zstd": pack_zstd,
    "unpack": unpack,
    "mount": mount,
    "installer": installer,
}
