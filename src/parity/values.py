"""Value classes that cost little to declare: `@dataclass(frozen=True, slots=True)` of the standard library, made later.

`dataclasses` writes and compiles six methods of every class when it is declared, half a millisecond each; a command
imports a hundred such classes and makes objects of a few. Here `__init__` is written for a class that makes its first
object, and the other methods are shared. Type checkers see the standard library's own; `fields`, `asdict`, `replace`,
`match` and `pickle` work as there. See docs/adr/0014-cheap-value-classes.md.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

__all__ = ["dataclass", "defaults", "field", "replace"]

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import dataclass, field, replace

    def defaults(kind: type) -> Mapping[str, object]: ...

else:
    _MISSING = object()

    class _Spec:
        """What `field()` says of one field."""

        __slots__ = ("compare", "default", "factory", "init", "repr")

        def __init__(self, default, factory, init, repr, compare):  # noqa: A002 - the words of dataclasses
            self.default, self.factory, self.init, self.repr, self.compare = default, factory, init, repr, compare

    def field(*, default=_MISSING, default_factory=_MISSING, init=True, repr=True, compare=True):  # noqa: A002
        """As `dataclasses.field`."""
        return _Spec(default, default_factory, init, repr, compare)

    def dataclass(*, frozen, slots):
        """As `dataclasses.dataclass`; only frozen and slotted classes without a base of their kind are made here."""
        if not (frozen and slots):
            raise TypeError("only frozen and slotted classes are made here; take `dataclasses` for others")
        return _declare

    def replace(value, /, **changes):
        """As `dataclasses.replace`."""
        specs = getattr(type(value), "__value_specs__", None)
        if specs is None:
            from dataclasses import replace as other

            return other(value, **changes)
        kept = {name: getattr(value, name) for name, spec in specs.items() if spec.init and name not in changes}
        return type(value)(**kept, **changes)

    def defaults(kind):
        """Default of each field that `__init__` takes, by name; an object of its own for one that has none."""
        return {name: spec.default for name, spec in kind.__value_specs__.items() if spec.init}

    def _declare(cls):
        namespace = dict(cls.__dict__)
        for gone in ("__dict__", "__weakref__"):
            namespace.pop(gone, None)
        specs = {}
        for name in namespace.get("__annotations__", ()):
            default = namespace.pop(name, _MISSING)
            specs[name] = default if isinstance(default, _Spec) else _Spec(default, _MISSING, True, True, True)
        compared = [name for name, spec in specs.items() if spec.compare]

        def first(self, *args, **kwargs):
            _write_init(made)
            made.__init__(self, *args, **kwargs)

        namespace |= {"__slots__": tuple(specs), "__value_specs__": specs, "__init__": first, **_LAZY}
        namespace["__match_args__"] = tuple(name for name, spec in specs.items() if spec.init)
        namespace["__value_key__"] = attrgetter(*compared) if compared else type
        made = type(cls)(cls.__name__, cls.__bases__, {**_SHARED, **namespace})
        made.__qualname__ = cls.__qualname__
        return made

    def _write_init(cls):
        """Give a class the `__init__` that its fields describe."""
        names, parameters, lines = {"_factory": _MISSING}, [], []
        for name, spec in cls.__value_specs__.items():
            names[f"_set_{name}"] = cls.__dict__[name].__set__
            given = name
            if spec.factory is not _MISSING:
                names[f"_make_{name}"] = spec.factory
                given = f"_make_{name}() if {name} is _factory else {name}" if spec.init else f"_make_{name}()"
            elif spec.default is not _MISSING:
                names[f"_default_{name}"] = spec.default
                given = name if spec.init else f"_default_{name}"
            lines.append(f"\n _set_{name}(self, {given})")
            if spec.init:
                default = "=_factory" if spec.factory is not _MISSING else f"=_default_{name}"
                plain = spec.factory is _MISSING and spec.default is _MISSING
                parameters.append(name + ("" if plain else default))
        exec(f"def __init__(self, {', '.join(parameters)}):{''.join(lines) or ' pass'}", names)  # noqa: S102
        init = names["__init__"]
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        init.__annotations__ = {name: cls.__annotations__[name] for name in cls.__match_args__}
        cls.__init__ = init

    def _equal(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        key = self.__value_key__
        return key(self) == key(other)

    def _hash(self):
        return hash(self.__value_key__(self))

    def _repr(self):
        shown = (f"{name}={getattr(self, name)!r}" for name, spec in self.__value_specs__.items() if spec.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def _refuse(self, name, *_):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _getstate(self):
        return tuple(getattr(self, name) for name in self.__slots__)

    def _setstate(self, state):
        for name, value in zip(self.__slots__, state, strict=True):
            object.__setattr__(self, name, value)

    class _Fields:
        """`__dataclass_fields__`, for those who ask the standard library about a class."""

        def __get__(self, value, cls):
            import dataclasses

            fields = []
            for name, spec in cls.__value_specs__.items():
                default = {} if spec.default is _MISSING else {"default": spec.default}
                if spec.factory is not _MISSING:
                    default = {"default_factory": spec.factory}
                rest = dataclasses.field(init=spec.init, repr=spec.repr, compare=spec.compare, **default)
                fields.append((name, cls.__annotations__[name], rest))
            made = dataclasses.make_dataclass(cls.__name__, fields)
            cls.__dataclass_fields__ = made.__dataclass_fields__
            return cls.__dataclass_fields__

    class _Signature:
        """`__signature__`, for those who ask `inspect` what a class is called with."""

        def __get__(self, value, cls):
            import inspect

            _write_init(cls)
            signature = inspect.signature(cls.__init__)
            return signature.replace(parameters=list(signature.parameters.values())[1:])

    _SHARED = {
        "__eq__": _equal,
        "__hash__": _hash,
        "__repr__": _repr,
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }
    _LAZY = {"__dataclass_fields__": _Fields(), "__signature__": _Signature()}
