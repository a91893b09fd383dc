"""`config`: conda's options are those of Parity's command; `--show --json` takes channels apart as conda does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli import config
from parity.cli.common import add_common

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from parity.wiring import Services

_COMMANDS = {
    "list": "--show", "get": "--get", "describe": "--describe", "sources": "--show-sources", "set": "--set",
    "append": "--append", "prepend": "--prepend", "remove": "--remove", "remove-key": "--remove-key",
}  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    add_common(parser)
    config.configure(parser)


def from_mamba(words: list[str]) -> list[str]:
    """A command line of mamba 2 and micromamba, which have commands where conda has options, in conda's words."""
    from itertools import islice

    options: list[str] = []
    given: list[str] = []
    rest = iter(words)
    for word in rest:
        (options if word.startswith("-") else given).append(word)
        if word == "--file":
            options.extend(islice(rest, 1))
    if not given or given[0] not in _COMMANDS:
        return words
    return [*options, _COMMANDS[given[0]], *given[1:]]


def run(args: argparse.Namespace, services: Services) -> int:
    edits = (args.set_values, args.appended, args.prepended, args.removed, args.remove_keys, args.stdin)
    if args.show is None or any(edits):
        return config.run(args, services)
    from parity.ops import config as op

    # Conda tells what it goes by, and not only what somebody configured.
    root = services.root
    values = op.show(services.settings, args.show)
    for key, paths in (("envs_dirs", root.envs_dirs), ("pkgs_dirs", root.pkgs_dirs)):
        if key in values:
            values[key] = [str(path) for path in paths]
    described = _described(services) if services.output.json else {}
    services.output.result({key: described.get(key, value) for key, value in values.items()})
    config.print_values(services, values)
    return 0


def _described(services: Services) -> dict[str, Any]:
    """The settings about channels: each channel taken apart, as mamba-gator and others put it together again."""
    from parity.core.urls import join, strip_credentials

    settings = services.settings
    alias = strip_credentials(settings.channel_alias)
    defaults = [_parts(url, alias) for url in settings.default_channels]
    custom = {name: _parts(join(base, name), alias, name) for name, base in settings.custom_channels.items()}
    several = {
        name: [_parts(url, alias) for channel in services.channels([name]) for url in channel.urls]
        for name in ("local", *settings.custom_multichannels)
    }
    return {
        "channel_alias": _parts(alias, "", None),
        "custom_channels": {each["name"]: each for each in defaults} | custom,
        "custom_multichannels": {"defaults": defaults} | several,
        "default_channels": defaults,
    }


def _parts(url: str, alias: str, name: str | None = "") -> dict[str, str | None]:
    """A channel as conda dumps it; of a `name` that is not given, a local channel's is that of its directory."""
    from parity.core.urls import strip_credentials

    url = strip_credentials(url).rstrip("/")
    if "://" not in url:
        url = f"{alias.rstrip('/')}/{url}"
    scheme, _, place = url.partition("://")
    if name == "":
        under = url.startswith(f"{alias.rstrip('/')}/")
        name = url[len(alias.rstrip("/")) + 1 :] if under else place.partition("/")[2]
        if scheme == "file" and not under:
            name = place.rpartition("/")[2]
    location = place.removesuffix(f"/{name}") if name else place
    return {"auth": None, "location": location, "name": name, "package_filename": None, "platform": None,
            "scheme": scheme, "token": None}  # fmt: skip
