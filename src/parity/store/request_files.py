"""Files that a person hands to `-f`: environment.yml, or a list of specs as `conda create --file` takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core import merge, specs
from parity.errors import Fault, FaultsError, InputError, NotFoundError, SpecError
from parity.formats import locks
from parity.model import PYPI_BUILD, MatchSpec, PipLine, Request
from parity.store import lock_files
from parity.values import replace

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
    if path.is_dir():
        raise InputError(f"{path} is a directory", hints=[f"name the file in it, as -f {path / 'environment.yml'}"])
    text = lock_files.decode(lock_files.read_bytes(path), str(path))
    kind = locks.detect(path.name, text)
    if kind is not None:
        raise InputError(
            f"{path} is a lock ({kind}): it says exactly what an environment is, and nothing can be added to that",
            hints=[f"parity sync {path} -n NAME", f"parity create -f {path} -n NAME, with nothing else"],
        )
    return parse(text, path, environ=environ, platform=platform, warn=warn)


def parse(
    text: str,
    path: Path,
    *,
    environ: Mapping[str, str],
    platform: str,
    warn: Callable[[str], None] | None = None,
    label: str = "",
) -> Request:
    """What one file asks for.

    Args:
        text: its content.
        path: where it is or would be; relative paths in it start from there.
        environ: variables that it may name.
        platform: subdir for its selectors.
        warn: told what is strange about it.
        label: its name in messages; the path if "".

    Raises:
        FaultsError: all faults in it.
    """
    label = label or str(path)
    if path.suffix in {".yml", ".yaml"}:
        from parity.formats.environment_yml.reader import read_with_warnings

        request, warnings = read_with_warnings(
            text, file=label, base=str(path.resolve().parent), environ=environ, platform=platform
        )
        for warning in warnings:
            if warn is not None:
                warn(str(warning))
        return replace(request, channels=tuple(_from_file(name, path) for name in request.channels))
    return _spec_list(text, label)


def _from_file(channel: str, path: Path) -> str:
    """A relative path of a channel starts from the file it stands in, as the relative paths of `pip:` lines do."""
    return (
        str(path.resolve().parent / channel) if channel in {".", ".."} or channel.startswith(("./", "../")) else channel
    )


def _spec_list(text: str, file: str) -> Request:
    found: list[MatchSpec] = []
    lines: list[PipLine] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), 1):
        spec = line.split("#")[0].strip()
        if not spec:
            continue
        try:
            asked = specs.parse(spec)
            # `list --export` writes so, here and in conda, what came from PyPI.
            if asked.build == PYPI_BUILD:
                from parity.formats import requirements

                lines.append(requirements.parse_line(f"{asked.name}{asked.version}"))
            else:
                found.append(replace(asked, origin=(file, number, "")))
        except SpecError as error:
            faults.append(Fault.of(error, line=number, file=file))
    if faults:
        raise FaultsError(faults)
    return Request(specs=tuple(found), pip=tuple(lines), source=file)
