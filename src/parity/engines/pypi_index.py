"""What PyPI indexes have of one project; uv resolves with them and does not list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from parity.core.urls import strip_credentials
from parity.errors import NotFoundError
from parity.formats import simple_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.engines.pypi_download import Downloader
    from parity.model import PipLine

_PYPI = "https://pypi.org/simple"
"""Where uv looks when no index is configured."""


def versions(name: str, options: Sequence[PipLine], downloader: Downloader) -> tuple[str, ...]:
    """Versions of a project in indexes (PEP 503, PEP 691) and find-links directories, oldest first.

    Args:
        name: normalised project name.
        options: `--index-url`, `--extra-index-url` and `--find-links` lines.
        downloader: fetches pages, with the credentials of the indexes.

    Raises:
        NetworkError, OfflineError: an index cannot be asked.
    """
    indexes = [line.value for line in options if line.option == "--index-url"][-1:] or [_PYPI]
    indexes += [line.value for line in options if line.option == "--extra-index-url"]
    found: set[str] = set()
    for index in indexes:
        url = f"{strip_credentials(index).rstrip('/')}/{name}/"
        try:
            kind, text = downloader.page(url + "index.html" if url.startswith("file:") else url, simple_index.ACCEPT)
        except NotFoundError:
            continue
        found.update(simple_index.versions(simple_index.file_names(text, kind), name))
    for place in (line.value for line in options if line.option == "--find-links"):
        names = [path.name for path in Path(place.removeprefix("file://")).glob("*")]
        found.update(simple_index.versions(names, name))
    return tuple(sorted(found, key=Version))
