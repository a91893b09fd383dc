"""What PyPI indexes have of one project; uv resolves with them and does not list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.urls import strip_credentials
from parity.errors import NotFoundError
from parity.formats import simple_index
from parity.formats.wheel_tags import Target, fitting_wheels

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
    return simple_index.versions(files(name, options, downloader), name)


def with_wheels(name: str, options: Sequence[PipLine], downloader: Downloader, target: Target) -> tuple[str, ...]:
    """Versions of a project that have a wheel for a target, oldest first; arguments and errors as for `versions`."""
    return simple_index.versions(fitting_wheels(files(name, options, downloader), target), name)


def files(name: str, options: Sequence[PipLine], downloader: Downloader) -> list[str]:
    """Names of the files that indexes and find-links directories have of a project."""
    indexes = [line.value for line in options if line.option == "--index-url"][-1:] or [_PYPI]
    indexes += [line.value for line in options if line.option == "--extra-index-url"]
    found: list[str] = []
    for index in indexes:
        url = f"{strip_credentials(index).rstrip('/')}/{name}/"
        try:
            kind, text = downloader.page(url + "index.html" if url.startswith("file:") else url, simple_index.ACCEPT)
        except NotFoundError:
            continue
        found += simple_index.file_names(text, kind)
    for place in (line.value for line in options if line.option == "--find-links"):
        found += [path.name for path in Path(place.removeprefix("file://")).glob("*")]
    return found
