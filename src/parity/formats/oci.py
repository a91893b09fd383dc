"""The JSON of container images: config, manifest and index of the OCI image specification 1.1.

Written canonically: keys sorted, no blanks, ASCII, so that equal values give equal bytes and digests.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from parity.core.image import PLATFORMS, activated
from parity.errors import InputError, IntegrityError, NotFoundError
from parity.patterns import regex
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from parity.core.image import Wish

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

INDEXES = frozenset({INDEX, DOCKER_LIST})
MANIFESTS = frozenset({MANIFEST, DOCKER_MANIFEST})

REF_NAME = "org.opencontainers.image.ref.name"
BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"
FINGERPRINT = "dev.parity.fingerprint"
COMPRESSION = "dev.parity.compression"
PREFIX = "dev.parity.prefix"
SLIM = "dev.parity.slim"
TITLE = "dev.parity.layer"
ARTIFACT = "dev.parity.artifact"
"""Marks manifests that are no images in an index, by the type of what they hold."""

_DIGEST = regex(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Points to a blob by its digest.

    Attributes:
        media_type: what it holds.
        digest: `sha256:HEX`.
        size: bytes.
        annotations: notes on it.
        platform: os, architecture, variant of a manifest; empty elsewhere.
    """

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        if self.platform:
            found["platform"] = dict(self.platform)
        return found


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image of one platform.

    Attributes:
        config: of the image.
        layers: lowest first.
        annotations: notes on it.
        media_type: OCI's or Docker's.
        artifact_type: what it is, where it is no image (an SBOM).
        subject: the image that it is about.
    """

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    media_type: str = MANIFEST
    artifact_type: str = ""
    subject: Descriptor | None = None

    def dump(self) -> bytes:
        data: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": self.media_type,
            "config": self.config.data(),
            "layers": [layer.data() for layer in self.layers],
        }
        if self.annotations:
            data["annotations"] = dict(self.annotations)
        if self.artifact_type:
            data["artifactType"] = self.artifact_type
        if self.subject is not None:
            data["subject"] = self.subject.data()
        return dump(data)


def dump(data: object) -> bytes:
    """Canonical bytes of a document."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest(data: bytes) -> str:
    """`sha256:HEX` of a document."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def describe(data: bytes, media_type: str, **more: Mapping[str, str]) -> Descriptor:
    """The descriptor of a document."""
    return Descriptor(media_type, digest(data), len(data), **more)


def rfc3339(moment: datetime) -> str:
    """A moment (UTC) as these documents write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 digest as OCI writes it."""
    return _DIGEST.fullmatch(text) is not None


def parse(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        IntegrityError: it is none.
    """
    try:
        found = json.loads(data)
    except ValueError as error:
        raise IntegrityError(f"{what} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise IntegrityError(f"{what} is no JSON object")
    return found


def parse_descriptor(data: Any, what: str) -> Descriptor:
    """Read a descriptor.

    Raises:
        IntegrityError: it is none, or names no SHA-256 digest.
    """
    try:
        found = Descriptor(
            str(data["mediaType"]),
            str(data["digest"]),
            int(data["size"]),
            {str(key): str(value) for key, value in (data.get("annotations") or {}).items()},
            {key: str(value) for key, value in (data.get("platform") or {}).items() if isinstance(value, str)},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"{what} has a broken descriptor: {error!r}") from None
    if not is_digest(found.digest):
        raise IntegrityError(f"{what} names its content by {found.digest[:40]}, which is no SHA-256 digest")
    return found


def parse_manifest(data: bytes, what: str) -> Manifest:
    """Read the manifest of an image.

    Raises:
        IntegrityError: it is none.
    """
    found = parse(data, what)
    if not isinstance(found.get("layers"), list) or "config" not in found:
        raise IntegrityError(f"{what} is no manifest of an image",
                             hints=["images of schema 1 are too old: push them anew"])  # fmt: skip
    media_type = str(found.get("mediaType") or MANIFEST)
    return Manifest(
        parse_descriptor(found["config"], what),
        tuple(parse_descriptor(layer, what) for layer in found["layers"]),
        {str(key): str(value) for key, value in (found.get("annotations") or {}).items()},
        media_type,
        str(found.get("artifactType") or ""),
        parse_descriptor(found["subject"], what) if found.get("subject") else None,
    )


def parse_index(data: bytes, what: str) -> tuple[Descriptor, ...]:
    """The manifests that an index lists.

    Raises:
        IntegrityError: it is none.
    """
    found = parse(data, what)
    if not isinstance(found.get("manifests"), list):
        raise IntegrityError(f"{what} lists no manifests")
    return tuple(parse_descriptor(each, what) for each in found["manifests"])


def index(manifests: Sequence[Descriptor]) -> bytes:
    """An index of manifests."""
    return dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [each.data() for each in manifests]})


