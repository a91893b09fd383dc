"""Builds the services from settings; the only place where parts are put together. Everything is made on first use."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from parity.core.platforms import SUBDIRS, layout, subdir_of
from parity.store.root import Root, root_path

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from parity.core.layers import Origin
    from parity.core.lock import LockPlatform
    from parity.core.ports import Progress
    from parity.core.records import PackageNote
    from parity.core.settings import Settings
    from parity.engines.conda import RattlerEngine
    from parity.engines.interpreter import Interpreters
    from parity.engines.pypi import UvEngine
    from parity.model import Channel, Manifest, MatchSpec, PipLine, Request, Solution
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

    # -- where and what ----------------------------------------------------------------------------

    @cached_property
    def progress(self) -> Progress:
        return self._make_progress()

    @cached_property
    def home(self) -> Path:
        return Path.home()

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
            from parity.errors import InputError

            raise InputError(f"there is no platform `{name}`", hints=[f"platforms are {', '.join(SUBDIRS)}"])
        return str(name)

    @cached_property
    def host_platform(self) -> str:
        if hasattr(os, "uname"):
            return subdir_of(sys.platform, os.uname().machine)
        import platform  # a millisecond that `parity run` can do without

        return subdir_of(sys.platform, platform.machine())

    @property
    def offline(self) -> bool:
        return bool(self.options.get("offline")) or self.settings.offline

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

    def channel_name(self, url: str) -> str:
        """The name of a channel that people know (`conda-forge` for its URL)."""
        from parity.core import channels
        from parity.core.lock_places import INTERPRETERS

        if url.rstrip("/") in {INTERPRETERS, (self.root.path / "interpreters").as_uri()}:
            return "parity"
        return channels.display_name(url, self.settings)

    @cached_property
    def secrets(self) -> dict[str, str]:
        from parity.core import channels

        return dict(channels.credentials(self.channel_names, self.settings))

    @cached_property
    def conda(self) -> RattlerEngine:
        from parity.core import channels
        from parity.engines.conda import RattlerEngine
        from parity.engines.conda_client import IndexAge, Network

        settings = self.settings
        if settings.client_ssl_cert:
            self.output.warn("client_ssl_cert goes to PyPI indexes only: the conda engine sends no client certificates")
        return RattlerEngine(
            self.root.writable_pkgs_dir(),
            self.root.cache / "repodata",
            progress=self.progress,
            offline=self.offline,
            network=Network(
                secrets=self.secrets,
                mirrors=channels.mirrors(settings),
                ssl_verify=settings.ssl_verify is not False,
                system_certificates=bool(self._trust),
                proxies=settings.proxy_servers,
                downloads=settings.fetch_threads or settings.default_threads or 16,
                max_retries=settings.remote_max_retries,
                zst=settings.repodata_use_zst,
                shards=settings.repodata_use_shards,
                index_age=IndexAge(old=settings.use_index_cache, new=settings.local_repodata_ttl == 0),
            ),
            allow_links=not (self.options.get("copy") or settings.always_copy),
        )

    @cached_property
    def _trust(self) -> dict[str, str]:
        from parity.store import network_variables

        verify = self.settings.ssl_verify
        bundle = self.settings.cacert_path if verify is True and self.settings.cacert_path else verify
        found = network_variables.certificates(bundle, self.environ, sys.platform)
        os.environ.update({name: value for name, value in found.items() if name == "SSL_CERT_FILE"})
        return found  # rattler and urllib look at the process's own variables, uv gets its own

    @property
    def _proxies(self) -> dict[str, str]:
        from parity.store import network_variables

        return network_variables.proxies(self.settings.proxy_servers)

    @cached_property
    def pypi(self) -> UvEngine:
        from parity.core.ports import PypiSettings
        from parity.engines.pypi import UvEngine
        from parity.store import network_variables

        settings = self.settings
        where = PypiSettings(
            index_url=self.options.get("index_url") or settings.pypi_index_url or None,
            extra_index_urls=tuple(settings.pypi_extra_index_urls),
            find_links=tuple(settings.pypi_find_links),
            offline=self.offline,
        )
        limits = network_variables.limits(settings, self.origins)
        environ = {**limits, **self.environ, **self._trust, **self._proxies}
        return UvEngine(None, self.root.cache / "uv", where, environ, progress=self.progress)

    @cached_property
    def interpreters(self) -> Interpreters:
        from parity.engines.interpreter import Interpreters

        directory = self.root.cache / "pythons"
        return Interpreters(
            self.root.path / "interpreters",
            index=self.conda.index,
            fetch=lambda version: None if self.offline else self.pypi.fetch_python(version, directory),
            environ=self.environ,
            offline=self.offline,
            progress=self.progress,
        )

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
        return {(self.root.path / "interpreters").as_uri(): INTERPRETERS, **mirrored}

    def localise(self, solution: Solution, *, bundles: Sequence[Path] = ()) -> Solution:
        """A solution of a lock with URLs that hold here; see `parity.ops.localise`."""
        from parity.ops.localise import Places, localise

        url, *_ = self.places
        places = Places(
            directory=self.root.path / "interpreters",
            url=url,
            bundles=bundles,
            channels=[channel for channel in self.channels(self.channel_names) if channel.urls],
            host=self.host_platform,
            others={base: here for here, base in self.places.items() if here != url},
        )
        return localise(solution, places, self.conda, lambda: self.interpreters)

    @property
    def workshop(self) -> Workshop:
        from datetime import datetime

        from parity.core.urls import mask
        from parity.ops.transaction import Workshop

        if not self.settings.non_admin_enabled:
            from parity.store.privilege import require_administrator

            require_administrator("non_admin_enabled")

        def now() -> datetime:
            return datetime.now().astimezone()

        run_scripts = self.options.get("run_link_scripts")
        compile_ = self.options.get("compile")
        return Workshop(
            conda=self.conda,
            pypi=lambda: self.pypi,
            store=self.store,
            progress=self.progress,
            now=now,
            command=mask(self.command),
            run_scripts=self.settings.run_link_scripts if run_scripts is None else run_scripts,
            compile=self._compile if (self.settings.compile_bytecode if compile_ is None else compile_) else None,
            note=self._note_files,
            wheel_paths=self._wheel_paths,
            sole_owners=self.settings.path_conflict == "prevent",
        )

    def _wheel_paths(self, solution: Solution) -> dict[str, tuple[str, ...]]:
        """For each wheel of a solution the paths that it will install; nothing where that cannot be told before."""
        from parity.core.contents import place
        from parity.core.rules import Rules
        from parity.errors import OfflineError
        from parity.ops.fingerprint import places
        from parity.printing import reader

        wheels = [each for each in solution.pypi if each.url.endswith(".whl") and not each.editable]
        where, rules = places(solution), Rules()
        try:
            contents = reader(self).read(wheels, solution.platform)
            found = [place(contents_, each.name, each.version, "", "pypi", where, rules)
                     for each, contents_ in zip(wheels, contents, strict=True)]  # fmt: skip
        except (OfflineError, ValueError):
            return {}
        return {each.name: tuple(file.path for file in each.files) for each in found}

    def _note_files(
        self,
        place: Path,
        prefix: Path,
        fresh: Collection[str] | None,
        scripts_ran: bool,
        known: Mapping[str, PackageNote],
        pypi: bool,
    ) -> None:
        from parity.store import file_notes, prefix_contents

        if scripts_ran:
            known, pypi = {}, True  # what is nobody's was made by a script, so everybody's files have to be known
        file_notes.write(
            place,
            prefix_contents.owners(place, self.platform, without=known, pypi=pypi),
            prefix=prefix,
            fresh=fresh,
            known=known,
            scripts_since=file_notes.began(place) if scripts_ran else None,
        )

    def _compile(self, prefix: Path, python: Path) -> None:
        """Compile all bytecode of an environment on all cores; the pycs are checked by hash (PEP 552)."""
        from parity.engines import process

        library = prefix / Path(layout(self.platform).site_packages("3")).parts[0]
        argv = [str(python), "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", str(library)]
        with self.progress.stage("Compiling bytecode"):
            # A file that cannot be compiled (a template, code for another Python) is no failure.
            process.run(argv, env=dict(self.environ))

    def request(self, texts: Sequence[str], files: Sequence[str] = (), pip: Sequence[str] = ()) -> Request:
        """What specs on a command line and files ask for, together.

        Raises:
            FaultsError: everything that cannot be read, with its place.
        """
        from parity.core import merge, specs
        from parity.errors import Fault, FaultsError, SpecError
        from parity.model import Request
        from parity.store import request_files
        from parity.values import replace

        request = Request()
        if files:
            request = request_files.read(
                [Path(file).expanduser() for file in files],
                environ=self.environ,
                platform=self.platform,
                warn=self.output.warn,
            )
        found, faults = [], []
        for text in texts:
            try:
                found.append(specs.parse(text))
            except SpecError as error:
                faults.append(Fault.of(error, place=text))
        lines: list[PipLine] = []
        for text in pip:
            from parity.formats import requirements

            try:
                lines.append(requirements.parse_line(text, base=str(Path.cwd())))
            except SpecError as error:
                faults.append(Fault.of(error, place=text))
        if faults:
            raise FaultsError(faults)
        specs_now, lines_now = merge.merge_specs(request.specs, found), merge.merge_pip(request.pip, lines)
        return replace(request, specs=specs_now, pip=lines_now)

    # -- goals -------------------------------------------------------------------------------------

    def goal(
        self,
        request: Request,
        *,
        prefix: Path | None = None,
        known: Manifest | None = None,
        target: LockPlatform | None = None,
    ) -> Goal:
        """A request with every setting looked up that solving needs.

        Args:
            request: what is asked for now.
            prefix: environment that changes, for its pins.
            known: what it was asked for before: its channels are used again where none are named now.
            target: the kind of machine to lock for; None for an environment that is made now.
        """
        from parity.core import specs
        from parity.model import PYPI_CHANNEL
        from parity.ops.resolve import Goal

        # A file that names channels is complete: what it gives may not depend on this machine's settings.
        given = tuple(self.options.get("channels") or ())
        if request.channels:
            names = (*given, *request.channels)
        elif known is not None and known.channels and not self.options.get("override_channels"):
            # Named now, `pypi` adds a source; before the others it would move every package there.
            now = tuple(name for name in given if name != PYPI_CHANNEL)
            names = tuple(dict.fromkeys((*now, *known.channels, *given)))
        else:
            names = self.channel_names
        # A channel that only a spec names is asked too, after all others, as in conda.
        in_specs = (spec.channel for spec in request.specs if spec.channel and spec.channel != PYPI_CHANNEL)
        names = tuple(dict.fromkeys((*names, *in_specs)))
        if not names and self.options.get("override_channels"):
            from parity.errors import InputError

            raise InputError("--override-channels leaves no channels", hints=["name one with -c"])
        if target is None and request.platforms and self.platform not in request.platforms:
            self.output.warn(
                f"{request.source or 'the request'} is for {', '.join(request.platforms)}, and this makes an "
                f"environment for {self.platform}"
            )
        pins: tuple[MatchSpec, ...] = ()
        if not (self.options.get("no_pin") or self.settings.ignore_pinned):
            pins = tuple(specs.parse(text) for text in self.settings.pinned_packages)
            if prefix is not None:
                pins += self.store.pinned(prefix)
        channels = self.channels(names)
        platform = target.subdir if target is not None else self.platform
        virtual = (
            target.virtual if target is not None else self.conda.detect_virtual(platform, self.virtual_overrides())
        )
        self.output.debug(f"platform: {target.name if target is not None else platform}")
        self.output.debug("channels: " + ", ".join(f"{each.name} ({' '.join(each.urls)})" for each in channels))
        self.output.debug("virtual packages: " + ", ".join("=".join(each) for each in virtual))
        return Goal(
            specs=tuple(self._absolute_channel(spec) for spec in request.specs),
            channels=channels,
            platform=platform,
            pip=request.pip,
            virtual=virtual,
            priority=self.options.get("channel_priority") or self.settings.channel_priority,
            constraints=pins,
            disallowed=tuple(specs.parse(text) for text in self.settings.disallowed_packages),
            with_pip=self.settings.add_pip_as_python_dependency,
            before=self.options.get("before"),
        )

    def _absolute_channel(self, spec: MatchSpec) -> MatchSpec:
        """A spec whose channel is a URL: the engine does not know aliases and custom channels."""
        from parity.model import PYPI_CHANNEL
        from parity.values import replace

        if not spec.channel or spec.channel == PYPI_CHANNEL:
            return spec
        channel = self.channels([spec.channel])[0]
        return replace(spec, channel=channel.urls[0] if len(channel.urls) == 1 else channel.name)

    def virtual_overrides(self) -> dict[str, str]:
        """The setting `override_virtual_packages`, CONDA_OVERRIDE_* variables, then `--override-virtual`."""
        from parity.core.settings import lookup

        configured = self.settings.override_virtual_packages.items()
        found = {name.removeprefix("__").lower(): version.strip() for name, version in configured}
        found |= {
            key.removeprefix("CONDA_OVERRIDE_").lower(): value.strip()
            for key, value in self.environ.items()
            # CONDA_OVERRIDE_CHANNELS_ENABLED is a setting.
            if key.startswith("CONDA_OVERRIDE_") and lookup(key.removeprefix("CONDA_").lower()) is None
        }
        for text in self.options.get("virtual") or ():
            name, equals, version = text.partition("=")
            if not equals:
                from parity.errors import InputError

                raise InputError(
                    f"`{text}` gives no version to a virtual package",
                    hints=["write NAME=VERSION, as cuda=12.4; `cuda=` for none"],
                )
            found[name.removeprefix("__").lower()] = version.strip()
        return found

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
        """
        self.refuse_protected(prefix)
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
