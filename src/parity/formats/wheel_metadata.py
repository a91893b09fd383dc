"""Core metadata of a Python distribution (`METADATA`, PEP 566 and 639) and its entry points, text to values."""

from __future__ import annotations

import re
from email.parser import HeaderParser

from parity.errors import Fault, FaultsError
from parity.values import dataclass

_LICENSES = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_HOMES = ("homepage", "home", "home page", "repository", "source", "source code")


@dataclass(frozen=True, slots=True)
class WheelMetadata:
    """What a distribution says of itself.

    Attributes:
        name: as its authors spell it.
        version: PEP 440.
        requires_dist: PEP 508 requirements, with markers.
        requires_python: PEP 440 specifiers; "" for any.
        summary: one line.
        home: URL of the project; "" where it names none.
        license: SPDX expression, or what stands in its place; "" where it tells none.
    """

    name: str
    version: str
    requires_dist: tuple[str, ...] = ()
    requires_python: str = ""
    summary: str = ""
    home: str = ""
    license: str = ""


def parse_metadata(text: str, file: str) -> WheelMetadata:
    """Read a METADATA text.

    Args:
        text: the whole of it.
        file: name of the wheel, for messages.

    Raises:
        FaultsError: name or version are missing, or a version, requirement or range cannot be read.
    """
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    headers = HeaderParser().parsestr(text)
    requires = tuple(" ".join(str(value).split()) for value in headers.get_all("Requires-Dist", ()))
    metadata = WheelMetadata(
        name=str(headers.get("Name", "")).strip(),
        version=str(headers.get("Version", "")).strip(),
        requires_dist=requires,
        requires_python=str(headers.get("Requires-Python", "")).strip(),
        summary=" ".join(str(headers.get("Summary", "")).split()),
        home=_home(headers.get("Home-page"), headers.get_all("Project-URL", ())),
        license=_license(headers.get("License-Expression"), headers.get("License"), headers.get_all("Classifier", ())),
    )
    faults = [] if metadata.name else [Fault("the name is missing", place="Name", file=file)]
    checks = [("Version", metadata.version, Version), ("Requires-Python", metadata.requires_python, SpecifierSet)]
    checks += [("Requires-Dist", one, Requirement) for one in requires]
    for place, value, read in checks:
        try:
            read(value)
        except (InvalidVersion, InvalidSpecifier, InvalidRequirement) as error:
            faults.append(Fault(str(error).splitlines()[0], place=place, file=file))
    if faults:
        raise FaultsError(faults)
    return metadata


def parse_entry_points(text: str) -> tuple[str, ...]:
    """The scripts of an `entry_points.txt`, as `name = module:function`, sorted.

    Lines that are no valid entry point of a script are left out, as installers do.
    """
    found = {}
    section = ""
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section in {"console_scripts", "gui_scripts"}:
            match = re.fullmatch(r"([\w.+-]+)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\])?", line)
            if match:
                found[match[1]] = f"{match[1]} = {match[2]}:{match[3]}"
    return tuple(found[name] for name in sorted(found))


def _home(home_page: str | None, urls: list[str] | tuple[()]) -> str:
    if home_page and home_page.strip() not in {"", "UNKNOWN"}:
        return home_page.strip()
    labelled = {label.strip().lower(): url.strip() for label, _, url in (value.partition(",") for value in urls)}
    return next((labelled[label] for label in _HOMES if label in labelled), "")


def _license(expression: str | None, written: str | None, classifiers: list[str] | tuple[()]) -> str:
    if expression:
        return expression.strip()
    text = (written or "").strip()
    if text and text != "UNKNOWN" and "\n" not in text and len(text) <= 80:
        return text
    names = [value.rpartition("::")[2].strip() for value in classifiers if value.startswith("License ::")]
    known = sorted({_LICENSES.get(name, name) for name in names if name != "OSI Approved"})
    return " AND ".join(known) if all(re.fullmatch(r"[\w.+-]+", name) for name in known) else "; ".join(known)
