from __future__ import annotations

import json

from parity.formats import simple_index

HTML = """<!DOCTYPE html><html><body>
<a href="../../files/demo-1.0-py3-none-any.whl#sha256=00" data-requires-python="&gt;=3.9">demo-1.0-py3-none-any.whl</a>
<a href="https://files.example.org/demo-1.10.tar.gz">demo-1.10.tar.gz</a>
<a>no link</a></body></html>"""


def test_a_page_of_links() -> None:
    assert simple_index.file_names(HTML, "text/html") == ("demo-1.0-py3-none-any.whl", "demo-1.10.tar.gz")


def test_a_page_in_json() -> None:
    text = json.dumps({"files": [{"filename": "demo-2.0.tar.gz", "url": "x"}]})
    assert simple_index.file_names(text, "application/vnd.pypi.simple.v1+json") == ("demo-2.0.tar.gz",)


def test_versions_are_sorted_as_versions_and_odd_names_are_passed_over() -> None:
    names = ["demo-1.10.tar.gz", "demo-1.9-py3-none-any.whl", "demo-1.9.tar.gz", "other-3.0.tar.gz", "demo.exe"]
    assert simple_index.versions(names, "demo") == ("1.9", "1.10")
