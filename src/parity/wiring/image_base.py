"""What an image stands on: another image, on disk or in a registry, a root file system, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.errors import InputError
from parity.formats import oci
from parity.formats.oci import rfc3339
from parity.store import layer_files
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from parity.store.oci_layout import Layout
    from parity.wiring import Services


@dataclass(frozen=True, slots=True)
class Base:
    """A base whose blobs are in the layout already.

    Attributes:
        config: its configuration.
        layers: lowest first.
        annotations: what the image shall say of it.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[oci.Descriptor, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)


def load(services: Services, text: str, layout: Layout, scratch: Path, moment: datetime) -> Base:
    """Bring a base into a layout.

    Args:
        services: of the call.
        text: as a person named it.
        layout: where its blobs go.
        scratch: for what is not finished.
        moment: time of files of a root file system.

    Raises:
        NotFoundError: there is none, or none for the platform.
        IntegrityError: it is damaged.
        NetworkError: its registry cannot be reached or refuses.
    """
    from parity.store import oci_layout
    from parity.wiring import image_push

    kind, _, place = text.partition(":")
    if text == "scratch":
        services.output.debug("an image from scratch has no C library: its programs need a base to run")
        return Base()
    if kind == "rootfs":
        return _from_rootfs(Path(place).expanduser().absolute(), layout, moment)
    if kind not in {"oci", "oci-archive", "docker-archive"}:
        return _from_registry(services, oci.reference(text), layout)
    origin, tag = image_push.locate(text, scratch)
    found, manifest = origin.find(services.platform, tag)
    for layer in manifest.layers:
        oci_layout.copy_blob(origin.blob(layer.digest), layout, layer)
    config = oci.parse(origin.read(manifest.config), "the configuration of the base")
    return Base(config, tuple(map(_as_oci, manifest.layers)), {oci.BASE_DIGEST: found.digest})


def _from_registry(services: Services, reference: oci.Reference, layout: Layout) -> Base:
    from concurrent.futures import ThreadPoolExecutor

    from parity.wiring import image_push

    origin = image_push.registry(services, reference)
    found, data = origin.manifest(reference.wanted)
    while found.media_type in oci.INDEXES:
        found = oci.pick(oci.parse_index(data, str(reference)), services.platform, str(reference))
        found, data = origin.manifest(found.digest)
    manifest = oci.parse_manifest(data, str(reference))

    def fetch(blob: oci.Descriptor) -> None:
        target = layout.blob(blob.digest)
        if target.is_file() and target.stat().st_size == blob.size:
            return
        task = services.progress.start(blob.digest[7:19], blob.size, "bytes")
        try:
            with layout.part() as part:
                origin.blob(blob, part)
                layout.adopt(part, blob.digest)
        finally:
            services.progress.finish(task)

    # Only the image that is built refers to blobs of the layout; the base's own configuration is no part of it.
    fetch(manifest.config)
    config = oci.parse(layout.read(manifest.config), "the configuration of the base")
    layout.blob(manifest.config.digest).unlink()
    oci.fits(config, services.platform, str(reference))
    with ThreadPoolExecutor(4, thread_name_prefix="pull") as pool:
        list(pool.map(fetch, manifest.layers))
    annotations = {oci.BASE_NAME: str(reference), oci.BASE_DIGEST: found.digest}
    return Base(config, tuple(map(_as_oci, manifest.layers)), annotations)


def _as_oci(layer: oci.Descriptor) -> oci.Descriptor:
    """A layer of a Docker manifest as OCI calls it; the bytes are the same."""
    media_type = oci.LAYER + "+gzip" if layer.media_type == oci.DOCKER_LAYER else layer.media_type
    return oci.Descriptor(media_type, layer.digest, layer.size)


def _from_rootfs(directory: Path, layout: Layout, moment: datetime) -> Base:
    if not directory.is_dir():
        raise InputError(f"there is no directory {directory}")
    with layout.part() as part:
        made = layer_files.write(layer_files.rootfs_entries(directory), part, compression="gzip",
                                 mtime=int(moment.timestamp()))  # fmt: skip
        layout.adopt(part, made.digest)
    created = rfc3339(moment)
    config = {
        "rootfs": {"type": "layers", "diff_ids": [made.diff_id]},
        "history": [{"created": created, "created_by": "parity image build: rootfs"}],
    }
    return Base(config, (oci.Descriptor(oci.LAYER + "+gzip", made.digest, made.size),))
