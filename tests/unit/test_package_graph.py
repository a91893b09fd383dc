from __future__ import annotations

from parity.core.package_graph import find, package_graph, tops
from parity.core.package_tree import lines, tree
from parity.core.why import chains, shortest
from parity.model import CondaPackage, MatchSpec, PipLine, PypiPackage


def conda(name: str, *depends: str, version: str = "1.0") -> CondaPackage:
    fn = f"{name}-{version}-0.conda"
    return CondaPackage(name, version, "0", 0, "linux-64", f"https://c/linux-64/{fn}", "https://c", fn, depends=depends)


def pypi(name: str, *requires: str) -> PypiPackage:
    return PypiPackage(name, "1.0", requires_dist=requires)


def line(text: str, name: str) -> PipLine:
    return PipLine("requirement", text, text, name=name)


PACKAGES = (
    conda("python", "libz >=1", "__glibc >=2.17", version="3.11.7"),
    conda("libz"),
    conda("numpy", "python >=3.11,<3.12", "libz"),
    conda("pytorch", "numpy"),
    conda("scipy", "numpy >=1.2,<3"),
    pypi("alpha", "beta>=1", "NumPy>1; python_version >= '3'", "gamma; extra == 'fancy'", "old; python_version < '3'"),
    pypi("beta"),
    pypi("gamma", "torch>=2"),
)
SPECS = (MatchSpec("scipy", ">=1", text="scipy >=1"), MatchSpec("python", text="python"))
PIP = (line("alpha[fancy]", "alpha"),)
GRAPH = package_graph(PACKAGES, "linux-64", SPECS, PIP)


def steps(name: str) -> list[list[str]]:
    key = find(name, GRAPH.packages)
    assert key is not None
    return [[step.key for step in chain.steps] for chain in chains(GRAPH, key)]


def test_conda_dependencies_lead_to_conda_packages_and_virtual_ones_are_left_out() -> None:
    assert [need.key for need in GRAPH.needs["conda:python"]] == ["conda:libz"]


def test_a_pypi_requirement_that_conda_answers_leads_there_also_under_another_name() -> None:
    assert {need.key for need in GRAPH.needs["pypi:alpha"]} == {
        "conda:python", "conda:numpy", "pypi:beta", "pypi:gamma",
    }  # fmt: skip
    assert {need.key for need in GRAPH.needs["pypi:gamma"]} == {"conda:python", "conda:pytorch"}


def test_an_extra_counts_only_where_somebody_asks_for_it() -> None:
    plain = package_graph(PACKAGES, "linux-64", SPECS, (line("alpha", "alpha"),))
    assert "pypi:gamma" not in {need.key for need in plain.needs["pypi:alpha"]}


def test_chains_begin_at_each_line_that_leads_there_the_shortest_first() -> None:
    assert steps("numpy") == [["conda:scipy", "conda:numpy"], ["pypi:alpha", "conda:numpy"]]
    assert steps("libz")[0] == ["conda:python", "conda:libz"]
    assert steps("scipy") == [["conda:scipy"]]


def test_a_chain_says_by_which_requirement_each_step_is_needed() -> None:
    chain = chains(GRAPH, "conda:numpy")[0]
    assert chain.line == "scipy >=1"
    assert [step.text for step in chain.steps] == ["scipy >=1", "numpy >=1.2,<3"]


def test_the_shortest_chain_of_all_is_found_for_every_package() -> None:
    found = shortest(GRAPH)
    assert found.keys() == GRAPH.packages.keys()
    assert [step.key for step in found["conda:pytorch"].steps] == ["pypi:alpha", "pypi:gamma", "conda:pytorch"]


def test_a_person_may_use_the_name_of_either_world() -> None:
    assert find("torch", GRAPH.packages) == "conda:pytorch"
    assert find("Alpha", GRAPH.packages) == "pypi:alpha"
    assert find("nothing", GRAPH.packages) is None


def test_without_lines_of_a_person_what_nothing_needs_is_taken_for_asked() -> None:
    graph = package_graph(PACKAGES, "linux-64")
    assert not graph.stated
    assert [need.key for need in graph.asked] == ["conda:scipy", "pypi:alpha", "pypi:gamma"]


def test_a_circle_that_nothing_leads_to_has_one_top() -> None:
    graph = package_graph((conda("a", "b"), conda("b", "a"), conda("c")), "linux-64")
    assert tops(graph.needs) == ("conda:a", "conda:c")


def test_a_tree_unfolds_every_package_once() -> None:
    drawn = [prefix + branch.key + (" *" if branch.repeated else "") for prefix, branch in lines(tree(GRAPH))]
    assert drawn == [
        "conda:scipy",
        "└── conda:numpy",
        "    ├── conda:libz",
        "    └── conda:python",
        "        └── conda:libz",
        "conda:python *",
        "pypi:alpha",
        "├── conda:numpy *",
        "├── pypi:beta",
        "└── pypi:gamma",
        "    └── conda:pytorch",
        "        └── conda:numpy *",
    ]


def test_what_nobody_asked_for_and_nothing_needs_stands_at_the_end_of_a_tree() -> None:
    pip = PypiPackage("pip", "25.0")
    graph = package_graph((*PACKAGES, pip), "linux-64", (MatchSpec("scipy", text="scipy >=1"),))
    assert [(branch.key, branch.text) for branch in tree(graph)] == [
        ("conda:scipy", "scipy >=1"), ("pypi:alpha", ""), ("pypi:gamma", ""), ("pypi:pip", ""),
    ]  # fmt: skip


def test_an_inverted_tree_shows_what_needs_a_package() -> None:
    (branch,) = tree(GRAPH, "conda:pytorch", invert=True)
    assert [prefix + each.key for prefix, each in lines((branch,), ascii_only=True)] == [
        "conda:pytorch", "`-- pypi:gamma", "    `-- pypi:alpha",
    ]  # fmt: skip
    assert branch.children[0].text == "torch>=2"


def test_depth_cuts_the_tree() -> None:
    assert [each.key for _, each in lines(tree(GRAPH, "pypi:gamma", depth=0))] == ["pypi:gamma"]
    assert len(list(lines(tree(GRAPH, "pypi:gamma", depth=1)))) == 2


def test_a_circle_ends_in_a_tree() -> None:
    graph = package_graph((conda("a", "b"), conda("b", "a")), "linux-64", (MatchSpec("a"),))
    assert [each.key for _, each in lines(tree(graph))] == ["conda:a", "conda:b", "conda:a"]
