"""Images on disk: a directory in the OCI image layout, the same as an archive, and what `docker load` reads."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from parity.core.image import Member
from parity.errors import IntegrityError, NotFoundError, StorageError
from parity.formats import oci
from parity.store import layer_files
from parity.store.files import TEMPORARY_MARK, atomic_write, delete_tree, translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 20
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


class Layout:
    """A directory in the OCI image layout.

    Args:
        path: of the directory; need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        return (self.path / "oci-layout").is_file()

    def create(self) -> None:
        """Make the directory, where it is not one yet.

        Raises:
            StorageError: something else stands there.
        """
        if self.exists:
            return
        with translated(self.path, "create"):
            if self.path.exists() and any(self.path.iterdir()):
                raise StorageError(f"{self.path} is a directory with something else in it",
                                   hints=["name an empty directory, or one that does not exist"])  # fmt: skip
            (self.path / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        atomic_write(self.path / "index.json", oci.index(()))
        atomic_write(self.path / "oci-layout", _LAYOUT)

    def blob(self, digest: str) -> Path:
        """Where a blob is, or would be."""
        return self.path / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def read(self, descriptor: oci.Descriptor) -> bytes:
        """A small blob, checked.

        Raises:
            IntegrityError: it is not there, or is not what its digest says.
        """
        try:
            data = self.blob(descriptor.digest).read_bytes()
        except OSError as error:
            raise IntegrityError(f"{self.path} has no {descriptor.digest}: {error.strerror}") from None
        if oci.digest(data) != descriptor.digest:
            raise IntegrityError(f"{self.blob(descriptor.digest)} is damaged: it has another digest than its name")
        return data

    def put(self, data: bytes, media_type: str) -> oci.Descriptor:
        """Add a small blob."""
        found = oci.describe(data, media_type)
        self.blob(found.digest).parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self.blob(found.digest), data, 0o644)
        return found

    @contextmanager
    def part(self) -> Iterator[Path]:
        """A file beside the blobs for one that is not finished; it is gone afterwards, unless `adopt` took it."""
        directory = self.path / "blobs" / "sha256"
        path = directory / f"{TEMPORARY_MARK}{os.urandom(4).hex()}"
        with translated(path, "create"):
            directory.mkdir(parents=True, exist_ok=True)
        try:
            yield path
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def adopt(self, part: Path, digest: str) -> None:
        """Give a finished `part` its name as a blob."""
        target = self.blob(digest)
        with translated(target):
            part.chmod(0o644)
            part.replace(target)

    def manifests(self) -> tuple[oci.Descriptor, ...]:
        """What `index.json` lists.

        Raises:
            NotFoundError: this is no OCI layout.
            IntegrityError: it is broken.
        """
        if not self.exists:
            raise NotFoundError(f"{self.path} is no directory in the OCI image layout")
        with translated(self.path / "index.json", "read"):
            return oci.parse_index((self.path / "index.json").read_bytes(), str(self.path / "index.json"))

    def find(self, subdir: str, tag: str = "") -> tuple[oci.Descriptor, oci.Manifest]:
        """An image of this layout, for a platform.

        Args:
            subdir: of the image; "" for the only one.
            tag: its name in the layout; "" for the only one, or `latest`.

        Raises:
            NotFoundError: there is none.
            IntegrityError: it is broken.
        """
        manifests = tuple(each for each in self.manifests() if oci.ARTIFACT not in each.annotations)
        if tag:
            manifests = tuple(each for each in manifests if each.annotations.get(oci.REF_NAME) == tag)
            if not manifests:
                raise NotFoundError(f"{self.path} has no image `{tag}`", hints=[_names(self.manifests())])
        while True:
            where = str(self.path)
            if not manifests:
                raise NotFoundError(f"{where} has no images")
            if len(manifests) == 1 and (not subdir or manifests[0].media_type in oci.INDEXES):
                found = manifests[0]
            elif not subdir:
                raise NotFoundError(f"{self.path} has {len(manifests)} images", hints=["say which: oci:DIR:TAG",
                                    _names(manifests)])  # fmt: skip
            else:
                found = oci.pick(manifests, subdir, where)
            if found.media_type not in oci.INDEXES:
                manifest = oci.parse_manifest(self.read(found), found.digest)
                if subdir:
                    oci.fits(oci.parse(self.read(manifest.config), "the configuration"), subdir, where)
                return found, manifest
            manifests = oci.parse_index(self.read(found), found.digest)

    def publish(self, manifest: oci.Descriptor, tag: str) -> None:
        """List an image under a name; one that had it before goes, with the blobs that nothing else needs."""
        old = [each for each in self.manifests() if each.annotations.get(oci.REF_NAME) == tag]
        kept = [each for each in self.manifests() if each not in old]
        named = oci.Descriptor(
            manifest.media_type,
            manifest.digest,
            manifest.size,
            {**manifest.annotations, oci.REF_NAME: tag},
            manifest.platform,
        )
        about = {each.digest for each in old} - {named.digest}
        stale = [each for each in kept if oci.ARTIFACT in each.annotations and self._subject(each) in about]
        kept = [each for each in kept if each not in stale]
        atomic_write(self.path / "index.json", oci.index([*kept, named]))
        gone = {digest for each in (*old, *stale) for digest in self._reached(each)}
        gone -= {digest for each in (*kept, named) for digest in self._reached(each)}
        for digest in gone:
            self.blob(digest).unlink(missing_ok=True)

    def _subject(self, artifact: oci.Descriptor) -> str:
        """The digest of the image that an artifact is about."""
        with suppress(IntegrityError):
            subject = oci.parse_manifest(self.read(artifact), artifact.digest).subject
            return subject.digest if subject is not None else ""
        return ""

    def artifacts(self, image: oci.Descriptor) -> tuple[oci.Descriptor, ...]:
        """Manifests that are about an image: bills of materials, provenance."""
        return tuple(
            each
            for each in self.manifests()
            if oci.ARTIFACT in each.annotations and self._subject(each) == image.digest
        )

    def list_also(self, manifest: oci.Descriptor) -> None:
        """List a manifest without a name, as one that refers to another."""
        others = [each for each in self.manifests() if each.digest != manifest.digest]
        atomic_write(self.path / "index.json", oci.index([*others, manifest]))

    def _reached(self, top: oci.Descriptor) -> set[str]:
        found = {top.digest}
        with suppress(IntegrityError):
            if top.media_type in oci.INDEXES:
                for each in oci.parse_index(self.read(top), top.digest):
                    found |= self._reached(each)
            else:
                manifest = oci.parse_manifest(self.read(top), top.digest)
                found |= {manifest.config.digest, *(layer.digest for layer in manifest.layers)}
        return found


