"""Files that a person hands to `-f`: environment.yml, or a list of specs as `conda create --file` takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from parity.core import merge, specs
from parity.errors import Fault, FaultsError, InputError, NotFoundError, SpecError
from parity.model import MatchSpec, Request
from parity.store.files import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


def read(
    paths: Sequence[Path], *, environ: Mapping[str, str], platform: str, warn: Callable[[str], None] | None = None
) -> Request:
    """Read files and merge them: later ones add to and override earlier ones.

    Raises:
        NotFoundError: a file is not there.
        FaultsError: faults in any of the files, all of them.
    """
    requests: list[Request] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            requests.append(_read_one(path, environ, platform, warn))
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise FaultsError(faults)
    merged = Request()
    for request in requests:
        merged = Request(
            name=request.name or merged.name,
            channels=tuple(dict.fromkeys((*merged.channels, *request.channels))),
            specs=merge.merge_specs(merged.specs, request.specs),
            pip=merge.merge_pip(merged.pip, request.pip),
            variables=tuple({**dict(merged.variables), **dict(request.variables)}.items()),
            platforms=tuple(dict.fromkeys((*merged.platforms, *request.platforms))),
            nodefaults=merged.nodefaults or request.nodefaults,
            source=request.source,
            system=tuple(sorted((dict(merged.system) | dict(request.system)).items())),
            variants=tuple((dict(merged.variants) | dict(request.variants)).items()),
        )
    return merged


def _read_one(path: Path, environ: Mapping[str, str], platform: str, warn: Callable[[str], None] | None) -> Request:
    if not path.exists():
        raise NotFoundError(f"there is no file {path}", hints=["check the path given to -f"])
    with translated(path, "read"):
        data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start})", hints=["save the file as UTF-8"]) from None
    if path.suffix in {".yml", ".yaml"}:
        from parity.formats.environment_yml.reader import read_with_warnings

        request, warnings = read_with_warnings(
            text, file=str(path), base=str(path.resolve().parent), environ=environ, platform=platform
        )
        for warning in warnings:
            if warn is not None:
                warn(str(warning))
        return replace(request, channels=tuple(_from_file(name, path) for name in request.channels))
    return _spec_list(text, str(path))


def _from_file(channel: str, path: Path) -> str:
    """A relative path of a channel starts from the file it stands in, as the relative paths of `pip:` lines do."""
    return (
        str(path.resolve().parent / channel) if channel in {".", ".."} or channel.startswith(("./", "../")) else channel
    )


def _spec_list(text: str, file: str) -> Request:
    found: list[MatchSpec] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), 1):
        spec = line.split("#")[0].strip()
        if not spec:
            continue
        if spec == "@EXPLICIT":
            raise InputError(
                f"{file}:{number}: explicit lists of URLs are not read as requests",
                hints=["give specs, one a line, or an environment.yml"],
            )
        try:
            found.append(specs.parse(spec))
        except SpecError as error:
            faults.append(Fault.of(error, line=number, file=file))
    if faults:
        raise FaultsError(faults)
    return Request(specs=tuple(found), source=file)
