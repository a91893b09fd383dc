"""`create`, `install`, `update`, `env create` and `env update`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import NotFoundError, UnsatisfiableError
from parity.shim import exact, plans
from parity.shim.errors import CondaError, QuietExit
from parity.shim.places import is_lock, require_files, target, wanted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from parity.errors import ParityError
    from parity.model import Plan
    from parity.wiring import Services

BUILT_IN = ("conda", "mamba", "micromamba", "conda-libmamba-solver", "libmambapy")
"""What base has without being installed: these programs are Parity's."""


def run(args: argparse.Namespace, services: Services) -> int:
    args.pypi = []
    args.clone = getattr(args, "clone", None)
    args.force = getattr(args, "force", False)
    args.all = getattr(args, "all", False)
    args.prune = getattr(args, "prune", False)
    args.no_deps = getattr(args, "no_deps", False)
    args.force_reinstall = getattr(args, "force_reinstall", False)
    if getattr(args, "exclude_newer", None):
        services.options = {**services.options, "before": _moment(args.exclude_newer)}
    verb = args.path.rpartition(" ")[2]
    if args.path.startswith("env "):
        args.subcommand = verb
        if not (args.specs or args.files):
            args.files = [_default_file()]
    if getattr(args, "download_only", False):
        services.options = {**services.options, "dry_run": True}  # the presenter fetches, and nothing is linked
    require_files(args.files)
    show = plans.Presenter(services, args)
    try:
        plan = _perform(args, services, show, verb)
    except UnsatisfiableError as error:
        raise _explained(error, args, services) from error
    return 0 if plan is None else show.finish(plan)


def _perform(args: argparse.Namespace, services: Services, show: plans.Presenter, verb: str) -> Plan | None:
    if getattr(args, "only_deps", False):
        args.specs, args.files = _needs(args, services), []
    if verb == "create":
        return _create(args, services, show)
    if args.path == "env update":
        return _bring_in_line(args, services, show)
    return _change(args, services, show, verb)


def _explained(error: UnsatisfiableError, args: argparse.Namespace, services: Services) -> ParityError:
    """Packages that no channel has, as conda names them; else what the solver says."""
    from parity.shim.search import not_available

    request = services.request(args.specs, args.files)
    names = (*args.channels, *request.channels) if request.channels else services.channel_names
    channels = [channel for channel in services.channels(names) if channel.urls]
    known = services.conda.names(channels, services.platform)
    missing = [spec.text or str(spec) for spec in request.specs if spec.name not in known and not spec.channel]
    return not_available(missing, services, channels, hints=error.hints) if missing else error


def _default_file() -> str:
    from pathlib import Path

    return next((name for name in ("environment.yml", "environment.yaml") if Path(name).is_file()), "environment.yml")


def _moment(text: str) -> int:
    """`--exclude-newer`: a date, or a time span before now (`7d`, `3d12h`, `1w`, 0)."""
    import re
    import time

    from parity.core.moments import milliseconds

    spans = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
    if text == "0" or re.fullmatch(r"(\d+[wdhms])+", text):
        seconds = sum(int(count) * spans[unit] for count, unit in re.findall(r"(\d+)([wdhms])", text))
        return int((time.time() - seconds) * 1000)
    return milliseconds(text)


def _create(args: argparse.Namespace, services: Services, show: plans.Presenter) -> Plan:
    from parity.cli import create

    show.made = True
    args.no_default_packages = args.no_default_packages or args.path == "env create"
    prefix = wanted(args, services)
    if prefix is not None and prefix != services.root.path and services.store.exists(prefix):
        _make_way(args, services, prefix)
    elif prefix is not None and prefix.is_dir() and not args.clone and _holds_other_things(prefix):
        return _create_among(args, services, show, prefix)
    if prefix is not None and exact.is_meant(args, services) and not is_lock(args.files):
        return exact.make(args, services, show, prefix)
    return create.perform(args, services, show.confirmer)


def _holds_other_things(prefix: Path) -> bool:
    return not (prefix / "conda-meta").is_dir() and any(prefix.iterdir())


def _create_among(args: argparse.Namespace, services: Services, show: plans.Presenter, prefix: Path) -> Plan:
    """A directory that is no environment and not empty becomes one, and what it holds stays: tox-conda counts on it."""
    from parity.model import Plan, Solution
    from parity.shim.errors import dry_run_exit
    from parity.shim.files import make_base
    from parity.shim.main import ask

    if services.dry_run:
        raise dry_run_exit()
    if not (args.yes or services.settings.always_yes or services.output.json):
        services.output.line(
            f"WARNING: A directory already exists at the target location '{prefix}'\nbut it is not a conda environment."
        )
        if not ask("Continue creating environment", usual=False):
            raise QuietExit("CondaSystemExit", "Exiting.")
    if not (args.files or args.no_default_packages):
        args.specs = [*args.specs, *services.settings.create_default_packages]
    args.name, args.prefix = None, str(prefix)
    make_base(prefix)
    try:
        plan = _change(args, services, show, "install") if args.specs or args.files else None
    except BaseException:
        from contextlib import suppress

        with suppress(OSError):  # something was installed: it is an environment, to be healed by the next command
            if not any(prefix.glob("conda-meta/*.json")):
                (prefix / "conda-meta" / "history").unlink()
                (prefix / "conda-meta").rmdir()
        raise
    services.store.register(prefix)
    return plan or Plan(prefix, (), (), Solution(services.platform, (), ()))


