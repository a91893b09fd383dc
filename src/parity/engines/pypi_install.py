"""Installing locked PyPI packages with uv."""

from __future__ import annotations

import os
import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.engines import pypi_request as ask
from parity.errors import EngineError, IntegrityError
from parity.formats import pylock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from parity.core.contents import Places
    from parity.core.ports import WheelOutcome
    from parity.engines.process import Completed
    from parity.engines.pypi_installed import Project
    from parity.engines.pypi_uv import Uv
    from parity.model import PypiPackage

_CACHE_KEY = "https://parity.invalid/simple"
"""Index that every locked wheel is said to come from. uv looks into its cache only for indexes that it is given, and
would else ask the server for each wheel again; nothing is ever fetched from here (RFC 2606), and hashes decide."""


class Installer:
    """Brings packages into environments, by way of uv's cache."""

    def __init__(self, uv: Uv) -> None:
        self._uv = uv
        self._local: dict[str, Path] = {}

    def install(
        self,
        prefix_python: Path,
        packages: Sequence[PypiPackage],
        *,
        reinstall: bool = False,
        written_prefix: Path | None = None,
    ) -> None:
        """Install exactly these; see `UvEngine.install`."""
        from parity.engines import pypi_installed

        prefix = pypi_installed.prefix_of(prefix_python)
        wheels = [package for package in packages if package.is_wheel]
        sources = [package for package in packages if not package.is_wheel]
        if wheels:
            if reinstall:
                # Everything is at hand before anything is taken away; offline, because uv's --reinstall alone
                # would fetch all of it a second time.
                self.prefetch(prefix_python, wheels)
            self._install_wheels(prefix_python, wheels, prefix, first=["--reinstall", "--offline"] if reinstall else [])
        if sources:
            self._install(prefix_python, sources, ["--reinstall"] if reinstall else [])
        if written_prefix is not None:
            pypi_installed.rewrite_scripts(prefix, packages, written_prefix)

    def lay_out(
        self, tree: Path, packages: Sequence[PypiPackage], places: Places, *, platform: str, prefix: Path
    ) -> WheelOutcome:
        """Install wheels into a directory for a prefix; see `UvEngine.lay_out`."""
        from parity.engines import pypi_layout

        python = self._stand_in()
        target = [f"--prefix={tree}", f"--python-version=3.{places.python_minor}"]
        known = ask.uv_platform(platform, "2.40", ask.host_platform())
        target += [f"--python-platform={known}"] if known else []
        pypi_layout.prepare(tree)
        found = self._install_wheels(python, packages, tree, target)
        return pypi_layout.settle(tree, found, places, python, prefix)

    def _install_wheels(
        self,
        python: Path,
        wheels: Sequence[PypiPackage],
        place: Path,
        always: Sequence[str] = (),
        first: Sequence[str] = (),
    ) -> list[Project]:
        """Install wheels, and once more those that did not arrive whole: a file of the cache was damaged.

        Args:
            python: interpreter that uv is given.
            wheels: with their pins.
            place: prefix that they arrive in.
            always: further arguments of each call.
            first: further arguments of the first call.
        """
        from parity.engines.pypi_installed import look

        self._install(python, wheels, [*always, *first])
        found, damaged = look(place, wheels)
        if damaged:
            self._install(python, [each for each in wheels if each.name in damaged], [*always, "--reinstall"])
            found, damaged = look(place, wheels)
        if damaged:
            raise _still_damaged(damaged)
        return found

    def _stand_in(self) -> Path:
        """The Python that Parity runs on, under a name that no script has but those that uv writes for it."""
        import hashlib

        name = hashlib.sha256(sys.executable.encode()).hexdigest()[:16]
        link = self._uv.cache / "python" / name
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            part = link.with_name(f".{name}.{os.getpid()}.{threading.get_ident()}")
            part.symlink_to(sys.executable)
            part.replace(link)
        return link

    def prefetch(self, prefix_python: Path, packages: Sequence[PypiPackage]) -> None:
        """Bring wheels into the cache; see `UvEngine.prefetch`."""
        wheels = [package for package in packages if package.is_wheel]
        if not wheels:
            return
        with self._uv.scratch() as scratch:
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
                raise self._uv.error(plan, scratch)
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
                raise self._uv.error(done, scratch)

    def use_local(self, files: Mapping[str, Path]) -> None:
        """Take files from where they lie, not from where their pins say; by SHA-256 (hex), which is checked as ever."""
        self._local.update(files)

    def _placed(self, package: PypiPackage) -> PypiPackage:
        def place(file: dict[str, Any]) -> None:
            path = self._local.get(file.get("hashes", {}).get("sha256", ""))
            if path is not None:
                file.pop("path", None)
                file["url"] = path.as_uri()

        return pylock.with_artifacts(package, place) if self._local else package

    def _install(self, python: Path, packages: Sequence[PypiPackage], extra: Sequence[str]) -> None:
        with self._uv.scratch() as scratch:
            done = self._pip_install(python, packages, extra, scratch)
            if done.returncode == 0:
                return
            error = self._uv.error(done, scratch)
            # A damaged cache or a truncated download shows as one of these; once more without trusting the cache.
            # (`--offline` among `extra` is this engine's own: what was prefetched turned out to be unusable.)
            mine = "--offline" in extra
            if self._uv.settings.offline or not (mine or isinstance(error, IntegrityError | EngineError)):
                raise error
            again = [argument for argument in extra if argument not in {"--offline", "--reinstall"}]
            done = self._pip_install(python, packages, [*again, "--refresh", "--reinstall"], scratch)
            if done.returncode:
                raise self._uv.error(done, scratch)

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
            env = {"UV_INDEX": " ".join([_CACHE_KEY, *self._uv.secrets.values()])}
        else:
            env = self._uv.index_environment()
        argv = ["pip", "install", "--no-deps", "--preview-features=pylock", "--break-system-packages",
                "--python", str(python), "-r", str(lock), *extra]  # fmt: skip
        if not keyed and any(line.option == "--no-index" for line in self._uv.options):
            argv.append("--no-index")
        return self._uv.run(argv, env=env, on_line=on_line, cwd=scratch)


class _PreparedError(Exception):
    """Everything is in the cache."""


def _still_damaged(names: Collection[str]) -> IntegrityError:
    return IntegrityError(f"{', '.join(sorted(names))}: files are missing or damaged after installing",
                          hints=["free the PyPI cache with `parity clean --all` and try again"])  # fmt: skip


def _python_of(wheels: Sequence[PypiPackage]) -> str:
    """The Python that a set of wheels is for, by the newest CPython tag among them; "" where any will do."""
    found = re.findall(r"-cp3(\d+)-", " ".join(package.url for package in wheels))
    return f"3.{max(map(int, found))}" if found else ""
