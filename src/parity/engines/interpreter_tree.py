"""Which files of a Python installation go into its package, and how their text is made independent of the place.

Left out: what others installed, tests, bytecode, static libraries, the editor, and what marks or changes the host's
installation (`EXTERNALLY-MANAGED`, `sitecustomize`). Debian splits its tree and patches it to install into
`dist-packages`; what that changes is set back by definitions that come after its own.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from parity.engines.conda_archive import PackageFile
from parity.errors import RefusedError
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from parity.engines.interpreter_host import HostPython

PLACEHOLDER = "/parity-python-prefix-placeholder"
"""Stands for the prefix in text files, wherever the original was installed: same Python, same package."""

_DIRS_LEFT_OUT = frozenset(
    {"__pycache__", "site-packages", "dist-packages", "test", "tests", "idle_test", "idlelib", "turtledemo"}
)
_FILES_LEFT_OUT = frozenset(
    {"EXTERNALLY-MANAGED", "sitecustomize.py", "usercustomize.py", "_distutils_system_mod.py", ".DS_Store"}
)
_SUFFIXES_LEFT_OUT = (".a", ".o", ".pyc", ".pdb")
_TEST_MODULES = regex(r"(_test|_xxtest|xxlimited|_ctypes_test)\w*\..*")

_SYSTEM_PREFIXES = (Path("/usr"), Path("/usr/local"))
_README = b"Packages of this environment that are written in Python are installed here.\n"


def collect(host: HostPython, left_out: Collection[str] = ()) -> list[PackageFile]:
    """The files of an installation at their places in a prefix, sorted by path.

    Args:
        host: the installation.
        left_out: names of extension modules that do not go along.

    Raises:
        RefusedError: the tree is not one that can be packaged.
    """
    found = dict(_windows(host) if host.subdir.startswith("win-") else _posix(host, left_out))
    if host.debian:
        found |= _undebianised(host, found)
    files = {}
    for place, source in found.items():
        if isinstance(source, Path):
            file = _linked(place, source) or _regular(place, source, host)
        else:
            file = PackageFile(place, data=source)
        files[place] = file
    kept = {place: file for place, file in files.items() if file.symlink is None or _target(file) in files}
    for name in _names_of(host):
        kept[name] = PackageFile(name, symlink=f"python{host.short}")
    return [kept[place] for place in sorted(kept)]


def _target(file: PackageFile) -> str:
    return f"{file.path.rpartition('/')[0]}/{file.symlink}"


def _names_of(host: HostPython) -> tuple[str, ...]:
    return () if host.subdir.startswith("win-") else ("bin/python", "bin/python3")


def _linked(place: str, source: Path) -> PackageFile | None:
    """A link to a neighbour stays one; any other is replaced by what it leads to."""
    if source.is_symlink() and place.rpartition("/")[2] == source.name:
        target = str(source.readlink())
        if "/" not in target and target not in ("", ".", ".."):
            return PackageFile(place, symlink=target)
    return None


def _regular(place: str, source: Path, host: HostPython) -> PackageFile:
    executable = bool(source.stat().st_mode & 0o111)
    content = source.read_bytes()
    replaced = with_placeholder(content, host.prefix, host.multiarch if host.debian else "")
    if replaced is not None:
        return PackageFile(place, data=replaced, executable=executable, placeholder=PLACEHOLDER)
    return PackageFile(place, source=source, executable=executable)


def with_placeholder(content: bytes, prefix: Path, multiarch: str = "") -> bytes | None:
    """Text with the prefix of its installation replaced; None where it is binary or does not name it.

    `/usr` and `/usr/local` name the whole system, so there only what belongs to the Python counts. Debian's
    library directory `/usr/lib/<multiarch>` becomes `lib`.
    """
    name = str(prefix).encode()
    if name not in content or b"\0" in content:
        return None
    if prefix in _SYSTEM_PREFIXES:
        if multiarch:
            content = content.replace(b"%s/lib/%s" % (name, multiarch.encode()), b"%s/lib" % name)
        folder, end = rb"/(?:bin|lib|include)", rb"(?:[\s'\":;,]|$)"
        pattern = rb"(?<![\w./-])%s(?=(?:%s)?%s|%s/python3)" % (re.escape(name), folder, end, folder)
    else:
        pattern = re.escape(name) + rb"(?![\w.+-])"
    replaced, count = re.subn(pattern, PLACEHOLDER.encode(), content)
    return replaced if count else None


def _walk(root: Path, place: str) -> Iterator[tuple[str, Path]]:
    for folder, directories, names in os.walk(root):
        directories[:] = sorted(name for name in directories if name not in _DIRS_LEFT_OUT)
        inside = Path(folder).relative_to(root).as_posix()
        base = place if inside == "." else f"{place}/{inside}"
        for name in sorted(names):
            path = Path(folder, name)
            if name in _FILES_LEFT_OUT or name.endswith(_SUFFIXES_LEFT_OUT) or not path.is_file():
                continue
            yield f"{base}/{name}", path


def _posix(host: HostPython, left_out: Collection[str]) -> Iterator[tuple[str, Path | bytes]]:
    prefix, version = host.prefix, host.short
    library = f"lib/python{version}"
    if not (prefix / library / "os.py").is_file():
        raise RefusedError(f"{prefix} has no {library}/os.py", hints=["install the complete Python there"])
    yield f"bin/python{version}", host.executable
    for script in (f"python{version}-config", f"pydoc{version}"):
        if (prefix / "bin" / script).is_file():
            yield f"bin/{script}", prefix / "bin" / script
    for place, path in _walk(prefix / library, library):
        relative = place.removeprefix(f"{library}/")
        module = relative.removeprefix("lib-dynload/")
        if module != relative and (_TEST_MODULES.match(module) or module.split(".")[0] in left_out):
            continue
        if relative.startswith("config-") and path.name.startswith("libpython"):
            continue
        yield place, path
    yield f"{library}/site-packages/README.txt", _README
    yield from _walk(prefix / f"include/python{version}", f"include/python{version}")
    for pattern in (f"libpython{version}.so*", f"libpython{version}.dylib", "libpython3.so"):
        for path in (prefix / "lib" / (host.multiarch if host.debian else "")).glob(pattern):
            yield f"lib/{path.name}", path
    for path in (prefix / "lib/pkgconfig").glob(f"python-{version}*.pc"):
        yield f"lib/pkgconfig/{path.name}", path
    if prefix not in _SYSTEM_PREFIXES:
        yield from _data(prefix, tk="_tkinter" not in left_out)


def _data(prefix: Path, *, tk: bool) -> Iterator[tuple[str, Path]]:
    """What a self-contained installation brings along for its libraries."""
    if (prefix / "share/terminfo").is_dir():
        yield from _walk(prefix / "share/terminfo", "share/terminfo")
    for pattern in ("tcl[0-9]*", "tk[0-9]*", "itcl[0-9]*", "thread[0-9]*") if tk else ():
        for folder in sorted((prefix / "lib").glob(pattern)):
            yield from _walk(folder, f"lib/{folder.name}")


def _windows(host: HostPython) -> Iterator[tuple[str, Path | bytes]]:
    prefix = host.prefix
    for pattern in ("python*.exe", "*.dll", "LICENSE.txt"):
        for path in sorted(prefix.glob(pattern)):
            yield path.name, path
    for folder in ("DLLs", "Lib", "include", "libs", "tcl"):
        for place, path in _walk(prefix / folder, folder):
            if folder != "DLLs" or not _TEST_MODULES.match(path.name):
                yield place, path
    yield "Lib/site-packages/README.txt", _README


_SCHEMES = """
def _get_preferred_schemes():
    return {"prefix": "posix_prefix", "home": "posix_home", "user": "posix_user"}


