"""The services of one call, built from settings; everything is made on first use."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from parity.core import platforms
from parity.core.platforms import SUBDIRS, subdir_of
from parity.errors import StorageError
from parity.store.files import is_writable
from parity.store.root import Root, root_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parity.core.layers import Origin
    from parity.core.lock import LockPlatform
    from parity.core.ports import Progress
    from parity.core.settings import Settings
    from parity.engines.conda import RattlerEngine
    from parity.engines.interpreter import Interpreters
    from parity.engines.pypi import UvEngine
    from parity.model import Channel, Manifest, Request, Solution
    from parity.ops.current import Current
    from parity.ops.resolve import Engines, Goal
    from parity.ops.transaction import Workshop
    from parity.store.environments import Environments


class Reply(Protocol):
    """Where a command writes; `parity.cli.output.Output` is one."""

    json: bool
    quiet: bool
    verbosity: int

    def line(self, text: str = "") -> None: ...
    def outcome(self, text: str) -> None: ...
    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None: ...
    def result(self, data: Mapping[str, object] | Sequence[object]) -> None: ...
    def note(self, text: str) -> None: ...
    def debug(self, text: str) -> None: ...
    def warn(self, text: str) -> None: ...


class Services:
    """The parts of one call of Parity.

    Args:
        options: parsed command-line arguments, or keyword arguments of a library call, by name.
        output: where results go.
        progress: makes the progress on first use.
        ask: asks a person a yes-or-no question.
        environ: environment variables.
        command: the command line, for the history.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        *,
        output: Reply,
        progress: Callable[[], Progress],
        ask: Callable[[str], bool],
        environ: Mapping[str, str] | None = None,
        command: str = "",
    ) -> None:
        self.options = options
        self.output = output
        self.environ = os.environ if environ is None else environ
        self.command = command
        self._make_progress = progress
        self._ask = ask
        self._warned: set[str] = set()

    # -- where and what ----------------------------------------------------------------------------

    @cached_property
    def progress(self) -> Progress:
        return self._make_progress()

    @cached_property
    def home(self) -> Path:
        """The home directory that the environment names, which a library call may give its own of."""
        named = self.environ.get("USERPROFILE" if os.name == "nt" else "HOME")
        return Path(named) if named else Path.home()

    @cached_property
    def _loaded(self) -> tuple[Settings, Mapping[str, tuple[Origin, ...]]]:
        from parity.store import config_files

        def load(environ: Mapping[str, str]) -> tuple[Settings, Mapping[str, tuple[Origin, ...]], tuple[str, ...]]:
            return config_files.load(environ, self.home, self.root_path, self.options, platform=sys.platform)

        settings, origins, warnings = load(self.environ)
        # As in conda, the files of the environment that a command is about count, not those of the active one.
        named = self._named_prefix(settings)
        if named is not None and self.environ.get("CONDA_PREFIX", "") != str(named):
            settings, origins, warnings = load({**self.environ, "CONDA_PREFIX": str(named)})
        self.output.json = self.output.json or settings.json
        self.output.quiet = self.output.quiet or settings.quiet or settings.json
        self.output.verbosity = self.output.verbosity or (3 if settings.debug or settings.trace else settings.verbosity)
        for warning in warnings:
            # Keys like none of ours belong to other tools that read the same files.
            (self.output.warn if "did you mean" in warning else self.output.debug)(warning)
        return settings, origins

    def _named_prefix(self, settings: Settings) -> Path | None:
        """The environment that `-n` or `-p` names, where it or the active one has settings of its own."""
        from parity.errors import ParityError
        from parity.store import config_files

        name, prefix = self.options.get("name"), self.options.get("prefix")
        if not (isinstance(name, str) or isinstance(prefix, str)):
            return None
        try:
            found = Root(self.root_path, home=self.home, envs_dirs=settings.envs_dirs).target(name, prefix, {})
        except ParityError:
            return None  # the command itself says what is wrong with the name
        active = self.environ.get("CONDA_PREFIX")
        return found if any(config_files.of_prefix(Path(each)) for each in (found, active) if each) else None

    @property
    def settings(self) -> Settings:
        return self._loaded[0]

    @property
    def origins(self) -> Mapping[str, tuple[Origin, ...]]:
        return self._loaded[1]

    @cached_property
    def root_path(self) -> Path:
        return root_path(self.environ, home=self.home, sys_prefix=Path(sys.prefix))

    @cached_property
    def root(self) -> Root:
        return Root(
            self.root_path, home=self.home, envs_dirs=self.settings.envs_dirs, pkgs_dirs=self.settings.pkgs_dirs
        )

    @cached_property
    def platform(self) -> str:
        """The subdir to work for: asked for, configured, or this machine's.

        Raises:
            InputError: there is no such platform.
        """
        name = self.options.get("platform") or self.settings.subdir or self.host_platform
        if name not in SUBDIRS:
            raise platforms.unknown(name)
        return str(name)

    def platform_of(self, manifest: Manifest | None) -> str:
        """The subdir of an environment; the one to work for where nothing tells."""
        return (manifest.platform if manifest is not None else "") or self.platform

    @cached_property
    def host_platform(self) -> str:
        if hasattr(os, "uname"):
            return subdir_of(sys.platform, os.uname().machine)
        import platform  # a millisecond that `parity run` can do without

        return subdir_of(sys.platform, platform.machine())

    @property
    def offline(self) -> bool:
        return bool(self.options.get("offline")) or self.settings.offline

    def work_offline(self) -> None:
        """Ask no network from now on; engines that were made before know only what they were told."""
        self.options = {**self.options, "offline": True}
        self.__dict__.pop("conda", None)
        self.__dict__.pop("pypi", None)

    @property
    def dry_run(self) -> bool:
        return bool(self.options.get("dry_run")) or self.settings.dry_run

    def target(self, args: Any) -> Path:
        """The existing environment that `-n` or `-p` names, else the active one, else base."""
        return self.root.existing(args.name, args.prefix, self.environ)

    def confirm(self, question: str) -> bool:
        """Ask, unless the answer is given already (`--yes`, `--json`, `always_yes`)."""
        if self.options.get("yes") or self.output.json or self.settings.always_yes:
            return True
        return self._ask(question)

    # -- stores and engines ------------------------------------------------------------------------

    @cached_property
    def store(self) -> Environments:
        from parity.store.environments import Environments

        timeout = self.settings.lock_timeout_secs
        return Environments(
            self.root, self.platform, self.progress, timeout=timeout or None, listed=self.settings.register_envs
        )

    @cached_property
    def channel_names(self) -> tuple[str, ...]:
        """Channels of the command line before those of the settings, as written."""
        given = tuple(self.options.get("channels") or ())
        if self.settings.use_local:
            given = ("local", *given)
        if self.options.get("override_channels"):
            if not self.settings.override_channels_enabled:
                from parity.errors import RefusedError

                raise RefusedError("--override-channels is switched off here (override_channels_enabled)")
            return given
        return (*given, *(name for name in self.settings.channels if name not in given))

    def channels(self, names: Sequence[str]) -> tuple[Channel, ...]:
        """Resolve channel names and remember their credentials for the engine."""
        from parity.core import channels
        from parity.model import Channel

        for channel, unset in channels.unset_variables(names, self.settings).items():
            self._warn_once(f"not set in the environment: {', '.join(unset)} (in the channel {channel})")
        self.secrets.update(channels.credentials(names, self.settings))
        found = channels.resolve(
            names,
            self.settings,
            cwd=str(Path.cwd()),
            home=str(self.home),
            root=str(self.root_path),
            windows=os.name == "nt",
        )
        # The engine's mirrors are of HTTP; a directory that mirrors a channel is read as the channel itself.
        local = {base: urls[0] for base, urls in channels.mirrors(self.settings).items() if urls[0].startswith("file:")}
        return tuple(Channel(each.name, tuple(local.get(url, url) for url in each.urls)) for each in found)

    def _warn_once(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self.output.warn(text)

    def channel_name(self, url: str) -> str:
        """The name of a channel that people know (`conda-forge` for its URL)."""
        from parity.core import channels
        from parity.core.lock_places import INTERPRETERS

        if url.rstrip("/") in {INTERPRETERS, (self.root.own / "interpreters").as_uri()}:
            return "parity"
        return channels.display_name(url, self.settings)

    @cached_property
    def secrets(self) -> dict[str, str]:
        from parity.core import channels

        return dict(channels.credentials(self.channel_names, self.settings))

    @cached_property
    def conda(self) -> RattlerEngine:
        from parity.wiring import engines

        return engines.conda(self)

    @cached_property
    def pypi(self) -> UvEngine:
        from parity.wiring import engines

        return engines.pypi(self)

    @cached_property
    def interpreters(self) -> Interpreters:
        from parity.wiring import engines

        return engines.interpreters(self)

    @property
    def index_url(self) -> str | None:
        """The PyPI index; None for uv's default."""
        return self.options.get("index_url") or self.settings.pypi_index_url or None

    @property
    def index_urls(self) -> tuple[str, ...]:
        """All PyPI indexes that somebody named."""
        return tuple(url for url in (self.index_url, *self.settings.pypi_extra_index_urls) if url)

    @cached_property
    def certificates(self) -> dict[str, str]:
        """Variables that name the certificates to trust."""
        from parity.store import network_variables

        verify = self.settings.ssl_verify
        bundle = self.settings.cacert_path if verify is True and self.settings.cacert_path else verify
        found = network_variables.certificates(bundle, self.environ, sys.platform)
        os.environ.update({name: value for name, value in found.items() if name == "SSL_CERT_FILE"})
        return found  # rattler and urllib look at the process's own variables, uv gets its own

    @property
    def engines(self) -> Engines:
        from parity.ops.resolve import Engines

        def warn(text: str) -> None:
            self.progress.warn(text)

        return Engines(self.conda, lambda: self.pypi, lambda: self.interpreters, warn)

    @cached_property
    def places(self) -> dict[str, str]:
        """Base URLs of this machine -> what they are called in a lock."""
        from parity.core import channels
        from parity.core.lock_places import INTERPRETERS

        mirrors = channels.mirrors(self.settings).items()
        mirrored = {urls[0]: base for base, urls in mirrors if urls[0].startswith("file:")}
        return {(self.root.own / "interpreters").as_uri(): INTERPRETERS, **mirrored}

    def localise(self, solution: Solution, *, bundles: Sequence[Path] = ()) -> Solution:
        """A solution of a lock with URLs that hold here; see `parity.ops.localise`."""
        from parity.ops.localise import Places, localise

        url, *_ = self.places
        places = Places(
            directory=self.root.own / "interpreters",
            url=url,
            bundles=bundles,
            channels=[channel for channel in self.channels(self.channel_names) if channel.urls],
            host=self.host_platform,
            others={base: here for here, base in self.places.items() if here != url},
        )
        return localise(solution, places, self.conda, lambda: self.interpreters)

    @property
    def workshop(self) -> Workshop:
        """What carries plans out."""
        from parity.wiring.workshop import workshop

        self.root.writable_pkgs_dir()  # said before anything is asked of channels
        return workshop(self)

    # -- what is asked -----------------------------------------------------------------------------

    def request(self, texts: Sequence[str], files: Sequence[str] = (), pip: Sequence[str] = ()) -> Request:
        """What specs on a command line and files ask for, together; see `wiring.goals`."""
        from parity.wiring import goals

        return goals.request(self, texts, files, pip)

    def goal(
        self,
        request: Request,
        *,
        prefix: Path | None = None,
        known: Manifest | None = None,
        target: LockPlatform | None = None,
    ) -> Goal:
        """A request with every setting looked up that solving needs; see `wiring.goals`."""
        from parity.wiring import goals

        return goals.goal(self, request, prefix=prefix, known=known, target=target)

    def virtual_overrides(self) -> dict[str, str]:
        """Versions of virtual packages that somebody set; see `wiring.goals`."""
        from parity.wiring import goals

        return goals.virtual_overrides(self)

    def virtual_packages(self) -> tuple[tuple[str, str, str], ...]:
        """Name, version and build of what the machine has that packages are for."""
        return self.conda.detect_virtual(self.platform, self.virtual_overrides())

    # -- what every change begins with ---------------------------------------------------------------

    def refuse_protected(self, prefix: Path) -> None:
        """Refuse to change base, and environments marked frozen, unless a setting allows it."""
        from parity.ops.current import refuse_protected

        refuse_protected(
            prefix,
            self.root.path,
            self.store,
            allow_base=self.settings.allow_base_changes,
            allow_frozen=not self.settings.protect_frozen_envs,
        )

    def current(self, prefix: Path) -> Current:
        """What an environment holds and was asked for."""
        from parity.ops.current import read

        return read(prefix, self.store, self.conda, platform=self.platform)

    @contextmanager
    def changing(self, prefix: Path) -> Iterator[Current]:
        """An environment with its lock held, whole: what an earlier change left undone is finished first.

        Raises:
            RefusedError: it is base or frozen; or it has to be mended first and this is a dry run.
            BusyError: another process keeps the lock.
            StorageError: it belongs to somebody else.
        """
        self.refuse_protected(prefix)
        if not self.dry_run and not is_writable(prefix / "conda-meta"):
            hints = ["make one of your own: `parity create -n NAME`, with `--clone` as a copy of it"]
            raise StorageError(f"you have no permission to change {prefix}", hints=hints)
        with self.store.hold(prefix, f"change {prefix}"):
            self._mend(prefix)
            yield self.current(prefix)

    def heal(self, prefix: Path) -> bool:
        """Finish or undo a change of this environment that was interrupted; waits for one that is under way.

        Returns:
            Whether there was something to do.

        Raises:
            RefusedError: there is, and this is a dry run.
        """
        from parity.store import prefixes

        if not prefixes.has_pending(prefix):
            return False
        with self.store.hold(prefix, f"use {prefix}"):
            return self._mend(prefix)

    def _mend(self, prefix: Path) -> bool:
        if self.store.journal(prefix) is None:
            return False
        if self.dry_run:
            from parity.errors import RefusedError

            raise RefusedError(
                f"a change of {prefix} was interrupted and has to be finished first, which a dry run does not do",
                hints=[f"`parity install {self.root.option_for(prefix)}` finishes it"],
            )
        from parity.ops.transaction import heal

        return heal(prefix, self.workshop)
