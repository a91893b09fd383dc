"""Wheels turned into conda packages: same files, same metadata, deterministic bytes.

A wheel that any Python can use becomes a `noarch: python` package, which the installer puts where the
Python of the environment looks (for binary wheels with a stable ABI inside the platform's own subdir, CEP-20).
One that is tied to a Python, or brings scripts or headers, gets the paths of its target.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import posixpath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from parity.core.names import normalise, to_conda
from parity.core.platforms import layout
from parity.core.pypi_to_conda import (
    Converted,
    Target,
    active,
    conda_dependencies,
    conda_version,
    extra_package,
    fit,
    only_python,
    reach,
)
from parity.engines.conda_archive import PackageFile, write_conda
from parity.engines.wheel_reader import WheelReader, encode_hash
from parity.errors import InputError
from parity.formats.wheel_metadata import WheelMetadata, parse_entry_points, parse_metadata
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parity.core.pypi_to_conda import Fit, Reach

PLACEHOLDER = "/opt/parity_" + "placehold_" * 24 + "end"
"""Stands for the prefix in scripts; 255 characters, as long as conda's own, so that a real prefix is shorter."""


def read_metadata(wheel: Path) -> WheelMetadata:
    """The core metadata of a wheel.

    Raises:
        IntegrityError: it is no complete wheel.
        FaultsError: its metadata is not valid.
    """
    with WheelReader(wheel) as reader:
        return parse_metadata(reader.text("METADATA"), wheel.name)


