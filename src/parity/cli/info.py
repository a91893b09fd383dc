"""Show where things are and what this machine is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity import __version__

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from parity.wiring import Services

_SHOWN_VARIABLES = ("CONDA_", "PARITY_", "UV_", "PIP_", "XDG_")
_SHOWN_NAMES = ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SSL_CERT_FILE",
                "REQUESTS_CA_BUNDLE", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY")  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-a", "--all", action="store_true", help="everything")
    parser.add_argument("-e", "--envs", action="store_true", help="only the environments")
    parser.add_argument("--base", action="store_true", help="only the path of the base environment")
    parser.add_argument("-s", "--system", action="store_true", help="only the environment variables that matter")
    parser.add_argument("--channels", action="store_true", dest="show_channels", help="only the URLs of channels")


def run(args: argparse.Namespace, services: Services) -> int:
    output = services.output
    if args.base:
        output.line(str(services.root.path))
        output.result({"root_prefix": str(services.root.path)})
        return 0
    if args.show_channels:
        urls = _channels(services)
        for url in urls:
            output.line(url)
        output.result({"channels": list(urls)})
        return 0
    if args.envs and not args.all:
        _show_envs(services)
        return 0
    variables = _variables(services)
    if args.system and not args.all:
        for name, value in variables.items():
            output.line(f"{name}: {value}")
        output.result({"env_vars": variables})
        return 0
    data = collect(services)
    from parity.ops.info import as_lines

    for line in as_lines(data):
        output.line(line)
    if output.json:
        output.result({**data, "env_vars": variables})
    elif args.all:
        output.line()
        _show_envs(services)
        output.line()
        for name, value in variables.items():
            output.line(f"{name}: {value}")
    return 0


def _show_envs(services: Services) -> None:
    from parity.cli.env_list import show

    show(services)


def collect(services: Services) -> dict[str, object]:
    """Every fact, by name."""
    import platform
    import sys

    from parity.ops.info import Facts, info
    from parity.store import config_files
    from parity.store.files import is_writable
    from parity.store.registry import all_environments

    root = services.root
    active = root.active(services.environ)
    places = config_files.search_paths(services.environ, services.home, root.path, sys.platform)
    return info(
        Facts(
            version=__version__,
            python_version=platform.python_version(),
            platform=services.platform,
            root=root.path,
            writable=is_writable(root.path),
            active=active,
            active_name=root.display_name(active) if active else None,
            envs_dirs=root.envs_dirs,
            pkgs_dirs=root.pkgs_dirs,
            envs=all_environments(root),
            channels=_channels(services),
            config_files=config_files.files(places),
            user_agent=f"parity/{__version__} {platform.system()}/{platform.release()}",
            virtual=services.virtual_packages,
            offline=services.offline,
        )
    )


def _channels(services: Services) -> Sequence[str]:
    found = services.channels(services.channel_names)
    return [
        f"{url}/{subdir}"
        for channel in found
        for url in channel.urls or (channel.name,)
        for subdir in ((services.platform, "noarch") if channel.urls else ("",))
    ]


def _variables(services: Services) -> dict[str, str]:
    from parity.core.urls import mask

    def shown(name: str, value: str) -> str:
        secret = any(word in name.upper() for word in ("TOKEN", "PASSWORD", "SECRET", "KEY"))
        return "***" if secret else mask(value)

    return {
        name: shown(name, value)
        for name, value in sorted(services.environ.items())
        if name.startswith(_SHOWN_VARIABLES) or name in _SHOWN_NAMES
    }
