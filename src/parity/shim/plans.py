"""Plans in conda's words: the text above the question, and the `actions` of `--json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.core.urls import strip_credentials
from parity.model import CondaPackage
from parity.shim.errors import QuietExit, dry_run_exit
from parity.shim.places import base_url, channel_name

if TYPE_CHECKING:
    import argparse

    from parity.core.ports import Confirm
    from parity.model import InstalledPackage, Operation, Package, Plan
    from parity.wiring import Services

_SECTIONS = (
    ("The following NEW packages will be INSTALLED:", ("install",)),
    ("The following packages will be REMOVED:", ("remove",)),
    ("The following packages will be UPDATED:", ("upgrade",)),
    ("The following packages will be DOWNGRADED:", ("downgrade",)),
    ("The following packages will be SUPERSEDED by another build:", ("change", "reinstall")),
)


class Presenter:
    """Shows what a change does, asks, and says what was done.

    Args:
        services: of this call.
        args: of this call.
    """

    def __init__(self, services: Services, args: argparse.Namespace) -> None:
        self._services = services
        self._args = args
        self._fetch: list[CondaPackage] = []
        self._only_download = bool(getattr(args, "download_only", False))
        self.made = False

    def confirmer(self, services: Services, *, silent: bool = False) -> Confirm:
        """As `parity.cli.plans.confirmer`."""

        def confirm(plan: Plan) -> bool:
            self._fetch = to_fetch(plan, services)
            if not silent or services.dry_run:
                for line in as_lines(plan, services, getattr(self._args, "specs", ())):
                    services.output.line(line)
            if self._only_download:
                self._download(plan)
            if services.dry_run:
                return False
            if not silent and not services.confirm("Proceed"):
                raise QuietExit("CondaSystemExit", "Exiting.")
            return True

        return confirm

    def _download(self, plan: Plan) -> None:
        """Fetch and extract the conda packages of a plan."""
        packages = [each.new for each in plan.operations if isinstance(each.new, CondaPackage)]
        self._services.conda.prefetch(packages, platform=plan.solution.platform)

    def finish(self, plan: Plan) -> int:
        """Say what was done; returns the exit code.

        Raises:
            QuietExit: it was only a dry run.
        """
        services = self._services
        if not plan and not self.made:
            services.output.line("\n# All requested packages already installed.\n")
            services.output.result(
                {"success": True, "message": "All requested packages already installed.", "prefix": str(plan.prefix)}
            )
            return 0
        data: dict[str, object] = {
            "success": True,
            "prefix": str(plan.prefix),
            "actions": actions(plan, self._fetch, services, records=self._args.dialect != "conda"),
        }
        if services.dry_run and not self._only_download:
            services.output.result({**data, "dry_run": True})
            raise dry_run_exit()
        services.output.result(data)
        if self._only_download:
            return 0
        if self.made and not services.output.quiet:
            for line in activation_advice(plan, services, self._args.dialect):
                services.output.line(line)
        return 0


def activation_advice(plan: Plan, services: Services, dialect: str) -> list[str]:
    """What conda says at the end of `create`."""
    name = services.root.display_name(plan.prefix)
    return ["#", "# To activate this environment, use", "#", f"#     $ {dialect} activate {name}", "#",
            "# To deactivate an active environment, use", "#", f"#     $ {dialect} deactivate", ""]  # fmt: skip


def to_fetch(plan: Plan, services: Services) -> list[CondaPackage]:
    """Packages of a plan that no package cache holds; where some are configured, only they count, as in conda.

    Without a `repodata_record.json` in the cache, which is conda's own, a dry run tells of all: conda-lock reads the
    record of a package that need not be fetched there.
    """
    told = "info/repodata_record.json" if services.dry_run else ""
    caches = [Path(each).expanduser() for each in services.settings.pkgs_dirs] or services.root.pkgs_dirs
    found = []
    for operation in plan.operations:
        package = operation.new
        if isinstance(package, CondaPackage) and not any((each / package.dist / told).exists() for each in caches):
            found.append(package)
    return found


def actions(plan: Plan, fetch: list[CondaPackage], services: Services, *, records: bool = False) -> dict[str, object]:
    """Conda's `actions`: FETCH with whole records, LINK and UNLINK with the fields that name a package.

    Args:
        plan: of the change.
        fetch: packages that are to be fetched.
        services: of this call.
        records: LINK has whole records too, as mamba's, of which Metaflow takes the URLs.
    """
    link = [
        (record(new, services) if records and isinstance(new, CondaPackage) else {}) | fields(new, services)
        for new in (operation.new for operation in plan.operations)
        if new is not None
    ]
    unlink = [fields(operation.old, services) for operation in plan.operations if operation.old is not None]
    data: dict[str, object] = {"FETCH": [record(package, services) for package in fetch], "PREFIX": str(plan.prefix)}
    if unlink:
        data["UNLINK"] = unlink
    if link:
        data["LINK"] = link
    return data


def fields(package: Package | InstalledPackage, services: Services) -> dict[str, object]:
    """The fields by which conda's JSON names a package."""
    if package.source == "pypi":
        return {"base_url": "https://conda.anaconda.org/pypi", "build_number": 0, "build_string": "pypi_0",
                "channel": "pypi", "dist_name": f"{package.name}-{package.version}-pypi_0", "name": package.name,
                "platform": "pypi", "version": package.version}  # fmt: skip
    assert package is not None  # noqa: S101
    subdir: str = getattr(package, "subdir", "")
    number: int = getattr(package, "build_number", 0)
    return {
        "base_url": base_url(package.channel),
        "build_number": number,
        "build_string": package.build,
        "channel": channel_name(package.channel, services),
        "dist_name": f"{package.name}-{package.version}-{package.build}",
        "name": package.name,
        "platform": subdir,
        "version": package.version,
    }


