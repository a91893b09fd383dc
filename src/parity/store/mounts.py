"""File system images as directories: mounted by the kernel where that may be, else by a FUSE program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from parity.errors import EngineError, InputError, NotFoundError
from parity.store import archives
from parity.store.files import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Run = Callable[[Sequence[str]], tuple[int, str]]
    Find = Callable[[str], str | None]

_FUSE = {"squashfs": ("squashfuse_ll", "squashfuse"), "erofs": ("erofsfuse",)}
"""Programs that mount without being root, the better first."""


def mount(image: Path, directory: Path, *, find: Find, run: Run) -> str:
    """Make the content of an image appear in a directory, read-only.

    Args:
        image: a squashfs or erofs image.
        directory: made if it does not exist; else empty.
        find: where a program is; None where it is not installed.
        run: runs a command; returns its exit code and what it wrote to standard error.

    Returns:
        `kernel`, or the name of the FUSE program.

    Raises:
        InputError: it is no image, or the directory is not empty.
        NotFoundError: nothing here can mount it.
        EngineError: the program that could refuses.
    """
    kind = archives.detect(image)
    if kind not in archives.IMAGES:
        raise InputError(
            f"{image.name} is no image that can be mounted",
            hints=["`parity pack -o FILE.squashfs` makes one; `parity unpack` unpacks other packs"],
        )
    if sys.platform != "linux":
        raise NotFoundError("images are mounted on Linux only", hints=["`parity unpack` unpacks them everywhere"])
    archives.refuse_cut(image, kind)
    with translated(directory, "create"):
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise InputError(f"{directory} is not empty", hints=["mount it in a directory of its own"])
    said = ""
    if os.geteuid() == 0 and find("mount"):
        argv = ("mount", "-t", kind, "-o", "loop,ro,nodev,nosuid", str(image), str(directory))
        code, said = run(argv)
        if code == 0:
            return "kernel"
    for program in _FUSE[kind]:
        if find(program):
            code, said = run((program, str(image), str(directory)))
            if code == 0:
                return program
    if said:
        raise EngineError(
            f"{image.name} cannot be mounted: {said.strip().splitlines()[-1]}",
            hints=["a container needs /dev/fuse, or CAP_SYS_ADMIN, for this", "`parity unpack` needs neither"],
        )
    raise NotFoundError(
        f"nothing here mounts {kind} images",
        hints=[f"install {_FUSE[kind][-1]} (a package of Linux distributions and conda-forge)",
               "or use `parity unpack`, which needs none"],
    )  # fmt: skip


def unmount(directory: Path, *, find: Find, run: Run) -> None:
    """Undo `mount`; the directory stays, empty.

    Raises:
        InputError: nothing is mounted there.
        EngineError: something still uses it.
    """
    if not os.path.ismount(directory):
        raise InputError(f"nothing is mounted at {directory}")
    said = ""
    for argv in (("umount",), ("fusermount3", "-u"), ("fusermount", "-u")):
        if find(argv[0]):
            code, said = run((*argv, str(directory)))
            if code == 0:
                return
    raise EngineError(
        f"{directory} cannot be unmounted: {(said.strip() or 'there is no umount').splitlines()[-1]}",
        hints=["leave the directory, and end what runs from it"],
    )
