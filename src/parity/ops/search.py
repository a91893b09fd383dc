"""Look for packages in channels, conda's and PyPI's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.words import near
from parity.errors import NotFoundError
from parity.model import PYPI_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parity.core.ports import CondaEngine
    from parity.model import Channel, CondaPackage, MatchSpec


def search(spec: MatchSpec, channels: Sequence[Channel], platform: str, conda: CondaEngine) -> tuple[CondaPackage, ...]:
    """Records of the conda channels that match a spec; a bare name that matches nothing is tried as `*name*`.

    Raises:
        NotFoundError: nothing matches; names what is spelled alike.
    """
    from parity.values import replace

    conda_channels = [channel for channel in channels if channel.name != PYPI_CHANNEL]
    if not conda_channels:
        return ()
    found = conda.search(spec, conda_channels, platform)
    if not found and "*" not in spec.name:
        found = conda.search(replace(spec, name=f"*{spec.name}*"), conda_channels, platform)
    if not found and len(conda_channels) == len(channels):
        close = near(spec.name, conda.names(conda_channels, platform), 3)
        hints = [f"did you mean {' or '.join(close)}?"] if close else []
        where = ", ".join(channel.name for channel in conda_channels)
        raise NotFoundError(f"nothing matches `{spec}` for {platform} in {where}", hints=[*hints, "-c adds a channel"])
    return found


def search_pypi(
    spec: MatchSpec, channels: Sequence[Channel], versions: Callable[[str], tuple[str, ...]]
) -> tuple[str, tuple[str, ...]] | None:
    """The PyPI name of a spec and the versions in its range that an index has, where `pypi` is among the channels.

    Raises:
        NotFoundError: `pypi` is the only channel and has nothing that matches.
    """
    if not any(channel.name == PYPI_CHANNEL for channel in channels):
        return None
    from packaging.specifiers import SpecifierSet

    from parity.core.names import to_pypi
    from parity.core.translate import translate_version

    name = to_pypi(spec.name)
    found: tuple[str, ...] = ()
    if name is not None and "*" not in spec.name:
        allowed = SpecifierSet(translate_version(spec.version))
        found = tuple(allowed.filter(versions(name), prereleases=True))
    if not found and len(channels) == 1:
        raise NotFoundError(
            f"nothing matches `{spec}` on the PyPI index",
            hints=["an index is asked for whole names only", "-c adds a conda channel"],
        )
    return (name, found) if name is not None and found else None
