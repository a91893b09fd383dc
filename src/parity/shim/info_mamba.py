"""`info` in the words of mamba 2 and micromamba, which hatch-conda and others look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parity.shim import MAMBA_VERSION

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from parity.wiring import Services


def collect(data: Mapping[str, Any], args: argparse.Namespace, services: Services) -> dict[str, Any]:
    """Mamba's keys, in its order.

    Args:
        data: the facts by conda's keys.
        args: of this call: `-n` and `-p` name the environment in question, else it is the active one.
        services: of this call.
    """
    environment, location = "None", "-"
    active = services.root.active(services.environ)
    prefix = services.root.target(args.name, args.prefix, services.environ) if args.name or args.prefix else active
    if prefix is not None:
        state = "active" if prefix == active else ""
        if not services.store.exists(prefix):
            state = "not env" if prefix.exists() else "not found"
        environment = services.root.display_name(prefix) + (f" ({state})" if state else "")
        location = str(prefix)
    return {
        "libmamba version": MAMBA_VERSION,
        f"{args.dialect} version": MAMBA_VERSION,
        "envs directories": data["envs_dirs"],
        "package cache": data["pkgs_dirs"],
        "environment": environment,
        "env location": location,
        "user config files": [data["user_rc_path"]],
        "populated config files": data["config_files"],
        "virtual packages": ["=".join(each) for each in data["virtual_pkgs"]],
        "channels": data["channels"],
        "base environment": data["root_prefix"],
        "platform": data["platform"],
    }


def as_lines(data: Mapping[str, Any]) -> list[str]:
    """Mamba's `label : value` lines; further values below the first."""
    lines = [""]
    for label, value in data.items():
        first, *rest = (value or [""]) if isinstance(value, list) else [value]
        lines += [f"{label:>23} : {first}", *(" " * 26 + str(each) for each in rest)]
    return [*lines, ""]
