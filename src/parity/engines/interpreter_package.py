"""A Python installation as a conda package, deterministically: same installation, same bytes.

The prefix is never replaced inside binaries. Linkers let strings share their tails, so the path
`.../versions/3.11.7` may share its end with the version string, and a shorter path padded with zeros would
cut off `sys.version`. CPython finds its home from where it stands, and its libraries by relative run paths.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from parity.core.platforms import layout
from parity.engines.conda_archive import PackageFile, write_conda
from parity.engines.interpreter_elf import glibc_needed, is_elf, loaded_libraries, set_run_paths, soname
from parity.engines.interpreter_host import HostPython, clean, identify
from parity.engines.interpreter_tree import collect
from parity.errors import RefusedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


def package_interpreter(python: Path, channel: Path, *, environ: Mapping[str, str] | None = None) -> Path:
    """Make a conda package `python` from an installation, and `python_abi` beside it.

    Args:
        python: an interpreter, also a virtual environment's one or a shim, or the root of an installation.
        channel: directory of the channel; the package goes into its subdir. The channel is not indexed.
        environ: environment variables to run the interpreter with, those of this process by default.

    Returns:
        The `.conda` file.

    Raises:
        RefusedError: the installation cannot be packaged; says why.
        StorageError: a file cannot be read or written.
    """
    import tempfile
    from pathlib import Path

    environ = clean(os.environ if environ is None else environ)
    host = identify(python, environ)
    if host.unfit:
        raise RefusedError(
            f"{host.prefix} cannot be made into a conda package: {host.unfit}",
            hints=["use another Python, for example one that `uv python install` or pyenv made"],
        )
    try:
        with tempfile.TemporaryDirectory(prefix="parity-python-") as staging:
            return _package(host, channel, Path(staging), environ)
    except OSError as error:
        raise StorageError(f"{host.prefix} cannot be packaged: {error}") from error


def _package(host: HostPython, channel: Path, staging: Path, environ: Mapping[str, str]) -> Path:
    depends: list[str] = []
    bundled: list[str] = []
    left_out: tuple[str, ...] = ()
    if host.subdir.startswith("linux-"):
        dynload = host.prefix / f"lib/python{host.short}/lib-dynload"
        loaded = loaded_libraries(host.executable, dynload, host.prefix, environ)
        left_out = loaded.left_out
        files, bundled = _relocatable(host, collect(host, left_out), loaded.libraries, staging)
        glibc = glibc_needed(file.source for file in files if file.source and file.source.is_relative_to(staging))
        if glibc is not None:
            depends.append(f"__glibc >={glibc},<3.0.a0")
    else:
        files = collect(host)
    tag = f"cp{host.short.replace('.', '')}"
    index = {
        "name": "python",
        "version": host.version,
        "build": f"h{content_hash(files, depends)[:7]}_0_cpython",
        "build_number": 0,
        "subdir": host.subdir,
        "depends": depends,
        "constrains": [f"python_abi {host.short}.* *_{tag}"],
        "license": "Python-2.0",
        "license_family": "PSF",
        "python_site_packages_path": layout(host.subdir).site_packages(host.version),
    }
    about = {
        "summary": "The Python programming language, made from an installation by Parity",
        "home": "https://www.python.org/",
        "license": "Python-2.0",
        # No more than the files tell: made from an environment of Parity's, it is the same package again.
        "extra": {"bundled_libraries": bundled},
    }
    _write_abi(channel, host.short, tag)
    return write_conda(channel / host.subdir, index, files, about=about, info_files=_licence(files))


def _relocatable(
    host: HostPython, files: Sequence[PackageFile], libraries: Sequence[Path], staging: Path
) -> tuple[list[PackageFile], list[str]]:
    """The files with ELF ones replaced by relocatable copies, foreign libraries added, and the names of those."""
    import shutil

    folder = f"lib/python{host.short}/lib-bundled"
    names = {f"{folder}/{soname(path)}": path for path in libraries}
    copies = dict(names)
    result = []
    for file in files:
        if file.source is not None and is_elf(file.source):
            copies[file.path] = file.source
        else:
            result.append(file)
    for place, source in copies.items():
        target = staging / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o755)
        result.append(PackageFile(place, source=target, executable=True))
    set_run_paths(staging, sorted(copies), ["lib", folder] if names else ["lib"])
    return sorted(result, key=lambda file: file.path), sorted(posixpath.basename(name) for name in names)


def content_hash(files: Iterable[PackageFile], depends: Sequence[str]) -> str:
    """SHA-256 over what a package installs: paths, modes, links, content; independent of their order."""
    import hashlib

    total = hashlib.sha256("\n".join(depends).encode())
    for file in sorted(files, key=lambda file: file.path):
        if file.symlink is not None:
            content = file.symlink.encode()
        elif file.source is not None:
            content = file.source.read_bytes()
        else:
            content = file.data or b""
        kind = "link" if file.symlink is not None else "executable" if file.executable else "file"
        total.update(f"\0{file.path}\0{kind}\0{hashlib.sha256(content).hexdigest()}".encode())
    return total.hexdigest()


def _licence(files: Iterable[PackageFile]) -> dict[str, bytes]:
    for file in files:
        if posixpath.basename(file.path) == "LICENSE.txt" and file.source is not None and file.path.count("/") <= 2:
            return {"licenses/LICENSE.txt": file.source.read_bytes()}
    return {}


def _write_abi(channel: Path, short: str, tag: str) -> None:
    """The empty package by which binary packages of conda-forge name the Python they were built for."""
    index = {
        "name": "python_abi",
        "version": short,
        "build": f"0_{tag}",
        "build_number": 0,
        "subdir": "noarch",
        "noarch": "generic",
        "depends": [],
        "constrains": [f"python {short}.* *_cpython"],
        "license": "BSD-3-Clause",
    }
    write_conda(channel / "noarch", index, [])
