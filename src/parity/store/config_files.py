"""Where `.condarc` files are, how they are read together, and how one is written back.

The places and their order are conda's (its documentation, "Searching for .condarc"), with mamba's
`.mambarc` beside them; Parity's root takes the part of conda's root prefix.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core import layers as core_layers
from parity.core import sources
from parity.core.urls import mask
from parity.errors import Fault, FaultsError, StorageError
from parity.store import pip_config
from parity.store.files import atomic_write, storage_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity.core.layers import Layer, Origin
    from parity.core.settings import Settings

_NAMES = (".condarc", "condarc", "condarc.d")
_SUFFIXES = (".condarc", "condarc", ".yml", ".yaml")


def search_paths(environ: Mapping[str, str], home: Path, root: Path, platform: str) -> tuple[Path, ...]:
    """Files and directories (`condarc.d`) that may hold settings, lowest priority first; most do not exist.

    Args:
        environ: `XDG_CONFIG_HOME`, `CONDA_ROOT`, `MAMBA_ROOT_PREFIX`, `CONDA_PREFIX`, `CONDARC`, `MAMBARC` and,
            on Windows, `ProgramData` are looked at.
        home: of the user.
        root: Parity's root.
        platform: `sys.platform`.
    """
    system = (
        [Path(environ.get("ProgramData") or environ.get("PROGRAMDATA") or "C:/ProgramData") / "conda"]
        if platform == "win32"
        else [Path("/etc/conda"), Path("/var/lib/conda")]
    )
    conda_root = [Path(environ["CONDA_ROOT"])] if environ.get("CONDA_ROOT") else []
    conda_root += [Path(environ["MAMBA_ROOT_PREFIX"])] if environ.get("MAMBA_ROOT_PREFIX") else []
    xdg = [Path(environ["XDG_CONFIG_HOME"]) / "conda"] if environ.get("XDG_CONFIG_HOME") else []
    config = [*system, *conda_root, root, *xdg, home / ".config" / "conda", home / ".conda"]
    paths = []
    for folder in config:
        paths += [folder / name for name in _NAMES]
        if folder in {*system, *conda_root, root}:
            paths.append(folder / ".mambarc")
    paths += [home / ".condarc", home / ".mambarc"]
    if prefix := environ.get("CONDA_PREFIX"):
        paths += [Path(prefix) / name for name in (*_NAMES, ".mambarc")]
    paths += [_at_home(environ[name], home) for name in ("CONDARC", "MAMBARC") if environ.get(name)]
    # A place that is named twice counts where its priority is highest.
    return tuple(reversed(dict.fromkeys(reversed(paths))))


def of_prefix(prefix: Path) -> bool:
    """Whether an environment has settings of its own."""
    return any(os.path.exists(prefix / name) for name in (*_NAMES, ".mambarc"))  # noqa: PTH110  (False if unreadable)


def _at_home(text: str, home: Path) -> Path:
    return home / text[2:] if text.startswith("~/") else Path(text)


def files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Those of the places that are files, with the files of directories in the order of their names."""
    found: list[Path] = []
    for path in paths:
        try:
            if path.is_file():
                found.append(path)
            elif path.is_dir():
                found += sorted(item for item in path.iterdir() if item.name.endswith(_SUFFIXES) and item.is_file())
        except PermissionError:
            continue  # a directory that this user may not enter holds nothing for this user
    return tuple(found)


def read_text(path: Path) -> str:
    """The text of one file, line ends as they are; "" where there is none.

    Raises:
        StorageError: it cannot be read.
        FaultsError: it is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise FaultsError([Fault(f"not UTF-8 at byte {error.start}", file=str(path))]) from None
    except OSError as error:
        raise storage_error(error, path, "read") from None


def write_text(path: Path, text: str) -> None:
    """Replace one file in one step; its mode stays, and a symbolic link keeps pointing to it.

    A new file that holds credentials is readable by its owner only.

    Raises:
        StorageError: it cannot be written; nothing has changed then.
    """
    exists = path.exists()
    if exists and not os.access(path, os.W_OK):
        raise StorageError(f"{path} is read-only", hints=["change its permissions, or name another file with `--file`"])
    atomic_write(path, text, mode=0o600 if not exists and mask(text) != text else None)


def read_layers(
    environ: Mapping[str, str],
    home: Path,
    root: Path,
    cli_values: Mapping[str, object] | None = None,
    *,
    platform: str | None = None,
) -> tuple[Layer, ...]:
    """Everything that sets something: pip's files, `.condarc` files, environment variables, flags; lowest first.

    Raises:
        FaultsError: every fault of every file.
    """
    platform = platform or _platform()
    windows = platform == "win32"
    result: list[Layer] = []
    faults: list[Fault] = []
    for path in files(search_paths(environ, home, root, platform)):
        try:
            result.append(_read(path, environ, windows))
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise FaultsError(faults)
    result = [*pip_config.read_layers(environ, home, platform), *result]
    result += sources.from_environ(environ, pathsep=";" if windows else ":")
    return (*result, *sources.from_command_line(cli_values or {}))


def read_layer(path: Path, environ: Mapping[str, str]) -> Layer:
    """What one file says; nothing where there is none.

    Raises:
        FaultsError: its faults.
    """
    return _read(path, environ, _platform() == "win32")


def _read(path: Path, environ: Mapping[str, str], windows: bool) -> Layer:
    from parity.formats import condarc

    return condarc.read(read_text(path), file=str(path), environ=environ, windows=windows)


def load(
    environ: Mapping[str, str],
    home: Path,
    root: Path,
    cli_values: Mapping[str, object] | None = None,
    *,
    platform: str | None = None,
) -> tuple[Settings, Mapping[str, tuple[Origin, ...]], tuple[str, ...]]:
    """The settings of this process, the origins of those that are not defaults, and warnings.

    Args:
        environ: environment variables.
        home: of the user.
        root: Parity's root.
        cli_values: parsed command line, `vars(args)`; see `core.sources.from_command_line`.
        platform: `sys.platform` if None.

    Raises:
        FaultsError: files or values that are wrong; all of them.
    """
    found = read_layers(environ, home, root, cli_values, platform=platform)
    return core_layers.resolve(found, home=str(home))


def _platform() -> str:
    import sys

    return sys.platform
