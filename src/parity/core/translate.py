"""Conda-style specs as PyPI requirements, for `channels: [pypi]`.

Conda's version ranges (CEP-29) and PEP 440 agree on most of what people write. What has no counterpart, as a
build string, is an error that says what to write instead; nothing is dropped in silence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parity.core.names import advice, to_pypi
from parity.errors import Fault, FaultsError, SpecError
from parity.model import PYPI_CHANNEL, PipLine
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.model import MatchSpec

_CLAUSE = regex(r"(?P<operator>===|==|!=|~=|>=|<=|>|<|=|)\s*(?P<version>[^\s=<>~]+)")
_SERIES = regex(r"(?P<head>(?:\d+\.)*)(?P<last>\d+)\.\*")
_PATCH_LETTER = regex(r"\d+[a-z]", re.IGNORECASE)
_PRE_RELEASE_BOUND = regex(r"(?:\.?(?:a|dev)0?)$")


def split_interpreter(specs: Sequence[MatchSpec]) -> tuple[tuple[MatchSpec, ...], tuple[MatchSpec, ...]]:
    """Part the specs of the interpreter (`python`), which no PyPI index provides, from all others."""
    interpreter = tuple(spec for spec in specs if spec.name == "python")
    return interpreter, tuple(spec for spec in specs if spec.name != "python")


def translate(specs: Sequence[MatchSpec]) -> tuple[PipLine, ...]:
    """The PyPI requirements that say what `specs` say, in the same order.

    Raises:
        FaultsError: some have no counterpart on PyPI; names every one of them.
    """
    lines, faults = [], []
    for spec in specs:
        try:
            lines.append(to_requirement(spec))
        except SpecError as error:
            file, line, place = spec.origin
            faults.append(Fault.of(error, place=place or spec.text or str(spec), line=line, file=file))
    if faults:
        raise FaultsError(faults)
    return tuple(lines)


def to_requirement(spec: MatchSpec) -> PipLine:
    """One conda spec as a PyPI requirement (PEP 508).

    Raises:
        SpecError: the package is not on PyPI, or the spec asks for what PEP 508 cannot say.
    """
    if spec.channel and spec.channel.lower() != PYPI_CHANNEL:
        raise SpecError(
            f"`{spec.channel}` is not among the channels: this environment comes from PyPI",
            hints=[f"write `{spec.name}`, or name `{spec.channel}` in `channels`"],
        )
    if spec.name == "python":
        raise SpecError("`python` is an interpreter, not a package of PyPI")
    name = to_pypi(spec.name)
    if name is None:
        raise SpecError(f"`{spec.name}` is a conda package that is not on PyPI", hints=[advice(spec.name)])
    _refuse_conda_only_parts(spec)
    requirement = name + translate_version(spec.version)
    return PipLine("requirement", requirement, requirement, name=name)


def _refuse_conda_only_parts(spec: MatchSpec) -> None:
    plain = spec.name + (f" {spec.version}" if spec.version and spec.version != "*" else "")
    if spec.build.strip("*"):
        gpu = any(word in spec.build.lower() for word in ("cuda", "cpu", "gpu"))
        more = ["a wheel fits this machine; other CUDA or CPU builds are on that project's own package index"]
        raise SpecError(
            f"the build string `{spec.build}` means a build of a conda channel, and PyPI has none",
            hints=[f"write `{plain}`", *(more if gpu else [])],
        )
    if spec.subdir:
        raise SpecError(
            f"the platform `{spec.subdir}` cannot be chosen for one package of PyPI",
            hints=[f"write `{plain}`, and the platforms of the environment in `platforms`"],
        )
    if spec.extra:
        keys = ", ".join(key for key, _ in spec.extra)
        raise SpecError(f"`{keys}` means an archive of a conda channel, and PyPI has none", hints=[f"write `{plain}`"])


def translate_version(version: str) -> str:
    """A conda version range as a PEP 440 specifier; "" for any version.

    Raises:
        SpecError: PEP 440 cannot say it.
    """
    alternatives = list(dict.fromkeys(part.strip() for part in _without_parentheses(version).split("|")))
    if len(alternatives) > 1:
        return _union(version, alternatives)
    return ",".join(filter(None, (_clause(part.strip()) for part in alternatives[0].split(","))))


def _without_parentheses(version: str) -> str:
    text = version.strip()
    if "(" not in text and ")" not in text:
        return text
    if text.startswith("(") and text.endswith(")") and not set("()") & set(text[1:-1]):
        return text[1:-1].strip()
    raise SpecError(
        f"the version range `{version}` has nested alternatives, which PyPI requirements cannot say",
        hints=["write one range, such as `>=1.2,<2`"],
    )


def _union(version: str, alternatives: list[str]) -> str:
    """`a|b` where one specifier says the same: any version, neighbouring series, all but one."""
    if "" in alternatives or "*" in alternatives:
        return ""
    series = [_SERIES.fullmatch(part.removeprefix("==").removeprefix("=")) for part in alternatives]
    if all(series):
        found = sorted((match["head"], int(match["last"])) for match in series if match)
        heads, lasts = {head for head, _ in found}, [last for _, last in found]
        if len(heads) == 1 and lasts == list(range(lasts[0], lasts[0] + len(lasts))):
            return f">={heads.pop()}{lasts[0]},<{found[0][0]}{lasts[-1] + 1}"
    bounds = {part[0]: part[1:].strip() for part in alternatives if part[:1] in "<>" and part[1:2] != "="}
    if len(alternatives) == len(bounds) == 2 and bounds["<"] == bounds[">"]:
        return _clause(f"!={bounds['<']}")
    raise SpecError(
        f"`{version}` offers alternatives with `|`, which PyPI requirements cannot say",
        hints=[f"write one of them: {' or '.join(f'`{part}`' for part in alternatives)}"],
    )


def _clause(text: str) -> str:
    """One condition on a version."""
    if text in {"", "*", "=*", "==*", ">=0", ">=0.*"}:
        return ""
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise SpecError(f"the version `{text}` cannot be read", hints=["write a range such as `>=1.2,<2` or `1.2.*`"])
    operator, version = match["operator"], match["version"]
    stem = version.rstrip("*").rstrip(".") if version.endswith("*") else version
    if "*" in stem or "^" in stem or "$" in stem:
        raise SpecError(
            f"the pattern `{version}` has no counterpart on PyPI", hints=["write a range such as `>=1.2,<2` or `1.2.*`"]
        )
    # conda reads `>=1.2.*` as `>=1.2`, and `=1.2` like `1.2.*`
    starred = (stem != version and operator in {"", "=", "==", "!="}) or operator == "="
    if operator == "<":
        # conda-forge's `<2.0a0` keeps pre-releases of 2.0 out, as PEP 440's `<2.0` does without letting others in
        stem = _PRE_RELEASE_BOUND.sub("", stem)
    plain_release = _checked(stem, text, exact=operator in {"", "=", "==", "===", "!="})
    # PEP 440 has no prefix match on pre-releases and local versions
    star = ".*" if starred and plain_release else ""
    if operator == "~=" and "." not in stem:
        operator = ">="  # without a second number there is no series to stay in
    return f"{'==' if operator in {'', '=', '==='} else operator}{stem}{star}"


def _checked(version: str, text: str, *, exact: bool) -> bool:
    """Whether a version is a release without further parts. Raises SpecError where PEP 440 has no such version."""
    from packaging.version import InvalidVersion, Version

    try:
        parsed = Version(version)
    except InvalidVersion:
        parsed = None
    if parsed is None or _PATCH_LETTER.fullmatch(version.rpartition(".")[2]):
        numbers = re.match(r"(?:\d+!)?\d+(?:\.\d+)*", version)
        hint = f"write `{numbers[0]}.*` or a range" if numbers else "write a range such as `>=1.2,<2`"
        raise SpecError(f"`{version}` is a version of conda, and not one that PyPI can have (PEP 440)", hints=[hint])
    if parsed.local and not exact:
        raise SpecError(
            f"`{text}` orders by a local version (`+{parsed.local}`), which PyPI requirements cannot say",
            hints=[f"write `=={version}` or leave `+{parsed.local}` out"],
        )
    return not (parsed.is_prerelease or parsed.is_postrelease or parsed.local)
