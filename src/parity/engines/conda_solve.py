"""Asking channels: solving, searching, and the words for a request that has no answer."""

from __future__ import annotations

import contextlib
import fnmatch
from typing import TYPE_CHECKING

import rattler
from rattler import exceptions as rattler_errors
from rattler.package.build_string import BuildString

from parity.engines import conda_records as convert
from parity.engines.conda_explain import explain
from parity.model import MatchSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.core.ports import SolveRequest
    from parity.engines.conda_rattler import Rattler
    from parity.model import Channel, CondaPackage


class Solver:
    """Answers what is asked of channels."""

    def __init__(self, shared: Rattler) -> None:
        self._rattler = shared

    def solve(self, request: SolveRequest) -> tuple[CondaPackage, ...]:
        """The packages that satisfy a request; see `RattlerEngine.solve`."""
        with self._rattler.translated(), self._rattler.progress.stage(f"Solving {request.label}".strip()):
            try:
                records = self._solve(request)
            except rattler_errors.SolverError as error:
                raise explain(str(error), request, self) from None
        packages = (self._rattler.package(record) for record in records)
        # conda-lock describes another machine by a channel that has `__glibc` and the like; they are facts, not files.
        return tuple(sorted((each for each in packages if not each.name.startswith("__")), key=lambda each: each.name))

    def _solve(self, request: SolveRequest) -> list[rattler.RepoDataRecord]:
        if request.priority != "flexible":
            return self._solve_once(request, strict=request.priority == "strict")
        # rattler knows strict and disabled only. Flexible (conda's word): a lower channel is reached into for
        # exactly those names without which the strict request has no answer.
        try:
            return self._solve_once(request, strict=True)
        except rattler_errors.SolverError:
            relaxed = self._solve_once(request, strict=False)
            reached = [
                MatchSpec(name=record.name.normalized, channel=record.channel)
                for record in relaxed
                if not _same_channel(record.channel, request.channels[0])
            ]
            with contextlib.suppress(rattler_errors.SolverError):
                return self._solve_once(request, strict=True, constraints=reached)
            return relaxed

    def _solve_once(
        self, request: SolveRequest, *, strict: bool, constraints: Sequence[MatchSpec] = ()
    ) -> list[rattler.RepoDataRecord]:
        import datetime

        priority = rattler.ChannelPriority.Strict if strict else rattler.ChannelPriority.Disabled
        before = request.timestamp_before
        # The engine reads only records that fit what is asked for, and by strict priority a name belongs to its first
        # channel also where none there fits: asked for by its name too, all of it is read.
        several = strict and len(request.channels) > 1
        whole = [MatchSpec(spec.name) for spec in request.specs if several and not spec.channel]

        async def solve(gateway: rattler.Gateway, sources: list[convert.Source]) -> list[rattler.RepoDataRecord]:
            if before:
                from parity.engines.conda_dates import by_build_time

                sources = await by_build_time(gateway, sources, request.platform)
            # A python that depends on a pip which no channel has could not be installed.
            with_pip = request.with_pip and any(
                await gateway.query(sources, convert.platforms(request.platform), ["pip"], recursive=False)
            )
            return await rattler.solve(
                sources=sources,
                specs=[convert.to_spec(spec) for spec in (*request.specs, *whole)],
                gateway=gateway,
                platforms=convert.platforms(request.platform),
                # A record of the channel's own may say when the channel took it in.
                locked_packages=[
                    convert.to_record(package) if before else self._rattler.record(package)
                    for package in request.installed
                ],
                pinned_packages=[self._rattler.record(package) for package in request.pinned],
                virtual_packages=[
                    rattler.GenericVirtualPackage(
                        rattler.PackageName(name), rattler.Version(version), BuildString.new_unchecked(build)
                    )
                    for name, version, build in request.virtual
                ],
                channel_priority=priority,
                constraints=[convert.to_spec(spec) for spec in (*request.constraints, *constraints)],
                exclude_newer=datetime.datetime.fromtimestamp(before / 1000, tz=datetime.UTC) if before else None,
                timestamp_policy="allow-missing",
                add_pip_as_python_dependency=with_pip,
            )

        return self._rattler.ask(request.channels, request.platform, solve)

    def attempt(self, request: SolveRequest) -> tuple[CondaPackage, ...] | None:
        """What `solve` finds, or None; without reasons, for one who asks in order to explain."""
        with contextlib.suppress(rattler_errors.SolverError):
            return tuple(self._rattler.package(record) for record in self._solve(request))
        return None

    def search(self, spec: MatchSpec, channels: Sequence[Channel], platform: str) -> tuple[CondaPackage, ...]:
        """Every record that matches a spec; see `RattlerEngine.search`."""
        with self._rattler.translated():
            specs = [spec]
            if any(sign in spec.name for sign in "*?["):
                names = fnmatch.filter(sorted(self.names(channels, platform)), spec.name)
                specs = [
                    MatchSpec(name, spec.version, spec.build, spec.channel, spec.subdir, spec.extra) for name in names
                ]
            if not specs:
                return ()
            wanted = [convert.to_spec(each) for each in specs]
            answer = self._rattler.ask(
                channels,
                platform,
                lambda gateway, sources: gateway.query(sources, convert.platforms(platform), wanted, recursive=False),
            )
            records = [record for part in answer for record in part if any(want.matches(record) for want in wanted)]
            records.sort(
                key=lambda record: (record.name.normalized, record.version, record.build_number, record.file_name)
            )
        return tuple(self._rattler.package(record) for record in records)

    def known(self, names: Sequence[str], channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Those of the names that the channels have; asking for all names takes longer."""
        answer = self._rattler.ask(
            channels,
            platform,
            lambda gateway, sources: gateway.query(sources, convert.platforms(platform), list(names), recursive=False),
        )
        return frozenset(record.name.normalized for part in answer for record in part)

    def names(self, channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Every package name that the channels have for the platform or noarch."""
        with self._rattler.translated():
            found = self._rattler.ask(
                channels, platform, lambda gateway, sources: gateway.names(sources, convert.platforms(platform))
            )
        return frozenset(name.normalized for name in found)


def _same_channel(url: str, channel: Channel) -> bool:
    return any(url.rstrip("/") == each.rstrip("/") for each in channel.urls)
