"""`export` and `env export`: an environment.yml as conda writes it, or another of conda's formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from parity.formats import environment_export
from parity.shim.errors import CondaError
from parity.shim.list import explicit, header
from parity.shim.places import canonical_channel, channel_name, target

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from parity.model import InstalledPackage, MatchSpec
    from parity.wiring import Services

FORMATS = {
    "environment-yaml": "yaml", "yaml": "yaml", "yml": "yaml", "environment-json": "json", "json": "json",
    "explicit": "explicit", "requirements": "requirements", "reqs": "requirements",
}  # fmt: skip
_BY_ENDING = ((".json", "json"), (".yml", "yaml"), (".yaml", "yaml"), ("explicit.txt", "explicit"),
              ("requirements.txt", "requirements"), ("spec.txt", "requirements"))  # fmt: skip


def run(args: argparse.Namespace, services: Services) -> int:
    prefix = target(args, services)
    kind = _kind(args)
    if args.platforms and list(args.platforms) != [services.platform]:
        raise CondaError(
            "CondaValueError", "an environment can be exported for its own platform only",
            hints=["`parity lock` and `parity export` write files for other platforms"],
        )  # fmt: skip
    packages = services.store.installed(prefix)
    data = describe(packages, prefix, args, services)
    text = _text(kind, data, packages, services, md5=args.md5)
    if args.output:
        from pathlib import Path

        from parity.store.files import atomic_write

        atomic_write(Path(args.output), text)
        services.output.result({"success": True, "file": args.output, "format": kind})
    elif services.output.json and kind == "yaml":
        services.output.result(as_json(data))
    else:
        from parity.cli.shell_text import write

        write(text)
    return 0


def _kind(args: argparse.Namespace) -> str:
    if args.explicit:
        return "explicit"
    if args.format:
        if args.format not in FORMATS:
            raise CondaError("CondaValueError", f"Unknown export format '{args.format}'",
                             hints=[f"there are {', '.join(FORMATS)}; `parity export` knows locks, too"])  # fmt: skip
        return FORMATS[args.format]
    if args.output and not args.path.startswith("env "):
        return next((kind for ending, kind in _BY_ENDING if args.output.endswith(ending)), "yaml")
    return "yaml"


def describe(
    packages: Sequence[InstalledPackage], prefix: Path, args: argparse.Namespace, services: Services
) -> dict[str, Any]:
    """What conda's environment.yml of an environment says, as arguments of `formats.environment_export`."""
    found: dict[str, Any] = {
        "name": services.root.display_name(prefix),
        "channels": _channels(packages, args, services),
        "variables": services.store.own_variables(prefix),
        "prefix": str(prefix),
    }
    if args.from_history:
        manifest = services.store.manifest(prefix)
        found["requested"] = [spec_text(spec) for spec in manifest.specs]
        found["pip"] = [line.text for line in manifest.pip]
        return found
    found["conda"] = [
        "=".join((each.name, each.version, *(() if args.no_builds else (each.build,))))
        for each in packages
        if each.source == "conda"
    ]
    found["packages"] = packages
    found["builds"] = not args.no_builds
    return found


def _channels(packages: Sequence[InstalledPackage], args: argparse.Namespace, services: Services) -> list[str]:
    """Configured channels, those that packages came from in front of them, those of the command line first."""
    configured = () if args.override_channels else services.settings.channels
    names = list(dict.fromkeys(channel_name(name, services) for name in (*args.channels, *configured)))
    if not args.ignore_channels and not args.from_history:
        for package in packages:
            if package.source != "conda":
                continue
            name = canonical_channel(package, services)
            if name not in names:
                names.insert(0, name)
    return names


def spec_text(spec: MatchSpec) -> str:
    """A spec as conda prints one: `python=3.11`, `numpy==1.26`, `numpy[version='>=1.20']`."""
    head = f"{spec.channel}::{spec.name}" if spec.channel else spec.name
    version, build = spec.version, spec.build
    keys = [f"{key}={text}" for key, text in spec.extra]
    if re.fullmatch(r"[\w.!+]+\.\*", version):
        head += f"={version.removesuffix('.*')}"
        keys = [*([f"build='{build}'"] if build else []), *keys]
    elif re.fullmatch(r"==[\w.!+]+", version):
        head += f"{version}={build}" if build else version
    else:
        texts = (("version", version), ("build", build))
        keys = [*(f"{key}='{text}'" for key, text in texts if text), *keys]
    return head + (f"[{','.join(keys)}]" if keys else "")


def _text(
    kind: str, data: dict[str, Any], packages: Sequence[InstalledPackage], services: Services, *, md5: bool
) -> str:
    if kind == "json":
        import json

        return json.dumps(as_json(data), indent=2, ensure_ascii=False) + "\n"
    if kind == "explicit":
        return "\n".join(explicit(packages, services, md5=md5, sha256=False)) + "\n"
    if kind == "requirements":
        specs = data.get("requested") or data["conda"]
        return "\n".join([*header(services), *specs]) + "\n"
    shared = {key: data[key] for key in ("name", "channels", "variables", "prefix")}
    if "requested" in data:
        return environment_export.render_texts(**shared, specs=data["requested"], pip=data["pip"])
    return environment_export.render(**shared, packages=packages, builds=data["builds"])


def as_json(data: dict[str, Any]) -> dict[str, object]:
    """The same as JSON."""
    dependencies: list[object] = list(data.get("requested", data.get("conda", ())))
    pip = data.get("pip") or [
        f"{each.name}=={each.version}" for each in data.get("packages", ()) if each.source == "pypi"
    ]
    if pip:
        dependencies.append({"pip": list(pip)})
    found: dict[str, object] = {"name": data["name"], "channels": data["channels"], "dependencies": dependencies}
    if data["variables"]:
        found["variables"] = dict(data["variables"])
    return {**found, "prefix": data["prefix"]}
