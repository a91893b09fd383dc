"""From a lock to an image on disk; the command line and the library both come here."""

from __future__ import annotations

import os
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core import image
from parity.core.image import BUDGET, Member, Wish
from parity.errors import InputError
from parity.formats import oci
from parity.formats.oci import rfc3339
from parity.store import layer_files, oci_layout
from parity.store.oci_layout import Layout
from parity.values import dataclass, field, replace
from parity.wiring import image_attach, image_base, image_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from parity.store.layer_files import Compression
    from parity.wiring import Services
    from parity.wiring.image_source import Source

DEFAULT_PREFIX = "/opt/env"
OUTPUTS = ("oci", "oci-archive", "docker-archive")


@dataclass(frozen=True, slots=True)
class Order:
    """What image to build.

    Attributes:
        lock: file of the lock; None with `from_prefix`.
        output: `oci:DIR`, `oci-archive:FILE` or `docker-archive:FILE`.
        base: `scratch`, `oci:DIR[:TAG]`, `oci-archive:FILE`, `docker-archive:FILE`, `rootfs:DIR`, or a name
            in a registry.
        tag: `NAME:TAG`, or a tag.
        environment: of the lock; "" for its usual one.
        variant: of the lock's platform.
        prefix: path of the environment in the image.
        budget: most layers for packages.
        compression: of layers.
        wish: configuration.
        from_prefix: environment whose files to take as they are.
        sboms: bills of materials to attach: `cyclonedx`, `spdx`.
        provenance: attach where the image comes from.
        slim: leave out what programs do not need (`core.slim`).
    """

    lock: Path | None
    output: str
    base: str = "scratch"
    tag: str = "latest"
    environment: str = ""
    variant: str | None = None
    prefix: str = DEFAULT_PREFIX
    budget: int = BUDGET
    compression: Compression = "gzip"
    wish: Wish = field(default_factory=Wish)
    from_prefix: Path | None = None
    sboms: tuple[str, ...] = ()
    provenance: bool = False
    slim: bool = False


@dataclass(frozen=True, slots=True)
class BuiltLayer:
    """A layer of an image.

    Attributes:
        title: the package, or what its packages have in common; `base` for those of the base.
        packages: their names.
        files: number of files; 0 for those of the base.
        size: bytes of the blob.
        unpacked: bytes of the archive; 0 where that is not known.
        digest: of the blob.
        state: `same` where the image that stood here before had it, `new`, or `base`.
    """

    title: str
    packages: tuple[str, ...]
    files: int
    size: int
    unpacked: int
    digest: str
    state: str


@dataclass(frozen=True, slots=True)
class Built:
    """An image that was built.

    Attributes:
        output: where it is.
        tag: its name there.
        digest: of its manifest.
        platform: `linux/amd64`.
        prefix: of the environment in it.
        fingerprint: of the environment; "" where it cannot be told.
        layers: lowest first.
        upload: bytes of blobs that a registry lacks which has the image that stood here before.
        unrun: packages with link scripts, which were not run.
        attached: digests of manifests that are about it.
        saved: by rule, files and bytes that were left out.
        seconds: that it took.
    """

    output: str
    tag: str
    digest: str
    platform: str
    prefix: str
    fingerprint: str
    layers: tuple[BuiltLayer, ...]
    upload: int
    unrun: tuple[str, ...]
    attached: tuple[str, ...]
    saved: Mapping[str, tuple[int, int]]
    seconds: float

    @property
    def size(self) -> int:
        return sum(layer.size for layer in self.layers)


def build(services: Services, order: Order) -> Built:
    """Build an image.

    Raises:
        InputError: the order makes no sense.
        RefusedError: the lock holds what would not be the same on every machine.
        NotFoundError: the lock or the base has nothing for the platform.
        ParityError: as engines and stores raise it.
    """
    began = time.monotonic()
    kind, target = _output(order.output)
    oci.platform(services.platform)
    _check_prefix(order.prefix)
    moment = moment_of(services)
    if order.compression == "gzip" and not layer_files.is_reference_zlib():
        services.output.warn("this Python's zlib compresses otherwise than most do: digests of layers will differ from "
                             "those made elsewhere, though what they hold is the same")  # fmt: skip
    with scratch_place(services) as scratch:
        layout = Layout(target) if kind == "oci" else Layout(scratch / "oci")
        layout.create()
        name, _, tag = order.tag.rpartition(":")
        base = image_base.load(services, order.base, layout, scratch, moment)
        source = image_source.load(services, order, scratch / "root", moment)
        prefix = source.prefix
        services.output.debug(f"{len(source.members)} files for the image")
        known = _known_layers(layout, tag, order.compression)
        added = _write_layers(services, order, source, layout, known, int(moment.timestamp()))
        annotations = _annotations(order, source, moment)
        config = layout.put(
            oci.config(
                services.platform,
                base.config,
                [(diff_id, layer.title) for diff_id, layer, _ in added],
                order.wish,
                prefix=prefix,
                variables=source.variables,
                labels=annotations,
                created=rfc3339(moment),
            ),
            oci.CONFIG,
        )
        manifest = oci.Manifest(
            config, (*base.layers, *(descriptor for *_, descriptor in added)),
            {**annotations, **base.annotations, oci.COMPRESSION: layer_files.label(order.compression),
             **order.wish.labels},
        )  # fmt: skip
        found = layout.put(manifest.dump(), oci.MANIFEST)
        annotations = {"io.containerd.image.name": f"{name}:{tag}"} if name else {}
        before = _reached(layout, tag)
        layout.publish(replace(found, platform=oci.platform(services.platform), annotations=annotations), tag)
        platform = "/".join(oci.platform(services.platform).values())
        attached = image_attach.attach(layout, found, order, source.solution, manifest.annotations, platform, moment)
        if kind == "oci-archive":
            oci_layout.pack(layout, target, int(moment.timestamp()))
        elif kind == "docker-archive":
            oci_layout.pack_for_docker(layout, tag, target, int(moment.timestamp()))
    layers = (
        *(BuiltLayer("base", (), 0, each.size, 0, each.digest, "base") for each in base.layers),
        *(layer for _, layer, _ in added),
    )
    upload = {each.digest: each.size for each in (found, config, *manifest.layers) if each.digest not in before}
    return Built(order.output, order.tag, found.digest, platform, prefix, source.fingerprint, layers,
                 sum(upload.values()), source.unrun, attached, source.saved, time.monotonic() - began)  # fmt: skip


