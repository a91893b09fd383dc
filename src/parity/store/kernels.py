"""The directories of Jupyter in which kernel specifications lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.errors import FaultsError
from parity.formats import kernel_spec
from parity.store import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BELOW = Path("share", "jupyter", "kernels")
"""Where they are in a prefix."""

FILE = "kernel.json"


def user_directory(environ: Mapping[str, str], home: Path, platform: str) -> Path:
    """Where Jupyter looks for the kernels of one person.

    Args:
        environ: variables.
        home: the person's home directory.
        platform: as `sys.platform`.
    """
    if named := environ.get("JUPYTER_DATA_DIR"):
        return Path(named).expanduser() / "kernels"
    if platform == "win32":
        appdata = environ.get("APPDATA")
        return (Path(appdata) if appdata else home / ".jupyter" / "data") / "jupyter" / "kernels"
    if platform == "darwin":
        return home / "Library" / "Jupyter" / "kernels"
    data = environ.get("XDG_DATA_HOME")
    return (Path(data) if data else home / ".local" / "share") / "jupyter" / "kernels"


def specs(directory: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every kernel's directory with its specification; what cannot be read is passed over, as Jupyter does."""
    if not directory.is_dir():
        return
    for file in sorted(directory.glob(f"*/{FILE}")):
        try:
            yield file.parent, kernel_spec.parse(file.read_text(encoding="utf-8"), file=str(file))
        except (OSError, UnicodeDecodeError, FaultsError):
            continue


def write(directory: Path, spec: Mapping[str, Any], like: Path) -> None:
    """Write a kernel's directory, with the pictures of the one that it is made from.

    Raises:
        StorageError: it cannot be written.
    """
    for picture in sorted(like.glob("logo-*")):
        with files.translated(picture, "read"):
            data = picture.read_bytes()
        files.atomic_write(directory / picture.name, data)
    files.atomic_write(directory / FILE, kernel_spec.dump(spec))
