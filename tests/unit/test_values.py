from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle

import pytest

from parity import model
from parity.values import dataclass, defaults, field, replace


@dataclass(frozen=True, slots=True)
class Spot:
    """A value with every kind of field."""

    x: int
    name: str = "here"
    tags: dict[str, int] = field(default_factory=dict, compare=False)
    kind: str = field(default="spot", init=False, repr=False, compare=False)

    @property
    def twice(self) -> int:
        return 2 * self.x


@dataclasses.dataclass(frozen=True, slots=True)
class Twin:
    """The same, made by the standard library."""

    x: int
    name: str = "here"
    tags: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
    kind: str = dataclasses.field(default="spot", init=False, repr=False, compare=False)


def test_objects_are_made_compared_and_shown_as_the_standard_library_does() -> None:
    one, other = Spot(1), Spot(1, "here", {"a": 1})
    assert one == other
    assert hash(one) == hash(other)
    assert one != Spot(2)
    assert one != Twin(1)  # type: ignore[comparison-overlap]
    assert repr(other).replace("Spot", "Twin") == repr(Twin(1, "here", {"a": 1}))
    assert (one.kind, one.twice) == ("spot", 2)
    assert one.tags is not Spot(1).tags


@pytest.mark.parametrize(
    ("args", "keywords"), [((), {}), ((1, "a", {}, "b"), {}), ((1,), {"kind": "b"}), ((1,), {"z": 1})]
)
def test_wrong_arguments_are_refused_in_the_same_words(args: tuple[object, ...], keywords: dict[str, object]) -> None:
    said = []
    for kind in (Spot, Twin):
        with pytest.raises(TypeError) as error:
            kind(*args, **keywords)  # type: ignore[arg-type]
        said.append(str(error.value).replace(kind.__name__, ""))
    assert said[0] == said[1]


def test_objects_cannot_be_changed() -> None:
    one = Spot(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.x
    with pytest.raises(AttributeError):
        setattr(one, "other", 2)  # noqa: B010


def test_the_standard_library_and_inspect_know_the_class() -> None:
    one = Spot(1)
    assert dataclasses.is_dataclass(Spot)
    assert [each.name for each in dataclasses.fields(one)] == [each.name for each in dataclasses.fields(Twin)]
    assert dataclasses.asdict(one) == dataclasses.asdict(Twin(1))
    assert dataclasses.replace(one, x=3) == replace(one, x=3) == Spot(3)
    assert list(inspect.signature(Spot).parameters) == list(inspect.signature(Twin).parameters)
    assert list(defaults(Spot)) == ["x", "name", "tags"]
    match one:
        case Spot(x, name):
            assert (x, name) == (1, "here")
    with pytest.raises(TypeError):
        replace(one, kind="other")


def test_copies_and_pickles_are_equal() -> None:
    package = model.PypiPackage("numpy", "2.0", requires_dist=("a", "b"))
    for made in (copy.copy(package), copy.deepcopy(package), pickle.loads(pickle.dumps(package))):  # noqa: S301
        assert made == package
        assert made.requires_dist == package.requires_dist
        assert made.source == "pypi"


def test_other_kinds_of_classes_are_refused() -> None:
    with pytest.raises(TypeError):
        dataclass(frozen=False, slots=True)
