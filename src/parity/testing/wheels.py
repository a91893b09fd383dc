"""Tiny wheels, source distributions and indexes, made on the spot for tests that have no network.

Wheels follow the binary distribution format, indexes PEP 503. The same arguments give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)


def make_wheel(
    directory: Path,
    name: str,
    version: str = "1.0",
    *,
    requires: Sequence[str] = (),
    extras: Mapping[str, Sequence[str]] | None = None,
    requires_python: str = "",
    files: Mapping[str, str | bytes] | None = None,
    scripts: Mapping[str, str] | None = None,
    tag: str = "py3-none-any",
) -> Path:
    """Write a wheel.

    Args:
        directory: where to; made if need be.
        name: project name; the wheel brings a module of that name with `__version__`.
        version: PEP 440 version.
        requires: requirements (`numpy>=2`).
        extras: extra to its requirements.
        requires_python: range of interpreters.
        files: further files, path inside the wheel to content; `NAME-VERSION.data/...` works as in any wheel.
        scripts: console scripts, name to `module:function`.
        tag: compatibility tag.

    Returns:
        Its path.
    """
    stem = f"{name.replace('-', '_')}-{version}"
    module = name.replace("-", "_").lower()
    info = f"{stem}.dist-info"
    content: dict[str, bytes] = {f"{module}/__init__.py": f"__version__ = {version!r}\n".encode()}
    content.update((path, _bytes(data)) for path, data in (files or {}).items())
    content[f"{info}/METADATA"] = _metadata(name, version, requires, extras or {}, requires_python).encode()
    pure = str(tag.endswith("-any")).lower()
    content[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: parity\nRoot-Is-Purelib: {pure}\nTag: {tag}\n".encode()
    if scripts:
        lines = [f"{script} = {target}" for script, target in scripts.items()]
        content[f"{info}/entry_points.txt"] = ("[console_scripts]\n" + "\n".join(lines) + "\n").encode()
    record = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in content.items()]
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    directory.mkdir(parents=True, exist_ok=True)
    wheel = directory / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in content.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), data)
    return wheel


def make_project(directory: Path, name: str, version: str = "1.0", *, requires: Sequence[str] = ()) -> Path:
    """Write a source tree that builds without any build requirement: its backend stands in the tree.

    Returns:
        The directory of its `pyproject.toml`.
    """
    root = directory / name
    for path, text in _project_files(name, version, requires).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def make_sdist(directory: Path, name: str, version: str = "1.0", *, requires: Sequence[str] = ()) -> Path:
    """Write a source distribution that builds without any build requirement.

    Returns:
        Its path.
    """
    stem = f"{name.replace('-', '_')}-{version}"
    directory.mkdir(parents=True, exist_ok=True)
    sdist = directory / f"{stem}.tar.gz"
    files = _project_files(name, version, requires)
    files["PKG-INFO"] = _metadata(name, version, requires, {}, "")
    with tarfile.open(sdist, "w:gz") as archive:
        for path, text in sorted(files.items()):
            member = tarfile.TarInfo(f"{stem}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return sdist


def make_index(directory: Path, archives: Iterable[Path]) -> Path:
    """Lay archives out as a PEP 503 index of plain files, as a web server would serve it.

    Args:
        directory: gets `simple/NAME/index.html` and `files/`.
        archives: wheels and source distributions.

    Returns:
        The `simple` directory; its `as_uri()` is an index URL.
    """
    from parity.core.names import normalise

    files = directory / "files"
    files.mkdir(parents=True, exist_ok=True)
    pages: dict[str, list[str]] = {}
    for archive in archives:
        data = archive.read_bytes()
        (files / archive.name).write_bytes(data)
        name = normalise(archive.name.split("-")[0])
        link = f"../../files/{archive.name}#sha256={hashlib.sha256(data).hexdigest()}"
        pages.setdefault(name, []).append(f'<a href="{link}">{archive.name}</a><br>')
    for name, links in pages.items():
        page = directory / "simple" / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        body = "\n".join(sorted(links))
        page.write_text(f"<!DOCTYPE html><html><body>\n{body}\n</body></html>\n", encoding="utf-8")
    return directory / "simple"


def _metadata(
    name: str, version: str, requires: Sequence[str], extras: Mapping[str, Sequence[str]], requires_python: str
) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    for extra, requirements in extras.items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {requirement} ; extra == "{extra}"' for requirement in requirements]
    return "\n".join(lines) + "\n"


def _project_files(name: str, version: str, requires: Sequence[str]) -> dict[str, str]:
    module = name.replace("-", "_").lower()
    stem = f"{name.replace('-', '_')}-{version}"
    return {
        "pyproject.toml": (
            '[build-system]\nrequires = []\nbuild-backend = "tiny_backend"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = {list(requires)!r}\n'
        ),
        f"{module}/__init__.py": f"__version__ = {version!r}\n",
        "tiny_backend.py": _BACKEND.format(
            stem=stem, module=module, metadata=_metadata(name, version, requires, {}, "")
        ),
    }


# PEP 517 and PEP 660, with the standard library only
_BACKEND = """\
import os
import zipfile

STEM = {stem!r}
MODULE = {module!r}
METADATA = {metadata!r}


def _wheel(directory, files):
    info = STEM + ".dist-info"
    files = dict(files)
    files[info + "/METADATA"] = METADATA
    files[info + "/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[info + "/RECORD"] = "".join(path + ",,\\n" for path in [*files, info + "/RECORD"])
    name = STEM + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open(os.path.join(MODULE, "__init__.py")) as file:
        return _wheel(wheel_directory, {{MODULE + "/__init__.py": file.read()}})


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return _wheel(wheel_directory, {{"_" + MODULE + ".pth": os.getcwd() + "\\n"}})
"""


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
