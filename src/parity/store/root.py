"""Where things are: the root, the directories of environments and packages, and names to prefixes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import InputError, NotFoundError, StorageError
from parity.patterns import regex
from parity.store import prefixes
from parity.store.files import is_writable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

BASE_NAMES = ("base", "root")
MARKER = ".parity-root"
"""A file that an installer puts at the top of the Python it brings: that directory is the root."""

_FORBIDDEN = regex(r'[/\\ \t\n:#"*?<>|]')


def root_path(environ: Mapping[str, str], *, home: Path, sys_prefix: Path) -> Path:
    """The root directory: PARITY_ROOT, else where an installer put Parity, else `~/.parity`.

    Args:
        environ: environment variables.
        home: the person's home directory.
        sys_prefix: `sys.prefix` of the Python that runs Parity.
    """
    given = environ.get("PARITY_ROOT")
    if given:
        return _absolute(given, home)
    return sys_prefix if (sys_prefix / MARKER).is_file() else home / ".parity"


def _absolute(path: str, home: Path) -> Path:
    if path == "~" or path.startswith(("~/", "~\\")):
        path = str(home) + path[1:]
    return Path(os.path.abspath(path))  # noqa: PTH100  (links are kept as the person wrote them)


class Root:
    """The places of one installation.

    Args:
        path: absolute path of the root, which is also the prefix of `base`.
        home: the person's home directory.
        envs_dirs: configured directories of environments; the root's `envs` and, as in conda, `~/.conda/envs` come
            after them.
        pkgs_dirs: configured package caches; the root's `pkgs` and `~/.conda/pkgs` come after them.
    """

    def __init__(self, path: Path, *, home: Path, envs_dirs: Iterable[str] = (), pkgs_dirs: Iterable[str] = ()) -> None:
        self.path = path
        self.home = home
        self.envs_dirs = _with_last(envs_dirs, home, path / "envs", home / ".conda" / "envs")
        self.pkgs_dirs = _with_last(pkgs_dirs, home, path / "pkgs", home / ".conda" / "pkgs")

    @property
    def own(self) -> Path:
        """Where this person's locks and caches are: the root, or `~/.parity` where others look after the root."""
        return self.path if is_writable(self.path) else self.home / ".parity"

    @property
    def cache(self) -> Path:
        """Directory of what can be fetched or made again, apart from packages."""
        return self.own / "cache"

    def writable_envs_dir(self) -> Path:
        """Where new named environments are made.

        Raises:
            StorageError: none of the directories can be written.
        """
        return _first_writable(self.envs_dirs, "envs_dirs")

    def writable_pkgs_dir(self) -> Path:
        """The package cache that is written.

        Raises:
            StorageError: none of the directories can be written.
        """
        return _first_writable(self.pkgs_dirs, "pkgs_dirs")

    def pkgs_dir(self) -> Path:
        """The package cache that is written, or the first one for those who only look."""
        return next((directory for directory in self.pkgs_dirs if is_writable(directory)), self.pkgs_dirs[0])

    def prefix_for(self, name: str) -> Path:
        """Where the environment of a name is, or would be made: the root for `base`.

        Raises:
            InputError: this cannot be the name of an environment.
            StorageError: it does not exist yet and no directory of environments can be written.
        """
        if name in BASE_NAMES:
            return self.path
        check_name(name)
        return next(self._candidates(name), None) or self.writable_envs_dir() / name

    def find(self, name: str) -> Path:
        """The prefix of an existing environment.

        Raises:
            InputError: this cannot be the name of an environment.
            NotFoundError: no environment has it.
        """
        if name in BASE_NAMES:
            if not prefixes.exists(self.path):
                raise NotFoundError(
                    f"there is no base environment at {self.path}",
                    hints=["name another one; `parity env list` shows which there are"],
                )
            return self.path
        check_name(name)
        found = next((path for path in self._candidates(name) if prefixes.exists(path)), None)
        if found is not None:
            return found
        hints = [f"`parity create -n {name}` makes it", "`parity env list` shows which there are"]
        from parity.core.words import near

        hints[:0] = [f"did you mean `{close}`?" for close in near(name, self.names())]
        raise NotFoundError(f"there is no environment named `{name}`", hints=hints)

    def require(self, prefix: Path) -> Path:
        """The prefix itself, when an environment is there.

        Raises:
            NotFoundError: there is none.
        """
        if prefixes.exists(prefix):
            return prefix
        if prefix == self.path:
            raise NotFoundError(
                f"there is no base environment at {prefix}",
                hints=["name an environment with -n or -p", "`parity env list` shows which there are"],
            )
        what = "is not an environment" if prefix.is_dir() else "does not exist"
        raise NotFoundError(
            f"{prefix} {what}",
            hints=[f"`parity create -p {prefix}` makes one there", "`parity env list` shows which there are"],
        )

    def named(self, text: str) -> Path:
        """The prefix of an existing environment, by its name or its path.

        Raises:
            InputError: this is no path, and cannot be the name of an environment.
            NotFoundError: there is none.
        """
        by_path = "/" in text or os.sep in text
        return self.require(_absolute(text, self.home)) if by_path else self.find(text)

    def target(self, name: str | None, prefix: str | None, environ: Mapping[str, str]) -> Path:
        """Which prefix a command is about: `-n`, `-p`, else the active environment, else base. It need not exist.

        Args:
            name: value of `-n`.
            prefix: value of `-p`; may be relative or start with `~`.
            environ: environment variables; CONDA_PREFIX and CONDA_DEFAULT_ENV tell what is active.

        Raises:
            InputError: the name cannot be one.
            StorageError: a name that does not exist yet, and no directory for environments can be written.
        """
        if prefix:
            return _absolute(prefix, self.home)
        if name:
            return self.prefix_for(name)
        active = self.active(environ)
        return active if active is not None else self.path

    def existing(self, name: str | None, prefix: str | None, environ: Mapping[str, str]) -> Path:
        """As `target`, for commands that need an environment that is there.

        Raises:
            InputError: the name cannot be one.
            NotFoundError: there is no such environment.
        """
        return self.find(name) if name and not prefix else self.require(self.target(name, prefix, environ))

    def active(self, environ: Mapping[str, str]) -> Path | None:
        """The prefix that is active in the caller's shell; None where none is."""
        prefix = environ.get("CONDA_PREFIX", "").strip()
        if prefix:
            return Path(prefix)
        name = environ.get("CONDA_DEFAULT_ENV", "").strip()
        if not name:
            return None
        if name in BASE_NAMES:
            return self.path
        if "/" in name or os.sep in name:
            return _absolute(name, self.home)
        return next(self._candidates(name), None)

    def name_of(self, prefix: Path) -> str | None:
        """The name under which `-n` finds a prefix; None for one that is known by its path only."""
        if _same(prefix, self.path):
            return BASE_NAMES[0]
        for directory in self.envs_dirs:
            if _same(prefix.parent, directory):
                return prefix.name
        return None

    def display_name(self, prefix: Path) -> str:
        """Name or path: what activation shows, and what follows `-n` or `-p` in advice."""
        return self.name_of(prefix) or str(prefix)

    def option_for(self, prefix: Path) -> str:
        """`-n NAME` or `-p PATH`: how a person names this prefix on the command line, quoted for a shell."""
        import shlex

        return shlex.join(self.words_for(prefix))

    def words_for(self, prefix: Path) -> tuple[str, str]:
        """`-n` and the name, or `-p` and the path."""
        name = self.name_of(prefix)
        return ("-n", name) if name else ("-p", str(prefix))

    def names(self) -> tuple[str, ...]:
        """Names of the environments in every directory, sorted."""
        return tuple(sorted({path.name for path in self.environments()}))

    def environments(self) -> Iterator[Path]:
        """The prefixes in every directory of environments, sorted within each."""
        for directory in self.envs_dirs:
            try:
                names = sorted(os.listdir(directory))  # noqa: PTH208  (no Path objects for what is no environment)
            except OSError:
                continue
            for name in names:
                # Hidden ones are being made or deleted.
                if not name.startswith(".") and prefixes.exists(directory / name):
                    yield directory / name

    def lock_file(self, prefix: Path) -> Path:
        """The file to lock while a prefix changes: outside of it, so that it outlives a rename or removal.

        Beside the prefix in a directory of environments (which several users may share), else in the root or at home.
        """
        from zlib import crc32  # two that share a lock would merely wait for each other

        resolved = Path(os.path.realpath(prefix))
        name = f"{resolved.name or 'root'}-{crc32(os.fsencode(resolved)):08x}.lock"
        for directory in self.envs_dirs:
            if _same(resolved.parent, directory) and is_writable(directory):
                return directory / ".parity-locks" / name
        return self.own / "locks" / name

    def _candidates(self, name: str) -> Iterator[Path]:
        for directory in self.envs_dirs:
            path = directory / name
            if path.is_dir():
                yield path


def check_name(name: str) -> None:
    """Refuse what cannot be the name of an environment.

    Raises:
        InputError: empty, with a character that paths, shells or match specs give a meaning, or hidden.
    """
    bad = _FORBIDDEN.search(name)
    if bad:
        hints = (
            [f"`-p {name}` takes a path"] if bad.group() in "/\\" else ["letters, digits, `-`, `_` and `.` are fine"]
        )
        raise InputError(f"`{name}` cannot be the name of an environment: it has a {bad.group()!r}", hints=hints)
    if not name or name.startswith("."):
        raise InputError(f"`{name}` cannot be the name of an environment", hints=["start it with a letter or digit"])


def _with_last(configured: Iterable[str], home: Path, *last: Path) -> tuple[Path, ...]:
    return tuple(dict.fromkeys([*(_absolute(path, home) for path in configured), *last]))


def _first_writable(directories: tuple[Path, ...], setting: str) -> Path:
    for directory in directories:
        if is_writable(directory):
            return directory
    raise StorageError(
        f"none of the {setting} can be written: {', '.join(map(str, directories))}",
        hints=[f"add a directory of yours to `{setting}` in .condarc, or set PARITY_ROOT"],
    )


def _same(one: Path, other: Path) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)