"""

# Since 3.11 `site` is frozen into the interpreter, so its file cannot be changed to any effect. Debian's one still
# looks for `.pth` files in a directory of this installation that nobody else uses.
_SITE_HOOK = b"import _site_packages; _site_packages.activate(sitedir, known_paths)\n"
_SITE_MODULE = b'''"""Packages go where CPython itself has them, not where the distribution that built it wants them."""

import os
import site
import sys


def getsitepackages(prefixes=None):
    """Return the site-packages directory of every prefix."""
    name = "python%d.%d" % sys.version_info[:2]
    chosen = dict.fromkeys(site.PREFIXES if prefixes is None else prefixes)
    return [os.path.join(prefix, "lib", name, "site-packages") for prefix in chosen if prefix]


def activate(replaced, known_paths):
    """Put site-packages on sys.path, in the place of its neighbour."""
    if replaced in sys.path:
        sys.path.remove(replaced)
    site.addsitedir(os.path.join(os.path.dirname(replaced), "site-packages"), known_paths)
    site.getsitepackages = getsitepackages
'''

_ENSUREPIP = """
def _ensurepip_is_disabled_in_debian_for_system():
    pass


import pathlib as _pathlib

_WHEEL_PKG_DIR = _pathlib.Path(__file__).parent / "_bundled"
"""


def _undebianised(host: HostPython, found: dict[str, Path | bytes]) -> dict[str, Path | bytes]:
    library = f"lib/python{host.short}"
    changed: dict[str, Path | bytes] = {}
    sysconfig = f"{library}/sysconfig/__init__.py"
    if sysconfig not in found:
        sysconfig = f"{library}/sysconfig.py"
    # The functions after this one have its answer as a default value, so it must stand before them.
    scheme = r"^def get_preferred_scheme\("
    ensurepip = f"{library}/ensurepip/__init__.py"
    for place, text, before in ((sysconfig, _SCHEMES, scheme), (ensurepip, _ENSUREPIP, r"\Z")):
        source = found.get(place)
        if isinstance(source, Path):
            changed[place] = _with_definitions(source, text, before)
    changed[f"{library}/dist-packages/site-packages.pth"] = _SITE_HOOK
    changed[f"{library}/_site_packages.py"] = _SITE_MODULE
    if ensurepip in changed:
        for pattern in ("pip-*.whl", "setuptools-*.whl"):
            for wheel in sorted((host.prefix / "share/python-wheels").glob(pattern)):
                changed[f"{library}/ensurepip/_bundled/{wheel.name}"] = wheel
    configuration = host.prefix / "include" / host.multiarch / f"python{host.short}/pyconfig.h"
    if host.multiarch and configuration.is_file():
        changed[f"include/python{host.short}/pyconfig.h"] = configuration
    return changed


def _with_definitions(source: Path, text: str, before: str) -> bytes:
    """A module with definitions that replace its own."""
    code = source.read_text(encoding="utf-8")
    match = re.search(before, code, re.MULTILINE)
    if match is None:
        raise RefusedError(
            f"{source} is patched by its distribution in a way that cannot be undone",
            hints=["use a Python from uv, pyenv or conda instead"],
        )
    return (code[: match.start()] + text.lstrip("\n") + code[match.start() :]).encode()
