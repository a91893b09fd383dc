"""The files that a conda-meta record lists, with what was written into them (`paths_data`, version 1).

Rattler, conda and mamba write the same fields. Everything else in a record is skipped without being decoded.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from parity.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class RecordedFile(Protocol):
        """One entry of `paths_data.paths`.

        Attributes:
            path: where it stands, relative to the prefix, with `/`.
            kind: `hardlink`, `softlink`, `directory`, `unix_python_entry_point`, `pyc_file`, ...
            placeholder: the prefix that stands in the package's own content; "" for none.
            mode: `text` or `binary`.
            sha256: of the content in the package; "" where the record does not say.
            installed: hash of what was written (`sha256_in_prefix`); "" where the record does not say.
        """

        path: str
        kind: str
        placeholder: str
        mode: str
        sha256: str
        installed: str

    class RecordedPackage(Protocol):
        """A record, as far as it is about files.

        Attributes:
            paths: `paths_data.paths`; empty where the record has none.
            files: every path that the package installed.
        """

        name: str
        version: str
        build: str
        subdir: str
        files: Sequence[str]
        paths: Sequence[RecordedFile]


def decode(data: bytes, name: str) -> RecordedPackage:
    """The package and files of a record.

    Args:
        data: content of a file in conda-meta.
        name: of that file, for errors.

    Raises:
        IntegrityError: the record is broken or cut off.
    """
    import msgspec

    try:
        found = _decoder().decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IntegrityError(f"the record conda-meta/{name} is broken: {error}") from error
    return _Package(found)


class _Package:
    __slots__ = ("build", "files", "name", "paths", "subdir", "version")

    def __init__(self, found: Any) -> None:
        self.name, self.version, self.build, self.subdir = found.name, found.version, found.build, found.subdir or ""
        self.paths = found.paths_data.paths if found.paths_data is not None else []
        self.files = found.files


@cache
def _decoder() -> Any:
    import msgspec

    file: Any = msgspec.defstruct(
        "File",
        [
            ("path", str, msgspec.field(name="_path")),
            ("kind", str, msgspec.field(name="path_type", default="hardlink")),
            ("placeholder", str | None, msgspec.field(name="prefix_placeholder", default=None)),
            ("mode", str | None, msgspec.field(name="file_mode", default=None)),
            ("sha256", str | None, None),
            ("installed", str | None, msgspec.field(name="sha256_in_prefix", default=None)),
        ],
        gc=False,
    )
    paths: Any = msgspec.defstruct("Paths", [("paths", list[file], [])])
    return msgspec.json.Decoder(
        msgspec.defstruct(
            "Record",
            [
                ("name", str), ("version", str), ("build", str),
                ("subdir", str | None, None), ("files", list[str], []), ("paths_data", paths | None, None),
            ],
        )
    )  # fmt: skip
