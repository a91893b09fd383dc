"""Errors in conda's words: the names that scripts look for, the keys of `--json`, one exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity import errors
from parity.errors import ParityError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES: tuple[tuple[type[ParityError], str], ...] = (
    (errors.SpecError, "InvalidMatchSpec"),
    (errors.RefusedError, "OperationNotAllowed"),
    (errors.InputError, "CondaValueError"),
    (errors.UnsatisfiableError, "LibMambaUnsatisfiableError"),
    (errors.NoChannelError, "UnavailableInvalidChannel"),
    (errors.NotFoundError, "PackagesNotFoundError"),
    (errors.NetworkError, "CondaHTTPError"),
    (errors.IntegrityError, "CondaVerificationError"),
    (errors.BusyError, "LockError"),
    (errors.StorageError, "CondaOSError"),
)
"""Parity's errors, the narrower first, and what conda calls such a thing."""

EXIT_FAILED = 1
"""conda has one exit code for whatever goes wrong; what argparse refuses gives 2."""


class CondaError(ParityError):
    """An error that conda has a name for, and no error of Parity says as exactly.

    Args:
        name: conda's name of the exception.
        message: one or more lines.
        hints: what the person can do about it.
        details: further keys of `--json`, as `environment_location`.
    """

    def __init__(self, name: str, message: str, *, hints: Sequence[str] = (), **details: object) -> None:
        super().__init__(message, hints=hints)
        self.name = name
        self.details = details


class QuietExit(CondaError):  # noqa: N818  (it is no error)
    """The end of a command that did nothing, on purpose: exit code 0, and a line on standard error."""

    exit_code = 0


def dry_run_exit() -> QuietExit:
    """What `--dry-run` ends with."""
    return QuietExit("DryRunExit", "Dry run. Exiting.")


def name_not_found(name: str) -> CondaError:
    """No environment has this name."""
    message = (
        f"Could not find conda environment: {name}\n"
        "You can list all discoverable environments with `conda info --envs`.\n"
    )
    return CondaError("EnvironmentNameNotFound", message, environment_name=name)


def location_not_found(path: object) -> CondaError:
    """No environment stands at this path."""
    return CondaError("EnvironmentLocationNotFound", f"Not a conda environment: {path}", environment_location=str(path))


def exception_name(error: ParityError) -> str:
    """What conda calls such an error."""
    if isinstance(error, CondaError):
        return error.name
    if error.exit_code > 100:
        return "CommandNotFoundError"  # of `run`, with a shell's exit code
    return next((name for kind, name in _NAMES if isinstance(error, kind)), "CondaError")


def exit_code(error: ParityError) -> int:
    """0 for what is no failure, 1 else; a command that `run` could not start has its own."""
    if isinstance(error, QuietExit):
        return 0
    return error.exit_code if error.exit_code > 100 else EXIT_FAILED


def as_json(error: ParityError) -> dict[str, object]:
    """The keys of conda's `--json` for an error, with Parity's hints."""
    name = exception_name(error)
    return {
        "success": False,
        "caused_by": "None",
        "error": f"{name}: {error.message}",
        "exception_name": name,
        "exception_type": f"<class 'conda.exceptions.{name}'>",
        "message": error.message,
        "hints": list(error.hints),
        **(error.details if isinstance(error, CondaError) else {}),
    }


def as_text(error: ParityError) -> str:
    """The lines on standard error: conda's name and the message between empty lines, then Parity's hints."""
    hints = "".join(f"  hint: {hint}\n" for hint in error.hints)
    return f"\n{exception_name(error)}: {error.message}\n" + (hints or "\n")
