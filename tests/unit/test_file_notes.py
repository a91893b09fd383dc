"""What is noted of installed files beyond their records."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from parity.core.records import Owner, PackageNote
from parity.store import file_notes

if TYPE_CHECKING:
    from pathlib import Path

SITE = "lib/python3.11/site-packages"


def test_a_project_that_carries_another_inside_is_noted_by_its_own_record(tmp_path: Path) -> None:
    files = {
        f"{SITE}/tool-1.dist-info/RECORD": "its own",
        f"{SITE}/tool/_vendor/inner-2.dist-info/RECORD": "of what it carries",
        "bin/tool": "#!/bin/sh\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "bin/tool").chmod(0o755)
    file_notes.write(tmp_path, [Owner("pypi", "tool", "1", "", [*files])], prefix=tmp_path)
    digest = hashlib.sha256(b"its own").hexdigest()
    assert file_notes.read(tmp_path).packages == {"pypi:tool-1": PackageNote(frozenset({"bin/tool"}), {}, digest)}


def test_what_was_learned_before_is_noted_as_it_is(tmp_path: Path) -> None:
    known = {"conda:a-1-0": PackageNote(frozenset({"bin/a"}), {"lib/l.so": "l.so.1"})}
    file_notes.write(tmp_path, [], prefix=tmp_path, known=known)
    assert file_notes.read(tmp_path).packages == known
