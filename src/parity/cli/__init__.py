"""The `parity` command: a fast path here, everything else in `parity.cli.main`."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # `import typing` alone would double the time of `--version`
if TYPE_CHECKING:
    from typing import NoReturn


class _NoTlsInAsyncio:
    """Finder that keeps `asyncio` from importing `ssl`, which loads OpenSSL: rattler and uv make the connections.

    Modules that need `ssl` themselves find it as ever.
    """

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "ssl" and "asyncio" in sys.modules and not hasattr(sys.modules["asyncio"], "SelectorEventLoop"):
            raise ImportError(name)


def program() -> NoReturn:
    """The console script: runs the command line and ends the process."""
    sys.meta_path.insert(0, _NoTlsInAsyncio)
    # A short life makes little garbage; looking for it takes a twentieth of the time of `parity run`.
    gc.set_threshold(100_000, 50, 50)
    code = main()
    if code == 130 or "rattler" in sys.modules:
        # The engine's threads may still be finishing; if one touches Python while it shuts down, the process aborts.
        # And a Ctrl-C that was caught may still make Python end itself by the signal, where it struck inside `exec`.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code (see docs/reference/exit-codes.md)."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments in (["--version"], ["-V"]):
        from parity import __version__

        sys.stdout.write(f"parity {__version__}\n")
        return 0
    from parity.cli.main import run

    return run(arguments)
