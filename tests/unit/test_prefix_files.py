from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from parity.core.findings import Wanted
from parity.errors import IntegrityError
from parity.formats.prefix_files import decode_head, decode_paths, decode_record, decode_wheel_record

RECORD: dict[str, Any] = {
    "name": "kit", "version": "1.0", "build": "0", "build_number": 0, "subdir": "linux-64", "sha256": "a" * 64,
    "fn": "kit-1.0-0.conda", "url": "https://user:secret@host.invalid/c/linux-64/kit-1.0-0.conda", "channel": "c",
    "depends": ["python"],
    "files": ["bin/kit", "bin/link", "bin/run", "lib/a", "lib/old"],
    "paths_data": {"paths_version": 1, "paths": [
        {"_path": "bin/kit", "path_type": "hardlink", "sha256": "1", "sha256_in_prefix": "2",
         "prefix_placeholder": "/p"},
        {"_path": "bin/link", "path_type": "softlink", "sha256": "3", "sha256_in_prefix": "4"},
        {"_path": "bin/run", "path_type": "unix_python_entry_point"},
        {"_path": "lib/a", "path_type": "hardlink", "sha256": "5"},
        {"_path": "lib", "path_type": "directory"},
    ]},
}  # fmt: skip


def test_a_record() -> None:
    package, files = decode_record(json.dumps(RECORD).encode(), "x")
    assert package.dist == "kit-1.0-0"
    assert package.url == "https://host.invalid/c/linux-64/kit-1.0-0.conda"
    assert package.channel == "https://host.invalid/c/"
    assert files == {
        "bin/kit": Wanted("kit", "file", "2", "1", holds_prefix=True),
        "bin/link": Wanted("kit", "link", "4", "3"),
        "bin/run": Wanted("kit", "file", "", "", True, None, True),
        "lib/a": Wanted("kit", "file", "5", "5"),
        "lib/old": Wanted("kit", None),
    }
    assert decode_paths(json.dumps(RECORD).encode(), "x")[3] == RECORD["files"]


def test_a_package_whose_files_are_soft_links() -> None:
    record = {**RECORD, "link": {"source": "/pkgs/kit", "type": 2}}
    assert decode_record(json.dumps(record).encode(), "x")[1]["lib/a"].kind is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"name": "x"}', b"\xff\xfe"])
def test_a_broken_record(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        decode_record(data, "x")
    with pytest.raises(IntegrityError):
        decode_paths(data, "x")
    assert decode_head(data) is None


def test_what_a_record_that_was_cut_off_still_tells() -> None:
    data = json.dumps(RECORD, indent=2).encode()
    package = decode_head(data[: data.index(b'"bin/link"')])
    assert package is not None
    assert (package.dist, package.sha256) == ("kit-1.0-0", "a" * 64)


def test_a_wheel_record() -> None:
    digest = hashlib.sha256(b"x")
    text = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    lines = [f"pkg/a.py,sha256={text},1", f"../../../bin/run,sha256={text},1", '"pkg/a,b.py",,', "pkg/c.py,md5=abc,3",
             "../../../../outside,,", "/absolute,,", "pkg-1.dist-info/RECORD,,", ""]  # fmt: skip
    found = dict(decode_wheel_record("\n".join(lines), "pkg", "lib/python3.11/site-packages", "bin"))
    site = "lib/python3.11/site-packages"
    assert found == {
        f"{site}/pkg/a.py": Wanted("pkg", "file", digest.hexdigest()),
        "bin/run": Wanted("pkg", "file", digest.hexdigest(), "", True, None, True),
        f"{site}/pkg/a,b.py": Wanted("pkg"),
        f"{site}/pkg/c.py": Wanted("pkg"),
        f"{site}/pkg-1.dist-info/RECORD": Wanted("pkg"),
    }
