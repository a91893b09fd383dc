"""Fill in what a lock leaves out of its conda packages, from the records of their channels.

An `@EXPLICIT` file holds URLs only, some locks MD5 digests only. The channel's record of the same file says what it
depends on, without which nothing can be added to the environment later, and its SHA-256, by which caches are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.words import some
from parity.errors import IntegrityError, ParityError
from parity.model import Channel, CondaPackage, MatchSpec
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity.core.ports import CondaEngine
    from parity.model import Solution


def complete(
    solution: Solution, conda: CondaEngine, channel: Callable[[str], Channel], warn: Callable[[str], None]
) -> Solution:
    """A solution with the records that the channels have.

    Packages that no channel lists (any more) stay as they are; their hash is held against the file.

    Args:
        solution: from a lock.
        conda: asks the channels.
        channel: a channel by its URL.
        warn: told which packages no channel knows.

    Raises:
        IntegrityError: a channel has another file under the name, by its MD5 digest or SHA-256.
    """
    found, unknown = [], []
    unreachable: set[str] = set()
    for package in solution.conda:
        record = None
        if package.channel not in unreachable:
            try:
                record = _record(package, conda, channel(package.channel), solution.platform)
            except ParityError:
                unreachable.add(package.channel)  # offline, gone, or no channel at all
        if record is None:
            unknown.append(package.fn)
            found.append(package)
            continue
        for kind in ("sha256", "md5"):
            said, there = getattr(package, kind), getattr(record, kind)
            if said and there and said != there:
                raise IntegrityError(
                    f"{package.fn} is not what the lock was made of: the channel has another file under that name "
                    f"({kind} {there}, and the lock says {said})",
                    hints=["make the lock again, or ask whoever keeps the channel"],
                )
        found.append(replace(record, url=package.url, channel=package.channel, fn=package.fn))
    if unknown:
        warn(f"no channel tells what these depend on: {some(unknown)}")
    return replace(solution, conda=tuple(found))


def _record(package: CondaPackage, conda: CondaEngine, channel: Channel, platform: str) -> CondaPackage | None:
    spec = MatchSpec(package.name, f"=={package.version}", package.build)
    records = conda.search(spec, [channel], platform)
    return next((each for each in records if (each.fn, each.subdir) == (package.fn, package.subdir)), None)