def record(package: CondaPackage, services: Services) -> dict[str, object]:
    """A repodata record with its place, as `search --json` and FETCH have it."""
    extra: dict[str, Any] = json.loads(package.extra) if package.extra else {}
    data: dict[str, object] = {
        **extra,
        "build": package.build,
        "build_number": package.build_number,
        "channel": strip_credentials(package.channel.rstrip("/")) + f"/{package.subdir}",
        "constrains": list(package.constrains),
        "depends": list(package.depends),
        "fn": package.fn,
        "name": package.name,
        "subdir": package.subdir,
        "url": package.url,
        "version": package.version,
    }
    optional = {"license": package.license, "md5": package.md5, "sha256": package.sha256, "size": package.size,
                "timestamp": package.timestamp, "noarch": package.noarch}  # fmt: skip
    data |= {key: value for key, value in optional.items() if value is not None}
    if package.track_features:
        data["track_features"] = " ".join(package.track_features)
    family, _, arch = package.subdir.partition("-")
    if arch:
        data |= {"platform": {"osx": "osx", "win": "win"}.get(family, family), "arch": _ARCHES.get(arch, arch)}
    return data


_ARCHES = {"64": "x86_64", "32": "x86"}


def as_lines(plan: Plan, services: Services, asked: list[str] | tuple[str, ...] = ()) -> list[str]:
    """A plan as conda prints it before it asks."""
    lines = ["", "## Package Plan ##", "", f"  environment location: {plan.prefix}", ""]
    if asked:
        lines += ["  added / updated specs:", *(f"    - {text}" for text in sorted(asked)), ""]
    lines.append("")
    for title, kinds in _SECTIONS:
        chosen = [operation for operation in plan.operations if operation.action in kinds]
        if chosen:
            width = max(18, *(len(operation.name) for operation in chosen))
            lines += [title, "", *(f"  {each.name:<{width}} {_words(each, services)} " for each in chosen), ""]
    return [*lines, ""]


def _words(operation: Operation, services: Services) -> str:
    old, new = operation.old, operation.new
    if operation.action in {"install", "remove"}:
        package = new if new is not None else old
        assert package is not None  # noqa: S101
        text = _dist(package, services)
        return text if new is not None else text.rpartition("::")[2]
    assert old is not None  # noqa: S101
    assert new is not None  # noqa: S101
    return f"{old.version}-{old.build} --> {new.version}-{new.build}"


def _dist(package: Package | InstalledPackage, services: Services) -> str:
    shown = fields(package, services)
    place = "/".join(dict.fromkeys([str(shown["channel"]), str(shown["platform"])]))
    return f"{place}::{shown['dist_name']}"