def _output(text: str) -> tuple[str, Path]:
    kind, _, place = text.partition(":")
    if kind not in OUTPUTS or not place:
        raise InputError(f"`{text}` is no place for an image",
                         hints=["write oci:DIR, oci-archive:FILE or docker-archive:FILE"])  # fmt: skip
    return kind, Path(place).expanduser().absolute()


def _check_prefix(prefix: str) -> None:
    parts = prefix.split("/")
    if not prefix.startswith("/") or prefix.endswith("/") or {"", ".", ".."} & set(parts[1:]):
        raise InputError(f"`{prefix}` is no absolute path of a directory in an image", hints=["as /opt/env"])


def moment_of(services: Services) -> datetime:
    """The time of everything in the image (https://reproducible-builds.org/specs/source-date-epoch/)."""
    from datetime import UTC, datetime

    text = services.environ.get("SOURCE_DATE_EPOCH", "") or "0"
    if not text.isdecimal() or int(text) >= 1 << 33:
        raise InputError(f"SOURCE_DATE_EPOCH is `{text}`", hints=["it counts seconds since 1970, as 1735689600"])
    return datetime.fromtimestamp(int(text), UTC)


@contextmanager
def scratch_place(services: Services) -> Iterator[Path]:
    """A directory beside the package cache, so that files can be linked instead of copied."""
    from parity.store.files import delete_tree, translated

    place = services.root.cache / "images" / secrets.token_hex(4)
    with translated(place, "create"):
        place.mkdir(parents=True)
    try:
        yield place
    finally:
        delete_tree(place)


# -- layers --------------------------------------------------------------------------------------------


def _known_layers(layout: Layout, tag: str, compression: Compression) -> dict[str, oci.Descriptor]:
    """By diff id, the layers of the image that stands in the layout and was compressed in the same way."""
    from parity.errors import ParityError

    try:
        _, manifest = layout.find("", tag)
        if manifest.annotations.get(oci.COMPRESSION) != layer_files.label(compression):
            return {}
        diff_ids = oci.parse(layout.read(manifest.config), "the configuration")["rootfs"]["diff_ids"]
        known = zip(diff_ids, manifest.layers, strict=True)
        return {diff_id: layer for diff_id, layer in known if oci.TITLE in layer.annotations}
    except (ParityError, LookupError, TypeError, ValueError):
        return {}  # what stands there is no image of ours, or a damaged one: everything is made anew


def _reached(layout: Layout, tag: str) -> set[str]:
    from parity.errors import ParityError

    try:
        found, manifest = layout.find("", tag)
    except ParityError:
        return set()
    return {found.digest, manifest.config.digest, *(layer.digest for layer in manifest.layers)}


def _write_layers(
    services: Services,
    order: Order,
    source: Source,
    layout: Layout,
    known: Mapping[str, oci.Descriptor],
    mtime: int,
) -> list[tuple[str, BuiltLayer, oci.Descriptor]]:
    from parity.store.oci_layout import matches

    groups = image.divide(source.members, source.owners, order.budget)
    media_type = oci.LAYER + layer_files.SUFFIXES[order.compression]

    def one(group: image.Group, members: Sequence[Member]) -> tuple[str, BuiltLayer, oci.Descriptor]:
        names = tuple(name for _, name in group.members)
        files = len(members)
        notes = {oci.TITLE: group.title}
        if known:
            diff_id = layer_files.diff_id(members, mtime=mtime)
            old = known.get(diff_id)
            if old is not None and matches(layout.blob(old.digest), old.digest):
                unpacked = sum(member.size for member in members)
                layer = BuiltLayer(group.title, names, files, old.size, unpacked, old.digest, "same")
                return diff_id, layer, oci.Descriptor(media_type, old.digest, old.size, notes)
        with layout.part() as part:
            made = layer_files.write(members, part, compression=order.compression, mtime=mtime)
            layout.adopt(part, made.digest)
        layer = BuiltLayer(group.title, names, files, made.size, made.unpacked, made.digest, "new")
        return made.diff_id, layer, oci.Descriptor(media_type, made.digest, made.size, notes)

    with (
        services.progress.stage("Writing layers"),
        ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="layer") as pool,
    ):
        jobs = [pool.submit(one, *each) for each in groups]
        try:
            return [job.result() for job in jobs]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _annotations(order: Order, source: Source, moment: datetime) -> dict[str, str]:
    found = {"org.opencontainers.image.created": rfc3339(moment), oci.PREFIX: source.prefix}
    if source.fingerprint:
        found[oci.FINGERPRINT] = source.fingerprint
    if order.slim:
        found[oci.SLIM] = "1"
    return found
