"""Installers: an environment as one file that a shell runs; the command line and the library both come here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core import installer as core
from parity.core.pack import ACTIVATE, META, UNPACK
from parity.errors import RefusedError
from parity.store import archives
from parity.store.files import translated
from parity.store.root import MARKER
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parity.core.pack import PackedFile
    from parity.model import InstalledPackage
    from parity.wiring import Services

PARTS = Path(archives.__file__).with_name("installer")
"""The directory with what every installer is made of."""

_OLDEST_PYTHON = (3, 8)


@dataclass(frozen=True, slots=True)
class Wish:
    """How an installer shall be.

    Attributes:
        name: of what it installs.
        version: of that; "" for none.
        licence: text that a person has to accept, besides the licences of the packages.
        is_root: it brings Parity, and the commands `conda`, `mamba` and `micromamba`.
        slim: leave out what `core.slim` names, and symbols of programs.
        without: further rules for what is left out; see `core.slim.rules_of`.
        as_is: take files that were changed, too.
    """

    name: str
    version: str = ""
    licence: str = ""
    is_root: bool = False
    slim: bool = False
    without: str = ""
    as_is: bool = False


@dataclass(frozen=True, slots=True)
class Installer:
    """An installer that was written.

    Attributes:
        path: of the file.
        fingerprint: of the environment in it.
        sha256: (hex) of the file.
        size: bytes of the file.
        files: how many files and links it installs.
        installed: bytes of these.
        saved: by rule how many files, and bytes of them, were left out.
        warnings: what will not work.
    """

    path: Path
    fingerprint: str
    sha256: str
    size: int
    files: int
    installed: int
    saved: Mapping[str, tuple[int, int]]
    warnings: tuple[str, ...]


def build(services: Services, prefix: Path, output: Path, wish: Wish, *, lock: bytes | None = None) -> Installer:
    """Write an environment into a file that installs it where there is nothing but a POSIX shell, tar and gzip.

    Args:
        services: of this call.
        prefix: absolute path of the environment.
        output: the file.
        wish: how it shall be.
        lock: text of the lock that goes with it; None to write one from what is installed.

    Raises:
        RefusedError: it has no Python, or holds what cannot be taken along.
        InputError: the name cannot be one, or there are no installers for its platform.
        StorageError: it cannot be written.
    """
    from parity.wiring import packing

    installed = services.store.installed(prefix)
    _refuse(installed, wish)
    extra = _own_files(installed, wish)
    ready = packing.prepare(
        services, prefix, as_is=wish.as_is, lock=lock, without=_without(services, wish), strip=wish.slim, extra=extra
    )
    files = [one for one in ready.packed.files if not (wish.is_root and one.path in {ACTIVATE, UNPACK})]
    label = core.Label(
        name=wish.name,
        version=wish.version,
        platform=ready.packed.platform,
        licence=core.licences(wish.licence, _licences(installed)),
        is_root=wish.is_root,
        glibc=core.glibc_needed(installed),
        room=ready.size + 4096 * len(files),
    )
    with services.progress.stage(f"Writing {output.name}"):
        sha256 = _write(output, prefix, files, label, packing.source_date(services))
    return Installer(output, ready.packed.fingerprint, sha256, output.stat().st_size, len(files), ready.size,
                     ready.packed.saved, ready.packed.warnings)  # fmt: skip


def _refuse(installed: Sequence[InstalledPackage], wish: Wish) -> None:
    python = next((one for one in installed if one.name == "python" and one.source == "conda"), None)
    if python is None or tuple(map(int, python.version.split(".")[:2])) < _OLDEST_PYTHON:
        raise RefusedError(
            "an installer puts files in their place by the Python that it brings, and this environment has none of "
            "version 3.8 or later",
            hints=["add python to it", "`parity pack` needs none, where Parity unpacks it"],
        )
    if wish.is_root and not any(one.name == "parity-env" for one in installed):
        raise RefusedError("--root is for an environment that Parity is in", hints=["add parity-env to it"])


def _without(services: Services, wish: Wish) -> Callable[[str], str]:
    from parity.core.slim import rule_of, rules_of

    own = rules_of(wish.without)

    def rule(path: str) -> str:
        usual = rule_of(path) if wish.slim else ""
        if usual == "bytecode" and services.options.get("compile"):
            usual = ""
        return usual or own(path)

    return rule


def _own_files(installed: Sequence[InstalledPackage], wish: Wish) -> dict[str, tuple[bytes, bool]]:
    packages = [{"name": one.name, "version": one.version, "build_number": one.build_number}
                for one in core.in_order(installed)]  # fmt: skip
    about = {"name": wish.name, "version": wish.version, "packages": packages}
    found = {
        f"{META}/installer.json": ((json.dumps(about, indent=1) + "\n").encode(), False),
        f"{META}/place.py": ((PARTS / "place.py").read_bytes(), False),
        "uninstall.sh": ((PARTS / "uninstall.sh").read_bytes(), True),
    }
    if wish.is_root:
        found[MARKER] = (b"", False)
    return found


def _licences(installed: Sequence[InstalledPackage]) -> Iterator[tuple[str, str, str]]:
    from parity.errors import FaultsError
    from parity.formats.wheel_metadata import parse_metadata

    for one in installed:
        licence = ""
        if one.source == "conda":
            licence = str(json.loads(one.record.read_bytes()).get("license") or "")
        elif (one.record / "METADATA").is_file():
            text = (one.record / "METADATA").read_text(encoding="utf-8", errors="replace")
            try:
                licence = parse_metadata(text, one.name).license
            except FaultsError:
                licence = ""
        yield one.name, one.version, " ".join(licence.split())


def _write(output: Path, prefix: Path, files: Sequence[PackedFile], label: core.Label, moment: int) -> str:
    """Write header and archive, whole or not at all; returns the SHA-256 of the file."""
    import hashlib
    import os
    import shutil

    head, body = core.header((PARTS / "install.sh").read_text(encoding="utf-8"), label)
    part = output.with_name(f".{output.name}.parity-tmp-{os.getpid()}")
    archive = part.with_name(f"{part.name}.tar.gz")
    try:
        archives.write(archive, "tar.gz", prefix, files, moment=moment)
        with translated(output), archive.open("rb") as payload:
            digest = hashlib.sha256(body)
            while block := payload.read(1 << 20):
                digest.update(block)
            size = len(core.sealed(head, 0, "")) + len(body) + payload.tell()
            first = core.sealed(head, size, digest.hexdigest())
            with part.open("xb") as file:
                file.write(first + body)
                payload.seek(0)
                shutil.copyfileobj(payload, file, 1 << 20)
            part.chmod(0o755)
            part.replace(output)
    finally:
        for path in (part, archive):
            path.unlink(missing_ok=True)
    with output.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
