"""Show the packages of an environment or a lock as a tree: each with what it needs.

parity tree -n work
parity tree parity.lock --depth 2
parity tree -n work --invert openssl
A package that stands in several places is unfolded in the first; the others are marked with (*).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_target
from parity.cli.why import add_lock_part, key_in, part_of, title
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse

    from parity.core.package_graph import PackageGraph
    from parity.core.package_tree import Branch
    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", metavar="LOCK|PACKAGE", nargs="*", help="a lock, instead of an environment; a package to begin with"
    )
    parser.add_argument("-i", "--invert", action="store_true", help="below each package what needs it")
    parser.add_argument("--depth", type=int, metavar="N", help="levels to show below the first")
    add_target(parser)
    add_lock_part(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.core.package_tree import lines, tree
    from parity.wiring import subjects

    lock, package = _operands(args)
    subject = subjects.usual(services, args.name, args.prefix, lock)
    part = part_of(subject, args, services)
    graph = part.graph
    key = key_in(graph, package, subject) if package else None
    branches = tree(graph, key, invert=args.invert, depth=args.depth)
    output = services.output
    output.result(
        {
            "name": subject.label,
            "platform": part.platform,
            "stated": graph.stated,
            "tree": [_as_json(branch, graph) for branch in branches],
        }
    )
    for drawn, branch in lines(branches, ascii_only=not _has_lines()):
        output.line(drawn + title(branch.key, graph) + _note(branch) + (" (*)" if branch.repeated else ""))
    return 0


def _operands(args: argparse.Namespace) -> tuple[str | None, str | None]:
    """The lock and the package that were named; a lock is a file, or is called like one."""
    lock: str | None = None
    package: str | None = None
    for word in args.what:
        looks_like_lock = (
            Path(word).is_file() or "/" in word or ":" in word or word.endswith((".lock", ".yml", ".toml"))
        )
        if looks_like_lock and lock is None:
            lock = word
        elif package is None:
            package = word
        else:
            raise InputError(f"`{word}` is too much: one lock and one package can be named")
    if lock is not None and (args.name or args.prefix):
        raise InputError("an environment and a lock are named", hints=["leave out one of them"])
    return lock, package


def _note(branch: Branch) -> str:
    """The requirement, where it says more than the name."""
    return f" [{branch.text}]" if branch.text not in {"", branch.key.partition(":")[2]} else ""


def _has_lines() -> bool:
    """Whether standard output can show the lines of a tree."""
    try:
        "├└│".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _as_json(branch: Branch, graph: PackageGraph) -> dict[str, object]:
    package = graph.packages[branch.key]
    data: dict[str, object] = {
        "name": package.name,
        "version": package.version,
        "source": package.source,
        "requirement": branch.text or None,
    }
    if branch.repeated:
        data["repeated"] = True
    else:
        data["children"] = [_as_json(child, graph) for child in branch.children]
    return data
