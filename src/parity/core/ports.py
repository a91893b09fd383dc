"""The small interfaces through which use cases (`ops`) reach engines and stores.

Engines implement these; `parity.testing` has in-memory ones; `wiring` puts them together. All paths
given to an engine are absolute. Every engine raises only errors of `parity.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from parity.core.commits import Commit
    from parity.core.contents import Places
    from parity.core.records import PackageNote
    from parity.model import Channel, CondaPackage, InstalledPackage, Manifest, MatchSpec, PipLine, Plan, PypiPackage

ChannelPriority = Literal["strict", "flexible", "disabled"]
Unit = Literal["bytes", "items"]


class Progress(Protocol):
    """Where long work reports what it does. Implementations never raise."""

    def stage(self, text: str) -> AbstractContextManager[None]:
        """Something without a known length, as `Solving`; ends when the context does."""

    def start(self, name: str, total: int | None, unit: Unit) -> int:
        """Begin a task that can be measured; returns its handle."""

    def update(self, task: int, done: int, total: int | None = None) -> None:
        """Set how much of a task is done, in its unit."""

    def finish(self, task: int) -> None:
        """The task is complete."""

    def note(self, text: str) -> None:
        """A line that a person should read even without a terminal (not with `-q`)."""

    def warn(self, text: str) -> None:
        """A line about something that may be wrong (also with `-q`)."""


@dataclass(frozen=True, slots=True)
class SolveRequest:
    """What the conda engine is asked to solve.

    Attributes:
        specs: what must be present.
        channels: in order of priority.
        platform: target subdir; `noarch` is always added.
        installed: exact packages to keep where possible.
        pinned: exact packages that may not change.
        constraints: specs that hold for packages if they are chosen at all.
        virtual: `(name, version, build)` of every virtual package, as `("__glibc", "2.36", "0")`.
        priority: channel priority.
        timestamp_before: leave out records newer than this, milliseconds since the epoch.
        with_pip: python brings pip along, where the channels have one.
        label: of what is solved, where several are beside each other; for progress.
    """

    specs: tuple[MatchSpec, ...]
    channels: tuple[Channel, ...]
    platform: str
    installed: tuple[CondaPackage, ...] = ()
    pinned: tuple[CondaPackage, ...] = ()
    constraints: tuple[MatchSpec, ...] = ()
    virtual: tuple[tuple[str, str, str], ...] = ()
    priority: ChannelPriority = "strict"
    timestamp_before: int | None = None
    with_pip: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A Python project as a conda package brings it: a fixed fact for the PyPI side.

    Attributes:
        name: normalised (PEP 503).
        version: as its metadata says; not always one that PEP 440 knows.
        package: name of the conda package.
        requires: its `Requires-Dist` values (PEP 508).
        extras: its `Provides-Extra` values.
    """

    name: str
    version: str
    package: str = ""
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What a link transaction tells about itself.

    Attributes:
        with_scripts: names of linked packages that carry link scripts.
        scripts_run: whether those were run.
        failed_scripts: packages whose script ended with an error.
        notes: what linking learned of the files of packages, by `records.key`; of none that it does not know of.
    """

    with_scripts: tuple[str, ...]
    scripts_run: bool
    failed_scripts: tuple[str, ...] = ()
    notes: Mapping[str, PackageNote] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WheelOutcome:
    """What installing wheels tells about itself.

    Attributes:
        files: normalised name of a project to the paths in the prefix that its RECORD lists.
        notes: what is known of those files, by `records.key`.
    """

    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: Mapping[str, PackageNote] = field(default_factory=dict)


class CondaEngine(Protocol):
    """The door to conda channels and packages."""

    def solve(self, request: SolveRequest) -> tuple[CondaPackage, ...]:
        """The packages of an environment, sorted by name. Raises UnsatisfiableError with the reasons in words."""

    def search(self, spec: MatchSpec, channels: Sequence[Channel], platform: str) -> tuple[CondaPackage, ...]:
        """Every record that matches, oldest version first."""

    def names(self, channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Every package name that the channels have for the platform or noarch."""

    def detect_virtual(self, platform: str, overrides: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
        """Virtual packages of this machine (or, for another platform, its usual ones), overrides applied."""

    def link(
        self,
        prefix: Path,
        packages: Collection[CondaPackage],
        *,
        platform: str,
        written_prefix: Path | None = None,
        requested: Sequence[MatchSpec] = (),
        reinstall: Collection[str] = (),
        run_scripts: bool = False,
    ) -> LinkOutcome:
        """Make `prefix` hold exactly `packages` (downloading, checking hashes, extracting, linking, unlinking)."""

    def prefetch(self, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Bring what `link` needs into the cache, hashes checked, without a target."""

    def scrub(self, prefix: Path, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Delete files of packages that have no record in a prefix: what linking left when it was cut off."""

    def installed(self, prefix: Path) -> tuple[CondaPackage, ...]:
        """The exact records of a prefix, as the solver takes them, sorted by name."""

    def matches(self, spec: MatchSpec, package: CondaPackage) -> bool:
        """Whether a package satisfies a spec."""

    def files(self, packages: Iterable[CondaPackage], *, fetch: bool = True) -> Mapping[str, tuple[str, ...]]:
        """For each package (by `dist`) the relative paths it will install, read out of the package itself.

        Without `fetch`, packages are left out whose list a channel would have to be asked for.
        """

    def distributions(self, packages: Iterable[CondaPackage]) -> Mapping[str, tuple[Distribution, ...]]:
        """For each package (by `dist`) the Python projects that it brings, read out of the package itself."""

    def index(self, channel: Path) -> None:
        """Write repodata for a directory of packages."""


@dataclass(frozen=True, slots=True)
class PypiSettings:
    """Where and how PyPI packages are looked for; URLs may hold credentials.

    Attributes:
        index_url: of the index; None for uv's default (PyPI).
        extra_index_urls: searched before it.
        index_strategy: which index has a project that several have, in uv's words.
        find_links: directories or pages.
        offline: use caches only.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    index_strategy: str = "first-index"
    find_links: tuple[str, ...] = ()
    offline: bool = False


@dataclass(frozen=True, slots=True)
class PypiRequest:
    """What the PyPI engine is asked to resolve.

    Attributes:
        lines: requirements and options, in order.
        python_version: full version of the target interpreter (`3.11.7`).
        platform: target subdir.
        provided: normalised name to version of what conda packages already provide: fixed facts.
        metadata: the same names to what their metadata says; a name that is missing needs nothing.
        preferred: normalised name to version, to keep where possible (what is installed now).
        glibc: version of the target's C library (`2.36`), None where it has none or it is this machine.
        upgrade: names to move to their newest version; `None` for all, empty for none.
        build_python: interpreter that builds source distributions, None for Parity's own.
        uploaded_before: leave out files uploaded after this, milliseconds since the epoch.
        macos: oldest macOS of the target (`13.0`), None where it is none or it is this machine.
        commits: of git repositories, to keep where a requirement names the same branch or tag.
        label: of what is resolved, where several are beside each other; for progress.
    """

    lines: tuple[PipLine, ...]
    python_version: str
    platform: str
    provided: Mapping[str, str]
    preferred: Mapping[str, str]
    glibc: str | None = None
    upgrade: tuple[str, ...] | None = ()
    build_python: Path | None = None
    uploaded_before: int | None = None
    macos: str | None = None
    metadata: Mapping[str, Distribution] = field(default_factory=dict)
    commits: tuple[Commit, ...] = ()
    label: str = ""


class PypiResolver(Protocol):
    """Answers PyPI requirements."""

    def resolve(self, request: PypiRequest) -> tuple[PypiPackage, ...]:
        """The packages to install, sorted by name, without those that are provided.

        Raises ConflictError where what is provided, or the version of Python, stands in the way.
        """


class PypiEngine(PypiResolver, Protocol):
    """The door to PyPI indexes and wheels."""

    def install(
        self,
        prefix_python: Path,
        packages: Sequence[PypiPackage],
        *,
        reinstall: bool = False,
        written_prefix: Path | None = None,
    ) -> None:
        """Install exactly these into the interpreter's environment, dependencies not followed.

        With `written_prefix`, scripts name that path instead of the one they stand in (staging).
        """

    def can_lay_out(self, packages: Sequence[PypiPackage], places: Places) -> bool:
        """Whether `lay_out` can do for wheels what `install` does with the Python of the prefix."""

    def lay_out(
        self, tree: Path, packages: Sequence[PypiPackage], places: Places, *, platform: str, prefix: Path
    ) -> WheelOutcome:
        """Put into a directory what wheels bring to a prefix, without its Python; the same files as by `install`."""

    def prefetch(self, prefix_python: Path, packages: Sequence[PypiPackage]) -> None:
        """Bring what `install` needs into the cache, without a target."""

    def remove(self, prefix_python: Path, names: Sequence[str]) -> None:
        """Uninstall by name."""

    def stop(self) -> None:
        """End what still runs, in any thread; called when an operation is given up."""


class InterpreterSource(Protocol):
    """Where a Python for `channels: [pypi]` comes from when no configured channel has one."""

    def provide(self, spec: MatchSpec, platform: str) -> Channel:
        """A local channel that holds a `python` package satisfying `spec`; made on first use.

        Raises NotFoundError naming the versions there are.
        """


class EnvironmentStore(Protocol):
    """Environments on disk, below the level of packages."""

    def exists(self, prefix: Path) -> bool:
        """Whether a complete environment stands there (conda-meta/history exists)."""

    def installed(self, prefix: Path) -> tuple[InstalledPackage, ...]:
        """What a prefix holds, conda and PyPI, sorted by name."""

    def wheel_files(self, prefix: Path, names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """For each of these PyPI packages that is there, by normalised name, the paths that its RECORD lists."""

    def manifest(self, prefix: Path) -> Manifest:
        """What was asked of it; for an environment of another tool, read from its history."""

    def write_manifest(self, prefix: Path, manifest: Manifest) -> None:
        """Replace the manifest."""

    def history(self, prefix: Path) -> str:
        """The text of conda-meta/history, "" where there is none."""

    def append_history(self, prefix: Path, entry: str) -> None:
        """Add an entry to conda-meta/history, whole or not at all."""

    def variables(self, prefix: Path) -> dict[str, str]:
        """Environment variables set on activation (conda-meta/state)."""

    def own_variables(self, prefix: Path) -> dict[str, str]:
        """Those that a person or a lock gave this environment; without those that were unset, and the packages' own."""

    def set_variables(self, prefix: Path, variables: Mapping[str, str | None]) -> None:
        """Set them; None unsets one."""

    def pinned(self, prefix: Path) -> tuple[MatchSpec, ...]:
        """Specs of conda-meta/pinned."""

    def frozen(self, prefix: Path) -> str | None:
        """The message of a CEP-22 `conda-meta/frozen` marker, None where there is none."""

    def hold(self, prefix: Path, purpose: str) -> AbstractContextManager[None]:
        """Keep other processes from changing the prefix; waits for them, with a message."""

    def recover(self, prefix: Path) -> None:
        """Give an environment its name back that was being replaced when Parity was killed."""

    def stage(self, prefix: Path) -> Path:
        """A new empty directory beside a prefix to build it in; older leftovers of the same prefix are removed."""

    def publish(self, stage: Path, prefix: Path) -> None:
        """Give a finished stage its name; what stands there is put aside in the same moment, and deleted."""

    def take_in(self, tree: Path, prefix: Path) -> None:
        """Move what is in a directory to the same places in a prefix, and the directory is gone."""

    def discard(self, path: Path) -> None:
        """Remove a directory tree; its name is free at once."""

    def mark_building(self, prefix: Path, *, building: bool) -> None:
        """Say that what stands at a prefix is not complete, or, at last, that it is."""

    def sweep(self, prefix: Path) -> None:
        """Remove what the journal's change left behind: files that were being written, directories it had emptied."""

    def register(self, prefix: Path) -> None:
        """List the environment where conda lists its own (~/.conda/environments.txt)."""

    def unregister(self, prefix: Path) -> None:
        """Take it off that list."""

    def journal(self, prefix: Path) -> str | None:
        """The journal of an interrupted change, None where there is none."""

    def write_journal(self, prefix: Path, text: str | None) -> None:
        """Begin a change; None ends it."""


class Confirm(Protocol):
    """Asked between plan and apply."""

    def __call__(self, plan: Plan) -> bool:
        """Whether to carry the plan out; False ends the operation without changes."""
