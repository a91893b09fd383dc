"""Show why a package is there: the shortest chains of requirements from what was asked for to it.

parity why openssl -n work
parity why numpy parity.lock
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli.common import add_environment, add_target
from parity.errors import NotFoundError

if TYPE_CHECKING:
    import argparse

    from parity.core.package_graph import PackageGraph
    from parity.core.subject import Part, Subject
    from parity.core.why import Chain
    from parity.wiring import Services

_SHOWN = 10


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", metavar="PACKAGE", help="name of a package, in conda's words or PyPI's")
    parser.add_argument("lock", metavar="LOCK", nargs="?", help="a lock, instead of an environment")
    parser.add_argument("--all", action="store_true", help="chains from every line, also where there are many")
    add_target(parser)
    add_lock_part(parser)


def add_lock_part(parser: argparse.ArgumentParser) -> None:
    """Which part of a lock is looked at."""
    add_environment(parser)
    parser.add_argument("--platform", default="", metavar="SUBDIR", help="platform of the lock; this machine's")


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.core.why import chains
    from parity.wiring import subjects

    subject = subjects.usual(services, args.name, args.prefix, args.lock)
    part = part_of(subject, args, services)
    graph = part.graph
    key = key_in(graph, args.package, subject)
    found = chains(graph, key)
    output = services.output
    package = graph.packages[key]
    output.result(
        {
            "name": package.name,
            "version": package.version,
            "source": package.source,
            "platform": part.platform,
            "stated": graph.stated,
            "chains": [_as_json(chain, graph) for chain in found],
        }
    )
    _say_unstated(graph, subject, services)
    output.line(f"{title(key, graph)}, in {subject.label}:")
    if not found:
        came = "it came along with Python" if package.name == "pip" else "nothing that was asked for needs it"
        output.line(f"  {came}")
    shown = found if args.all else found[:_SHOWN]
    for chain in shown:
        output.line("  " + words(chain, graph))
    if len(found) > len(shown):
        output.note(f"  and {len(found) - len(shown)} more; --all shows all of them")
    return 0


def part_of(subject: Subject, args: argparse.Namespace, services: Services) -> Part:
    """The part of a lock that the options mean; an environment has one only.

    Raises:
        NotFoundError: there is none; or the subject holds no packages.
    """
    part = subject.part(environment=args.environment, subdir=args.platform, usual=services.host_platform)
    if part.packages is None:
        raise NotFoundError(
            f"{subject.label} says what is asked for, and not which packages answer it",
            hints=["name a lock, or an environment with -n"],
        )
    return part


def key_in(graph: PackageGraph, name: str, subject: Subject) -> str:
    """The key of a package by a name of a person's.

    Raises:
        NotFoundError: it is not there.
    """
    from parity.core.package_graph import find
    from parity.core.words import near

    key = find(name, graph.packages)
    if key is None:
        names = sorted({package.name for package in graph.packages.values()})
        close = near(name.lower(), names)
        raise NotFoundError(
            f"there is no {name} in {subject.label}", hints=[f"did you mean `{close[0]}`?"] if close else []
        )
    return key


def title(key: str, graph: PackageGraph) -> str:
    """`numpy 1.26.4`, with its source where it is not conda's."""
    package = graph.packages[key]
    text = f"{package.name} {package.version}".rstrip()
    return f"{text} (PyPI)" if package.source == "pypi" else text


def words(chain: Chain, graph: PackageGraph) -> str:
    """One line: what was asked for, then each package with the requirement by which it is needed."""
    if not graph.stated:
        head = ""
    else:
        head = f"`{chain.line}` -> "
    first, *rest = chain.steps
    parts = [title(first.key, graph)]
    parts += [f"{title(step.key, graph)} [{step.text}]" for step in rest]
    return head + " -> ".join(parts)


def _as_json(chain: Chain, graph: PackageGraph) -> dict[str, object]:
    steps = [
        {
            "name": graph.packages[step.key].name,
            "version": graph.packages[step.key].version,
            "source": graph.packages[step.key].source,
            "requirement": step.text,
        }
        for step in chain.steps
    ]
    return {"line": chain.line if graph.stated else None, "steps": steps}


def _say_unstated(graph: PackageGraph, subject: Subject, services: Services) -> None:
    if not graph.stated:
        services.output.note(
            f"{subject.label} does not say what was asked for: chains begin at what nothing else needs"
        )
