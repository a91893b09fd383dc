"""From the file of a lock to an environment that equals it; the command line and the library both come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core import sync_state
from parity.store import lock_files, prefixes
from parity.values import dataclass, replace

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.lock import Lock, Locked, LockedEnvironment, LockPlatform
    from parity.core.ports import Confirm
    from parity.model import Plan
    from parity.ops.current import Current
    from parity.ops.sync import Wanted
    from parity.wiring import Services


@dataclass(frozen=True, slots=True)
class Choice:
    """Which part of a lock is meant.

    Attributes:
        path: of the lock.
        environment: name in the lock; "" for its usual one.
        variant: of the platform; None for the best that this machine has what it takes for.
        python: version of Python to bring, for a lock that has none; "" for the one that is there.
        bundles: directories with files that the lock names: taken from there, where they are what it says.
        elsewhere: it is for another machine than this one: what this one lacks does not stand in the way.
    """

    path: Path
    environment: str = ""
    variant: str | None = None
    python: str = ""
    bundles: tuple[Path, ...] = ()
    elsewhere: bool = False


def is_noop(services: Services, prefix: Path, choice: Choice, data: bytes) -> bool:
    """Whether an environment was made equal to this lock before and has not been touched since.

    Reads neither the lock nor the caches, so that asking costs next to nothing.
    """
    if not prefixes.exists(prefix) or prefixes.has_pending(prefix) or services.options.get("compile"):
        return False
    manifest = services.store.manifest(prefix)
    if not sync_state.is_noted(
        manifest.lock,
        sync_state.digest(data),
        environment=choice.environment,
        subdir=services.platform,
        variant=choice.variant,
    ):
        return False
    installed, lost = prefixes.survey(prefix, services.platform_of(manifest))
    return sync_state.unchanged(manifest, installed, lost, services.store.own_variables(prefix))


def sync(
    services: Services,
    prefix: Path,
    choice: Choice,
    *,
    confirm: Confirm,
    new: bool = False,
    replace_existing: bool = False,
) -> Plan:
    """Make an environment exactly what a lock says.

    Args:
        services: of this call.
        prefix: absolute path of the environment; made if it does not exist.
        choice: which part of which lock.
        confirm: shown the plan; False ends the operation.
        new: refuse where an environment stands there already.
        replace_existing: put a new one in its place.

    Raises:
        FaultsError: the lock cannot be read.
        NotFoundError, UnsatisfiableError: it has nothing for this machine.
        InputError: it holds what cannot be installed.
    """
    from parity.ops import sync as ops
    from parity.ops.create import check_place, make_room

    if prefix == services.root.path or prefixes.exists(prefix):
        services.refuse_protected(prefix)
    else:
        check_place(prefix)
    goal = _Reader(services, choice)
    if new or replace_existing or not prefixes.exists(prefix):
        wanted = goal.wanted(None)
        plan = ops.make(prefix, wanted, services.workshop, confirm=confirm, replace_existing=replace_existing)
        if plan is not None:
            return plan
        if new:
            make_room(prefix, services.workshop, replace_existing=False)
    with services.changing(prefix) as current:
        _, lost = prefixes.survey(prefix, current.platform)
        return ops.sync(current, goal.wanted(current), services.workshop, lost=lost, confirm=confirm)


def read(services: Services, choice: Choice, data: bytes | None = None) -> Wanted:
    """What a new environment shall be that is made from a lock.

    Args:
        services: of this call.
        choice: which part of which lock.
        data: what the lock says; None to read its file.

    Raises:
        FaultsError: the lock cannot be read.
        NotFoundError, UnsatisfiableError: it has nothing for this machine.
        InputError: it holds what cannot be installed.
    """
    return _Reader(services, choice, data).wanted(None)


class _Reader:
    """A lock, read once, for a machine."""

    def __init__(self, services: Services, choice: Choice, data: bytes | None = None) -> None:
        from parity.formats import locks

        self._services = services
        self._choice = choice
        data = lock_files.read_bytes(choice.path) if data is None else data
        self._digest = sync_state.digest(data)
        self._text = lock_files.decode(data, str(choice.path))
        home = choice.path.absolute().parent
        if home in choice.bundles:  # a lock that came along in a bundle, which may be gone soon
            home = home.cwd()
        self._base = home.as_posix()
        self._kind: str | None = locks.detect(choice.path.name, self._text)
        if self._kind == "explicit":
            from parity.formats import explicit

            services.channels(explicit.private_channels(self._text))  # remembered for what is downloaded

    def wanted(self, current: Current | None) -> Wanted:
        """What the environment shall be; `current` is what it is."""
        from parity.ops.sync import wanted

        if self._kind == "pylock":
            return self._from_pylock(current)
        lock = self._lock()
        services = self._services
        platform, environment, part = self._choose(lock)
        channels = [services.channel_name(url) for url in environment.channels]
        solution = services.localise(part.solution, bundles=self._choice.bundles)
        if self._choice.bundles:
            from parity.wiring import bundling

            bundling.use(services, solution, self._choice.bundles)
        if self._kind == "explicit" or not all(package.sha256 for package in solution.conda):
            from parity.ops.complete import complete

            solution = complete(
                solution, services.conda, lambda url: services.channels([url])[0], services.progress.warn
            )
        return wanted(
            replace(part, solution=solution),
            note=sync_state.note(platform.name, self._digest, self._choice.environment),
            channels=list(dict.fromkeys(channels)),
            variables=dict(environment.variables),
            only_these=self._kind == "parity",
            warn=services.progress.warn,
        )

    def _lock(self) -> Lock:
        from parity.formats import locks

        return locks.parse(self._text, file=str(self._choice.path), base=self._base, platform=self._services.platform)

    def _choose(self, lock: Lock) -> tuple[LockPlatform, LockedEnvironment, Locked]:
        from parity.core.lock_choice import choose

        services = self._services
        return choose(
            lock,
            environment=self._choice.environment,
            subdir=services.platform,
            virtual=services.virtual_packages(),
            variant=self._choice.variant,
            elsewhere=self._choice.elsewhere,
        )

    def _from_pylock(self, current: Current | None) -> Wanted:
        """A lock of PyPI packages only: what is conda's stays, or is no more than the Python that was asked for."""
        from parity.core.lock import Locked
        from parity.errors import InputError
        from parity.formats import pylock
        from parity.formats.wheel_tags import Target
        from parity.model import MatchSpec, Request, Solution
        from parity.ops.resolve import resolve
        from parity.ops.sync import combined, wanted

        services, version = self._services, self._choice.python
        if version:
            spec = MatchSpec("python", version if version[:1] in "<>=!~" else f"{version.rstrip('.*')}.*")
            goal = services.goal(Request(specs=(spec,)))
            conda = resolve(goal, services.engines).conda
            specs: tuple[MatchSpec, ...] = (spec,)
            channels = [channel.name for channel in goal.channels]
        elif current is not None:
            conda, specs, channels = current.exact, current.manifest.specs, list(current.manifest.channels)
        else:
            raise InputError(
                f"{self._choice.path.name} names no Python, and there is no environment yet",
                hints=["say which: --python 3.11"],
            )
        base = Solution(services.platform, conda)
        python = next((package.version for package in conda if package.name == "python"), "")
        if not python:
            raise InputError("PyPI packages need a Python in the environment", hints=["say which: --python 3.11"])
        virtual = services.virtual_packages()
        glibc = next((version for name, version, _ in virtual if name == "__glibc"), "2.28")
        target = Target(python, services.platform, glibc)
        packages = pylock.parse(self._text, target=target, base=self._base, file=str(self._choice.path))
        brought = services.conda.distributions(conda).values()
        provided = {distribution.name: distribution.version for each in brought for distribution in each}
        solution = combined(base, Solution(base.platform, (), packages), provided)
        return wanted(
            Locked(services.platform, solution, specs=specs),
            note=sync_state.note(services.platform, self._digest),
            channels=channels,
            variables={},
            warn=services.progress.warn,
        )
