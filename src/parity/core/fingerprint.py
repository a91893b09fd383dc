"""The fingerprint of an environment: a Merkle root over what its files mean (docs/reference/fingerprint.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["file", "link"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an environment, as the fingerprint sees it.

    Attributes:
        path: relative to the prefix, with `/`.
        kind: a regular file or a symbolic link; directories do not count.
        digest: SHA-256 (hex) of the canonical content, or of the link's target.
        executable: its owner may execute it; False for links.
    """

    path: str
    kind: Kind
    digest: str
    executable: bool = False