def wheel_to_conda(
    wheel: Path, channel: Path, target: Target, *, resolved: Mapping[str, str] | None = None
) -> Converted:
    """Turn a wheel into a conda package of a channel; nothing is written where the channel has it.

    Args:
        wheel: the file, with the name that PEP 427 gives it.
        channel: directory of the channel; the package goes into its `noarch` or `<subdir>`.
        target: Python and platform to evaluate markers and to choose paths for.
        resolved: normalised PyPI name to chosen version, for all packages of the import.

    Raises:
        InputError: the wheel does not run on the target, or its name or metadata cannot be read.
        IntegrityError: the file is no wheel, or its contents are not what its RECORD says.
        StorageError: it cannot be read or written.
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        _, _, build_tag, tags = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        raise InputError(f"{wheel.name} is no name of a wheel") from error
    fits = fit(tags, target, wheel.name)
    with WheelReader(wheel) as reader:
        metadata = parse_metadata(reader.text("METADATA"), wheel.name)
        reached = reach(metadata.requires_dist, metadata.requires_python, target)
        plan = _Placement.choose(reader, metadata, fits, reached, target)
        depends = {
            *conda_dependencies(active(metadata.requires_dist, target), resolved or {}),
            *filter(None, (fits.python, fits.platform)),
            *([only_python(target.minor)] if fits.tied or not plan.noarch_python else reached.python),
            *(reached.platforms if plan.subdir == "noarch" else ()),
        }
        number = build_tag[0] if build_tag else 0
        index = _index(metadata, plan.subdir, depends, build=plan.build, number=number, content=reader.sha256)
        index |= {"timestamp": reader.timestamp} if reader.timestamp else {}
        index |= {"noarch": "python"} if plan.noarch_python else {}
        found = _converted(channel, index)
        if found.new:
            with TemporaryDirectory(prefix="parity-wheel-") as scratch:
                write_conda(
                    found.path.parent,
                    index,
                    list(plan.files(reader, Path(scratch))),
                    about=_about(metadata) | {"extra": {"wheel": wheel.name, "wheel_sha256": reader.sha256}},
                    link=plan.link(),
                    info_files=reader.licenses(),
                )
        return found


def extra_to_conda(
    metadata: WheelMetadata, extra: str, channel: Path, target: Target, *, resolved: Mapping[str, str] | None = None
) -> Converted:
    """Make the package that stands for `project[extra]`: no files, only the project and what its extra needs.

    Args:
        metadata: of the project's wheel.
        extra: name of the extra, normalised; one that the project lacks adds nothing, as with pip.
        channel: directory of the channel.
        target: what markers are evaluated for.
        resolved: normalised PyPI name to chosen version.
    """
    reached = reach(metadata.requires_dist, metadata.requires_python, target, extra=extra)
    subdir = "noarch" if reached.any_machine else target.subdir
    depends = {
        f"{to_conda(metadata.name)} =={conda_version(metadata.version)}",
        *conda_dependencies(active(metadata.requires_dist, target, extra=extra), resolved or {}),
        *reached.python,
        *(reached.platforms if subdir == "noarch" else ()),
    }
    index = _index(metadata, subdir, depends, build="py", number=0, content=extra)
    index |= {"name": extra_package(metadata.name, extra), "purls": []}
    index |= {"noarch": "generic"} if subdir == "noarch" else {}
    found = _converted(channel, index)
    if found.new:
        write_conda(found.path.parent, index, (), about=_about(metadata))
    return found


def _converted(channel: Path, index: Mapping[str, object]) -> Converted:
    subdir, name, version, build = (str(index[key]) for key in ("subdir", "name", "version", "build"))
    path = channel / subdir / f"{name}-{version}-{build}.conda"
    return Converted(path, subdir, name, version, build, new=not path.exists())


def _index(
    metadata: WheelMetadata, subdir: str, depends: set[str], *, build: str, number: int, content: str
) -> dict[str, Any]:
    """info/index.json; the build string differs where the content or, by other markers, the dependencies do."""
    version = conda_version(metadata.version)
    bounds_python = any(spec.startswith("python ") for spec in depends)
    ordered = sorted(depends - {"python"} if bounds_python else depends)
    digest = hashlib.sha256(json.dumps([content, ordered]).encode()).hexdigest()[:8]
    index: dict[str, Any] = {
        "name": to_conda(metadata.name),
        "version": version,
        "build": f"{build}h{digest}_{number}",
        "build_number": number,
        "depends": ordered,
        "subdir": subdir,
        "purls": [f"pkg:pypi/{normalise(metadata.name)}@{version.replace('+', '%2B').replace('!', '%21')}"],
        "license": metadata.license,
    }
    if subdir != "noarch":
        family, _, machine = subdir.partition("-")
        index |= {"platform": family, "arch": {"64": "x86_64", "32": "x86"}.get(machine, machine)}
    return index


def _about(metadata: WheelMetadata) -> dict[str, object]:
    about = {"summary": metadata.summary, "home": metadata.home, "license": metadata.license}
    return {key: value for key, value in about.items() if value}


@dataclass(frozen=True, slots=True)
class _Placement:
    """Where the files of one wheel go.

    Attributes:
        noarch_python: the installer knows site-packages and makes the entry points.
        subdir: of the channel.
        build: start of the build string.
        prefixes: install scheme to its directory in the package.
        installed: install scheme to its directory in the prefix, as RECORD counts its way.
        entry_points: lines `name = module:function`.
    """

    noarch_python: bool
    subdir: str
    build: str
    prefixes: Mapping[str, str]
    installed: Mapping[str, str]
    entry_points: tuple[str, ...]
    dist_info: str

    @classmethod
    def choose(
        cls, reader: WheelReader, metadata: WheelMetadata, fits: Fit, reached: Reach, target: Target
    ) -> _Placement:
        own_paths = any(member.scheme in {"scripts", "headers"} for member in reader.members)
        # launchers of entry points on Windows are made by the installer, and for packages of this kind only
        noarch_python = target.windows or not (fits.tied or own_paths)
        everywhere = not own_paths and not fits.tied and fits.anywhere and reached.any_machine
        prefix = layout(target.subdir)
        # a package for every platform has the same bytes whoever makes it
        site = "lib/python3/site-packages" if everywhere else prefix.site_packages(target.minor)
        headers = "Include" if target.windows else f"include/python{target.minor}"
        installed = {"scripts": prefix.scripts, "headers": f"{headers}/{metadata.name}", "data": ""}
        inside = "site-packages" if noarch_python else site
        return cls(
            noarch_python=noarch_python,
            subdir="noarch" if everywhere else target.subdir,
            build="py" if noarch_python and not fits.tied else f"py{target.minor.replace('.', '')}",
            prefixes=installed | {"purelib": inside, "platlib": inside},
            installed=installed | {"purelib": site, "platlib": site},
            entry_points=parse_entry_points(reader.text("entry_points.txt")),
            dist_info=reader.dist_info,
        )

    def link(self) -> dict[str, object] | None:
        """info/link.json, from which installers make the entry points of a `noarch: python` package."""
        if not self.noarch_python:
            return None
        return {
            "noarch": {"type": "python", "entry_points": list(self.entry_points)},
            "package_metadata_version": 1,
        }

    def files(self, reader: WheelReader, scratch: Path) -> Iterator[PackageFile]:
        """Everything the package installs; contents are checked against the wheel's RECORD on the way."""
        record: list[tuple[str, str, str]] = []
        scripts = set()
        for number, member in enumerate(reader.members):
            path = posixpath.join(self.prefixes[member.scheme], member.path)
            if member.scheme == "scripts":
                scripts.add(member.path)
                if reader.head(member, 8).startswith(b"#!python"):
                    record.append((self._from_site(member.scheme, member.path), "", ""))
                    yield _script(path, reader.read(member).partition(b"\n")[2])
                    continue
            copy = scratch / str(number)
            digest, size = reader.extract(member, copy)
            record.append((self._from_site(member.scheme, member.path), f"sha256={digest}", str(size)))
            yield PackageFile(path, source=copy, executable=member.executable or member.scheme == "scripts")
        for line in () if self.noarch_python else self.entry_points:
            name, _, function = line.partition(" = ")
            if name not in scripts:
                record.append((self._from_site("scripts", name), "", ""))
                yield _script(posixpath.join(self.prefixes["scripts"], name), _entry_point(function))
        yield from self._notes(record)

    def _notes(self, record: list[tuple[str, str, str]]) -> Iterator[PackageFile]:
        """INSTALLER, and RECORD with the paths as they are after installation.

        Scripts have neither hash nor size there: their first line changes with the prefix.
        """
        installer = b"conda\n"
        digest = encode_hash(hashlib.sha256(installer).digest())
        record.append((f"{self.dist_info}/INSTALLER", f"sha256={digest}", str(len(installer))))
        record.append((f"{self.dist_info}/RECORD", "", ""))
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(sorted(record))
        site = self.prefixes["purelib"]
        yield PackageFile(f"{site}/{self.dist_info}/INSTALLER", installer)
        yield PackageFile(f"{site}/{self.dist_info}/RECORD", text.getvalue().encode())

    def _from_site(self, scheme: str, path: str) -> str:
        return posixpath.relpath(posixpath.join("/", self.installed[scheme], path), "/" + self.installed["purelib"])


def _script(path: str, body: bytes) -> PackageFile:
    first = f"#!{PLACEHOLDER}/bin/python\n".encode()
    return PackageFile(path, first + body, executable=True, placeholder=PLACEHOLDER)


def _entry_point(function: str) -> bytes:
    module, _, attributes = function.partition(":")
    top = attributes.partition(".")[0]
    call = f"    sys.exit({attributes}())"
    lines = ("import sys", "", f"from {module} import {top}", "", 'if __name__ == "__main__":', call, "")
    return "\n".join(lines).encode()
