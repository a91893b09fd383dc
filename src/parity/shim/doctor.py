"""`doctor`: Parity's `verify`, which looks at every file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.shim.places import target

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services

_CHECKS = (
    ("file-missing", "missing files", "files that packages brought and that are gone"),
    ("file-changed", "altered files", "files that differ from what packages brought"),
)


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.cli import verify
    from parity.wiring import verifying

    if args.list:
        for kind, _, text in _CHECKS:
            services.output.line(f"{kind:<15} {text}")
        services.output.line(f"{'others':<15} packages, records and files against each other, as `parity verify`")
        return 0
    prefix = target(args, services)
    if args.fix:
        args.lock, args.full, args.environment, args.variant = None, False, "", None
        return verify.run(args, services)
    report = verifying.verify(services, prefix, None)
    services.output.result({**verify.describe(report), "prefix": str(prefix)})
    services.output.line(f"Environment Health Report for: {prefix}\n")
    for kind, words, _ in _CHECKS:
        found = [finding for finding in report.findings if finding.kind == kind]
        if not found:
            services.output.line(f"✅ There are no packages with {words}.\n")
            continue
        counts: dict[str, int] = {}
        for finding in found:
            counts[finding.package] = counts.get(finding.package, 0) + 1
        services.output.line(f"❌ {words.capitalize()}:\n")
        for name, count in counts.items():
            services.output.line(f"{name or 'no package'}: {count}")
        services.output.line()
    others = [finding for finding in report.findings if finding.kind not in {kind for kind, _, _ in _CHECKS}]
    if others:
        services.output.line("❌ Other findings:\n")
        for finding in others:
            services.output.line(f"{finding.package or 'no package'}: {finding.kind} {finding.path}")
        services.output.line()
    # As conda: the report is the answer, and its making succeeded.
    return 0
