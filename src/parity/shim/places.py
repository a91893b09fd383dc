"""Which environment a command line of conda's is about, with conda's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import InputError, NotFoundError
from parity.shim.errors import CondaError, location_not_found

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from pathlib import Path

    from parity.model import InstalledPackage
    from parity.wiring import Services


def target(args: argparse.Namespace, services: Services) -> Path:
    """The existing environment that `-n` or `-p` names, else the active one, else base.

    Raises:
        CondaError: there is none; conda names the place where it would be.
    """
    try:
        return services.target(args)
    except NotFoundError as error:
        raise location_not_found(services.root.target(args.name, args.prefix, services.environ)) from error
    except InputError as error:
        raise CondaError("CondaValueError", error.message, hints=error.hints) from error


def wanted(args: argparse.Namespace, services: Services) -> Path | None:
    """Where the environment is, or would be made, by the options or the name in a file; None where nothing tells."""
    name = args.name
    if not name and not args.prefix:
        name = services.request(args.specs, args.files).name if args.files and not is_lock(args.files) else None
        if not name:
            return None
    return services.root.target(name, args.prefix, services.environ)


def require_files(files: Iterable[str]) -> None:
    """Refuse files that are not there.

    Raises:
        CondaError: as conda names it.
    """
    from pathlib import Path

    for file in files:
        path = Path(file).expanduser().absolute()
        if file != "-" and "://" not in file and not path.exists():
            raise CondaError("EnvironmentFileNotFound", f"'{path}' file not found", filename=str(path))


def is_lock(files: Iterable[str]) -> bool:
    """Whether one of the files is a lock, an `@EXPLICIT` list among them."""
    from pathlib import Path

    from parity.store import lock_files

    paths = [Path(file).expanduser() for file in files]
    return any(path.is_file() and lock_files.kind_of(path) is not None for path in paths)


def canonical_channel(package: InstalledPackage, services: Services) -> str:
    """The name of a package's channel: `conda-forge`, `defaults` for each of those that stand behind it, `pypi`."""
    if package.source == "pypi":
        return "pypi"
    return channel_name(package.channel or package.url, services)


def channel_name(url: str, services: Services) -> str:
    """Conda's canonical name of a channel."""
    name = services.channel_name(url)
    known = {services.channel_name(each) for each in services.settings.default_channels}
    return "defaults" if name in known or name == "defaults" else name


def base_url(url: str) -> str | None:
    """The URL of a channel without its platform, as in conda's JSON; None for a bare name."""
    return url.rstrip("/") if "://" in url else None
