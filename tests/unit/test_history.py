"""conda-meta/history."""

from __future__ import annotations

from parity.formats.history import Revision, parse, render_entry, requested_specs
from parity.model import MatchSpec

CONDA = """\
==> 2024-01-02 10:20:30 <==
# cmd: /opt/conda/bin/conda create -n x python=3.11 numpy
# conda version: 24.1.0
+conda-forge/linux-64::python-3.11.7-hab00c5b_0_cpython
+conda-forge/noarch::tzdata-2024a-h0c530f3_0
# update specs: ['python=3.11', "numpy[version='>=1,<2']", 'scipy']
==> 2024-02-03 11:21:31 <==
# cmd: /opt/conda/bin/conda remove numpy
# conda version: 24.1.0
-conda-forge/linux-64::numpy-1.26-py311_0
# remove specs: ['numpy']
==> 2024-03-04 12:22:32 <==
# cmd: micromamba install python=3.12
# update specs: ["python=3.12","conda-forge::zlib"]
# neutered specs: ['scipy']
"""

OLD = """\
==> 2013-05-06 10:11:12 <==
python-2.7.4-0
numpy-1.7.1-py27_0
==> 2014-05-06 10:11:12 <==
# install specs: numpy >=1.7,<2, scipy
+scipy-0.12-py27_0
"""


def test_a_history_of_conda_is_read() -> None:
    first, second, third = parse(CONDA)
    assert first == Revision(
        "2024-01-02 10:20:30",
        "/opt/conda/bin/conda create -n x python=3.11 numpy",
        "24.1.0",
        update=("python=3.11", "numpy[version='>=1,<2']", "scipy"),
        added=(
            "conda-forge/linux-64::python-3.11.7-hab00c5b_0_cpython",
            "conda-forge/noarch::tzdata-2024a-h0c530f3_0",
        ),
    )
    assert second.removed == ("conda-forge/linux-64::numpy-1.26-py311_0",)
    assert second.remove == ("numpy",)
    assert third.update == ("python=3.12", "conda-forge::zlib")


def test_later_requests_replace_earlier_ones_and_removals_forget() -> None:
    assert requested_specs(parse(CONDA)) == (
        MatchSpec("python", "3.12.*"),
        MatchSpec("scipy"),
        MatchSpec("zlib", channel="conda-forge"),
    )


def test_an_old_history_with_whole_lists_and_joined_specs_is_read() -> None:
    first, second = parse(OLD)
    assert first.state == ("python-2.7.4-0", "numpy-1.7.1-py27_0")
    assert second.update == ("numpy >=1.7,<2", "scipy")


def test_a_spec_that_cannot_be_read_counts_with_its_name() -> None:
    assert requested_specs([Revision("", update=("numpy >=1 <2",))]) == (MatchSpec("numpy"),)


def test_an_entry_is_written_as_conda_writes_it() -> None:
    first = parse(CONDA)[0]
    assert CONDA.startswith(render_entry(first))


def test_an_empty_history_has_no_revisions() -> None:
    assert parse("") == ()
