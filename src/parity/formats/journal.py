"""`conda-meta/.parity-transaction`: a change that has begun and is not known to be complete. JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from parity.errors import IntegrityError
from parity.formats.manifest import dump, parse, solution_from_dict, solution_to_dict
from parity.values import dataclass

if TYPE_CHECKING:
    from parity.model import Manifest, Solution


@dataclass(frozen=True, slots=True)
class Journal:
    """What is written down before a change, enough to finish it or to take it back.

    Attributes:
        before: what the prefix held.
        after: what it shall hold.
        manifest: what is asked for afterwards.
        manifest_before: what was asked for.
        touched: names of the packages that the change has to do with.
        entry: the history's entry, whose presence says that the change is complete.
        variables: environment variables that the change sets.
    """

    before: Solution
    after: Solution
    manifest: Manifest
    manifest_before: Manifest
    touched: tuple[str, ...]
    entry: str
    variables: dict[str, str | None]

    def dump(self) -> str:
        """Its text: JSON."""
        return json.dumps(
            {
                "before": solution_to_dict(self.before),
                "after": solution_to_dict(self.after),
                "manifest": dump(self.manifest),
                "manifest_before": dump(self.manifest_before),
                "touched": self.touched,
                "entry": self.entry,
                "variables": self.variables,
            }
        )

    @classmethod
    def parse(cls, text: str, *, file: str) -> Journal:
        """The inverse of `dump`.

        Args:
            text: what stands in the file.
            file: the environment it belongs to, for messages.

        Raises:
            IntegrityError: it is damaged.
        """
        try:
            data = json.loads(text)
            return cls(
                before=solution_from_dict(data["before"]),
                after=solution_from_dict(data["after"]),
                manifest=parse(data["manifest"]),
                manifest_before=parse(data["manifest_before"]),
                touched=tuple(data["touched"]),
                entry=data["entry"],
                variables=data["variables"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise IntegrityError(
                f"the journal of an interrupted change of {file} is damaged: {error}",
                hints=[
                    "remove conda-meta/.parity-transaction in it, then `parity install` what the environment needs",
                    "or make the environment anew",
                ],
            ) from error
