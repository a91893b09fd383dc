"""Asking channels: solving, searching, and the words for a request that has no answer."""

from __future__ import annotations

import contextlib
import fnmatch
from typing import TYPE_CHECKING

import rattler
from rattler import exceptions as rattler_errors
from rattler.package.build_string import BuildString

from parity.engines import conda_errors
from parity.engines import conda_records as convert
from parity.model import MatchSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.core.ports import SolveRequest
    from parity.engines.conda_rattler import Rattler
    from parity.errors import UnsatisfiableError
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
                raise self._explain(str(error), request) from None
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
        # A python that depends on a pip which no channel has could not be installed.
        with_pip = request.with_pip and self._has("pip", request.channels, request.platform)
        # The engine reads only records that fit what is asked for, and by strict priority a name belongs to its first
        # channel also where none there fits: asked for by its name too, all of it is read.
        several = strict and len(request.channels) > 1
        whole = [MatchSpec(spec.name) for spec in request.specs if several and not spec.channel]

        async def solve(sources: list[convert.Source]) -> list[rattler.RepoDataRecord]:
            if before:
                from parity.engines.conda_dates import by_build_time

                sources = await by_build_time(self._rattler.gateway, sources, request.platform)
            return await rattler.solve(
                sources=sources,
                specs=[convert.to_spec(spec) for spec in (*request.specs, *whole)],
                gateway=self._rattler.gateway,
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

    def _explain(self, message: str, request: SolveRequest) -> UnsatisfiableError:
        available: dict[str, str] = {}
        for name in conda_errors.missing_names(message)[:5]:
            found = self.search(MatchSpec(name=name), request.channels, request.platform)
            available[name] = self._availability(name, found, request)
        return conda_errors.unsatisfiable(message, available)

    def _availability(self, name: str, found: Sequence[CondaPackage], request: SolveRequest) -> str:
        if found:
            versions = list(dict.fromkeys(package.version for package in reversed(found)))
            more = f" and {len(versions) - 8} older" if len(versions) > 8 else ""
            return f"the channels have {', '.join(versions[:8])}{more}"
        import difflib

        near = difflib.get_close_matches(name, self.names(request.channels, request.platform), n=3, cutoff=0.6)
        where = ", ".join(channel.name for channel in request.channels)
        also = f"; did you mean {' or '.join(near)}?" if near else ", check the name or add a channel with -c"
        return f"no package of this name for {request.platform} in {where}{also}"

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
                lambda sources: self._rattler.gateway.query(
                    sources, convert.platforms(platform), wanted, recursive=False
                ),
            )
            records = [record for part in answer for record in part if any(want.matches(record) for want in wanted)]
            records.sort(
                key=lambda record: (record.name.normalized, record.version, record.build_number, record.file_name)
            )
        return tuple(self._rattler.package(record) for record in records)

    def _has(self, name: str, channels: Sequence[Channel], platform: str) -> bool:
        """Whether channels have a package; asking for all names takes longer."""
        answer = self._rattler.ask(
            channels,
            platform,
            lambda sources: self._rattler.gateway.query(sources, convert.platforms(platform), [name], recursive=False),
        )
        return any(answer)

    def names(self, channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Every package name that the channels have for the platform or noarch."""
        with self._rattler.translated():
            found = self._rattler.ask(
                channels, platform, lambda sources: self._rattler.gateway.names(sources, convert.platforms(platform))
            )
        return frozenset(name.normalized for name in found)


def _same_channel(url: str, channel: Channel) -> bool:
    return any(url.rstrip("/") == each.rstrip("/") for each in channel.urls)
