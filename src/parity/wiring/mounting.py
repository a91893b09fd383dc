"""Packs that are used without being unpacked."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.pack import META
from parity.errors import EngineError, InputError, NotFoundError
from parity.store import mounts, parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parity.wiring import Services


def mount(services: Services, image: Path, directory: Path) -> str:
    """Make a pack appear in a directory; see `store.mounts.mount`.

    Raises:
        InputError: it is an image, but no pack.
    """
    if parts.is_part(image):
        whole = image.name[:-4]
        raise InputError(f"{image.name} is a part, and only a whole pack can be mounted",
                         hints=[f"join the parts: cat {whole}.* > {whole}"])  # fmt: skip
    how = mounts.mount(image.absolute(), directory, find=_Programs(services).find, run=_Programs(services).run)
    if not (directory / META / "pack.json").is_file():
        unmount(services, directory)
        raise InputError(f"{image.name} is no pack of Parity's: it has no {META}/pack.json")
    return how


def unmount(services: Services, directory: Path) -> None:
    """Undo `mount`."""
    mounts.unmount(directory.absolute(), find=_Programs(services).find, run=_Programs(services).run)


@contextmanager
def mounted(services: Services, image: Path) -> Iterator[Path]:
    """A pack in a directory of its own for as long as the body runs."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="parity-pack-", ignore_cleanup_errors=True) as top:
        directory = Path(top, image.name.partition(".")[0] or "env")
        mount(services, image, directory)
        try:
            yield directory
        finally:
            with suppress(EngineError, InputError):  # a process that the command left behind may still be in it
                unmount(services, directory)


def certificates(prefix: Path, environ: dict[str, str]) -> None:
    """Tell OpenSSL where the certificates of a pack are, since the path in its library is that of no machine."""
    file = prefix / "ssl" / "cacert.pem"
    if "SSL_CERT_FILE" not in environ and file.is_file():
        environ["SSL_CERT_FILE"] = str(file)


class _Programs:
    """Programs of the system."""

    def __init__(self, services: Services) -> None:
        self._environ = services.environ

    def find(self, name: str) -> str | None:
        from parity.ops.run import find_program

        path = self._environ.get("PATH", os.defpath)
        return find_program(name, os.pathsep.join((path, "/usr/sbin", "/sbin", "/usr/bin", "/bin")))

    def run(self, argv: Sequence[str]) -> tuple[int, str]:
        import subprocess

        program = self.find(argv[0])
        if program is None:
            raise NotFoundError(f"there is no {argv[0]}")
        # The process of a FUSE file system lives on, so that it must not inherit our pipes.
        environ = {**self._environ, "LC_ALL": "C"}
        nothing = subprocess.DEVNULL
        command = [program, *argv[1:]]
        done = subprocess.run(
            command, stdin=nothing, stdout=nothing, stderr=subprocess.PIPE, text=True, env=environ, check=False
        )
        return done.returncode, done.stderr