def _names(manifests: tuple[oci.Descriptor, ...]) -> str:
    return "it has " + (", ".join(sorted({each.annotations.get(oci.REF_NAME, "?") for each in manifests})) or "none")


def matches(path: Path, digest: str) -> bool:
    """Whether a file is what a digest says."""
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == digest
    except OSError:
        return False


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A directory beside a path for what is not finished; it is gone afterwards."""
    with translated(path, "create"):
        path.parent.mkdir(parents=True, exist_ok=True)
        place = path.with_name(f".{path.name}.parity-tmp-{os.urandom(4).hex()}")
        place.mkdir()
    try:
        yield place
    finally:
        delete_tree(place)


def unpack(archive: Path, into: Path) -> Layout:
    """An archive as an OCI layout: one in that layout, or one that `docker save` wrote.

    Raises:
        NotFoundError: it is neither.
        IntegrityError: it is damaged.
    """
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(into, filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise IntegrityError(f"{archive} is no image archive, or is damaged: {error}") from None
    except OSError as error:
        with translated(archive, "read"):
            raise error from None
    layout = Layout(into)
    if layout.exists:
        return layout
    if not (into / "manifest.json").is_file():
        raise NotFoundError(f"{archive} holds neither an OCI layout nor what `docker save` writes")
    return _from_docker(into)


def _from_docker(into: Path) -> Layout:
    """What `docker save` wrote, as an OCI layout beside it."""
    layout = Layout(into / "oci")
    layout.create()
    try:
        images = json.loads((into / "manifest.json").read_bytes())
        config = (into / images[0]["Config"]).read_bytes()
        files = [into / name for name in images[0]["Layers"]]
        tags = images[0].get("RepoTags") or ["latest"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise IntegrityError(f"the archive's manifest.json is damaged: {error!r}") from None
    layers = []
    for file in files:
        with layout.part() as part:
            with translated(file, "read"), file.open("rb") as source:
                made = layer_files.recompress(source, part, compression="gzip")
            layout.adopt(part, made.digest)
        layers.append(oci.Descriptor(oci.LAYER + "+gzip", made.digest, made.size))
    manifest = oci.Manifest(layout.put(config, oci.CONFIG), tuple(layers))
    layout.publish(layout.put(manifest.dump(), oci.MANIFEST), str(tags[0]).rpartition(":")[2])
    return layout


def pack(layout: Layout, target: Path, mtime: int) -> None:
    """Write a layout as one archive (`oci-archive`); it appears complete or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    entries = [
        Member(path, "file", f"{layout.path}/{path}")
        for path, status in layer_files.walk(layout.path)
        if status.st_mode & 0o100000
    ]
    with beside(target) as place:
        layer_files.write(entries, place / "archive", compression="none", mtime=mtime)
        with translated(target):
            (place / "archive").replace(target)


def pack_for_docker(layout: Layout, tag: str, target: Path, mtime: int) -> None:
    """Write the image of a layout as `docker save` does, layers uncompressed; complete or not at all.

    Args:
        layout: with the image.
        tag: its name in the layout.
        target: file to write.
        mtime: time of the members, seconds since the epoch.

    Raises:
        StorageError: it cannot be written.
    """
    descriptor, manifest = layout.find("", tag)
    config = layout.read(manifest.config)
    name = descriptor.annotations.get("io.containerd.image.name", f"parity:{tag}")
    with beside(target) as place:
        entries = [Member(f"{manifest.config.digest.removeprefix('sha256:')}.json", "file", data=config)]
        names = []
        for number, layer in enumerate(manifest.layers):
            file = place / str(number)
            with layout.blob(layer.digest).open("rb") as source:
                made = layer_files.recompress(source, file, compression="none")
            names.append(f"{made.diff_id.removeprefix('sha256:')}/layer.tar")
            entries.append(Member(names[-1], "file", str(file)))
        table = [{"Config": entries[0].path, "RepoTags": [name], "Layers": names}]
        entries.append(Member("manifest.json", "file", data=oci.dump(table)))
        layer_files.write(entries, place / "archive", compression="none", mtime=mtime)
        with translated(target):
            (place / "archive").replace(target)


def copy_blob(source: Path, layout: Layout, descriptor: oci.Descriptor) -> None:
    """Put a blob from elsewhere into a layout, checked.

    Raises:
        IntegrityError: it is not what its digest says.
    """
    target = layout.blob(descriptor.digest)
    if target.is_file() and target.stat().st_size == descriptor.size:
        return
    with layout.part() as part:
        with translated(target):
            shutil.copyfile(source, part)
        if not matches(part, descriptor.digest):
            raise IntegrityError(f"{source} is not what its digest says: {descriptor.digest}")
        layout.adopt(part, descriptor.digest)
