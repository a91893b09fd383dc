"""What a package puts into a prefix, as known before it is installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from parity.core.fingerprint import Entry

if TYPE_CHECKING:
    from parity.core.fingerprint import Kind
    from parity.model import Source

FileMode = Literal["text", "binary"]


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """One file that a package installs.

    Attributes:
        path: where it stands, relative to the prefix, with `/`.
        kind: a regular file or a symbolic link.
        digest: SHA-256 (hex) of its canonical content (`parity.core.canonical`), or of the link's target; what
            `parity.store.scan` measures where the file is untouched. "" for a file that does not count (see `counts`).
        executable: whether its owner may execute it.
        size: bytes of the content in the package; None where that does not say.
        placeholder: the prefix that stands in the package's own content; "" for none.
        mode: how it is replaced: as text, or in a binary, padded to the same length.
        target: of a symbolic link, as the package holds it.
        generated: made by the installer (an entry point), not taken from the package.
    """

    path: str
    kind: Kind
    digest: str
    executable: bool = False
    size: int | None = None
    placeholder: str = ""
    mode: FileMode = "text"
    target: str = ""
    generated: bool = False

    @property
    def counts(self) -> bool:
        """Whether the fingerprint covers it: not cached bytecode, not an installer's notes."""
        return bool(self.digest)

    @property
    def entry(self) -> Entry:
        """The same file as the fingerprint sees it."""
        return Entry(self.path, self.kind, self.digest, self.executable)


@dataclass(frozen=True, slots=True)
class PackageContents:
    """A package with the files that it installs into one environment.

    Attributes:
        name: normalised name.
        version: of the package.
        build: build string; "" for PyPI packages.
        source: which world it comes from.
        files: sorted by path.
    """

    name: str
    version: str
    build: str
    source: Source
    files: tuple[ExpectedFile, ...]
