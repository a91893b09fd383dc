"""What goes along with an image: bills of materials and provenance, as manifests that refer to it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from parity.formats import in_toto, oci
from parity.store import lock_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from parity.engines.sbom import Form
    from parity.model import Solution
    from parity.store.oci_layout import Layout
    from parity.wiring.imaging import Order


def attach(
    layout: Layout,
    image: oci.Descriptor,
    order: Order,
    solution: Solution,
    annotations: Mapping[str, str],
    platform: str,
    moment: datetime,
) -> tuple[str, ...]:
    """Put into a layout what an order wants to go along.

    Args:
        layout: that holds the image.
        image: its manifest.
        order: what was asked for.
        solution: the packages in it.
        annotations: of the image, for its base.
        platform: as `linux/amd64`.
        moment: time of documents.

    Returns:
        Digests of the manifests.

    Raises:
        NotFoundError: a library that it needs is not installed.
    """
    from parity import __version__
    from parity.engines import sbom

    forms: tuple[Form, ...] = ("cyclonedx", "spdx")
    documents = [
        (sbom.MEDIA_TYPES[form], sbom.render(form, order.tag, solution, moment))
        for form in forms
        if form in order.sboms
    ]
    if order.provenance:
        base = annotations.get(oci.BASE_DIGEST)
        lock = order.lock
        data = in_toto.statement(
            order.tag,
            image.digest,
            solution,
            parameters={
                "platform": platform,
                "environment": order.environment,
                "variant": order.variant or "",
                "path": order.prefix,
                "layers": order.budget,
                "compression": order.compression,
                "labels": dict(order.wish.labels),
                "created": oci.rfc3339(moment),
            },
            lock=(lock.name, hashlib.sha256(lock_files.read_bytes(lock)).hexdigest()) if lock is not None else None,
            base=(annotations.get(oci.BASE_NAME, "base"), base) if base else None,
            version=__version__,
        )
        documents.append((in_toto.MEDIA_TYPE, data))
    return tuple(_add(layout, image, media_type, data) for media_type, data in documents)


def _add(layout: Layout, image: oci.Descriptor, media_type: str, data: bytes) -> str:
    manifest = oci.Manifest(
        layout.put(b"{}", oci.EMPTY),
        (layout.put(data, media_type),),
        artifact_type=media_type,
        subject=oci.Descriptor(image.media_type, image.digest, image.size),
    )
    found = layout.put(manifest.dump(), oci.MANIFEST)
    layout.list_also(oci.Descriptor(found.media_type, found.digest, found.size, {oci.ARTIFACT: media_type}))
    return found.digest
