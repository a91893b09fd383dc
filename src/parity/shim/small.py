"""Commands of a few lines: `compare`, `notices`, `package --which`, `rename`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.shim.errors import CondaError, QuietExit, dry_run_exit, location_not_found
from parity.shim.places import require_files, target

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services


def run(args: argparse.Namespace, services: Services) -> int:
    return {"compare": compare, "notices": notices, "package": package, "rename": rename}[args.path](args, services)


def compare(args: argparse.Namespace, services: Services) -> int:
    """Hold an environment against an environment.yml."""
    from parity.core.names import normalise

    require_files([args.file])
    request = services.request((), [args.file])
    if not args.name and not args.prefix and request.name:
        args.name = request.name
    prefix = target(args, services)
    exact = {each.name: each for each in services.conda.installed(prefix)}
    installed = {each.name: each for each in services.store.installed(prefix)}
    lines = []
    for spec in request.specs:
        found = exact.get(spec.name)
        if found is None:
            lines.append(f"{spec.name} not found")
        elif not services.conda.matches(spec, found):
            lines.append(
                f"{spec.name} found but mismatch. Specification pkg: {spec.text or spec}, "
                f"Running pkg: {found.name}=={found.version}={found.build}"
            )
    for line in request.pip:
        other = installed.get(line.name) or installed.get(normalise(line.name)) if line.name else None
        if line.name and other is None:
            lines.append(f"{line.name} not found")
        elif other is not None and not _allows(line.text, other.version):
            lines.append(
                f"{line.name} found but mismatch. Specification pkg: {line.text}, "
                f"Running pkg: {other.name}=={other.version}={other.build}"
            )
    code = 1 if lines else 0
    lines = lines or [
        (
            "Success. All the packages in the specification file are present in the environment "
            "with matching version and build string."
        )
    ]
    for text in lines:
        services.output.line(text)
    services.output.result(lines)
    return code


def _allows(requirement: str, version: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(requirement).specifier.contains(version, prereleases=True)
    except InvalidRequirement:
        return True  # a place, not a version


def notices(args: argparse.Namespace, services: Services) -> int:
    """Conda shows messages that a channel has in `notices.json`; nobody reads them over a script's shoulder."""
    services.output.note("channels are not asked for messages: their pages tell what is new")
    services.output.result({"success": True, "notices": []})
    return 0


def package(args: argparse.Namespace, services: Services) -> int:
    """Tell which package each file is from."""
    from pathlib import Path

    from parity.store import prefix_contents

    if not args.which:
        raise CondaError("ArgumentError", "conda package needs --which PATH")
    found: dict[str, list[str]] = {}
    for text in args.which:
        path = Path(text).absolute()
        prefix = next((each for each in path.parents if services.store.exists(each)), None)
        if prefix is None:
            raise CondaError("CondaValueError", f"could not determine conda prefix from: {text}")
        name = path.relative_to(prefix).as_posix()
        owners = prefix_contents.owners(prefix, services.platform)
        found[text] = [f"{each.name}-{each.version}-{each.build or 'pypi_0'}" for each in owners if name in each.paths]
        for owner in found[text]:
            services.output.line(f"{text:<50}  {owner}")
    services.output.result(found)
    return 0


def rename(args: argparse.Namespace, services: Services) -> int:
    """Make the environment anew under another name, as each file that holds its path needs, then delete the old one."""
    from parity.ops.create import clone
    from parity.ops.env_remove import env_remove

    root = services.root
    source = root.target(args.name, args.prefix, services.environ)
    if source == root.path:
        raise CondaError("CondaEnvException", "The 'base' environment cannot be renamed")
    if not services.store.exists(source):
        raise location_not_found(source)
    if source == root.active(services.environ):
        raise CondaError("CondaEnvException", "Cannot rename the active environment")
    is_path = "/" in args.destination or "\\" in args.destination
    goal = root.target(None if is_path else args.destination, args.destination if is_path else None, services.environ)
    if services.store.exists(goal):
        if not args.force:
            raise CondaError(
                "CondaEnvException",
                f"The environment '{args.destination}' already exists. Override with --force.",
            )
        if not services.dry_run:
            env_remove(goal, services.store, base=root.path, active=root.active(services.environ), confirm=lambda: True)
    current = services.current(source)
    strangers = sorted(set(current.pypi_versions) - current.owned)
    if strangers:
        raise CondaError(
            "CondaEnvException",
            f"packages that pip installed would be lost: {', '.join(strangers)}",
            hints=["`conda env export` and `conda env create` make the same environment under another name"],
        )
    services.output.line(f"Rename {source} to {goal}")
    if services.dry_run:
        raise dry_run_exit()
    if not services.confirm("Proceed"):
        raise QuietExit("CondaSystemExit", "Exiting.")
    clone(goal, source, services.workshop, platform=services.platform, confirm=lambda _: True)
    env_remove(
        source, services.store, base=root.path, active=None, confirm=lambda: True, force=args.override_frozen
    )  # fmt: skip
    services.output.result({"success": True, "prefix": str(goal)})
    return 0
