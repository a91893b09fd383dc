"""What an environment notes of the lock that it was made equal to, so that doing it again costs nothing.

Two notes: which part of which lock it was (`Manifest.lock`), and what the environment then held (`Manifest.state`).
While both are still true there is nothing to do, and neither the lock nor any package has to be read to know.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from parity.model import InstalledPackage, Manifest


def digest(text: bytes) -> str:
    """SHA-256 of a lock's bytes."""
    return hashlib.sha256(text).hexdigest()


def note(platform: str, lock_digest: str, environment: str = "") -> str:
    """`PLATFORM:SHA-256`, as in `linux-64:9f86...`; before it `ENVIRONMENT@` where one was named.

    Args:
        platform: name of the platform in the lock that was chosen.
        lock_digest: of the lock's bytes.
        environment: as the person named it; "" for the lock's usual one.
    """
    return f"{environment}@{platform}:{lock_digest}" if environment else f"{platform}:{lock_digest}"


def is_noted(known: str, lock_digest: str, *, environment: str, subdir: str, variant: str | None) -> bool:
    """Whether a note says that an environment was made equal to what is asked for now.

    Without a variant, the one that was chosen then counts: what this machine has is not looked at again.
    """
    head, _, known_digest = known.rpartition(":")
    known_environment, _, platform = head.rpartition("@")
    if known_digest != lock_digest or known_environment != environment:
        return False
    if variant is None:
        return platform == subdir or platform.startswith(f"{subdir}-")
    return platform == (f"{subdir}-{variant}" if variant else subdir)


def state(installed: Iterable[InstalledPackage], variables: Mapping[str, str]) -> str:
    """What an environment holds, as one SHA-256: packages as their records tell them, and its own variables."""
    lines = [
        "\t".join((package.source, package.name, package.version, package.build, package.sha256 or "", package.url))
        for package in installed
    ]
    lines += [f"{name}={value}" for name, value in variables.items()]
    return digest("\n".join(sorted(lines)).encode("utf-8", "surrogatepass"))


def unchanged(
    manifest: Manifest, installed: Collection[InstalledPackage], lost: Collection[str], variables: Mapping[str, str]
) -> bool:
    """Whether an environment still holds what it held when it was made equal to its lock, as far as its records tell.

    Args:
        manifest: of the environment.
        installed: what it holds.
        lost: conda packages whose Python metadata is gone.
        variables: its own variables.
    """
    sources = any(package.url.startswith("file:") and not package.sha256 for package in manifest.pypi)
    # What a directory of sources gives may change without a word.
    return bool(manifest.state) and not lost and not sources and manifest.state == state(installed, variables)
