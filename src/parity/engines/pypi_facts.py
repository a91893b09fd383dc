"""What conda provides, told to uv: wheels that hold metadata only, each the only candidate that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.names import normalise
from parity.engines.notes import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parity.core.ports import Distribution


def write(
    provided: Mapping[str, str], metadata: Mapping[str, Distribution], cache: Path
) -> tuple[list[str], list[str]]:
    """Make what conda provides the only candidates there are.

    Each becomes a wheel of metadata only; a constraint with its URL leaves uv no other choice.

    Args:
        provided: normalised name to version.
        metadata: normalised name to its requirements and extras; a name that is missing needs nothing.
        cache: directory that keeps the wheels; those with requirements lie below a name made of them, since uv
            reads a wheel at one path once.

    Returns:
        The constraint lines, and the names with a version that is none on PyPI (PEP 440), which cannot be facts.
    """
    from packaging.version import InvalidVersion, Version

    cache.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    odd: list[str] = []
    for name, text in sorted(provided.items()):
        try:
            version = str(Version(text))
        except InvalidVersion:
            odd.append(name)
            continue
        stem = f"{normalise(name).replace('-', '_')}-{version}"
        needs = _headers(metadata.get(name))
        wheel = (cache / _digest(needs) if needs else cache) / f"{stem}-py3-none-any.whl"
        if not wheel.exists():
            _write_wheel(wheel, stem, f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
        lines.append(f"{name} @ {wheel.as_uri()}")
    return lines, odd


def _headers(one: Distribution | None) -> str:
    if one is None:
        return ""
    lines = [f"Requires-Dist: {text}" for text in one.requires] + [f"Provides-Extra: {text}" for text in one.extras]
    return "".join(f"{line}\n" for line in lines)


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write_wheel(wheel: Path, stem: str, metadata: str) -> None:
    import io
    import zipfile

    info = f"{stem}.dist-info"
    files = {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: parity\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
    write_whole(wheel, data.getvalue())
