"""The PyPI engine: uv as a child process.

uv is asked with its own configuration turned off, an explicit interpreter, cache and index, and an environment that
holds nothing which could change the answer. Requirements go in through standard input and credentials through
environment variables, so that neither `ps` nor an error shows them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.urls import mask
from parity.engines import pypi_request as ask
from parity.engines.pypi_errors import storage_errors, translate
from parity.engines.pypi_install import Installer
from parity.engines.pypi_resolve import Resolver
from parity.engines.pypi_uv import Uv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity.core.contents import Places
    from parity.core.ports import Progress, PypiRequest, PypiSettings, WheelOutcome
    from parity.engines.pypi_describe import PypiDescriber
    from parity.model import PypiPackage


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
        self._uv = Uv(uv, cache, settings, environ, progress, scratch)
        self._resolver = Resolver(self._uv)
        self._installer = Installer(self._uv)

    def stop(self) -> None:
        """End what runs in any thread; the engine cannot be used afterwards."""
        self._uv.children.stop()

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
        return self._resolver.resolve(request)

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
        self._installer.install(prefix_python, packages, reinstall=reinstall, written_prefix=written_prefix)

    def can_lay_out(self, packages: Sequence[PypiPackage], places: Places) -> bool:
        """Whether `lay_out` can do for wheels what `install` does with the Python of the prefix."""
        from parity.engines.pypi_layout import can_lay_out

        return can_lay_out(packages, places)

    @storage_errors()
    def lay_out(
        self, tree: Path, packages: Sequence[PypiPackage], places: Places, *, platform: str, prefix: Path
    ) -> WheelOutcome:
        """Put into a directory what wheels bring to a prefix, as its own Python would have them from `install`.

        Args:
            tree: an empty directory, on the disk of the prefix.
            packages: wheels with their pins.
            places: where the Python of the prefix has its things; it need not be there, and is not run.
            platform: its subdir.
            prefix: the path to write into scripts.

        Raises:
            RefusedError: uv does not know the platform.
            IntegrityError, StorageError, NetworkError, EngineError: as `install`.
        """
        return self._installer.lay_out(tree, packages, places, platform=platform, prefix=prefix)

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
        self._installer.prefetch(prefix_python, packages)

    @storage_errors()
    def remove(self, prefix_python: Path, names: Sequence[str]) -> None:
        """Uninstall by name; what is not there is no error.

        Raises:
            StorageError: no permission.
            EngineError: uv failed.
        """
        if names:
            done = self._uv.run(["pip", "uninstall", "--python", str(prefix_python), "--break-system-packages", *names])
            if done.returncode:
                raise self._uv.error(done)

    @storage_errors()
    def forget(self, names: Sequence[str]) -> None:
        """Throw projects out of the cache, so that they are fetched again: its files were found damaged.

        Raises:
            StorageError: no permission.
            EngineError: uv failed.
        """
        if names:
            done = self._uv.run(["cache", "clean", *names])
            if done.returncode:
                raise self._uv.error(done)

    def use_local(self, files: Mapping[str, Path]) -> None:
        """Take files from where they lie, not from where their pins say; by SHA-256 (hex), which is checked as ever."""
        self._installer.use_local(files)

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
        with self._uv.scratch() as scratch:

            def build(source: Path, into: Path) -> None:
                argv = ["build", "--wheel", "--out-dir", str(into), "--python", str(python or sys.executable)]
                done = self._uv.run([*argv, str(source)], cwd=scratch, env=self._uv.index_environment())
                if done.returncode:
                    raise self._uv.error(done, scratch)

            def git(argv: Sequence[str]) -> None:
                done = self._uv.children.run(["git", *argv], env=ask.child_environment(self._uv.environ), cwd=scratch)
                if done.returncode:
                    raise translate(f"error: git operation failed\n  cause: {mask(done.stderr)}")

            downloader = self._uv.downloader(self._uv.progress)
            return downloader.wheels(packages, directory, scratch=scratch, build=build, git=git)

    @storage_errors()
    def versions(self, name: str) -> tuple[str, ...]:
        """Versions of a project that the indexes and find-links directories have, oldest first.

        Raises:
            NetworkError, OfflineError: an index cannot be asked.
        """
        from parity.engines import pypi_index

        return pypi_index.versions(name, self._uv.options, self._uv.downloader())

    def describer(self) -> PypiDescriber:
        """What completes packages for a lock, with this engine's credentials and cache."""
        from parity.engines.pypi_describe import PypiDescriber

        uv = self._uv
        return PypiDescriber(uv.downloader().open, uv.cache / "described", offline=uv.settings.offline,
                             progress=uv.progress)  # fmt: skip

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
        found = self._uv.run(find, env=env)
        if found.returncode:
            recent = stamp.exists() and time.time() - stamp.stat().st_mtime < 6 * 3600
            if self._uv.settings.offline or recent:
                return None
            quick = {"UV_HTTP_TIMEOUT": "10", "UV_HTTP_CONNECT_TIMEOUT": "2", "UV_HTTP_RETRIES": "0"}
            done = self._uv.run(["python", "install", "--no-bin", version_request], env={**env, **quick})
            if done.returncode:
                directory.mkdir(parents=True, exist_ok=True)
                stamp.touch()
                return None
            stamp.unlink(missing_ok=True)
            found = self._uv.run(find, env=env)
        return Path(found.stdout.strip()) if not found.returncode else None
