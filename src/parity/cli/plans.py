"""Shows a plan: as a table for a person, as JSON for a program; asks whether to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.output import human_size
from parity.errors import ParityError
from parity.model import CondaPackage, PypiPackage

if TYPE_CHECKING:
    from typing import Protocol

    from parity.core.ports import Confirm
    from parity.model import Operation, Plan
    from parity.wiring import Services

_SIGNS = {"install": "+", "remove": "-", "upgrade": "^", "downgrade": "v", "change": "~", "reinstall": "="}


if TYPE_CHECKING:

    class Confirmer(Protocol):
        """Makes what a use case asks between plan and apply, in the words of one command line."""

        def __call__(self, services: Services, *, silent: bool = False) -> Confirm: ...


def confirmer(services: Services, *, silent: bool = False) -> Confirm:
    """What a use case asks between plan and apply: shows the plan, stops at `--dry-run`, else asks.

    Args:
        services: of this call.
        silent: neither show nor ask, but stop at `--dry-run` with the table all the same.
    """

    def confirm(plan: Plan) -> bool:
        if not silent or services.dry_run:
            show(plan, services)
        if services.dry_run:
            return False
        if plan and not silent and not services.confirm("Proceed?"):
            raise ParityError("nothing was changed: the answer was no")
        return True

    return confirm


def show(plan: Plan, services: Services) -> None:
    """Print a plan as a table."""
    if services.output.json or (services.output.quiet and not services.dry_run):
        return
    if not plan:
        return  # `finish` has the words for it
    services.output.line(f"Environment: {plan.prefix}")
    rows = [_row(operation, services) for operation in plan.operations]
    services.output.table(["", "Package", "Version", "Build", "Channel", "Size"], rows)
    services.output.line(summary(plan))


def _row(operation: Operation, services: Services) -> list[str]:
    package = operation.new or operation.old
    assert package is not None  # noqa: S101
    before = operation.old.version if operation.old is not None else ""
    version = package.version or before  # that of a directory of sources is known once it is built
    if before and operation.new is not None and before != version:
        version = f"{before} -> {version}"
    channel = "pypi" if package.source == "pypi" else services.channel_name(package.channel)
    return [_SIGNS[operation.action], package.name, version, package.build, channel, human_size(package.size)]


def summary(plan: Plan) -> str:
    """One line: how many packages change, and how many bytes the archives have."""
    counts: dict[str, int] = {}
    for operation in plan.operations:
        counts[operation.action] = counts.get(operation.action, 0) + 1
    if not counts:
        return "Nothing to do: everything asked for is there."
    words = ", ".join(f"{count} to {action}" for action, count in counts.items())
    size = human_size(plan.download_size)
    return f"{words}; {size} of archives (what caches hold is not fetched again)" if plan.download_size else words


def describe(plan: Plan, services: Services) -> dict[str, object]:
    """A plan as conda's `--json` shows one, with what Parity adds (`source`, `sha256`, `size`)."""
    link = [_new(operation.new) for operation in plan.operations if operation.new is not None]
    unlink = [
        {
            "name": op.old.name,
            "version": op.old.version,
            "build_string": op.old.build,
            "channel": op.old.channel,
            "source": op.old.source,
        }
        for op in plan.operations
        if op.old is not None
    ]
    return {
        "success": True,
        "dry_run": services.dry_run,
        "prefix": str(plan.prefix),
        "actions": {"PREFIX": str(plan.prefix), "LINK": link, "UNLINK": unlink},
        "unchanged": list(plan.unchanged),
        "collisions": [
            {"path": one.path, "packages": [{"source": source, "name": name} for source, name in one.packages]}
            for one in plan.collisions
        ],
    }


def _new(package: CondaPackage | PypiPackage) -> dict[str, object]:
    data: dict[str, object] = {
        "name": package.name,
        "version": package.version,
        "build_string": package.build,
        "channel": package.channel,
        "source": package.source,
        "url": package.url,
        "sha256": package.sha256,
        "size": package.size,
    }
    if isinstance(package, CondaPackage):
        data |= {"build_number": package.build_number, "platform": package.subdir, "dist_name": package.dist}
    return data


def finish(plan: Plan, services: Services, began: float, *, made: bool = False) -> int:
    """Say what was done; returns the exit code.

    Args:
        plan: what was carried out, or only shown.
        services: of this call.
        began: `time.monotonic()` at the start.
        made: a new environment, so that the next step is worth a word.
    """
    import time

    services.output.result(describe(plan, services))
    seconds = time.monotonic() - began
    if services.dry_run:
        services.output.note("Dry run: nothing was changed." if plan else "Dry run: there is nothing to do.")
    elif made:
        conda, pypi = len(plan.solution.conda), len(plan.solution.pypi)
        services.output.note(f"Made {plan.prefix} in {seconds:.1f} s: {conda} conda and {pypi} PyPI packages.")
        services.output.note(f"Next: parity run {services.root.option_for(plan.prefix)} COMMAND")
    elif plan:
        services.output.note(f"Done in {seconds:.1f} s.")
    else:
        services.output.outcome("Nothing to do: everything asked for is there.")
    return 0
