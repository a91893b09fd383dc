"""Say what an environment holds, or a lock will give, as one line that is the same on every machine.

parity fingerprint -n work
parity fingerprint parity.lock
parity fingerprint --compare parity.lock work
parity fingerprint -n work --json > here.json
parity fingerprint --compare here.json there.json

Exit code of --compare: 0 they are the same, 1 they differ, 2 it cannot be told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.common import add_part, add_target
from parity.errors import ParityError

if TYPE_CHECKING:
    import argparse

    from parity.core.prints import Comparison, Print
    from parity.wiring import Services

CANNOT_TELL = 2

_SHOWN = 10
"""Files of one package that are listed; `--json` and `-v` have all."""
_WORDS = {
    "added": "only in the second",
    "removed": "only in the first",
    "content": "other content",
    "kind": "a file in one, a link in the other",
    "executable": "executable in one only",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", nargs="?", metavar="LOCK", help="a lock, to tell without installing; or an environment, or saved JSON"
    )
    add_target(parser)
    parser.add_argument(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="name the packages and files that differ between two environments, locks, or saved results of --json",
    )
    parser.add_argument("--full", action="store_true", help="read every file, whatever is remembered of it")
    add_part(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    try:
        return _run(args, services)
    except ParityError as error:
        if args.compare:
            error.exit_code = CANNOT_TELL
        raise


def _run(args: argparse.Namespace, services: Services) -> int:
    from parity.wiring import fingerprints, standing

    output = services.output
    _ = services.settings  # settles the form of the output
    named = [bool(args.source), bool(args.name or args.prefix), bool(args.compare)]
    if sum(named) > 1:
        from parity.errors import InputError

        raise InputError("name one thing: a lock, an environment, or two with --compare")
    if args.compare:
        first, second = (
            fingerprints.find(services, text, environment=args.environment, variant=args.variant, full=args.full)
            for text in args.compare
        )
        return _compare(first, second, services)
    if args.source:
        found = fingerprints.find(
            services, args.source, environment=args.environment, variant=args.variant, full=args.full
        )
    else:
        found = fingerprints.measure(
            services, standing.target(services, args.name, args.prefix), full=args.full, owners=output.json
        )
    if output.json:
        from parity.formats.print_json import dump

        output.result(dump(found))
        return 0
    output.line(found.fingerprint.root)
    if found.bytecode:
        output.note(
            f"compiled bytecode counts, which no lock tells of (files: {len(found.bytecode)}); without it: "
            f"{found.without_bytecode().root}"
        )
    return 0


def _compare(first: Print, second: Print, services: Services) -> int:
    """Exit code 0 where they are the same, 1 where they differ; 2 is that of errors."""
    from parity.core.prints import compare

    output = services.output
    found = compare(first, second)
    if output.json:
        output.result(_as_json(first, second, found))
        return int(bool(found))
    for one in (first, second):
        output.line(f"{one.fingerprint.root}  {one.label}{' (predicted)' if one.predicted else ''}")
    if not found:
        output.line("The same.")
        return 0
    if found.packages:
        output.line()
        rows = [(name, here or "-", there or "-") for name, (here, there) in found.packages.items()]
        output.table(("Package", "First", "Second"), rows)
    if found.variables:
        output.line()
        output.line("Variables with other values: " + ", ".join(found.variables))
    for owner, files in found.by_owner.items():
        output.line()
        output.line(f"{owner or 'of no package'}: {len(files)} file{'s' if len(files) > 1 else ''}")
        shown = files if output.verbosity else files[:_SHOWN]
        for file in shown:
            output.line(f"  {file.path}: {_WORDS[file.change]}")
        if len(files) > len(shown):
            output.line(f"  and {len(files) - len(shown)} more (-v shows all)")
    if {*first.bytecode, *second.bytecode}:
        output.note("bytecode that --compile made counts; without it: "
                    f"{first.without_bytecode().root} and {second.without_bytecode().root}")  # fmt: skip
    return 1


def _as_json(first: Print, second: Print, found: Comparison) -> dict[str, object]:
    return {
        "same": not found,
        "first": {"fingerprint": first.fingerprint.root, "of": first.label, "predicted": first.predicted},
        "second": {"fingerprint": second.fingerprint.root, "of": second.label, "predicted": second.predicted},
        "packages": {name: list(pair) for name, pair in found.packages.items()},
        "variables": list(found.variables),
        "files": [{"path": one.path, "package": one.owner or None, "change": one.change} for one in found.files],
    }
