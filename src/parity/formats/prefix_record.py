"""Records of installed packages: conda-meta/*.json, and dist-info or egg-info directories.

Conda's records follow its `PrefixRecord` (repodata record of CEP-15 plus `files`, `paths_data`, `link`). They
can be megabytes, nearly all of it the two lists of files. Rattler writes the short fields first, so that the
head of the text says everything; conda and mamba sort the keys, and those are decoded as a whole.
Python metadata follows the core metadata specification and PEP 376, 610 and 627.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from parity.core.names import normalise
from parity.core.urls import strip_credentials
from parity.errors import IntegrityError
from parity.model import PYPI_BUILD, PYPI_CHANNEL, InstalledPackage
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EGG_INFO = regex(r"^(?P<name>.+?)-(?P<version>\d[^-]*)(-py[\d.]+)?(-.*)?$")
_SITE_PACKAGES = regex(rb'"python_site_packages_path"\s*:\s*"([^"]+)"')
_HEAD_NEEDS = ("name", "version", "build", "url", "subdir", "requested_specs")


def decode(data: bytes, record: Path) -> InstalledPackage:
    """The package that a conda-meta record describes.

    Args:
        data: content of the file.
        record: its path, kept in the result and named in errors.

    Raises:
        IntegrityError: the record is broken or cut off.
    """
    fields = _head(data) or _whole(data, record)
    try:
        return _package(fields, record)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _broken(record, f"a field is missing or wrong: {error}") from error


def _head(data: bytes) -> dict[str, Any] | None:
    end = data.find(b'"files":')
    # Pretty-printed JSON closes at the start of a line; what ends otherwise may be cut off and is decoded as a whole.
    if end < 0 or not data.startswith(b"{\n") or not data.endswith((b"\n}", b"\n}\n")):
        return None
    import json

    try:
        fields = json.loads(data[:end].rstrip().rstrip(b",") + b"}")
    except ValueError:
        return None
    complete = isinstance(fields, dict) and all(
        key in fields or (key == "requested_specs" and b'"requested_spec' not in data) for key in _HEAD_NEEDS
    )
    return fields if complete else None


def _whole(data: bytes, record: Path) -> dict[str, Any]:
    import msgspec

    try:
        return {key: value for key, value in msgspec.to_builtins(_decoder().decode(data)).items() if value is not None}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _broken(record, str(error)) from error


@cache
def _decoder() -> Any:
    import msgspec

    optional = [
        (name, kind | None, None)
        for name, kind in (
            ("build_number", int), ("subdir", str), ("arch", str), ("platform", str), ("url", str), ("channel", str),
            ("fn", str), ("sha256", str), ("md5", str), ("size", int), ("depends", list[str]), ("noarch", str | bool),
            ("requested_spec", str), ("requested_specs", list[str]),
        )
    ]  # fmt: skip
    required = [("name", str), ("version", str), ("build", str)]
    return msgspec.json.Decoder(msgspec.defstruct("Record", [*required, *optional]))


def _package(fields: dict[str, Any], record: Path) -> InstalledPackage:
    for key in ("name", "version", "build"):
        if not isinstance(fields[key], str):
            raise TypeError(f"`{key}` is no text")
    url = strip_credentials(fields.get("url") or "")
    subdir = fields.get("subdir") or _subdir_of(url)
    requested = fields.get("requested_specs") or [fields.get("requested_spec") or ""]
    # Old records hold `noarch: true`, which meant what `generic` means now.
    noarch = fields.get("noarch")
    return InstalledPackage(
        name=fields["name"],
        version=fields["version"],
        build=fields["build"],
        channel=_channel(fields.get("channel") or "", url, subdir),
        source="conda",
        record=record,
        build_number=int(fields.get("build_number") or 0),
        subdir=subdir,
        url=url,
        sha256=fields.get("sha256") or None,
        md5=fields.get("md5") or None,
        size=fields.get("size"),
        depends=tuple(fields.get("depends") or ()),
        noarch="generic" if noarch is True else noarch or None,
        requested=tuple(spec for spec in requested if spec and spec != "None"),
    )


def _subdir_of(url: str) -> str:
    parts = url.rsplit("/", 2)
    return parts[1] if len(parts) == 3 else ""


def _channel(channel: str, url: str, subdir: str) -> str:
    """Base URL of the channel, or the name that stands in the record, without subdir and slash at the end."""
    if "://" not in channel and "://" in url:
        base = url.rpartition("/")[0]
        channel = base.removesuffix("/" + subdir) or channel
    return strip_credentials(channel).rstrip("/").removesuffix("/" + subdir if subdir else "\0")


def _broken(record: Path, why: str) -> IntegrityError:
    import shlex

    prefix = shlex.quote(str(record.parent.parent))
    return IntegrityError(
        f"the record {record} is broken: {why}",
        hints=[f"`parity verify --fix -p {prefix}` writes it anew", "or make the environment anew"],
    )


def owned_metadata(data: bytes) -> Iterator[str]:
    """Names of the dist-info and egg-info entries that a conda package brought, as `numpy-1.26.4.dist-info`.

    Args:
        data: content of its conda-meta record; the names are found without decoding it.
    """
    for mark, end in ((b'.dist-info/METADATA"', 10), (b".egg-info", 9)):
        at = data.find(mark)
        while at >= 0:
            start = max(data.rfind(b"/", 0, at), data.rfind(b'"', 0, at)) + 1
            yield data[start : at + end].decode("utf-8", "replace")
            at = data.find(mark, at + end)


def site_packages_path(data: bytes) -> str:
    """`python_site_packages_path` (CEP-17) in the record of a Python; "" where it is at the usual place."""
    found = _SITE_PACKAGES.search(data)
    return found.group(1).decode("utf-8", "replace") if found else ""


def decode_metadata(
    text: str, record: Path, *, direct_url: str = "", requested: bool = False
) -> InstalledPackage | None:
    """The package that Python metadata describes; None where the text has no name and the file name tells none.

    Args:
        text: content of METADATA or PKG-INFO (only its headers are looked at).
        record: the dist-info or egg-info entry.
        direct_url: content of direct_url.json (PEP 610), "" where there is none.
        requested: whether a REQUESTED file (PEP 376) says that a person asked for it.
    """
    name = version = ""
    requires = []
    for line in text.partition("\n\n")[0].splitlines():
        key, colon, value = line.partition(":")
        if not colon or line[:1].isspace():
            continue
        match key.lower():
            case "name":
                name = value.strip()
            case "version":
                version = value.strip()
            case "requires-dist":
                requires.append(value.strip())
    if not name or not version:
        match_ = _EGG_INFO.match(record.name.removesuffix(".dist-info").removesuffix(".egg-info"))
        if match_ is None:
            return None
        name, version = name or match_["name"], version or match_["version"]
    url, editable = _direct(direct_url)
    return InstalledPackage(
        name=normalise(name),
        version=version,
        build=PYPI_BUILD,
        channel=PYPI_CHANNEL,
        source="pypi",
        record=record,
        subdir=PYPI_CHANNEL,
        url=url,
        depends=tuple(requires),
        requested=(normalise(name),) if requested else (),
        editable=editable,
    )


def _direct(text: str) -> tuple[str, bool]:
    if not text:
        return "", False
    import json

    try:
        data = json.loads(text)
        url = data["url"]
        editable = bool(data.get("dir_info", {}).get("editable"))
        vcs = data.get("vcs_info")
        if vcs:
            url = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    except (ValueError, KeyError, TypeError, AttributeError):
        # A broken note about the origin does not make the package unknown.
        return "", False
    return strip_credentials(url), editable
