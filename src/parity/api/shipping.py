"""Environments as one file and as images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parity.api.options import find, place, services_for

if TYPE_CHECKING:
    from typing import Unpack

    from parity.api.options import Location, Options
    from parity.wiring.image_push import Pushed
    from parity.wiring.imaging import Built, Order
    from parity.wiring.packing import Made


def pack(
    location: Location, output: Location, *, lock: bool = False, as_is: bool = False, **options: Unpack[Options]
) -> Made:
    """Write an environment into one file that works at any path, with Parity or without.

    Args:
        location: its name, or its path as a `Path`; with `lock`, the file of a lock.
        output: `.tar.zst`, `.tar.gz`, `.zip`, `.squashfs` or `.erofs`; one that is there is replaced.
        lock: pack what a lock says.
        as_is: take files that are not what their packages hold.
        options: see `Options`.
    """
    from parity.wiring import packing
    from parity.wiring.syncing import Choice

    services = services_for(options)
    target = Path(output).absolute()
    if not lock:
        return packing.pack(services, find(location, services), target, as_is=as_is)
    path = Path(location)
    with packing.from_lock(services, Choice(path)) as prefix:
        return packing.pack(services, prefix, target, as_is=as_is, lock=packing.lock_text(services, path))


def unpack(archive: Location, location: Location, *, replace: bool = False, **options: Unpack[Options]) -> str:
    """Put the environment of a pack in place, verified; returns its fingerprint.

    Args:
        archive: the pack.
        location: name of the environment, or its path as a `Path`.
        replace: put it in the place of one that is there.
        options: see `Options`.
    """
    from parity.wiring import packing

    services = services_for(options)
    return packing.unpack(services, Path(archive), place(location, services), replace_existing=replace)


def build_image(order: Order, **options: Unpack[Options]) -> Built:
    """Write an OCI image of a locked environment; the same lock and base give the same digest everywhere.

    Args:
        order: what to build, from what and where to.
        options: see `Options`.

    Returns:
        The image's digest, its layers, and what of it is new.
    """
    from parity.wiring import imaging

    return imaging.build(services_for(options), order)


def push_image(image: str, reference: str, **options: Unpack[Options]) -> Pushed:
    """Send an image to a registry, without what the registry has already.

    Args:
        image: `oci:DIR`, `oci:DIR:TAG`, `oci-archive:FILE` or `docker-archive:FILE`.
        reference: where to, as `ghcr.io/team/train:1.0`.
        options: see `Options`.
    """
    from parity.wiring import image_push, imaging

    services = services_for(options)
    with imaging.scratch_place(services) as scratch:
        layout, tag = image_push.locate(image, scratch)
        return image_push.push(services, layout, tag, reference)
