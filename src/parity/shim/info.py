"""`info`: the facts under conda's keys, and conda's list of them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from parity.shim import CONDA_VERSION, MAMBA_VERSION

if TYPE_CHECKING:
    import argparse

    from parity.wiring import Services

_VARIABLES = ("CIO_TEST", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "LD_PRELOAD")


def run(args: argparse.Namespace, services: Services) -> int:
    if args.dialect == "conda" and (args.name or args.prefix):
        from parity.shim.errors import CondaError

        raise CondaError("ArgumentError", "conda info tells of no single environment", hints=["conda list, mamba info"])
    output = services.output
    root = str(services.root.path)
    if args.base:
        output.line(root)
        output.result({"root_prefix": root})
        return 0
    if args.license:
        output.line("Parity is distributed under the BSD 3-clause license.")
        output.result({"license": "BSD-3-Clause"})
        return 0
    if args.unsafe_channels:
        for channel in services.channel_names:
            output.line(channel)
        output.result({"channels": list(services.channel_names)})
        return 0
    if args.envs and not (args.all or output.json):
        from parity.shim.env import show

        return show(services)
    if args.system and not (args.all or output.json):
        _system(services, _more(services))
        return 0
    data = collect(services)
    lines = as_lines(data)
    if args.dialect != "conda":
        from parity.shim import info_mamba

        words = info_mamba.collect(data, args, services)
        data, lines = {**data, **words}, info_mamba.as_lines(words)
    if output.json:
        output.result(data)
        return 0
    for line in lines:
        output.line(line)
    if args.all:
        from parity.shim.env import show

        show(services)
        _system(services, data)
    return 0


def collect(services: Services) -> dict[str, Any]:
    """Every fact, by conda's keys."""
    from pathlib import Path

    import parity
    from parity.cli.info import collect as ours
    from parity.shim.env import details
    from parity.store.registry import all_environments

    data = ours(services)
    user = services.home / ".condarc"
    netrc = services.environ.get("NETRC") or str(services.home / ".netrc")
    shlvl = services.environ.get("CONDA_SHLVL", "-1")
    system = "Windows" if os.name == "nt" else os.uname().sysname
    return {
        **data,
        **_more(services),
        # In conda, caches that are configured stand in place of the usual one.
        "pkgs_dirs": list(services.settings.pkgs_dirs) or data["pkgs_dirs"],
        "conda_version": CONDA_VERSION,
        "conda_env_version": CONDA_VERSION,
        "conda_build_version": "not installed",
        "mamba_version": MAMBA_VERSION,
        "conda_location": str(Path(parity.__file__).parent),
        "conda_shlvl": int(shlvl) if shlvl.lstrip("-").isdecimal() else -1,
        "av_data_dir": str(services.root.path / "etc" / "conda"),
        "av_metadata_url_base": None,
        "envs_details": details(services, all_environments(services.root)),
        "netrc_file": netrc if Path(netrc).is_file() else None,
        "python_version": ".".join(map(str, sys.version_info)),
        "rc_path": str(user),
        "user_rc_path": str(user),
        "sys_rc_path": str(services.root.path / ".condarc"),
        "requests_version": "not installed",
        "solver": {"name": "rattler", "user_agent": "solver/rattler", "default": True},
        "user_agent": f"conda/{CONDA_VERSION} parity/{parity.__version__} {system}",
    }


def _more(services: Services) -> dict[str, Any]:
    """What conda tells of the Python that it runs on, and of the variables that matter to it."""
    from parity.core.urls import mask

    environ = services.environ
    wanted = set(_VARIABLES) | {
        name for name in environ
        if name.upper().startswith(("CONDA", "PYTHON", "SUDO", "PARITY", "MAMBA")) or name.upper().endswith("PATH")
    }  # fmt: skip
    secret = ("TOKEN", "PASSWORD", "SECRET")
    variables = {
        name: "***" if any(word in name.upper() for word in secret) else mask(environ.get(name, "<not set>"))
        for name in sorted(wanted)
    }
    variables |= {name: "<set>" for name in environ if name.upper().endswith("PROXY")}
    ids = {"UID": os.geteuid(), "GID": os.getegid()} if hasattr(os, "geteuid") else {"is_windows_admin": None}
    return {
        "sys.version": sys.version,
        "sys.prefix": sys.prefix,
        "sys.executable": sys.executable,
        "site_dirs": [],
        "env_vars": variables,
        **ids,
    }


def _system(services: Services, data: dict[str, Any]) -> None:
    output = services.output
    for key in ("sys.version", "sys.prefix", "sys.executable"):
        output.line(f"{key}: {data[key].splitlines()[0]}")
    output.line(f"conda location: {sys.argv[0]}")
    output.line()
    for name, value in sorted(data["env_vars"].items()):
        output.line(f"{name}: {value}")
    output.line()


def as_lines(data: dict[str, Any]) -> list[str]:
    """Conda's `label : value` lines; further values below the first."""
    active = data["active_prefix_name"]
    shown: list[tuple[str, Any]] = [("active environment", active or "None")]
    if active:
        shown.append(("active env location", data["active_prefix"]))
    if data["conda_shlvl"] >= 0:
        shown.append(("shell level", data["conda_shlvl"]))
    writable = "writable" if data["root_writable"] else "read only"
    shown += [
        ("user config file", data["user_rc_path"]),
        ("populated config files", data["config_files"]),
        ("conda version", data["conda_version"]),
        ("conda-build version", data["conda_build_version"]),
        ("parity version", data["parity_version"]),
        ("python version", data["python_version"]),
        ("solver", f"{data['solver']['name']} (default)"),
        ("virtual packages", ["=".join(each) for each in data["virtual_pkgs"]]),
        ("base environment", f"{data['root_prefix']}  ({writable})"),
        ("conda av data dir", data["av_data_dir"]),
        ("conda av metadata url", data["av_metadata_url_base"]),
        ("channel URLs", data["channels"]),
        ("package cache", data["pkgs_dirs"]),
        ("envs directories", data["envs_dirs"]),
        ("platform", data["platform"]),
        ("user-agent", data["user_agent"]),
    ]
    if "UID" in data:
        shown.append(("UID:GID", f"{data['UID']}:{data['GID']}"))
    shown += [("netrc file", data["netrc_file"]), ("offline mode", data["offline"])]
    lines = [""]
    for label, value in shown:
        first, *rest = (value or [""]) if isinstance(value, list) else [value]
        lines.append(f"{label:>23} : {first}")
        lines += [" " * 26 + str(item) for item in rest]
    return [*lines, ""]
