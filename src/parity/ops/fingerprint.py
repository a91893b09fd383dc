"""What an environment holds, or a lock will: as one fingerprint, and file by file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.contents import Places, place
from parity.core.noarch import site_packages
from parity.core.platforms import layout
from parity.core.prints import make
from parity.errors import RefusedError
from parity.model import CondaPackage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from parity.core.contents import ArchiveContents, ExpectedFile, PackageContents
    from parity.core.prints import Print
    from parity.core.rules import Rules
    from parity.model import Package, Solution


def predict(
    label: str,
    solution: Solution,
    variables: Mapping[str, str],
    read: Callable[[Sequence[Package], str], Sequence[ArchiveContents]],
    rules: Rules,
    order: Callable[[Sequence[CondaPackage]], Sequence[str]],
) -> Print:
    """What the fingerprint of an environment will be that is made from a lock, without `--compile` and link scripts.

    Args:
        label: what it is of.
        solution: the packages.
        variables: of the environment, by value.
        read: gives what is in packages for a platform, in their order.
        rules: what does not count.
        order: names of conda packages in the order in which they are linked; asked only where two bring one path.

    Raises:
        RefusedError: it cannot be told: packages that are built on the spot, wheels that bring one path with
            different contents, launchers of wheels on Windows.
    """
    expected = expect(solution, read, rules)
    files = _winners(expected, solution, order)
    return make(
        label,
        {path: file.entry for path, (_, file) in files.items() if file.counts},
        [(package.name, package.version, package.build) for package in solution.conda],
        variables,
        owners={path: owner for path, (owner, _) in files.items()},
        predicted=True,
    )


def expect(
    solution: Solution, read: Callable[[Sequence[Package], str], Sequence[ArchiveContents]], rules: Rules
) -> tuple[PackageContents, ...]:
    """What each package of an environment puts into it.

    Raises:
        RefusedError: it cannot be told for some.
    """
    packages = tuple(solution)
    where = places(solution)
    found = []
    for package, contents in zip(packages, read(packages, solution.platform), strict=True):
        build = package.build if isinstance(package, CondaPackage) else ""
        try:
            found.append(place(contents, package.name, package.version, build, package.source, where, rules))
        except ValueError as error:
            raise RefusedError(f"{package.name}: {error}") from error
    return tuple(found)


def places(solution: Solution) -> Places:
    """Where the Python of an environment has its things."""
    layout_ = layout(solution.platform)
    site = site_packages(solution.conda, solution.platform)
    if not site:
        return Places(layout_.windows, layout_.scripts)
    headers = "Include" if layout_.windows else f"include/{site.split('/')[1]}"
    minor = solution.python_series.partition(".")[2]
    return Places(layout_.windows, layout_.scripts, site, headers, int(minor) if minor.isdigit() else 0)


def _winners(
    expected: Sequence[PackageContents],
    solution: Solution,
    order: Callable[[Sequence[CondaPackage]], Sequence[str]],
) -> dict[str, tuple[str, ExpectedFile]]:
    """Which package's file stands at each path in the end.

    Of conda packages the one that is linked last wins; wheels are installed in no order.
    """
    files: dict[str, tuple[str, ExpectedFile]] = {}
    rank: dict[str, int] | None = None
    unclear = []
    for contents in expected:
        for file in contents.files:
            known = files.get(file.path)
            if known is not None and known[1].entry != file.entry:
                if contents.source == "conda":
                    if rank is None:
                        rank = {name: number for number, name in enumerate(order(solution.conda))}
                    if rank[known[0]] > rank[contents.name]:
                        continue
                elif file.counts:
                    unclear.append(f"{file.path} ({known[0]} and {contents.name})")
            files[file.path] = (contents.name, file)
    if unclear:
        raise RefusedError(
            "packages bring the same path with different contents, and which one stays is chance: "
            + ", ".join(unclear),
            hints=["keep only one of them in the environment"],
        )
    return files
