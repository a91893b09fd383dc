"""`environment.yml` as `conda env export` writes it: from a lock's platform, or from what a prefix holds.

The shape is conda's: two spaces before a list's dash, six before those under `pip:`, `name=version=build`, packages in
the order of their names, the prefix last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.pip_lines import without_credentials
from parity.core.urls import strip_credentials
from parity.formats.parity_lock import local_path, relative
from parity.formats.yaml_text import scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parity.model import InstalledPackage, MatchSpec, Package, PipLine

    AnyPackage = Package | InstalledPackage


def render(
    *,
    name: str | None,
    channels: Sequence[str],
    packages: Iterable[AnyPackage] = (),
    builds: bool = True,
    variables: Mapping[str, str] | None = None,
    prefix: str = "",
    indexes: Sequence[str] = (),
    base: str = "",
) -> str:
    """An `environment.yml` with the exact version of every package.

    Args:
        name: of the environment; None leaves the line out.
        channels: names or URLs, highest priority first.
        packages: conda and PyPI packages, in any order.
        builds: with conda's build strings; False for `--no-builds`.
        variables: set on activation.
        prefix: its path, as conda adds it; "" leaves the line out.
        indexes: PyPI indexes, which become `--index-url` and `--extra-index-url` lines where they are given.
        base: absolute directory that the file will stand in; source trees are named by their path from there.
    """
    conda: list[str] = []
    pip: list[str] = []
    for package in sorted(packages, key=lambda package: package.name):
        if package.source == "conda":
            conda.append(f"{package.name}={package.version}" + (f"={package.build}" if builds else ""))
        else:
            pip.append(_pinned(package, base))
    if pip:
        flags = ("--index-url", *["--extra-index-url"] * len(indexes))
        pip = [*(f"{flag} {strip_credentials(url)}" for flag, url in zip(flags, indexes, strict=False)), *pip]
    return _text(name, channels, conda, pip, variables or {}, prefix)


def render_requested(
    *,
    name: str | None,
    channels: Sequence[str],
    specs: Iterable[MatchSpec],
    pip: Iterable[PipLine] = (),
    variables: Mapping[str, str] | None = None,
    prefix: str = "",
) -> str:
    """An `environment.yml` of what was asked for (`--from-history`); arguments as for `render`."""
    lines = [without_credentials(line).text for line in pip]
    # What a person wrote is kept, but for a channel's URL, which may hold credentials there.
    texts = [spec.text if spec.text and "://" not in spec.text else str(spec) for spec in specs]
    return render_texts(name=name, channels=channels, specs=texts, pip=lines, variables=variables, prefix=prefix)


def render_texts(
    *,
    name: str | None,
    channels: Sequence[str],
    specs: Sequence[str],
    pip: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    prefix: str = "",
) -> str:
    """As `render_requested`, of specs and lines that are texts already."""
    return _text(name, channels, specs, pip, variables or {}, prefix)


def _pinned(package: AnyPackage, base: str) -> str:
    """The line under `pip:`: a version, or the place of what no index has."""
    url = strip_credentials(package.url)
    is_tree = url.startswith("file://") and not url.endswith((".whl", ".tar.gz", ".zip"))
    if is_tree:
        path = relative(local_path(url), base)
        return f"-e {path}" if getattr(package, "editable", False) else path
    if "+" in url.partition("://")[0] or not package.version:
        return f"{package.name} @ {url}"
    return f"{package.name}=={package.version}"


def _text(
    name: str | None,
    channels: Sequence[str],
    conda: Sequence[str],
    pip: Sequence[str],
    variables: Mapping[str, str],
    prefix: str,
) -> str:
    lines = [f"name: {scalar(name)}"] if name is not None else []
    lines.append("channels:" if channels else "channels: []")
    lines += [f"  - {scalar(strip_credentials(channel))}" for channel in channels]
    lines.append("dependencies:" if conda or pip else "dependencies: []")
    lines += [f"  - {scalar(text)}" for text in conda]
    if pip:
        lines += ["  - pip:", *(f"      - {scalar(text)}" for text in pip)]
    if variables:
        lines += ["variables:", *(f"  {scalar(key)}: {scalar(value)}" for key, value in sorted(variables.items()))]
    if prefix:
        lines.append(f"prefix: {scalar(prefix)}")
    return "\n".join(lines) + "\n"
