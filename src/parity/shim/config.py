"""`config`: conda's options are those of Parity's command; what is shown has conda's form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.cli import config
from parity.cli.common import add_common
from parity.core.settings import lookup, suggest, table
from parity.errors import InputError
from parity.ops import config as op
from parity.shim.errors import CondaError
from parity.shim.options import TARGET, declare
from parity.shim.places import target
from parity.store import config_files

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import Any

    from parity.wiring import Services

_COMMANDS = {
    "list": "--show", "get": "--get", "describe": "--describe", "sources": "--show-sources", "set": "--set",
    "append": "--append", "prepend": "--prepend", "remove": "--remove", "remove-key": "--remove-key",
}  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    add_common(parser)
    config.configure(parser)
    declare(parser, TARGET)


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
    options = [word for word in options if word not in {"-a", "--all"}]  # all is shown anyway
    return [*options, _COMMANDS[given[0]], *given[1:]]


def run(args: argparse.Namespace, services: Services) -> int:
    if args.name or args.prefix:
        args.file = str(target(args, services) / ".condarc")
    if args.env and "CONDA_PREFIX" not in services.environ:  # as in conda, where none is active it is the person's
        args.env = False
        args.file = str(config.file_of(args, services))
    if any((args.set_values, args.appended, args.prepended, args.removed, args.remove_keys, args.stdin)):
        return _change(args, services)
    if args.get:
        args.get = _known(args.get, services)
        return config.run(args, services) if args.get else 0
    if args.describe is not None and services.output.json:
        rows = op.describe(args.describe)
        services.output.result([{**row, **_words(row)} for row in rows])
        return 0
    if args.show is None or config.is_one_file(args):
        return config.run(args, services, as_text)
    return _show(args, services)


def _change(args: argparse.Namespace, services: Services) -> int:
    """Change a file, with conda's errors."""
    unknown = next((key for key, _ in (*args.set_values, *args.removed) if lookup(key.partition(".")[0]) is None), None)
    if unknown:
        hints = [f"did you mean {near}?"] if (near := suggest(unknown)) else []
        raise CondaError("CondaKeyError", f"'{unknown}': unknown parameter", hints=hints)
    wanted_away = [pair for pair in args.removed if tuple(pair) == ("channels", "defaults")]
    if wanted_away and "defaults" not in _channels_of(args, services):
        # Written for conda, whose usual channels they are; that they are not here is what the script wants.
        args.removed = [pair for pair in args.removed if pair not in wanted_away]
        services.output.note("`defaults` is not among the channels")
    try:
        return config.run(args, services)
    except InputError as error:
        if args.removed or args.remove_keys:
            raise CondaError("CondaKeyError", error.message, hints=error.hints) from error
        raise


def _channels_of(args: argparse.Namespace, services: Services) -> Sequence[str]:
    """The channels that the file which is to be changed says."""
    file = config.file_of(args, services)
    found: Sequence[str] = op.get(config_files.read_text(file), ["channels"], file=str(file)).get("channels", ())
    return found


def _known(keys: Sequence[str], services: Services) -> list[str]:
    """Those of some keys that exist; the others are told, and are no error to conda."""
    known = [key for key in keys if lookup(key.partition(".")[0])]
    for key in keys:
        if key not in known:
            services.output.note(f"Unknown key: {key!r}")
    return known


def _words(row: Mapping[str, Any]) -> dict[str, Any]:
    """What conda calls the type and the default of a setting."""
    kind, _, inner = row["type"].partition("[")
    elements = kind.split(" | ") if not inner else [inner.rstrip("]").removeprefix("str, ").partition("[")[0]]
    return {
        "default_value": row["default"],
        "element_types": sorted(
            "str" if each in {"...", "tuple"} else each.replace("None", "NoneType") for each in elements
        ),
        "parameter_type": {"tuple": "sequence", "Mapping": "map"}.get(kind, "primitive"),
    }


def _show(args: argparse.Namespace, services: Services) -> int:
    """What conda goes by, and not only what somebody configured; every key, also those that are not acted on."""
    root = services.root
    values = op.show(services.settings, args.show or [*table()])
    for key, paths in (("envs_dirs", root.envs_dirs), ("pkgs_dirs", root.pkgs_dirs)):
        if key in values:
            values[key] = [str(path) for path in paths]
    if args.dialect != "conda" and not args.show:
        values |= {"platform": services.platform, "root_prefix": str(root.path)}
    values = dict(sorted(values.items()))
    described = _described(services) if services.output.json or values.keys() & _TAKEN_APART else {}
    if services.output.json:
        services.output.result({key: described.get(key, value) for key, value in values.items()})
        return 0
    if "default_channels" in values:
        values["default_channels"] = [_url(each) for each in described["default_channels"]]
    if "custom_channels" in values:
        values["custom_channels"] = {
            name: f"{each['scheme']}://{each['location']}" for name, each in described["custom_channels"].items()
        }
    if "custom_multichannels" in values:
        values["custom_multichannels"] = {
            name: "".join(f"\n    - {_url(each)}" for each in channels)
            for name, channels in described["custom_multichannels"].items()
        }
    config.print_values(services, values, as_text)
    return 0


_TAKEN_APART = {"default_channels", "custom_channels", "custom_multichannels"}
"""Settings whose text conda makes of the channels that they mean."""


def _url(channel: Mapping[str, str | None]) -> str:
    return f"{channel['scheme']}://{channel['location']}" + (f"/{channel['name']}" if channel["name"] else "")


def as_text(key: str, value: Any) -> list[str]:
    """A key and its value as conda prints them: not YAML, but values of Python."""
    if isinstance(value, dict):
        return [f"{key}:", *(f"  {name}: {item}" for name, item in value.items())] if value else [f"{key}: {{}}"]
    if isinstance(value, (list, tuple)):
        return [f"{key}:", *(f"  - {item}" for item in value)] if value else [f"{key}: []"]
    return [f"{key}: {value}"]


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
