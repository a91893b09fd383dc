"""Wheels for a prefix whose Python this machine cannot run.

uv installs them into a virtual environment of this machine's Python, with the target named on its command line; from
there they are moved to where the target's own Python would have had them, so that both ways give the same files.
"""

from __future__ import annotations

import csv
import io
import posixpath
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.contents import Places


def move(stage: Path, prefix: Path, places: Places) -> None:
    """Move what is installed in a virtual environment of this Python into a prefix, records (PEP 376) and all.

    Args:
        stage: the virtual environment; what no record names stays there.
        prefix: on the same disk.
        places: where the Python of the prefix has its things.
    """
    mine = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    here = f"lib/{mine}/site-packages"
    pip = f"bin/pip3.{sys.version_info[1]}"

    def moved(path: str) -> str:
        # In a virtual environment headers stand elsewhere than in a Python of its own.
        for old, new in ((here, places.site), (f"include/site/{mine}", places.headers)):
            if path.startswith(f"{old}/"):
                return new + path.removeprefix(old)
        # uv names this launcher by the Python that it installs for.
        return f"bin/pip3.{places.python_minor}" if path == pip else path

    for record in sorted((stage / here).glob("*.dist-info/RECORD")):
        rows = [row for row in csv.reader(io.StringIO(record.read_text(encoding="utf-8"))) if row]
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        for path, *rest in rows:
            source = posixpath.normpath(posixpath.join(here, path))
            target = moved(source)
            writer.writerow([posixpath.relpath(target, places.site), *rest])
            if (stage / source) != record and (stage / source).exists():
                (prefix / target).parent.mkdir(parents=True, exist_ok=True)
                (stage / source).replace(prefix / target)
        target = moved(f"{here}/{record.parent.name}/RECORD")
        (prefix / target).write_text(written.getvalue(), encoding="utf-8", newline="")
