"""Make an environment a kernel of Jupyter; list and remove such kernels.

parity kernel install -n work
parity kernel install -n work --into lab --display-name 'Work, GPU'
parity kernel list
parity kernel remove work
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_command, add_target
from parity.errors import InputError, NotFoundError, RefusedError
from parity.formats import kernel_spec
from parity.store import kernels

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = add_command(actions, name, text)
        where = made.add_argument_group("Jupyter").add_mutually_exclusive_group()
        where.add_argument("--user", action="store_true", help="every Jupyter of this person; this is the default")
        where.add_argument("--into", metavar="ENV", help="the Jupyter in this environment (a name, or a path)")
        return made

    install = command("install", "make an environment a kernel; what activation sets is set when the kernel starts")
    add_target(install)
    install.add_argument("--kernel", metavar="NAME", help="which of the environment's kernels, where it has several")
    install.add_argument("--kernel-name", metavar="NAME", help="name to register it by; the environment's by default")
    install.add_argument("--display-name", metavar="TEXT", help="what notebooks show, as 'Python 3 (work)'")
    install.add_argument("--force", action="store_true", help="replace a kernel of that name that is not Parity's")
    command("list", "list kernels that `kernel install` made")
    remove = command("remove", "remove kernels that `kernel install` made")
    remove.add_argument("names", nargs="*", metavar="KERNEL", help="name as `kernel list` shows it")
    add_target(remove)


def run(args: argparse.Namespace, services: Services) -> int:
    directory = _directory(args, services)
    if args.action == "install":
        return _install(args, services, directory)
    return _list(services, directory) if args.action == "list" else _remove(args, services, directory)


def _directory(args: argparse.Namespace, services: Services) -> Path:
    if not args.into:
        return kernels.user_directory(services.environ, services.home, sys.platform)
    if "/" in args.into or "\\" in args.into:
        return Path(args.into).expanduser().absolute() / kernels.BELOW
    return services.root.find(args.into) / kernels.BELOW


def _install(args: argparse.Namespace, services: Services, directory: Path) -> int:
    prefix = services.target(args)
    name = services.root.display_name(prefix)
    found = {path.name: (path, spec) for path, spec in kernels.specs(prefix / kernels.BELOW)
             if kernel_spec.prefix_of(spec) is None}  # fmt: skip
    if not found:
        option = services.root.option_for(prefix)
        raise NotFoundError(f"{name} has no kernel", hints=[f"parity install {option} ipykernel"])
    if args.kernel and args.kernel not in found:
        raise NotFoundError(f"{name} has no kernel {args.kernel}", hints=[f"it has {', '.join(found)}"])
    chosen = [args.kernel] if args.kernel else list(found)
    if len(chosen) > 1 and (args.kernel_name or args.display_name):
        raise InputError(f"{name} has several kernels", hints=[f"choose one with --kernel: {', '.join(chosen)}"])
    short = prefix.name if name == str(prefix) else name
    made = []
    for each in chosen:
        source, spec = found[each]
        place = directory / (_checked(args.kernel_name) or kernel_spec.kernel_name(short, each))
        _refuse_others(place, prefix, services, force=args.force)
        wanted = kernel_spec.wrapped(
            spec,
            str(prefix),
            name,
            [sys.executable, "-P", "-m", "parity"],
            display_name=args.display_name or "",
            windows=sys.platform == "win32",
        )
        if not services.dry_run:
            kernels.write(place, wanted, like=source)
        made.append(_row(place, wanted))
        verb = "Would register" if services.dry_run else "Registered"
        services.output.note(f"{verb} {wanted['display_name']!r} as the kernel {place.name} in {directory}.")
    services.output.result({"success": True, "dry_run": services.dry_run, "kernels": made})
    return 0


def _checked(name: str | None) -> str | None:
    if name and kernel_spec.kernel_name(name, "python3") != name.lower():
        raise InputError(f"`{name}` is no name of a kernel", hints=["letters, digits, `-`, `.` and `_` are"])
    return name and name.lower()


def _refuse_others(place: Path, prefix: Path, services: Services, *, force: bool) -> None:
    if force or not place.exists():
        return
    spec = next((spec for path, spec in kernels.specs(place.parent) if path == place), {})
    owner = kernel_spec.prefix_of(spec)
    if owner != str(prefix):
        whose = f"of {services.root.display_name(Path(owner))}" if owner else "that is not Parity's"
        raise RefusedError(
            f"there is a kernel {place.name} {whose} in {place.parent}",
            hints=["choose another name with --kernel-name", "--force puts this one in its place"],
        )


def _ours(directory: Path) -> list[tuple[Path, dict[str, Any]]]:
    return [(path, spec) for path, spec in kernels.specs(directory) if kernel_spec.prefix_of(spec) is not None]


def _row(path: Path, spec: Mapping[str, Any]) -> dict[str, object]:
    prefix = kernel_spec.prefix_of(spec) or ""
    return {
        "name": path.name,
        "display_name": spec["display_name"],
        "prefix": prefix,
        "resource_dir": str(path),
        "usable": Path(prefix, "conda-meta").is_dir() and Path(spec["argv"][0]).exists(),
    }


def _list(services: Services, directory: Path) -> int:
    rows = [_row(path, spec) for path, spec in _ours(directory)]
    services.output.result(rows)
    table = [[str(row["name"]), str(row["display_name"]), services.root.display_name(Path(str(row["prefix"]))),
              "" if row["usable"] else "gone"] for row in rows]  # fmt: skip
    if rows:
        services.output.table(["Kernel", "Shown as", "Environment", ""], table)
    else:
        services.output.note(f"no kernel in {directory} was made by `parity kernel install`")
    return 0


def _remove(args: argparse.Namespace, services: Services, directory: Path) -> int:
    from parity.store.files import remove_tree

    ours = {path.name: (path, spec) for path, spec in _ours(directory)}
    names = list(args.names)
    if args.name or args.prefix:
        prefix = str(services.root.target(args.name, args.prefix, services.environ))
        names += [name for name, (_, spec) in ours.items() if kernel_spec.prefix_of(spec) == prefix]
    elif not names:
        raise InputError("which kernel is to be removed?", hints=["name it, or its environment with -n or -p"])
    missing = [name for name in names if name not in ours]
    if missing or not names:
        raise NotFoundError(
            f"not made by `parity kernel install` in {directory}: {', '.join(missing) or 'any kernel of it'}",
            hints=["`parity kernel list` shows those there are"],
        )
    for name in dict.fromkeys(names):
        if not services.dry_run:
            remove_tree(ours[name][0])
        services.output.note(f"{'Would remove' if services.dry_run else 'Removed'} {ours[name][0]}.")
    services.output.result({"success": True, "dry_run": services.dry_run, "removed": list(dict.fromkeys(names))})
    return 0
