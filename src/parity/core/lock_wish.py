"""What was asked of a lock on the command line: kept in the lock, so that the next `parity lock` needs no options."""

from __future__ import annotations

import json
import re
from typing import Any

from parity.core import virtual
from parity.core.lock import LockPlatform
from parity.core.urls import strip_credentials
from parity.errors import InputError
from parity.values import dataclass, defaults, replace


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything that can be asked beside the files, each as it was written.

    Attributes:
        specs: match specs.
        pypi: PyPI requirements.
        channels: to search first.
        platforms: subdirs.
        virtual: `NAME=VERSION`, for every platform.
        variants: `NAME:cuda=12.4,glibc=2.28`.
    """

    specs: tuple[str, ...] = ()
    pypi: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    virtual: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()

    def text(self) -> str:
        """As JSON for a file: without credentials, what is empty left out; "" for nothing."""
        given = {key: [_clean(text) for text in value] for key in defaults(Wish) if (value := getattr(self, key))}
        return json.dumps(given, sort_keys=True) if given else ""

    @classmethod
    def parse(cls, text: str) -> Wish:
        """The wish of a text that `text` gave."""
        data: dict[str, Any] = json.loads(text) if text else {}
        known = defaults(cls)
        return cls(**{key: tuple(map(str, value)) for key, value in data.items() if key in known})

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Virtual packages for every platform, as pairs of name and version.

        Raises:
            InputError: one cannot be read.
        """
        return tuple(_pair(text) for text in self.virtual)

    def named_variants(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Variants, each a name and what its machines have.

        Raises:
            InputError: one cannot be read.
        """
        return tuple(virtual.variant(text) for text in self.variants)

    def over(self, earlier: Wish) -> Wish:
        """This wish, with what it does not speak of as an earlier one had it."""
        return replace(earlier, **{name: value for name in defaults(Wish) if (value := getattr(self, name))})


def platforms_of(
    subdirs: tuple[str, ...],
    system: tuple[tuple[str, str], ...],
    variants: tuple[tuple[str, tuple[tuple[str, str], ...]], ...],
    wish: Wish,
) -> tuple[LockPlatform, ...]:
    """The platforms to lock, sorted by name, and what is assumed of their machines.

    A variant's requirements hold over those of the command line, these over those of the files, these over what is
    usual. Each subdir is locked for every variant that makes sense there, or plainly where none does.

    Args:
        subdirs: platforms to lock.
        system: what the files require.
        variants: of the files; those of the command line take their place.
        wish: what the command line says.
    """
    variants = wish.named_variants() or variants
    given = wish.pairs()
    found = []
    for subdir in dict.fromkeys(subdirs):
        fitting = [(name, pairs) for name, pairs in variants if virtual.variant_fits(pairs, subdir)]
        for name, pairs in fitting or [("", ())]:
            full = f"{subdir}-{name}" if name else subdir
            found.append(LockPlatform(full, subdir, virtual.assumed(subdir, system, given, pairs)))
    return tuple(sorted(found, key=lambda platform: platform.name))


def _clean(text: str) -> str:
    return re.sub(r"\S+://\S+", lambda found: strip_credentials(found[0]), text)


def _pair(text: str) -> tuple[str, str]:
    name, equals, version = text.partition("=")
    if not equals:
        raise InputError(
            f"`{text}` gives no version to a virtual package",
            hints=["write NAME=VERSION, as cuda=12.4; `cuda=` for none"],
        )
    name = name.strip().lower().removeprefix("__")
    # Any virtual package may be given; those that are known are checked.
    return virtual.requirement(name, version) if name in virtual.NAMES else (name, version.strip())
