"""The files of installed packages, as records tell them: conda-meta's `paths_data`, and RECORD of dist-info.

Only the fields that are needed are decoded, since records can be megabytes. RECORD follows PEP 376 and the wheel
specification: path, hash, size; paths are relative to site-packages.
"""

from __future__ import annotations

import binascii
import posixpath
from functools import cache
from typing import TYPE_CHECKING, Any

from parity.core.findings import Wanted
from parity.core.urls import strip_credentials
from parity.errors import IntegrityError
from parity.model import CondaPackage

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENTRY_POINT = "unix_python_entry_point"


def decode_record(data: bytes, where: str) -> tuple[CondaPackage, dict[str, Wanted]]:
    """The package and the files of a conda-meta record, files by path.

    Args:
        data: content of the file.
        where: its name, for the error.

    Raises:
        IntegrityError: it is cut off, is no JSON, or lacks what every record has.
    """
    import msgspec

    try:
        record = _decoder().decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IntegrityError(f"{where}: {error}") from error
    package = _package(record)
    files: dict[str, Wanted] = {}
    # Conda may link whole packages softly, and then every file is a link.
    soft = record.link is not None and record.link.type in {2, "softlink"}
    name = record.name
    for entry in record.paths_data.paths if record.paths_data is not None else ():
        kind = entry.kind
        if kind == "directory":
            continue
        origin = entry.sha256 or ""
        digest = entry.in_prefix or ("" if entry.placeholder else origin)
        if kind == "softlink":
            files[entry.path] = Wanted(name, "link", digest, origin)
        elif kind == _ENTRY_POINT:
            files[entry.path] = Wanted(name, "file", digest, "", True, None, True)
        else:
            files[entry.path] = Wanted(
                name, None if soft else "file", digest, origin, None, None, bool(entry.placeholder)
            )
    for path in record.files:
        if path not in files:
            files[path] = Wanted(name, None)
    return package, files


def decode_paths(data: bytes, where: str) -> tuple[str, str, str, list[str]]:
    """Name, version, build and paths of the files of a conda-meta record.

    Raises:
        IntegrityError: it is broken.
    """
    import msgspec

    try:
        found = _light_decoder().decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IntegrityError(f"{where}: {error}") from error
    return found.name, found.version, found.build, found.files


def decode_head(data: bytes) -> CondaPackage | None:
    """What a record that was cut off still tells of its package, where it says all there is to install it again.

    Rattler writes the short fields first.
    """
    import json

    end = data.find(b'"files":')
    try:
        fields = json.loads(data[:end].rstrip().rstrip(b",") + b"}") if end > 0 else None
    except ValueError:
        return None
    if not isinstance(fields, dict) or not all(fields.get(key) for key in ("name", "version", "url", "fn", "sha256")):
        return None
    import msgspec

    try:
        return _package(msgspec.convert({**fields, "files": []}, _record_type()))
    except msgspec.ValidationError:
        return None


def _package(record: Any) -> CondaPackage:
    url = strip_credentials(record.url)
    noarch = "generic" if record.noarch is True else record.noarch or None
    parts = url.rsplit("/", 2)
    subdir = record.subdir or (parts[1] if len(parts) == 3 else "")
    channel = record.channel if "://" in record.channel else parts[0] + "/" if len(parts) == 3 else record.channel
    return CondaPackage(
        name=record.name,
        version=record.version,
        build=record.build,
        build_number=record.build_number,
        subdir=subdir,
        url=url,
        channel=strip_credentials(channel),
        fn=record.fn or parts[-1],
        sha256=record.sha256,
        md5=record.md5,
        size=record.size,
        depends=tuple(record.depends or ()),
        constrains=tuple(record.constrains or ()),
        noarch=noarch or None,
        license=record.license,
        python_site_packages_path=record.site_packages,
    )


@cache
def _record_type() -> Any:
    import msgspec

    path: Any = msgspec.defstruct(
        "Path",
        [
            ("path", str, msgspec.field(name="_path")),
            ("kind", str | None, msgspec.field(name="path_type", default=None)),
            ("sha256", str | None, None),
            ("in_prefix", str | None, msgspec.field(name="sha256_in_prefix", default=None)),
            ("placeholder", str | None, msgspec.field(name="prefix_placeholder", default=None)),
        ],
        gc=False,
    )
    paths: Any = msgspec.defstruct("Paths", [("paths", list[path], msgspec.field(default_factory=list))])
    link: Any = msgspec.defstruct("Link", [("type", int | str | None, None)])
    texts = list[str] | None
    return msgspec.defstruct(
        "Record",
        [
            ("name", str), ("version", str), ("build", str), ("files", list[str]),
            ("build_number", int, 0), ("url", str, ""), ("channel", str, ""), ("fn", str, ""),
            ("subdir", str | None, None), ("sha256", str | None, None), ("md5", str | None, None),
            ("size", int | None, None), ("depends", texts, None), ("constrains", texts, None),
            ("noarch", str | bool | None, None), ("license", str | None, None),
            ("site_packages", str | None, msgspec.field(name="python_site_packages_path", default=None)),
            ("paths_data", paths | None, None), ("link", link | None, None),
        ],
    )  # fmt: skip


@cache
def _decoder() -> Any:
    import msgspec

    return msgspec.json.Decoder(_record_type())


@cache
def _light_decoder() -> Any:
    import msgspec

    fields = [("name", str), ("version", str), ("build", str), ("files", list[str])]
    return msgspec.json.Decoder(msgspec.defstruct("Paths", fields))


def decode_wheel_record(text: str, owner: str, site: str, scripts: str) -> Iterator[tuple[str, Wanted]]:
    """The files of a RECORD, with paths relative to the prefix.

    Args:
        text: content of RECORD.
        owner: name of the package.
        site: site-packages, relative to the prefix.
        scripts: directory of scripts, relative to the prefix: what stands there is executable.

    Files outside of the prefix are left out: an installer does not put them there.
    """
    lines = text.splitlines()
    if '"' in text:
        import csv

        rows = [([*row, "", ""])[:2] for row in csv.reader(lines) if row]
    else:
        rows = [line.split(",", 2)[:2] if "," in line else [line, ""] for line in lines if line]
    for path, digest in rows:
        if path.startswith("../"):
            path = posixpath.normpath(f"{site}/{path}")
            if path.startswith("../"):
                continue
        elif path.startswith("/"):
            continue
        else:
            path = f"{site}/{path}"
        script = path.startswith(f"{scripts}/")
        yield path, Wanted(owner, "file", _hex(digest), "", True if script else None, None, script)


def _hex(digest: str) -> str:
    """The hash of a RECORD line (`sha256=` and urlsafe base64 without padding) as hex; "" for another or none."""
    if not digest.startswith("sha256="):
        return ""
    text = digest[7:].replace("-", "+").replace("_", "/")
    try:
        return binascii.hexlify(binascii.a2b_base64(text + "=" * (-len(text) % 4))).decode()
    except binascii.Error:
        return ""
