"""Every error that Parity raises on purpose, as one tree.

    ParityError                     exit 1   anything below
    |-- InputError                  exit 2   what a person wrote is wrong
    |   |-- FaultsError                      several faults in one or more files, each with its place
    |   |-- SpecError                        a match spec or requirement that cannot be read
    |   `-- RefusedError                     understood, but not done (base is protected, ...)
    |-- UnsatisfiableError          exit 3   no set of packages fits the request
    |   `-- ConflictError                      PyPI packages need others than those that conda provides
    |-- NotFoundError               exit 4   no such package, environment, interpreter, file
    |   `-- NoChannelError                     a place that should be a channel has no packages' index
    |-- NetworkError                exit 5   a server cannot be reached or refuses
    |   `-- OfflineError                     it is needed, and --offline was given
    |-- IntegrityError              exit 6   bytes are not what their hash says, a cache entry is broken
    |-- StorageError                exit 7   disk full, read-only, no permission
    |   `-- BusyError                        another process holds the lock
    `-- EngineError                 exit 8   an engine failed in a way that Parity has no better word for

One `except` clause, in `parity.cli.main`, turns an error into text, hints and an exit code.
Anything else that escapes is a bug and shows its traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ParityError(Exception):
    """An error with a message for a person, hints on what to do, and an exit code.

    Args:
        message: one sentence that says what is wrong; no trailing newline.
        hints: what the person can do about it, most useful first.
    """

    code = "error"
    exit_code = 1

    def __init__(self, message: str, *, hints: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hints = tuple(hints)


class InputError(ParityError):
    """What a person wrote, in a file or on the command line, is wrong."""

    code = "input"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a file.

    Attributes:
        message: what is wrong and what was expected.
        place: path of keys inside the document, as `dependencies[3].pip[1]`; "" for the whole file.
        line: line number, counted from 1; 0 where it is not known.
        file: name of the file as the person gave it; "" for text that came from no file.
        hint: what to write instead; "" where there is nothing to add.
    """

    message: str
    place: str = ""
    line: int = 0
    file: str = ""
    hint: str = ""

    @classmethod
    def of(cls, error: ParityError, *, place: str = "", line: int = 0, file: str = "") -> Fault:
        """An error about one part of a file or command line, with its place."""
        return cls(error.message, place=place, line=line, file=file, hint="; ".join(error.hints))

    def __str__(self) -> str:
        where = ":".join(part for part in (self.file, str(self.line or "")) if part)
        head = " ".join(part for part in (where, self.place) if part)
        text = f"{head}: {self.message}" if head else self.message
        return f"{text} ({self.hint})" if self.hint else text


class FaultsError(InputError):
    """All faults of one or more files, collected and raised once."""

    code = "faults"

    def __init__(self, faults: Sequence[Fault], *, hints: Sequence[str] = ()) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        title = f"{count} fault{'s' if count != 1 else ''} found"
        super().__init__("\n".join([f"{title}:", *(f"  {fault}" for fault in self.faults)]), hints=hints)


class SpecError(InputError):
    """A match spec or a requirement that cannot be read."""

    code = "spec"


class RefusedError(InputError):
    """A request that is understood and, on purpose, not carried out."""

    code = "refused"


class UnsatisfiableError(ParityError):
    """No set of packages satisfies the request."""

    code = "unsatisfiable"
    exit_code = 3


class ConflictError(UnsatisfiableError):
    """PyPI packages need versions other than those that are fixed for them.

    Args:
        message: one sentence that says what is wrong.
        hints: what the person can do about it.
        wanted: what is at fault: the normalised name of a provided project, or `python`, to the ranges (PEP 440) of
            which one would do; none where that is not known.
        chains: the same names to how somebody comes to need it: what was asked for, then each need on the way.
    """

    def __init__(
        self,
        message: str,
        *,
        hints: Sequence[str] = (),
        wanted: Mapping[str, tuple[str, ...]] | None = None,
        chains: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(message, hints=hints)
        self.wanted = dict(wanted or {})
        self.chains = dict(chains or {})


class NotFoundError(ParityError):
    """A package, environment, interpreter or file that is not there."""

    code = "not-found"
    exit_code = 4


class NoChannelError(NotFoundError):
    """A place that should be a channel has no index of packages."""


class NetworkError(ParityError):
    """A server cannot be reached, or refuses to answer."""

    code = "network"
    exit_code = 5


class OfflineError(NetworkError):
    """Something is needed from the network and `--offline` was given."""

    code = "offline"


class IntegrityError(ParityError):
    """Bytes differ from what their hash says, or a cache entry is broken."""

    code = "integrity"
    exit_code = 6


class StorageError(ParityError):
    """The disk is full or read-only, or a permission is missing."""

    code = "storage"
    exit_code = 7


class BusyError(StorageError):
    """Another process holds the lock that is needed."""

    code = "busy"


class EngineError(ParityError):
    """An engine failed in a way that Parity has no better word for."""

    code = "engine"
    exit_code = 8
