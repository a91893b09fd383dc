"""The command lines of conda 26, mamba 2 and micromamba, served by Parity's own operations.

`main` is what the executables made by `parity shim install` call. Their name tells the dialect.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `import typing` alone would double the time of `--version`
if TYPE_CHECKING:
    from typing import NoReturn

CONDA_VERSION = "26.5.0"
"""The conda whose interfaces are followed; programs compare it with the version they need."""

MAMBA_VERSION = "2.5.0"
"""The mamba, and micromamba, whose interfaces are followed."""

DIALECTS = ("conda", "mamba", "micromamba")


def program(dialect: str = "") -> NoReturn:
    """What an executable runs: the command line of `dialect`, or of the name it was called by."""
    import gc

    gc.set_threshold(100_000, 50, 50)  # as in `parity.cli.program`, for the same reasons as all that follows
    code = main(sys.argv[1:], dialect or dialect_of(sys.argv[0]))
    if code == 130 or "rattler" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def dialect_of(path: str) -> str:
    """The dialect of an executable's path; conda's for any other name."""
    name = path.replace("\\", "/").rpartition("/")[2].lower().partition(".")[0]
    return name if name in DIALECTS else DIALECTS[0]


def main(argv: list[str], dialect: str = "conda") -> int:
    """Run one command line; returns the exit code."""
    if argv in (["--version"], ["-V"]):
        sys.stdout.write(version_text(dialect) + "\n")
        return 0
    if dialect != "conda" and os.environ.get("MAMBA_ROOT_PREFIX"):
        os.environ["PARITY_ROOT"] = os.environ["MAMBA_ROOT_PREFIX"]
    if argv and argv[0].startswith("shell."):
        from parity.shim.shell import answer

        return answer(argv, dialect)
    from parity.shim.main import run

    return run(argv, dialect)


def version_text(dialect: str) -> str:
    """What `--version` prints: `conda 26.5.0`, as conda does; the bare number, as mamba does."""
    return f"conda {CONDA_VERSION}" if dialect == "conda" else MAMBA_VERSION
