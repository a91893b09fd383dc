"""Where an image comes from: an in-toto statement 1.0 with a SLSA provenance 1.0 predicate.

It names no time, no machine and no person, so that whoever builds the image again gets the same statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parity.core.urls import mask, strip_credentials
from parity.formats.oci import dump

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.model import Solution

MEDIA_TYPE = "application/vnd.in-toto+json"
_BUILD_TYPE = "https://parity.invalid/image/v1"


def statement(
    name: str,
    digest: str,
    solution: Solution,
    *,
    parameters: Mapping[str, Any],
    lock: tuple[str, str] | None,
    base: tuple[str, str] | None,
    version: str,
) -> bytes:
    """The statement about an image.

    Args:
        name: of the image.
        digest: of its manifest, `sha256:HEX`.
        solution: its packages.
        parameters: what was asked for.
        lock: name and SHA-256 (hex) of the lock's file.
        base: name and digest of the base image.
        version: of Parity.
    """
    materials = [
        {"uri": mask(strip_credentials(package.url)), "digest": {"sha256": package.sha256}}
        for package in solution
        if package.sha256
    ]
    if base is not None:
        materials.insert(0, {"uri": base[0], "digest": {"sha256": base[1].removeprefix("sha256:")}})
    if lock is not None:
        materials.insert(0, {"uri": lock[0], "digest": {"sha256": lock[1]}})
    return dump(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}],
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {
                "buildDefinition": {
                    "buildType": _BUILD_TYPE,
                    "externalParameters": dict(parameters),
                    "resolvedDependencies": materials,
                },
                "runDetails": {"builder": {"id": _BUILD_TYPE, "version": {"parity": version}}},
            },
        }
    )
