"""The revisions of a history."""

from __future__ import annotations

import pytest

from parity.errors import InputError, NotFoundError
from parity.formats import revisions
from parity.formats.history import parse
from parity.ops.revert import number_of

HISTORY = """\
==> 2024-01-02 10:20:30 <==
# cmd: conda create -n x python=3.11 numpy
+conda-forge/linux-64::python-3.11.7-hab00c5b_0_cpython
+defaults/noarch::tzdata-2024a-h04d1e81_0
+<unknown>/linux-64::local-tool-1.0-0
==> 2024-02-03 11:21:31 <==
-https://conda.anaconda.org/conda-forge/linux-64::python-3.11.7-hab00c5b_0_cpython
-<unknown>/linux-64::local-tool-1.0-0
+https://conda.anaconda.org/conda-forge/linux-64::python-3.12.1-hab00c5b_0_cpython
+pypi/pypi::requests-2.32.0-pypi_0
==> 2024-03-04 12:22:32 <==
-conda-forge/linux-64::python-3.12.1-hab00c5b_0_cpython
+conda-forge/linux-64::python-3.11.9-hab00c5b_0_cpython
"""

OLD = """\
==> 2013-05-06 10:11:12 <==
python-2.7.4-0
numpy-1.7.1-py27_0.tar.bz2
==> 2014-05-06 10:11:12 <==
+scipy-0.12-py27_0
-numpy-1.7.1-py27_0
"""


def test_what_was_there_after_each_revision_however_channels_are_written() -> None:
    past = parse(HISTORY)
    assert [one.dist for one in revisions.held(past, 0)] == [
        "local-tool-1.0-0",
        "python-3.11.7-hab00c5b_0_cpython",
        "tzdata-2024a-h04d1e81_0",
    ]
    python, zone = revisions.held(past, 1)
    assert (python.channel, python.subdir) == ("https://conda.anaconda.org/conda-forge", "linux-64")
    assert (python.name, python.version, python.build) == ("python", "3.12.1", "hab00c5b_0_cpython")
    assert (zone.channel, zone.subdir) == ("defaults", "noarch")
    assert revisions.held(past, 0)[0].channel == ""


def test_an_old_history_names_no_channels() -> None:
    past = parse(OLD)
    assert [(one.name, one.channel, one.subdir) for one in revisions.held(past, 0)] == [
        ("numpy", "", ""),
        ("python", "", ""),
    ]
    assert [one.dist for one in revisions.held(past, 1)] == ["python-2.7.4-0", "scipy-0.12-py27_0"]


def test_revisions_as_conda_prints_them() -> None:
    place = "https://conda.anaconda.org/conda-forge/linux-64"
    assert revisions.as_lines(parse(HISTORY))[5:] == [
        "2024-02-03 11:21:31  (rev 1)",
        f"     python  {{3.11.7 ({place}) -> 3.12.1 ({place})}}",
        "    -local-tool-1.0 (<unknown>/linux-64)",
        "    +requests-2.32.0 (pypi/pypi)",
        "",
        "2024-03-04 12:22:32  (rev 2)",
        "     python  {3.12.1 (conda-forge/linux-64) -> 3.11.9 (conda-forge/linux-64)}",
        "",
    ]
    assert revisions.as_lines(parse(OLD))[:4] == [
        "2013-05-06 10:11:12  (rev 0)",
        "    numpy-1.7.1-py27_0.tar.bz2",
        "    python-2.7.4-0",
        "",
    ]


def test_revisions_as_conda_has_them_in_json() -> None:
    data = revisions.as_json(parse(HISTORY))
    assert data[2] == {
        "date": "2024-03-04 12:22:32",
        "rev": 2,
        "install": [],
        "remove": [],
        "upgrade": [],
        "downgrade": [
            {
                "old": "python-3.12.1-hab00c5b_0_cpython-conda-forge/linux-64",
                "new": "python-3.11.9-hab00c5b_0_cpython-conda-forge/linux-64",
            }
        ],
    }
    assert data[0]["install"] == [
        "local-tool-1.0-0-<unknown>/linux-64",
        "python-3.11.7-hab00c5b_0_cpython-conda-forge/linux-64",
        "tzdata-2024a-h04d1e81_0-defaults/noarch",
    ]


def test_the_number_of_a_revision() -> None:
    assert number_of("1", HISTORY) == 1
    assert number_of("-1", HISTORY) == 2
    with pytest.raises(NotFoundError, match="no such revision: 3") as caught:
        number_of("3", HISTORY)
    assert "the last revision is 2" in caught.value.hints[0]
    with pytest.raises(NotFoundError, match="no such revision: 0"):
        number_of("0", "")
    with pytest.raises(InputError, match="expected revision number, not: 'last'"):
        number_of("last", HISTORY)
