"""Why there is no answer: what the solver said, what the channels have, and what to ask for instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from parity.core.words import near
from parity.engines import conda_errors
from parity.errors import UnsatisfiableError
from parity.model import MatchSpec
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parity.core.ports import SolveRequest
    from parity.model import Channel, CondaPackage

_SHOWN = 8
_TRIED = 6


class Asked(Protocol):
    """What can be asked about channels."""

    def search(self, spec: MatchSpec, channels: Sequence[Channel], platform: str) -> tuple[CondaPackage, ...]:
        """Every record that matches, oldest version first."""

    def names(self, channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Every package name."""

    def known(self, names: Sequence[str], channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Those of the names that the channels have."""

    def attempt(self, request: SolveRequest) -> Sequence[CondaPackage] | None:
        """The answer to a request, None if there is none."""


def explain(message: str, request: SolveRequest, asked: Asked) -> UnsatisfiableError:
    """The solver's message as an error that says what to try.

    Args:
        message: what the solver said.
        request: what it was asked.
        asked: the engine.
    """
    specs = [spec for spec in request.specs if not spec.name.startswith("__") and "url" not in dict(spec.extra)]
    known = asked.known([spec.name for spec in specs], request.channels, request.platform)
    # The solver stops at the first name that is nowhere; a person wants to know of all of them.
    names = dict.fromkeys(spec.name for spec in specs if spec.name not in known)
    for name in conda_errors.missing_names(message)[:5]:
        # Of what was asked for, the engine reads only what fits: "no candidates" may then speak of another's need.
        fits = [spec for spec in specs if spec.name == name and name in known]
        if not fits or any(not asked.search(spec, request.channels, request.platform) for spec in fits):
            names.setdefault(name)
    error = conda_errors.unsatisfiable(message, {name: _availability(name, request, asked) for name in names})
    return error if error.hints else UnsatisfiableError(error.message, hints=[*_ways_out(message, request, asked)])


def _availability(name: str, request: SolveRequest, asked: Asked) -> str:
    found = asked.search(MatchSpec(name), request.channels, request.platform)
    if not found:
        close = near(name, asked.names(request.channels, request.platform), 3)
        where = ", ".join(channel.name for channel in request.channels)
        also = f"; did you mean {' or '.join(close)}?" if close else ", check the name or add a channel with -c"
        return f"no package of this name for {request.platform} in {where}{also}"
    spec = next((spec for spec in request.specs if spec.name == name and spec.version and spec.build), None)
    if spec is not None:
        of_version = asked.search(MatchSpec(name, spec.version), request.channels, request.platform)
        if of_version:
            builds = _newest(package.build for package in reversed(of_version))
            return f"of {name} {spec.version} the channels have the builds {builds}"
    return f"the channels have {_newest(package.version for package in reversed(found))}"


def _newest(texts: Iterator[str]) -> str:
    known = list(dict.fromkeys(texts))
    return ", ".join(known[:_SHOWN]) + (f" and {len(known) - _SHOWN} older" if len(known) > _SHOWN else "")


def _ways_out(message: str, request: SolveRequest, asked: Asked) -> Iterator[str]:
    """Single entries of the request without which there is an answer, and what that would bring instead."""
    named = [spec for spec in request.specs if spec.name in message and (spec.version or spec.build)]
    found = False
    for spec in named[:_TRIED] if len(request.specs) > 1 else ():
        freed = tuple(MatchSpec(spec.name) if each is spec else each for each in request.specs)
        answer = asked.attempt(replace(request, specs=freed))
        chosen = next((package for package in answer or () if package.name == spec.name), None)
        if chosen is not None:
            found = True
            yield f"without the limit of `{spec}` there is an answer, with {spec.name} {chosen.version}"
    if not found:
        yield "ask for a wider range of versions in one of the lines above, or add a channel with -c"