def platform(subdir: str) -> dict[str, str]:
    """What OCI calls a platform.

    Raises:
        InputError: there are no images for it.
    """
    if subdir not in PLATFORMS:
        raise InputError(
            f"an image for {subdir} cannot be built: containers of other systems than Linux have other layers",
            hints=[f"platforms of images are {', '.join(PLATFORMS)}"],
        )
    os, architecture, variant = PLATFORMS[subdir]
    return {"os": os, "architecture": architecture} | ({"variant": variant} if variant else {})


def pick(manifests: Sequence[Descriptor], subdir: str, what: str) -> Descriptor:
    """The manifest of an index that is for a platform.

    Raises:
        NotFoundError: it has none.
    """
    wanted = platform(subdir)
    images = [each for each in manifests if each.platform.get("os") != "unknown" and not _is_artifact(each)]
    if len(images) == 1 and not images[0].platform:
        return images[0]
    for each in images:
        mine = dict(each.platform)
        same_variant = "variant" not in mine or mine["variant"] == wanted.get("variant")
        if mine.get("os") == wanted["os"] and mine.get("architecture") == wanted["architecture"] and same_variant:
            return each
    have = sorted({"/".join(filter(None, map(each.platform.get, ("os", "architecture")))) for each in images} - {""})
    raise NotFoundError(
        f"{what} has no image for {wanted['os']}/{wanted['architecture']}",
        hints=[f"it has {', '.join(have)}" if have else "it has no images at all"],
    )


def _is_artifact(each: Descriptor) -> bool:
    return each.media_type not in MANIFESTS | INDEXES or ARTIFACT in each.annotations


def fits(config: Mapping[str, Any], subdir: str, what: str) -> None:
    """Check that an image is for a platform.

    Raises:
        NotFoundError: it is for another.
    """
    wanted = platform(subdir)
    mine = {key: config.get(key) for key in ("os", "architecture")}
    if mine["os"] and mine != {key: wanted[key] for key in mine}:
        raise NotFoundError(f"{what} is for {mine['os']}/{mine['architecture']}, not for "
                            f"{wanted['os']}/{wanted['architecture']}")  # fmt: skip


def config(
    subdir: str,
    base: Mapping[str, Any],
    added: Sequence[tuple[str, str]],
    wish: Wish,
    *,
    prefix: str,
    variables: Mapping[str, str],
    labels: Mapping[str, str],
    created: str,
) -> bytes:
    """The configuration of an image.

    Args:
        subdir: platform.
        base: configuration of the base; empty for none.
        added: diff id and title of each layer on top of it.
        wish: what is asked for.
        prefix: of the environment in the image.
        variables: of the environment.
        labels: of the image, without those of the wish.
        created: RFC 3339.
    """
    run: dict[str, Any] = dict(base.get("config") or {})
    run["Env"] = activated(run.get("Env") or [], prefix, {**variables, **wish.variables})
    if wish.entrypoint is not None:
        run["Entrypoint"] = list(wish.entrypoint)
        run.pop("Cmd", None)
    if wish.command is not None:
        run["Cmd"] = list(wish.command)
    run |= {key: value for key, value in (("User", wish.user), ("WorkingDir", wish.workdir)) if value}
    run["Labels"] = {**(run.get("Labels") or {}), **labels, **wish.labels}
    history = list(base.get("history") or [])
    history += [{"created": created, "created_by": f"parity image build: {title}"} for _, title in added]
    lower = list((base.get("rootfs") or {}).get("diff_ids") or [])
    return dump(
        {
            **platform(subdir),
            "created": created,
            "config": run,
            "rootfs": {"type": "layers", "diff_ids": [*lower, *(diff_id for diff_id, _ in added)]},
            "history": history,
        }
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of an image in a registry.

    Attributes:
        registry: host and port.
        repository: path in it.
        tag: "" where only the digest is given.
        digest: `sha256:HEX`, or "".
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")

    @property
    def wanted(self) -> str:
        """What to ask the registry for."""
        return self.digest or self.tag


_REPOSITORY = regex(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def reference(text: str) -> Reference:
    """Read the name of an image as Docker does: without a host it is Docker's own registry.

    Raises:
        InputError: it is none.
    """
    rest, _, wanted = text.removeprefix("docker://").partition("@")
    head, slash, tail = rest.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        host, path = head, tail
    else:
        host, path = "docker.io", rest
    path, _, tag = path.partition(":")
    if host in {"docker.io", "index.docker.io"}:
        host = "docker.io"
        path = path if "/" in path else f"library/{path}"
    wrong = (
        not _REPOSITORY.fullmatch(path)
        or (tag and not _TAG.fullmatch(tag))
        or (wanted and not is_digest(wanted))
        or "@" in host
    )
    if wrong:
        raise InputError(f"`{text}` is no name of an image", hints=["write HOST/PATH:TAG, as ghcr.io/team/train:1"])
    return Reference(host, path, tag or ("" if wanted else "latest"), wanted)
