"""From an image on disk to a registry."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.formats import oci
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.engines.registry import Registry
    from parity.store.oci_layout import Layout
    from parity.wiring import Services


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a blob.

    Attributes:
        title: of the layer, `config` or `base`.
        digest: of the blob.
        size: in bytes.
        how: `there`, `mounted` or `sent`.
    """

    title: str
    digest: str
    size: int
    how: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """An image that is in a registry now.

    Attributes:
        reference: its name there.
        digest: of its manifest.
        blobs: what became of each.
        uploaded: bytes that were sent.
        attached: digests of artifacts that refer to it and went along.
    """

    reference: str
    digest: str
    blobs: tuple[Sent, ...]
    uploaded: int
    attached: tuple[str, ...] = ()


def registry(services: Services, reference: oci.Reference) -> Registry:
    """A repository, with what the person noted for it."""
    from parity.engines import registry_auth
    from parity.engines.registry import Registry

    return Registry(
        reference,
        lambda host: registry_auth.find(host, services.environ, services.home),
        plain=bool(services.options.get("plain_http")),
        offline=services.offline,
    )


def push(services: Services, layout: Layout, tag: str, text: str) -> Pushed:
    """Send an image, without what the registry has.

    Args:
        services: of the call.
        layout: that holds it.
        tag: its name there; "" for the only one.
        text: its name in the registry.

    Raises:
        NotFoundError: there is no such image.
        NetworkError: the registry cannot be reached or refuses.
        IntegrityError: the image on disk is damaged.
    """
    from parity.store.oci_layout import matches

    reference = oci.reference(text)
    target = registry(services, reference)
    top, manifest = layout.find("", tag)
    origins = _origins(manifest, reference)

    def one(descriptor: oci.Descriptor, title: str) -> Sent:
        if target.has(descriptor.digest):
            return Sent(title, descriptor.digest, descriptor.size, "there")
        if any(target.mount(descriptor.digest, origin) for origin in origins):
            return Sent(title, descriptor.digest, descriptor.size, "mounted")
        file = layout.blob(descriptor.digest)
        if not matches(file, descriptor.digest):
            from parity.errors import IntegrityError

            raise IntegrityError(f"{file} is missing or damaged", hints=["build the image again"])
        task = services.progress.start(title, descriptor.size, "bytes")
        try:
            target.upload(descriptor, file)
        finally:
            services.progress.finish(task)
        return Sent(title, descriptor.digest, descriptor.size, "sent")

    blobs = [
        *((each, each.annotations.get(oci.TITLE, "base")) for each in manifest.layers),
        (manifest.config, "config"),
    ]
    unique = list({each.digest: (each, title) for each, title in blobs}.values())
    with ThreadPoolExecutor(4, thread_name_prefix="push") as pool:
        try:
            sent = list(pool.map(lambda pair: one(*pair), unique))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    data = layout.read(top)
    target.put_manifest(data, top.media_type, reference.tag or top.digest)
    attached = _attach(layout, top, target)
    sent_size = sum(each.size for each in sent if each.how == "sent") + len(data)
    return Pushed(str(reference), top.digest, tuple(sent), sent_size, attached)


def _origins(manifest: oci.Manifest, reference: oci.Reference) -> Sequence[str]:
    """Repositories of the same registry that have parts of the image: that of its base."""
    name = manifest.annotations.get(oci.BASE_NAME, "")
    if not name:
        return ()
    base = oci.reference(name)
    same = base.registry == reference.registry and base.repository != reference.repository
    return (base.repository,) if same else ()


def _attach(layout: Layout, top: oci.Descriptor, target: Registry) -> tuple[str, ...]:
    """Send the artifacts of a layout that are about an image."""
    found = []
    for each in layout.artifacts(top):
        data = layout.read(each)
        manifest = oci.parse_manifest(data, each.digest)
        for blob in {part.digest: part for part in (manifest.config, *manifest.layers)}.values():
            if not target.has(blob.digest):
                target.upload(blob, layout.blob(blob.digest))
        if not target.put_manifest(data, each.media_type, each.digest):
            _list_by_tag(target, top, each, manifest.artifact_type)
        found.append(each.digest)
    return tuple(found)


