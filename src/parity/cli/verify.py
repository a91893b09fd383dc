"""Say whether an environment still is what it should be, file by file, and put right what is not.

parity verify -n work
parity verify -n work --lock parity.lock
parity verify -n work --fix
parity verify --image oci:build --lock parity.lock

Exit code: 0 nothing differs, 1 something differs, 2 it cannot be told.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_part, add_target
from parity.core.findings import BEYOND_MENDING
from parity.errors import ParityError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from parity.core.findings import Finding
    from parity.ops.verify import Report
    from parity.wiring import Services
    from parity.wiring.syncing import Choice

LIMIT = 10
"""Findings shown of one package without `-v`."""

CANNOT_TELL = 2


def configure(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    parser.add_argument("--lock", metavar="LOCK", help="the lock that it should equal")
    parser.add_argument(
        "--full",
        action="store_true",
        help="trust nothing that is remembered, and compare the records with the packages themselves",
    )
    parser.add_argument("--image", metavar="IMAGE",
                        help="an image instead: oci:DIR, an archive, a name in a registry, or rootfs:DIR for a "
                        "container's root file system; --lock is the lock of this directory by default")  # fmt: skip
    parser.add_argument("--fix", action="store_true", help="put right what differs, and nothing else")
    add_part(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.wiring import standing, verifying

    if args.image:
        return _image(args, services)
    if args.fix:
        return _fix(args, services)
    # Tens of thousands of small values live until the end; looking for circles among them takes a tenth of the time.
    gc.disable()
    try:
        prefix = standing.target(services, args.name, args.prefix)
        report = verifying.verify(services, prefix, choice(args), full=args.full)
    except ParityError as error:
        error.exit_code = CANNOT_TELL
        raise
    services.output.result(describe(report))
    show(report, services, advice=_again(args, services, report.prefix))
    return 0 if report.same else 1


def _again(args: argparse.Namespace, services: Services, prefix: Path) -> str:
    """The command that puts right what this one found, in the same words."""
    import shlex

    words = ["parity", "verify", *services.root.words_for(prefix), "--fix"]
    for option in ("lock", "environment", "variant", "platform"):
        value = getattr(args, option)
        words += [f"--{option}", value] if value else []
    for each in args.virtual:
        words += ["--override-virtual", each]
    return shlex.join([*words, *(["--full"] if args.full else [])])


def _image(args: argparse.Namespace, services: Services) -> int:
    """Hold an image against a lock."""
    from dataclasses import asdict

    from parity.errors import InputError
    from parity.store import lock_files
    from parity.wiring import image_verify, imaging

    try:
        if args.fix or args.name or args.prefix:
            raise InputError("an image is not changed: --image goes with none of --fix, -n and -p")
        lock = lock_files.locate(Path.cwd(), args.lock)
        where = lock_files.image_table(lock.parent).path or imaging.DEFAULT_PREFIX
        order = imaging.Order(lock, "", environment=args.environment, variant=args.variant, prefix=where)
        report = image_verify.verify(services, args.image, order)
    except ParityError as error:
        error.exit_code = CANNOT_TELL
        raise
    output = services.output
    output.result({"same": report.same, **asdict(report)})
    shown = report.differences if output.verbosity else report.differences[:LIMIT]
    for each in shown:
        output.line(f"{each.kind:<10} {each.path}" + (f"  ({each.package})" if each.package else ""))
    if len(report.differences) > len(shown):
        output.line(f"and {len(report.differences) - len(shown)} more (-v shows all)")
    if report.same:
        output.outcome(f"{report.image} is what {lock.name} says: {report.files} files at {report.prefix}")
    return 0 if report.same else 1


def choice(args: argparse.Namespace) -> Choice | None:
    """The part of a lock that the arguments name."""
    if args.lock is None:
        return None
    from parity.store import lock_files
    from parity.wiring.syncing import Choice

    return Choice(lock_files.locate(Path.cwd(), args.lock), args.environment, args.variant)


def _fix(args: argparse.Namespace, services: Services) -> int:
    from parity.wiring import mending, standing

    prefix = standing.target(services, args.name, args.prefix)

    def confirm(report: Report, plan: Sequence[str]) -> bool:
        show(report, services)
        if not services.output.json:
            for line in plan:
                services.output.line(f"  - {line}")
        if services.dry_run:
            return False
        if not services.confirm("Put this right?"):
            raise ParityError("nothing was changed: the answer was no")
        return True

    outcome = mending.fix(services, prefix, choice(args), full=args.full, confirm=confirm)
    data = describe(outcome.before)
    data |= {"dry_run": services.dry_run, "fixed": outcome.done, "left": [_plain(each) for each in outcome.left]}
    data |= {"set_aside": str(outcome.set_aside) if outcome.set_aside else None, "plan": list(outcome.plan)}
    services.output.result(data)
    if outcome.before.same:
        show(outcome.before, services)
        return 0
    for note in outcome.notes:
        services.output.warn(note)
    if outcome.set_aside is not None:
        services.output.note(f"What nobody owns was moved to {outcome.set_aside}; delete it when you do not miss it.")
    if services.dry_run:
        services.output.note("Dry run: nothing was changed.")
        return 1
    if outcome.left:
        _list(outcome.left, services)
        services.output.line(f"{_count(outcome.left)} could not be put right.")
        return 1
    services.output.outcome("Everything was put right.")
    return 0


def describe(report: Report) -> dict[str, object]:
    """A report as JSON shows it."""
    return {
        "success": True,
        "same": report.same,
        "prefix": str(report.prefix),
        "against": report.against,
        "packages": report.packages,
        "files": report.files,
        "hashed_bytes": report.hashed,
        "findings": [_plain(finding) for finding in report.findings],
    }


def _plain(finding: Finding) -> dict[str, str]:
    return {key: getattr(finding, key) for key in finding.__slots__}


def show(report: Report, services: Services, *, advice: str = "") -> None:
    """A report for a person: findings grouped by package; with `-q` only what differs."""
    output = services.output
    if report.same and output.quiet:
        return
    output.line(f"Environment: {report.prefix}")
    looked = f"{_counted(report.packages, 'package')}, {_counted(report.files, 'file')}"
    if report.same:
        output.line(f"Nothing differs from {report.against}: {looked}.")
        return
    _list(report.findings, services)
    output.line(f"{_count(report.findings)} from {report.against} ({looked}).")
    if advice and any(finding.kind not in BEYOND_MENDING for finding in report.findings):
        output.note(f"`{advice}` puts right what can be.")


def _count(findings: Sequence[Finding]) -> str:
    packages = len({finding.package for finding in findings if finding.package})
    text = _counted(len(findings), "difference")
    return text + (f" in {_counted(packages, 'package')}" if packages else "")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _list(findings: Iterable[Finding], services: Services) -> None:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.package, []).append(finding)
    for name in sorted(groups):
        group = groups[name]
        services.output.line(name or "no package")
        shown = group if services.output.verbosity or len(group) <= LIMIT else group[: LIMIT - 1]
        for finding in shown:
            services.output.line(f"  {finding.kind:<18} {_words(finding)}")
            if finding.hint and services.output.verbosity:
                services.output.line(f"  {'':<18} {finding.hint}")
        if len(group) > len(shown):
            services.output.line(f"  ... and {len(group) - len(shown)} more; -v shows them")


def _words(finding: Finding) -> str:
    expected, found = _short(finding.expected), _short(finding.found)
    if finding.kind in {"file-changed", "file-missing", "file-untracked", "record-broken"}:
        return finding.path if finding.kind != "record-broken" else f"{finding.path}: {finding.found}"
    if finding.kind == "virtual-missing":
        return f"{expected} expected, {found}"
    said = f"{expected} expected, {found} found" if expected and found else expected or found
    return f"{finding.path}: {said}" if finding.path and said else finding.path or said


def _short(value: str) -> str:
    """Hashes by their first digits."""
    return value[:12] if len(value) in {32, 64} and all(digit in "0123456789abcdef" for digit in value) else value
