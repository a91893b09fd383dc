# ruff: noqa: PTH115  (tens of thousands of files)
"""Holds an image, or a root file system, against a lock: file by file with what an image of that lock would have."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, cast

from parity.errors import InputError, IntegrityError
from parity.formats import oci
from parity.store import layer_files
from parity.store.oci_layout import Layout, matches
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity.core.image import Member
    from parity.wiring import Services
    from parity.wiring.imaging import Order

_WHITEOUT = ".wh."


class Content(NamedTuple):
    """What stands at a path: its kind, the hash of its content or its target, and whether it may be executed."""

    kind: str
    digest: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A path at which an image differs from what the lock gives.

    Attributes:
        path: relative to the environment.
        package: that brings it; "" for none.
        kind: what is wrong.
    """

    path: str
    package: str
    kind: Literal["missing", "changed", "untracked"]


@dataclass(frozen=True, slots=True)
class ImageReport:
    """What was found.

    Attributes:
        image: what was looked at.
        prefix: of the environment in it.
        files: how many there should be.
        fingerprint: that the lock gives; "" where it cannot be told.
        differences: sorted by path; empty where all is as it should be.
    """

    image: str
    prefix: str
    files: int
    fingerprint: str
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        return not self.differences


def verify(services: Services, text: str, order: Order) -> ImageReport:
    """Compare an image with a lock.

    Args:
        services: of the call.
        text: an image on disk or in a registry, or `rootfs:DIR`, also of a container that runs (`/proc/PID/root`).
        order: the lock; where the environment is and whether it is slim is told by the image, if that was built here.

    Raises:
        NotFoundError: there is no such image.
        IntegrityError: a layer is not what its digest says.
        RefusedError: the lock holds what each machine builds anew.
    """
    from parity.core.rules import Rules, is_cached_bytecode
    from parity.values import replace
    from parity.wiring import image_base, image_source, imaging

    moment = imaging.moment_of(services)
    with imaging.scratch_place(services) as scratch:
        kind, _, place = text.partition(":")
        if kind == "rootfs":
            top = Path(place).expanduser().absolute()
            if not top.is_dir():
                raise InputError(f"there is no directory {top}")
            found = _of_directory(top, order.prefix)
        else:
            layout = Layout(scratch / "image")
            layout.create()
            image = image_base.load(services, text, layout, scratch, moment)
            labels = (image.config.get("config") or {}).get("Labels") or {}
            prefix = str(labels.get(oci.PREFIX) or order.prefix)
            order = replace(order, prefix=prefix, slim=order.slim or oci.SLIM in labels)
            found = _of_layers(layout, image.layers, order.prefix)
        source = image_source.load(services, order, scratch / "root", moment)
        inside = order.prefix.strip("/") + "/"
        wanted = {member.path.removeprefix(inside): _of_member(member) for member in source.members
                  if member.kind != "directory"}  # fmt: skip
    rules = Rules()
    owners = {path.removeprefix(inside): name for path, (_, name) in source.owners.items()}
    differences = []
    for path in sorted(wanted.keys() | found.keys()):
        here, there = wanted.get(path), found.get(path)
        if here is None and (is_cached_bytecode(path) or not rules.covers(path)):
            continue
        if here != there:
            what: Literal["missing", "changed", "untracked"]
            what = "missing" if there is None else "untracked" if here is None else "changed"
            differences.append(Difference(path, owners.get(path, ""), what))
    return ImageReport(text, order.prefix, len(wanted), source.fingerprint, tuple(differences))


def _of_member(member: Member) -> Content:
    if member.kind == "link":
        return Content("link", member.target)
    if member.source is None:
        return Content("file", hashlib.sha256(member.data).hexdigest(), bool(member.mode & 0o100))
    with Path(member.source).open("rb") as file:
        return Content("file", hashlib.file_digest(file, "sha256").hexdigest(), bool(member.mode & 0o100))


def _of_directory(top: Path, prefix: str) -> dict[str, Content]:
    place = top / prefix.strip("/")
    found = {}
    for path, status in layer_files.walk(place) if place.is_dir() else ():
        full = f"{place}/{path}"
        if stat.S_ISLNK(status.st_mode):
            found[path] = Content("link", os.readlink(full))
        elif stat.S_ISREG(status.st_mode):
            with Path(full).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found[path] = Content("file", digest, bool(status.st_mode & 0o100))
    return found


def _of_layers(layout: Layout, layers: Iterable[oci.Descriptor], prefix: str) -> dict[str, Content]:
    """The files below a path after all layers, deletions (whiteouts) applied."""
    top = prefix.strip("/") + "/"
    found: dict[str, Content] = {}
    for layer in layers:
        file = layout.blob(layer.digest)
        if not matches(file, layer.digest):
            raise IntegrityError(f"the layer {layer.digest} is not what its digest says")
        with file.open("rb") as raw:
            stream = cast("BinaryIO", layer_files.Blocks(layer_files.unpacked(raw)))
            try:
                with tarfile.open(fileobj=stream, mode="r|") as archive:
                    for member in archive:
                        _take(archive, member, top, found)
            except tarfile.TarError as error:
                raise IntegrityError(f"the layer {layer.digest} is no archive: {error}") from None
    return found


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, top: str, found: dict[str, Content]) -> None:
    name = member.name.removeprefix("./").lstrip("/")
    head, _, last = name.rpartition("/")
    if last.startswith(_WHITEOUT):
        gone = f"{head}/" if last == ".wh..wh..opq" else f"{head}/{last.removeprefix(_WHITEOUT)}"
        for path in [each for each in found if (top + each).startswith(gone)]:
            whole = top + path
            if whole == gone or gone.endswith("/") or whole.startswith(f"{gone}/"):
                del found[path]
        return
    if not name.startswith(top):
        return
    path = name.removeprefix(top)
    if member.issym():
        found[path] = Content("link", member.linkname)
    elif member.isfile():
        digest = hashlib.sha256()
        content = archive.extractfile(member)
        while content is not None and (block := content.read(1 << 20)):
            digest.update(block)
        found[path] = Content("file", digest.hexdigest(), bool(member.mode & 0o100))
    elif member.islnk():
        target = member.linkname.removeprefix("./").lstrip("/").removeprefix(top)
        if target in found:
            found[path] = found[target]
