"""Project pages of a PyPI index: HTML (PEP 503) and JSON (PEP 691)."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


def file_names(text: str, content_type: str) -> tuple[str, ...]:
    """Names of the files that a project page lists."""
    if content_type.endswith("json"):
        return tuple(str(file["filename"]) for file in json.loads(text).get("files", ()))
    page = _Page()
    page.feed(text)
    return tuple(unquote(urlsplit(link).path.rpartition("/")[2]) for link in page.links)


def versions(names: Iterable[str], project: str) -> tuple[str, ...]:
    """Versions of the files of a project, oldest first (PEP 440, PEP 427, PEP 625); other names are passed over."""
    from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

    found: set[Version] = set()
    for name in names:
        try:
            if name.endswith(".whl"):
                owner, version = parse_wheel_filename(name)[:2]
            else:
                owner, version = parse_sdist_filename(name)
        except (InvalidWheelFilename, InvalidSdistFilename):
            continue
        if owner == project:
            found.add(version)
    return tuple(str(version) for version in sorted(found))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for key, value in attrs if key == "href" and value]