def _make_way(args: argparse.Namespace, services: Services, prefix: Path) -> None:
    """An environment stands there already: replace it where that is wanted."""
    if args.force or services.options.get("yes") or services.settings.always_yes:
        args.force = True
        return
    if args.path == "env create" or services.output.json or services.dry_run:
        raise CondaError(
            "CondaValueError",
            f"prefix already exists: {prefix}",
            hints=[f"`{args.path} --yes` puts a new environment in its place"],
        )
    services.output.line(f"WARNING: A conda environment already exists at '{prefix}'\n")
    from parity.shim.main import ask

    question = (
        "Remove existing environment?\nThis will remove ALL directories contained within this specified prefix "
        "directory, including any other conda environments.\n\n"
    )
    if not ask(question, usual=False):
        raise QuietExit("CondaSystemExit", "Exiting.")
    args.force = True


def _bring_in_line(args: argparse.Namespace, services: Services, show: plans.Presenter) -> Plan:
    from parity.cli import update

    prefix = wanted(args, services)
    if prefix is not None and not services.store.exists(prefix):
        # `conda env update` makes an environment that is not there.
        args.clone, args.no_default_packages = None, True
        return _create(args, services, show)
    return update.perform(args, services, show.confirmer)


def _change(args: argparse.Namespace, services: Services, show: plans.Presenter, verb: str) -> Plan | None:
    prefix = target(args, services)
    if getattr(args, "revision", None) is not None:
        return exact.revert(args, services, show, prefix)
    if exact.is_meant(args, services):
        return exact.add(args, services, show, prefix)
    if prefix == services.root.path or verb == "update":
        args.specs = _without_built_in(args.specs, prefix, services)
        if not (args.specs or args.files or args.all):
            _nothing(services, prefix)
            return None
    if args.all:
        from parity.cli import update

        return update.perform(args, services, show.confirmer)
    if verb == "update" and not args.files:
        from parity.cli import update

        if not args.specs:
            raise CondaError("CondaValueError", "no package names supplied\n# Example: conda update -n myenv scipy\n")
        try:
            return update.perform(args, services, show.confirmer)
        except NotFoundError as error:
            if error.message.startswith("not installed"):
                raise _not_installed(args.specs, services, prefix) from error
            raise
    if not (args.specs or args.files):
        raise CondaError("CondaValueError", "too few arguments, must supply command line package specs or --file")
    from parity.cli import install

    return install.perform(args, services, show.confirmer)


def _needs(args: argparse.Namespace, services: Services) -> list[str]:
    """`--only-deps`: what the named packages need, as specs."""
    from parity.ops.resolve import resolve

    request = services.request(args.specs, args.files)
    named = {spec.name for spec in request.specs}
    solution = resolve(services.goal(request), services.engines).solution()
    needs = (text for package in solution.conda if package.name in named for text in package.depends)
    return list(dict.fromkeys(text for text in needs if not text.startswith("__") and text.split()[0] not in named))


def _without_built_in(specs: Sequence[str], prefix: Path, services: Services) -> list[str]:
    """The specs without what comes with Parity; says so."""
    from parity.core import specs as core_specs
    from parity.store import prefixes

    installed: set[str] = set()
    if services.store.exists(prefix):
        installed = {package.name for package in prefixes.installed(prefix, services.platform)}
    left = []
    for text in specs:
        name = core_specs.parse(text).name
        if name in BUILT_IN and name not in installed:
            services.output.note(
                f"{name} is built in: this is Parity, which serves the command lines of conda and mamba"
            )
        else:
            left.append(text)
    return left


def _nothing(services: Services, prefix: Path) -> None:
    services.output.line("\n# All requested packages already installed.\n")
    services.output.result(
        {"success": True, "message": "All requested packages already installed.", "prefix": str(prefix)}
    )


def _not_installed(specs: Sequence[str], services: Services, prefix: Path) -> CondaError:
    from parity.core import specs as core_specs

    installed = {package.name for package in services.store.installed(prefix)}
    missing = [name for name in (core_specs.parse(text).name for text in specs) if name not in installed]
    return CondaError(
        "PackageNotInstalledError",
        f"Package is not installed in prefix.\n  prefix: {prefix}\n  package name: {', '.join(missing)}\n",
        package_name=", ".join(missing),
        prefix=str(prefix),
    )
