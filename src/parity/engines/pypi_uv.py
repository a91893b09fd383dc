"""uv as a child process: the program, what every call of it is told, and what its failures mean.

It is asked with its own configuration turned off, an explicit cache, and an environment that holds nothing which could
change the answer. Credentials go in through environment variables, so that neither `ps` nor an error shows them.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from parity.engines import pypi_request as ask
from parity.engines.process import Children, Completed
from parity.engines.pypi_errors import translate
from parity.engines.pypi_progress import Report
from parity.errors import EngineError, NotFoundError, OfflineError, ParityError
from parity.formats import requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parity.core.ports import Progress, PypiSettings
    from parity.engines.pypi_download import Downloader
    from parity.model import PipLine

_FINDING = threading.Lock()
"""`sysconfig`, with which uv is found, tells a second thread nonsense while it fills its table (CPython 3.11)."""


class Uv:
    """Runs uv; what the parts of the engine share.

    Args:
        program: None for the one that the `uv` distribution brings.
        cache: directory for uv's cache and for what the engine keeps.
        settings: indexes and whether the network may be used.
        environ: variables that children and requirement lines may see.
        progress: where downloads and builds are reported.
        scratch: directory for temporary files; None for the system's.

    Attributes:
        children: what runs in any thread.
        options: the options that say where packages come from; those of the last request, once there was one.
        secrets: `scheme://host:port` of indexes to the same with credentials.
    """

    def __init__(
        self,
        program: Path | None,
        cache: Path,
        settings: PypiSettings,
        environ: Mapping[str, str],
        progress: Progress | None = None,
        scratch: Path | None = None,
    ) -> None:
        self._path = program
        self._scratch_root = scratch
        self.cache = cache
        self.settings = settings
        self.environ = environ
        self.progress = progress
        self.children = Children()
        self.options: list[PipLine] = ask.with_indexes((), settings)
        self.secrets = ask.secrets_of([line.value for line in self.options])

    def program(self) -> str:
        """The path of uv.

        Raises:
            NotFoundError: it is not installed.
        """
        if self._path is None:
            import uv

            try:
                with _FINDING:
                    self._path = Path(uv.find_uv_bin())
            except FileNotFoundError:
                raise NotFoundError("uv is not installed beside Parity", hints=[("reinstall Parity: pip install "
                                    "--force-reinstall parity-env")]) from None  # fmt: skip
        return str(self._path)

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        input_: str | None = None,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        """Run uv and wait for it.

        Args:
            argv: arguments, without those that every call gets.
            env: variables beyond those that every call gets.
            input_: what it reads on standard input.
            cwd: where it runs.
            on_line: is given each line of standard error.
        """
        command = [self.program(), "--no-config", "--color=never", "--cache-dir", str(self.cache / "uv"), *argv]
        if "python" not in argv[:1]:
            command.append("--no-python-downloads")
        if self.settings.offline and "--offline" not in argv:
            command.append("--offline")
        report = Report(self.progress)

        def each(line: str) -> None:
            report.line(line)
            if on_line is not None:
                on_line(line)

        try:
            return self.children.run(
                command,
                env={**ask.child_environment(self.environ), **(env or {})},
                input=input_,
                cwd=cwd,
                on_stderr_line=each,
            )
        finally:
            report.close()

    def error(
        self,
        done: Completed,
        scratch: Path | None = None,
        provided: Mapping[str, str] | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> ParityError:
        """What a failed call means.

        Args:
            done: the call.
            scratch: directory that no message may name.
            provided: normalised name to version of what conda provides.
            asked: normalised name to what was asked for.
        """
        private = [str(path) for path in (scratch, self.cache / "facts", self.cache / "uv") if path is not None]
        offline = self.settings.offline
        error = translate(done.stderr, provided=provided, asked=asked, private=private, offline=offline)
        if isinstance(error, OfflineError) and not self.settings.offline:
            return EngineError(error.message)
        return error

    def index_environment(self) -> dict[str, str]:
        """Variables that tell uv the indexes, for builds that need further packages."""
        values = {
            "UV_DEFAULT_INDEX": [line.value for line in self.options if line.option == "--index-url"][-1:],
            "UV_INDEX": [line.value for line in self.options if line.option == "--extra-index-url"],
            "UV_INDEX_STRATEGY": [self.settings.index_strategy],
        }
        env = {name: " ".join(found) for name, found in values.items() if found}
        links = [requirements.absolute(line.value, line.base) for line in self.options if line.option == "--find-links"]
        return {**env, "UV_FIND_LINKS": ",".join(links)} if links else env

    def downloader(self, progress: Progress | None = None) -> Downloader:
        """What fetches files and pages, with the credentials of the indexes.

        Args:
            progress: told the bytes of each file.
        """
        from parity.engines.pypi_download import Downloader

        return Downloader(self.secrets, self.environ, offline=self.settings.offline, progress=progress)

    @contextmanager
    def scratch(self, root: Path | None = None) -> Iterator[Path]:
        """A directory for one call; in `root`, where given."""
        import tempfile

        root = root or self._scratch_root
        if root is not None:
            root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="parity-", dir=root) as name:
            yield Path(name).resolve()
