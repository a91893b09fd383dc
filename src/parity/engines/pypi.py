"""The PyPI engine: uv as a child process.

uv is asked with its own configuration turned off, an explicit interpreter, cache and index, and an environment that
holds nothing which could change the answer. Requirements go in through standard input and credentials through
environment variables, so that neither `ps` nor an error shows them.
"""

from __future__ import annotations

import re
import sys
import threading
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.urls import mask, strip_credentials
from parity.engines import pypi_facts
from parity.engines import pypi_request as ask
from parity.engines.process import Children, Completed
from parity.engines.pypi_errors import storage_errors, translate
from parity.engines.pypi_progress import Report
from parity.engines.pypi_recent import Recent, repeatable
from parity.errors import EngineError, IntegrityError, NotFoundError, OfflineError, ParityError
from parity.formats import pylock, requirements
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parity.core.contents import Places
    from parity.core.ports import Progress, PypiRequest, PypiSettings
    from parity.engines.pypi_describe import PypiDescriber
    from parity.model import PipLine, PypiPackage

_CACHE_KEY = "https://parity.invalid/simple"
"""Index that every locked wheel is said to come from. uv looks into its cache only for indexes that it is given, and
would else ask the server for each wheel again; nothing is ever fetched from here (RFC 2606), and hashes decide."""

_NOISE = re.compile(
    r"experimental|hardlink|full copy|requested Python version|Ignoring unsupported option|is not installed"
    r"|No packages to uninstall|does not have an extra named"
)

_FINDING = threading.Lock()
"""`sysconfig`, with which uv is found, tells a second thread nonsense while it fills its table (CPython 3.11)."""