def _list_by_tag(target: Registry, top: oci.Descriptor, each: oci.Descriptor, kind: str) -> None:
    """Note an artifact where a registry knows no referrers: in an index under a tag that tells the image's digest."""
    from parity.errors import NotFoundError

    tag = top.digest.replace(":", "-")
    try:
        known = json.loads(target.manifest(tag)[1]).get("manifests", [])
    except NotFoundError:
        known = []
    entry = {"mediaType": each.media_type, "digest": each.digest, "size": each.size, "artifactType": kind}
    others = [one for one in known if one.get("digest") != each.digest]
    data = oci.dump({"schemaVersion": 2, "mediaType": oci.INDEX, "manifests": [*others, entry]})
    target.put_manifest(data, oci.INDEX, tag)


def locate(text: str, scratch: Path) -> tuple[Layout, str]:
    """An image on disk: `oci:DIR[:TAG]`, `oci-archive:FILE` or `docker-archive:FILE`, as a layout and a tag in it.

    Raises:
        InputError: the text names none.
        NotFoundError: there is none.
    """
    from parity.errors import InputError
    from parity.store import oci_layout

    kind, _, place = text.partition(":")
    if kind == "oci" and place:
        path, tag = Path(place).expanduser().absolute(), ""
        if not path.is_dir() and ":" in place:
            place, _, tag = place.rpartition(":")
            path = Path(place).expanduser().absolute()
        return oci_layout.Layout(path), tag
    if kind in {"oci-archive", "docker-archive"} and place:
        return oci_layout.unpack(Path(place).expanduser().absolute(), scratch / "archive"), ""
    raise InputError(f"`{text}` is no image on disk", hints=[("write oci:DIR, oci:DIR:TAG, oci-archive:FILE or "
                     "docker-archive:FILE")])  # fmt: skip


def inspect(services: Services, text: str, scratch: Path) -> dict[str, Any]:
    """What an image says of itself, as plain values.

    Args:
        services: of the call.
        text: an image on disk, or a name in a registry.
        scratch: directory for what is not finished.

    Raises:
        NotFoundError: there is none, or none for the platform.
        IntegrityError: it is damaged.
    """
    layout = None
    if text.partition(":")[0] in {"oci", "oci-archive", "docker-archive"}:
        layout, tag = locate(text, scratch)
        top, manifest = layout.find(str(services.options.get("platform") or ""), tag)
        config = oci.parse(layout.read(manifest.config), "the configuration")
    else:
        reference = oci.reference(text)
        origin = registry(services, reference)
        top, data = origin.manifest(reference.wanted)
        while top.media_type in oci.INDEXES:
            found = oci.pick(oci.parse_index(data, text), services.platform, text)
            top, data = origin.manifest(found.digest)
        manifest = oci.parse_manifest(data, text)
        file = scratch / "config"
        origin.blob(manifest.config, file)
        config = oci.parse(file.read_bytes(), "the configuration")
    attached = layout.artifacts(top) if layout is not None else ()
    run = config.get("config") or {}
    return {
        "digest": top.digest,
        "platform": "/".join(str(config[key]) for key in ("os", "architecture", "variant") if config.get(key)),
        "created": config.get("created"),
        "labels": run.get("Labels") or {},
        "annotations": dict(manifest.annotations),
        "env": run.get("Env") or [],
        "entrypoint": run.get("Entrypoint"),
        "command": run.get("Cmd"),
        "user": run.get("User", ""),
        "workdir": run.get("WorkingDir", ""),
        "attached": [{"type": each.annotations[oci.ARTIFACT], "digest": each.digest} for each in attached],
        "size": sum(layer.size for layer in manifest.layers),
        "layers": [
            {"title": layer.annotations.get(oci.TITLE, "base"), "digest": layer.digest, "size": layer.size}
            for layer in manifest.layers
        ],
    }
