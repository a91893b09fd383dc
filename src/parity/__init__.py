"""Parity: software environments that are the same everywhere, and proven to be.

The functions of `parity.api` and the types of `parity.model` and `parity.errors` are importable from here; importing
`parity` itself imports none of them (PEP 562).
"""

from __future__ import annotations

TYPE_CHECKING = False  # `import typing` alone would double the time of `--version`
if TYPE_CHECKING:
    from parity.api import (
        Options,
        build_image,
        check_lock,
        clean,
        clone,
        compare_fingerprints,
        create,
        diff,
        edit,
        environment,
        environments,
        export,
        fingerprint,
        import_channel,
        index_channel,
        install,
        lock,
        mend,
        pack,
        push_image,
        read_request,
        remove,
        remove_environment,
        run,
        search,
        sync,
        tree,
        unpack,
        update,
        verify,
        why,
    )
    from parity.errors import ParityError
    from parity.model import (
        Channel,
        CondaPackage,
        Environment,
        InstalledPackage,
        MatchSpec,
        Operation,
        PipLine,
        Plan,
        PypiPackage,
        Request,
        Solution,
    )

__version__ = "0.1.0"

__all__ = [
    "Channel",
    "CondaPackage",
    "Environment",
    "InstalledPackage",
    "MatchSpec",
    "Operation",
    "Options",
    "ParityError",
    "PipLine",
    "Plan",
    "PypiPackage",
    "Request",
    "Solution",
    "build_image",
    "check_lock",
    "clean",
    "clone",
    "compare_fingerprints",
    "create",
    "diff",
    "edit",
    "environment",
    "environments",
    "export",
    "fingerprint",
    "import_channel",
    "index_channel",
    "install",
    "lock",
    "mend",
    "pack",
    "push_image",
    "read_request",
    "remove",
    "remove_environment",
    "run",
    "search",
    "sync",
    "tree",
    "unpack",
    "update",
    "verify",
    "why",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'parity' has no attribute {name!r}")
    for module in ("parity.model", "parity.errors", "parity.api"):
        found = getattr(import_module(module), name, None)
        if found is not None:
            return found
    raise AttributeError(name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
