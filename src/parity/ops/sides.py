"""The two sides of one answer: what conda and PyPI are asked, round by round, until they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.ports import PypiRequest, SolveRequest
from parity.errors import EngineError, NotFoundError, OfflineError, ParityError, RefusedError, UnsatisfiableError
from parity.model import PipLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity.core.facts import Facts
    from parity.core.ports import Distribution
    from parity.model import CondaPackage, MatchSpec, PypiPackage
    from parity.ops.resolve import Engines, Goal, Parts

_PYTHON = "python"

_SHOWN = 5
"""How many complaints are told; the others are counted."""


class Sides:
    """Asks the engines for a goal; implements `parity.core.reconcile.Questions`.

    Args:
        goal: what shall be satisfied.
        engines: what answers it.
        parts: who is asked for what.

    Attributes:
        agreed: the conda part of the answer, once `agree` has returned.
    """

    def __init__(self, goal: Goal, engines: Engines, parts: Parts) -> None:
        self.agreed: tuple[CondaPackage, ...] = ()
        self._goal = goal
        self._engines = engines
        self._parts = parts
        self._solved: dict[tuple[MatchSpec, ...], tuple[CondaPackage, ...] | UnsatisfiableError] = {}
        self._needs = True
        self._had_needs = False
        self._stopped = False

    def agree(self, rounds: int | None = None) -> tuple[PypiPackage, ...]:
        """Search for an answer of both sides, for so many rounds at most; returns its PyPI part.

        The Python projects inside conda packages have requirements of their own. conda's packagers may have left some
        of them out on purpose, so where there is no answer that meets them all, they are dropped, with a warning.

        Raises:
            UnsatisfiableError: there is no answer; with the chains of both sides.
            ParityError: what an engine could not do.
        """
        from parity.core.facts import complaints
        from parity.core.reconcile import ROUNDS, markers, search

        rounds = rounds or ROUNDS
        try:
            answer = search(self, self._parts.specs, rounds=rounds)
        except (UnsatisfiableError, NotFoundError, OfflineError, EngineError):
            if not self._had_needs or self._stopped:
                raise
            self._needs = False
            answer = search(self, self._parts.specs, rounds=rounds)
        self.agreed = answer.conda
        versions = {package.name: package.version for package in answer.pypi}
        environment = markers(answer.conda, self._goal.platform)
        self._warn(complaints(self._distributions(answer.conda), versions, environment))
        return answer.pypi

    def stop(self) -> None:
        """End what is under way."""
        self._stopped = True
        self._engines.pypi().stop()

    def conda(self, constraints: tuple[MatchSpec, ...]) -> tuple[CondaPackage, ...]:
        """The conda solution with further limits.

        Raises:
            UnsatisfiableError: there is none.
            RefusedError: it holds what is not allowed.
        """
        if self._stopped:
            raise ParityError("given up")
        if constraints not in self._solved:
            try:
                self._solved[constraints] = self._solve(constraints)
            except UnsatisfiableError as error:
                self._solved[constraints] = error
        found = self._solved[constraints]
        if isinstance(found, UnsatisfiableError):
            raise found
        return found

    def facts(self, conda: tuple[CondaPackage, ...]) -> Facts:
        """What a conda solution means for PyPI."""
        from parity.core.facts import facts
        from parity.core.reconcile import markers

        found = facts(self._distributions(conda), markers(conda, self._goal.platform))
        bare = found.without_needs()
        self._had_needs = self._had_needs or found != bare
        return found if self._needs else bare

    def pypi(self, conda: tuple[CondaPackage, ...], facts: Facts) -> tuple[PypiPackage, ...]:
        """The PyPI solution on top of a conda solution, with what conda's own projects lack."""
        goal = self._goal
        virtual = {name: version for name, version, _ in goal.virtual}
        request = PypiRequest(
            # A project that lacks something is asked for by its name, so that uv tells whose need it is.
            lines=(*self._parts.lines, *(PipLine("requirement", name, name, name=name) for name in facts.lacking)),
            python_version=next(package.version for package in conda if package.name == _PYTHON),
            platform=goal.platform,
            provided=facts.provided,
            metadata=facts.metadata,
            preferred=goal.preferred,
            commits=goal.commits,
            glibc=virtual.get("__glibc"),
            macos=virtual.get("__osx"),
            upgrade=goal.upgrade_pypi,
            uploaded_before=goal.before,
            label=goal.label,
        )
        return self._engines.pypi().resolve(request)

    def _solve(self, constraints: tuple[MatchSpec, ...]) -> tuple[CondaPackage, ...]:
        goal, engine = self._goal, self._engines.conda
        found = engine.solve(
            SolveRequest(
                specs=self._parts.specs,
                channels=self._parts.channels,
                with_pip=self._parts.with_pip,
                platform=goal.platform,
                installed=goal.installed,
                constraints=(*goal.constraints, *constraints),
                virtual=goal.virtual,
                priority=goal.priority,
                timestamp_before=goal.before,
                label=goal.label,
            )
        )
        for spec in goal.disallowed:
            for package in found:
                if engine.matches(spec, package):
                    said = f"the answer holds {package.dist}, which `disallowed_packages` forbids (`{spec}`)"
                    if constraints:
                        raise UnsatisfiableError(said)
                    raise RefusedError(said, hints=["ask for another version, or change the setting"])
        if self._parts.lines and all(package.name != _PYTHON for package in found):
            raise UnsatisfiableError(
                "PyPI packages need a Python in the environment, and the chosen packages have none",
                hints=["add python to the dependencies"],
            )
        return found

    def _distributions(self, conda: Iterable[CondaPackage]) -> list[Distribution]:
        return [one for found in self._engines.conda.distributions(conda).values() for one in found]

    def _warn(self, found: tuple[str, ...]) -> None:
        if found:
            more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
            said = "; ".join([*found[:_SHOWN], *more])
            self._engines.warn(
                f"conda's packages do not meet what their own metadata asks for; `pip check` says: {said}"
            )