class UvEngine:
    """Implements `parity.core.ports.PypiEngine`.

    Args:
        uv: the program; None for the one that the `uv` distribution brings.
        cache: directory for uv's cache and for what this engine keeps.
        settings: indexes and whether the network may be used.
        environ: variables that children and requirement lines may see.
        progress: where downloads and builds are reported.
        scratch: directory for temporary files; None for the system's.
    """

    def __init__(
        self,
        uv: Path | None,
        cache: Path,
        settings: PypiSettings,
        environ: Mapping[str, str],
        progress: Progress | None = None,
        scratch: Path | None = None,
    ) -> None:
        self._uv_path = uv
        self._cache = cache
        self._settings = settings
        self._environ = environ
        self._progress = progress
        self._scratch_root = scratch
        self._children = Children()
        self._options: list[PipLine] = ask.with_indexes((), settings)
        self._secrets = ask.secrets_of([line.value for line in self._options])
        self._warned: set[str] = set()
        self._local: dict[str, Path] = {}

    def stop(self) -> None:
        """End what runs in any thread; the engine cannot be used afterwards."""
        self._children.stop()

    @storage_errors()
    def resolve(self, request: PypiRequest) -> tuple[PypiPackage, ...]:
        """The packages to install, sorted by name, without those that are provided.

        Raises:
            UnsatisfiableError: no versions fit together, or none fits what conda provides.
            NotFoundError: the index does not have a package, or a file that a line names is not there.
            SpecError: a line cannot be read.
            InputError: a hash that cannot be checked.
            IntegrityError: the index has no file with a hash that a line demands.
            NetworkError: the index cannot be reached or refuses.
            OfflineError: `--offline`, and the caches do not hold enough.
        """
        own = ask.flatten(request.lines, self._environ)
        lines = ask.with_indexes(own, self._settings)
        text = requirements.render(lines)
        demanded = ask.hashes_of(lines)
        self._options = [line for line in lines if line.kind == "option"]
        self._secrets.update(ask.secrets_of([text]))
        platform = ask.uv_platform(request.platform, request.glibc, ask.host_platform())
        target = pylock.Target(request.python_version, request.platform, request.glibc or "2.40",
                               request.macos or "13.0")  # fmt: skip
        facts, odd = pypi_facts.write(request.provided, request.metadata, self._cache / "facts")
        with self._scratch() as scratch:
            lock = scratch / "pylock.toml"
            if preferences := ask.preferences(request):
                lock.write_text(preferences, encoding="utf-8")
            (scratch / "facts.txt").write_text("\n".join(facts), encoding="utf-8")
            python = request.build_python or sys.executable
            argv = ["pip", "compile", "-", "-o", str(lock), "--format=pylock.toml", "--generate-hashes", "--no-header",
                    "--python", str(python), f"--python-version={request.python_version}",
                    *requirements.command_options(lines)]  # fmt: skip
            argv += ["-c", str(scratch / "facts.txt")] if facts else []
            argv += [f"--no-emit-package={name}" for name in request.provided]
            argv += [f"--python-platform={platform}"] if platform else []
            if request.uploaded_before is not None:
                argv.append(f"--exclude-newer={ask.moment(request.uploaded_before)}")
            if any(line.option == "--extra-index-url" for line in own):
                # These lines were written for pip, which takes the best version of all indexes.
                argv.append("--index-strategy=unsafe-best-match")
            if not self._settings.offline:  # then caches are all there is
                argv += (
                    ["--refresh"]
                    if request.upgrade is None
                    else [f"--refresh-package={name}" for name in request.upgrade]
                )
            # uv takes the oldest macOS of a target from here; what this machine has set is not asked.
            env = {"MACOSX_DEPLOYMENT_TARGET": request.macos} if request.macos else {}
            same_again = request.upgrade == () and repeatable(lines)
            title = f"Resolving PyPI packages{f' for {request.label}' if request.label else ''}"
            with self._progress.stage(title) if self._progress else nullcontext():
                done = self._compile(argv, text, scratch, env, same_again=same_again)
            if done.returncode:
                error = self._error(done, scratch, request.provided, {one.name: one.text for one in own})
                if isinstance(error, NotFoundError) and "--index-strategy=unsafe-best-match" in argv:
                    # Of several indexes, uv passes over one that refuses access without a word.
                    said = ("an index that wants a user name and a password looks empty without them; Parity writes "
                            "none down: name the index with them again, or in ~/.netrc")  # fmt: skip
                    error.hints += (said,)
                raise error
            found = pylock.parse(lock.read_text(encoding="utf-8"), target=target, fits=True, base=str(scratch))
        self._warn_extras(done.stderr)
        self._warn_sources(found, target)
        if odd and self._progress:
            self._progress.warn(f"the versions of {', '.join(odd)} from conda are none that PyPI packages can refer to")
        return tuple(
            ask.check_hashes(package, demanded[package.name]) if package.name in demanded else package
            for package in found
            if package.name not in request.provided
        )

    @storage_errors()
    def install(
        self,
        prefix_python: Path,
        packages: Sequence[PypiPackage],
        *,
        reinstall: bool = False,
        written_prefix: Path | None = None,
    ) -> None:
        """Install exactly these into the interpreter's environment, dependencies not followed.

        A file of an installed package that differs in size from its record (a damaged cache entry) is fetched anew.

        Args:
            prefix_python: its interpreter.
            packages: with their pins.
            reinstall: put them there again where they are already.
            written_prefix: the path to write into scripts where the prefix will be moved there; POSIX only.

        Raises:
            IntegrityError: a file has another hash than its pin, or stays damaged.
            StorageError: disk full, no permission.
            NetworkError: a file cannot be fetched.
            EngineError: a build failed.
        """
        from parity.engines import pypi_installed

        wheels = [package for package in packages if package.is_wheel]
        sources = [package for package in packages if not package.is_wheel]
        if wheels:
            if reinstall:
                # Everything is at hand before anything is taken away; offline, because uv's --reinstall alone
                # would fetch all of it a second time.
                self.prefetch(prefix_python, wheels)
                self._install(prefix_python, wheels, ["--reinstall", "--offline"])
            else:
                self._install(prefix_python, wheels, [])
            damaged = pypi_installed.damaged(prefix_python, wheels)
            if damaged:
                again = [package for package in wheels if package.name in damaged]
                self._install(prefix_python, again, ["--reinstall"])
                damaged = pypi_installed.damaged(prefix_python, again)
            if damaged:
                raise IntegrityError(f"{', '.join(sorted(damaged))}: files are missing or damaged after installing",
                                     hints=["free the PyPI cache with `parity clean --all` and try again"])  # fmt: skip
        if sources:
            self._install(prefix_python, sources, ["--reinstall"] if reinstall else [])
        if written_prefix is not None:
            pypi_installed.rewrite_scripts(prefix_python, [package.name for package in packages], written_prefix)

    @storage_errors()
    def lay_out(
        self, prefix: Path, packages: Sequence[PypiPackage], places: Places, *, platform: str, written_prefix: Path
    ) -> None:
        """Put wheels into a prefix for another platform, as its own Python would have them from `install`.

        Args:
            prefix: of another platform than Windows; its interpreter is not run.
            packages: wheels with their pins.
            places: where its Python has its things.
            platform: its subdir.
            written_prefix: the path to write into scripts.

        Raises:
            RefusedError: uv does not know the platform.
            IntegrityError, StorageError, NetworkError, EngineError: as `install`.
        """
        from parity.engines import pypi_foreign, pypi_installed

        target = [f"--python-version=3.{places.python_minor}"]
        known = ask.uv_platform(platform, "2.40", ask.host_platform())
        target += [f"--python-platform={known}"] if known else []
        # beside the prefix, so that files are moved and not copied
        with self._scratch(prefix.parent) as scratch:
            stage = scratch / "stage"
            done = self._uv(["venv", "--python", sys.executable, str(stage)])
            if done.returncode:
                raise self._error(done, scratch)
            python = stage / "bin" / "python"
            self._install(python, packages, target)
            if damaged := pypi_installed.damaged(python, packages):
                raise IntegrityError(f"{', '.join(sorted(damaged))}: files are missing or damaged after installing",
                                     hints=["free the PyPI cache with `parity clean --all` and try again"])  # fmt: skip
            pypi_installed.rewrite_scripts(python, [package.name for package in packages], written_prefix)
            pypi_foreign.move(stage, prefix, places)

    @storage_errors()
    def prefetch(self, prefix_python: Path, packages: Sequence[PypiPackage]) -> None:
        """Bring the wheels that `install` needs into the cache, without a target.

        Args:
            prefix_python: the interpreter they are for; need not exist yet.
            packages: what has no wheel is left out, since it has to be built with the interpreter.

        Raises:
            NetworkError: a file cannot be fetched.
            IntegrityError: a file has another hash than its pin.
            StorageError: disk full, no permission.
        """
        wheels = [package for package in packages if package.is_wheel]
        if not wheels:
            return
        with self._scratch() as scratch:
            target = scratch / "target"
            target.mkdir()
            extra = ["--target", str(target)]
            python = prefix_python
            if not prefix_python.exists():
                python = Path(sys.executable)
                version = _python_of(wheels)
                extra += [f"--python-version={version}"] if version else []
            plan = self._pip_install(python, wheels, [*extra, "--dry-run"], scratch)
            if plan.returncode:
                raise self._error(plan, scratch)
            if "Would download" not in plan.stderr:
                return

            def until_prepared(line: str) -> None:
                # From here on uv would only fill the target, which nobody needs.
                if line.startswith("Prepared "):
                    raise _PreparedError

            try:
                done = self._pip_install(python, wheels, extra, scratch, until_prepared)
            except _PreparedError:
                return
            if done.returncode:
                raise self._error(done, scratch)

    @storage_errors()
    def remove(self, prefix_python: Path, names: Sequence[str]) -> None:
        """Uninstall by name; what is not there is no error.

        Raises:
            StorageError: no permission.
            EngineError: uv failed.
        """
        if names:
            done = self._uv(["pip", "uninstall", "--python", str(prefix_python), "--break-system-packages", *names])
            if done.returncode:
                raise self._error(done)

    @storage_errors()
    def forget(self, names: Sequence[str]) -> None:
        """Throw projects out of the cache, so that they are fetched again: its files were found damaged.

        Raises:
            StorageError: no permission.
            EngineError: uv failed.
        """
        if names:
            done = self._uv(["cache", "clean", *names])
            if done.returncode:
                raise self._error(done)

    def use_local(self, files: Mapping[str, Path]) -> None:
        """Take files from where they lie, not from where their pins say; by SHA-256 (hex), which is checked as ever."""
        self._local.update(files)

    def _placed(self, package: PypiPackage) -> PypiPackage:
        if not self._local or not package.pin:
            return package
        import json

        table = json.loads(package.pin)
        moved = False
        for file in [*table.get("wheels", ()), *(table[key] for key in ("sdist", "archive") if key in table)]:
            path = self._local.get(file.get("hashes", {}).get("sha256", ""))
            if path is not None:
                moved = True
                file.pop("path", None)
                file["url"] = path.as_uri()
        return replace(package, pin=json.dumps(table)) if moved else package

    @storage_errors()
    def download(
        self, packages: Sequence[PypiPackage], directory: Path, *, python: Path | None = None
    ) -> tuple[Path, ...]:
        """Fetch the wheels of packages into a directory; what has none is built.

        Args:
            packages: with their pins.
            directory: made where it does not exist; wheels that are there already are not fetched again.
            python: interpreter for builds; None for this one.

        Returns:
            The wheels, in the order of `packages`.

        Raises:
            IntegrityError: a file has another hash than its pin.
            NetworkError: a file cannot be fetched.
            OfflineError: it would have to be, and `--offline` was given.
            StorageError: disk full, no permission.
            EngineError: a build failed.
        """
        from parity.engines.pypi_download import Downloader

        downloader = Downloader(self._secrets, self._environ, offline=self._settings.offline, progress=self._progress)
        with self._scratch() as scratch:

            def build(source: Path, into: Path) -> None:
                argv = [
                    "build",
                    "--wheel",
                    "--out-dir",
                    str(into),
                    "--python",
                    str(python or sys.executable),
                    str(source),
                ]
                done = self._uv(argv, cwd=scratch, env=self._index_environment())
                if done.returncode:
                    raise self._error(done, scratch)

            def git(argv: Sequence[str]) -> None:
                done = self._children.run(["git", *argv], env=ask.child_environment(self._environ), cwd=scratch)
                if done.returncode:
                    raise translate(f"error: git operation failed\n  cause: {mask(done.stderr)}")

            return downloader.wheels(packages, directory, scratch=scratch, build=build, git=git)

    @storage_errors()
    def versions(self, name: str) -> tuple[str, ...]:
        """Versions of a project that the indexes and find-links directories have, oldest first.

        Raises:
            NetworkError, OfflineError: an index cannot be asked.
        """
        from parity.engines import pypi_index
        from parity.engines.pypi_download import Downloader

        downloader = Downloader(self._secrets, self._environ, offline=self._settings.offline)
        return pypi_index.versions(name, self._options, downloader)

    def describer(self) -> PypiDescriber:
        """What completes packages for a lock, with this engine's credentials and cache."""
        from parity.engines.pypi_describe import PypiDescriber
        from parity.engines.pypi_download import Downloader

        offline = self._settings.offline
        downloader = Downloader(self._secrets, self._environ, offline=offline)
        return PypiDescriber(downloader.open, self._cache / "described", offline=offline, progress=self._progress)

    def fetch_python(self, version_request: str, directory: Path) -> Path | None:
        """Have uv fetch an interpreter, giving up quickly where its servers cannot be reached.

        Args:
            version_request: as uv takes it (`3.12`, `>=3.11,<3.13`).
            directory: keeps the interpreters, and for six hours the memory that there was no way to get one.

        Returns:
            The interpreter, None where none can be had.
        """
        import time

        stamp = directory / ".unreachable"
        env = {"UV_PYTHON_INSTALL_DIR": str(directory)}
        find = ["python", "find", "--managed-python", "--no-python-downloads", version_request]
        found = self._uv(find, env=env)
        if found.returncode:
            recent = stamp.exists() and time.time() - stamp.stat().st_mtime < 6 * 3600
            if self._settings.offline or recent:
                return None
            quick = {"UV_HTTP_TIMEOUT": "10", "UV_HTTP_CONNECT_TIMEOUT": "2", "UV_HTTP_RETRIES": "0"}
            done = self._uv(["python", "install", "--no-bin", version_request], env={**env, **quick})
            if done.returncode:
                directory.mkdir(parents=True, exist_ok=True)
                stamp.touch()
                return None
            stamp.unlink(missing_ok=True)
            found = self._uv(find, env=env)
        return Path(found.stdout.strip()) if not found.returncode else None

    def _compile(
        self, argv: Sequence[str], text: str, scratch: Path, env: Mapping[str, str], *, same_again: bool
    ) -> Completed:
        """Ask uv; where it was asked the same a moment ago, it answers from its cache.

        `same_again`: whether the same question has the same answer for a while.
        """
        recent = Recent(self._cache / "recent")
        files = [file.read_text(encoding="utf-8") for file in sorted(scratch.iterdir())]
        parts = (*argv, text, *files, *env.values())
        question = [mask(strip_credentials(part)).replace(str(scratch), "") for part in parts]
        same_again = same_again and not self._settings.offline
        if same_again and recent.knows(question):
            done = self._uv([*argv, "--offline"], env=env, input_=text, cwd=scratch)
            if done.returncode == 0:
                return done
        done = self._uv(argv, env=env, input_=text, cwd=scratch)
        if same_again and done.returncode == 0:
            recent.note(question)
        return done

    def _install(self, python: Path, packages: Sequence[PypiPackage], extra: Sequence[str]) -> None:
        with self._scratch() as scratch:
            done = self._pip_install(python, packages, extra, scratch)
            if done.returncode == 0:
                return
            error = self._error(done, scratch)
            # A damaged cache or a truncated download shows as one of these; once more without trusting the cache.
            # (`--offline` among `extra` is this engine's own: what was prefetched turned out to be unusable.)
            mine = "--offline" in extra
            if self._settings.offline or not (mine or isinstance(error, IntegrityError | EngineError)):
                raise error
            again = [argument for argument in extra if argument not in {"--offline", "--reinstall"}]
            done = self._pip_install(python, packages, [*again, "--refresh", "--reinstall"], scratch)
            if done.returncode:
                raise self._error(done, scratch)

    def _pip_install(
        self,
        python: Path,
        packages: Sequence[PypiPackage],
        extra: Sequence[str],
        scratch: Path,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        packages = [self._placed(package) for package in packages]
        keyed = all(package.is_wheel for package in packages)
        lock = scratch / "pylock.toml"
        lock.write_text(pylock.render(packages, index=_CACHE_KEY if keyed else ""), encoding="utf-8")
        if keyed:
            # Nothing is looked up on an index here; the others only bring their credentials along.
            env = {"UV_INDEX": " ".join([_CACHE_KEY, *self._secrets.values()])}
        else:
            env = self._index_environment()
        argv = ["pip", "install", "--no-deps", "--preview-features=pylock", "--break-system-packages",
                "--python", str(python), "-r", str(lock), *extra]  # fmt: skip
        if not keyed and any(line.option == "--no-index" for line in self._options):
            argv.append("--no-index")
        return self._uv(argv, env=env, on_line=on_line, cwd=scratch)

    def _index_environment(self) -> dict[str, str]:
        """Variables that tell uv the indexes, for builds that need further packages."""
        values = {
            "UV_DEFAULT_INDEX": [line.value for line in self._options if line.option == "--index-url"][-1:],
            "UV_INDEX": [line.value for line in self._options if line.option == "--extra-index-url"],
        }
        env = {name: " ".join(found) for name, found in values.items() if found}
        links = [
            requirements.absolute(line.value, line.base) for line in self._options if line.option == "--find-links"
        ]
        return {**env, "UV_FIND_LINKS": ",".join(links)} if links else env

    def _uv(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        input_: str | None = None,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        command = [self._program(), "--no-config", "--color=never", "--cache-dir", str(self._cache / "uv"), *argv]
        if "python" not in argv[:1]:
            command.append("--no-python-downloads")
        if self._settings.offline and "--offline" not in argv:
            command.append("--offline")
        report = Report(self._progress)

        def each(line: str) -> None:
            report.line(line)
            if on_line is not None:
                on_line(line)

        try:
            return self._children.run(
                command,
                env={**ask.child_environment(self._environ), **(env or {})},
                input=input_,
                cwd=cwd,
                on_stderr_line=each,
            )
        finally:
            report.close()

    def _program(self) -> str:
        if self._uv_path is None:
            import uv

            try:
                with _FINDING:
                    self._uv_path = Path(uv.find_uv_bin())
            except FileNotFoundError:
                raise NotFoundError("uv is not installed beside Parity", hints=[("reinstall Parity: pip install "
                                    "--force-reinstall parity-env")]) from None  # fmt: skip
        return str(self._uv_path)

    def _error(
        self,
        done: Completed,
        scratch: Path | None = None,
        provided: Mapping[str, str] | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> ParityError:
        private = [str(path) for path in (scratch, self._cache / "facts", self._cache / "uv") if path is not None]
        offline = self._settings.offline
        error = translate(done.stderr, provided=provided, asked=asked, private=private, offline=offline)
        if isinstance(error, OfflineError) and not self._settings.offline:
            return EngineError(error.message)
        return error

    def _warn_extras(self, stderr: str) -> None:
        if self._progress is None:
            return
        for line in stderr.splitlines():
            found = re.match(
                r"warning: The package `([\w.\-]+) @ file:.*` does not have an extra named `([^`]+)`", line
            )
            if found:
                self._progress.warn(f"conda provides {found[1]}; what its extra {found[2]} needs is not added: "
                                    "name those packages themselves")  # fmt: skip
            elif line.startswith("warning: ") and not _NOISE.search(line):
                self._progress.warn(mask(strip_credentials(line.removeprefix("warning: "))))

    def _warn_sources(self, packages: Sequence[PypiPackage], target: pylock.Target) -> None:
        """Say which packages have to be built although other versions have wheels.

        uv goes back to sources of old versions where newer ones clash, and does not hold it against them that they say
        to be for older Pythons only (`Requires-Python: <3.12`): their build fails more often than not.
        """
        if self._progress is None or self._settings.offline:
            return
        for package in packages:
            if package.is_wheel or '"sdist"' not in package.pin:
                continue
            from parity.engines import pypi_index
            from parity.engines.pypi_download import Downloader

            downloader = Downloader(self._secrets, self._environ)
            with suppress(ParityError):
                others = pypi_index.with_wheels(package.name, self._options, downloader, target)
                where = f"Python {target.python_version} on {target.platform}"
                said = (f"{package.name} {package.version} has no wheel for {where} and has to be built; "
                        f"there are wheels of {', '.join(others[-5:])}")  # fmt: skip
                if others and said not in self._warned:
                    self._warned.add(said)
                    self._progress.warn(said)

    @contextmanager
    def _scratch(self, root: Path | None = None) -> Iterator[Path]:
        import tempfile

        root = root or self._scratch_root
        if root is not None:
            root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="parity-", dir=root) as name:
            yield Path(name).resolve()


class _PreparedError(Exception):
    """Everything is in the cache."""


def _python_of(wheels: Sequence[PypiPackage]) -> str:
    """The Python that a set of wheels is for, by the newest CPython tag among them; "" where any will do."""
    found = re.findall(r"-cp3(\d+)-", " ".join(package.url for package in wheels))
    return f"3.{max(map(int, found))}" if found else ""
