"""`repoquery search|depends|whoneeds`: of channels, or of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.graph import dependency_name
from parity.core.specs import parse
from parity.shim.errors import CondaError
from parity.shim.places import channel_name, target
from parity.shim.plans import record
from parity.shim.search import in_full, records

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from parity.model import CondaPackage
    from parity.wiring import Services

Neighbours = "Callable[[CondaPackage], Sequence[CondaPackage]]"


def run(args: argparse.Namespace, services: Services) -> int:
    # As in mamba: what is installed is asked where an environment is named, or where that is said.
    local = args.local or (bool(args.name or args.prefix) and not args.remote)
    found: list[CondaPackage] = []
    edges: dict[str, list[str]] = {}
    for text in args.specs:
        pool = _Pool(args, services, local=local)
        if args.query == "search":
            found += pool.matching(text)
            continue
        start = pool.matching(text)[-1:] if args.query == "depends" else _named(text, pool)
        step: Callable[[CondaPackage], Sequence[CondaPackage]] = (
            pool.needs if args.query == "depends" else pool.needed_by
        )
        reached, links = walk(start, step, deep=args.recursive or args.tree)
        found += (start if args.query == "depends" else []) + reached
        edges |= links
        if args.tree:
            for line in tree(start, links, {each.name: each for each in [*start, *reached]}):
                services.output.line(line)
    unique = list({package.url or package.dist: package for package in found}.values())
    services.output.result(
        {
            "query": {"query": " ".join(args.specs), "type": args.query},
            "result": {"status": "OK", "msg": "", "pkgs": [record(package, services) for package in unique],
                       "graph_roots": [], "graph_edges": edges},
        }
    )  # fmt: skip
    if args.tree:
        return 0
    if args.pretty:
        for package in unique:
            for line in in_full(package, services):
                services.output.line(line)
        return 0
    rows = [[each.name, each.version, each.build, channel_name(each.channel, services), each.subdir] for each in unique]
    services.output.table(["Name", "Version", "Build", "Channel", "Subdir"], rows)
    return 0


class _Pool:
    """Packages to ask, of channels or of an environment."""

    def __init__(self, args: argparse.Namespace, services: Services, *, local: bool) -> None:
        self._services = services
        self._local: Sequence[CondaPackage] | None = None
        if local:
            self._local = services.conda.installed(target(args, services))
        self._all: Sequence[CondaPackage] | None = self._local
        self._by_name: dict[str, list[CondaPackage]] = {}

    def matching(self, text: str) -> list[CondaPackage]:
        """Packages that match a spec, oldest first."""
        if self._local is None:
            return list(records(text, self._services))
        spec = parse(text, pattern=True)
        found = [package for package in self._local if self._services.conda.matches(spec, package)]
        if not found:
            raise CondaError("PackagesNotFoundError", f"no installed package matches {text}", packages=[text])
        return found

    def needs(self, package: CondaPackage) -> list[CondaPackage]:
        """The best package for each dependency; none for virtual packages."""
        found = []
        for text in package.depends:
            name = dependency_name(text)
            if name.startswith("__"):
                continue
            spec = parse(text, pattern=True)
            candidates = [each for each in self._named(name) if self._services.conda.matches(spec, each)]
            found += candidates[-1:]
        return found

    def needed_by(self, package: CondaPackage) -> list[CondaPackage]:
        """Packages with a dependency that this one satisfies, by name and version."""
        found = []
        for each in self._everything():
            for text in each.depends:
                if dependency_name(text) == package.name and self._services.conda.matches(parse(text), package):
                    found.append(each)
                    break
        return found

    def _named(self, name: str) -> list[CondaPackage]:
        if self._local is not None:
            return [package for package in self._local if package.name == name]
        if name not in self._by_name:
            services = self._services
            channels = [each for each in services.channels(services.channel_names) if each.urls]
            self._by_name[name] = list(services.conda.search(parse(name), channels, services.platform))
        return self._by_name[name]

    def _everything(self) -> Sequence[CondaPackage]:
        if self._all is None:
            services = self._services
            channels = [each for each in services.channels(services.channel_names) if each.urls]
            self._all = services.conda.search(parse("*", pattern=True), channels, services.platform)
        return self._all


def _named(text: str, pool: _Pool) -> list[CondaPackage]:
    """For `whoneeds`: the newest of the packages that are meant."""
    return pool.matching(text)[-1:]


def walk(
    start: Sequence[CondaPackage], step: Callable[[CondaPackage], Sequence[CondaPackage]], *, deep: bool
) -> tuple[list[CondaPackage], dict[str, list[str]]]:
    """What a step, or all steps after it, lead to; and which name led to which."""
    reached: dict[str, CondaPackage] = {}
    links: dict[str, list[str]] = {}
    todo = list(start)
    while todo:
        package = todo.pop(0)
        if package.name in links:
            continue
        following = step(package)
        links[package.name] = list(dict.fromkeys(each.name for each in following))
        for each in following:
            reached.setdefault(f"{each.name} {each.version} {each.build}", each)
            if deep:
                todo.append(each)
    return list(reached.values()), links


def tree(
    start: Sequence[CondaPackage], links: Mapping[str, Sequence[str]], packages: Mapping[str, CondaPackage]
) -> list[str]:
    """The answer as an indented tree; what was drawn before is named only."""
    lines: list[str] = []
    drawn: set[str] = set()

    def draw(name: str, depth: int) -> None:
        package = packages.get(name)
        label = f"{name}[{package.version}]" if package is not None else name
        again = name in drawn and bool(links.get(name))
        lines.append("  " * depth + ("- " if depth else "") + label + (" already visited" if again else ""))
        if again:
            return
        drawn.add(name)
        for each in links.get(name, ()):
            draw(each, depth + 1)

    for package in start:
        draw(package.name, 0)
    return lines
