"""Read and change settings: `.condarc` files in conda's places, environment variables, defaults.

Without an option, shows every setting with its value. Changes go to ~/.condarc unless --system, --env or
--file names another file; comments and order in it stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.errors import InputError
from parity.ops import config as op
from parity.store import config_files

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from parity.core.layers import Layer
    from parity.wiring import Services

    Style = Callable[[str, Any], Sequence[str]]

_EDITS: tuple[tuple[str, op.Verb], ...] = (
    ("remove_keys", "remove-key"),
    ("removed", "remove"),
    ("set_values", "set"),
    ("appended", "append"),
    ("prepended", "prepend"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `parity config`."""
    read = parser.add_argument_group("read").add_mutually_exclusive_group()
    read.add_argument("--show", nargs="*", metavar="KEY", help="values in force, or in the one file, all or some")
    read.add_argument("--show-sources", action="store_true", help="what each source, or the one file, says")
    read.add_argument("--get", nargs="*", metavar="KEY", help="what the one file says, all or some keys")
    read.add_argument("--describe", nargs="*", metavar="KEY", help="what settings mean, all or some")
    read.add_argument("--validate", action="store_true", help="check all files and variables")
    read.add_argument("--write-default", action="store_true", help="write a file with every setting as a comment")
    read.add_argument("--reference", action="store_true", help="print the reference page of all settings")

    change = parser.add_argument_group("change")
    pair = {"nargs": 2, "action": "append", "default": [], "metavar": ("KEY", "VALUE")}
    change.add_argument("--set", dest="set_values", help="set a value, or KEY.NAME of a map", **pair)  # type: ignore[arg-type]
    change.add_argument("--append", dest="appended", help="add at the end of a list", **pair)  # type: ignore[arg-type]
    change.add_argument("--prepend", "--add", dest="prepended", help="add at the start of a list", **pair)  # type: ignore[arg-type]
    change.add_argument("--remove", dest="removed", help="take a value out of a list", **pair)  # type: ignore[arg-type]
    change.add_argument("--remove-key", dest="remove_keys", action="append", default=[], metavar="KEY",
                        help="take a key out")  # fmt: skip

    change.add_argument("--stdin", action="store_true", help="set every key of the .condarc on standard input")

    where = parser.add_argument_group("file").add_mutually_exclusive_group()
    where.add_argument("--system", action="store_true", help="the root's .condarc, for everyone who uses it")
    where.add_argument("--env", action="store_true", help="the active environment's .condarc")
    where.add_argument("--file", metavar="FILE", help="this file")


def run(args: argparse.Namespace, services: Services, style: Style = op.as_yaml) -> int:
    """Run `parity config`; `style` makes the lines of a key and its value."""
    file = file_of(args, services)
    edits = _edits(args)
    if edits or args.stdin:
        return _change(args, services, file, edits)
    if args.get is not None:
        return _get(args.get, services, file)
    if args.describe is not None:
        return _describe(args.describe, services)
    if args.reference:
        services.output.line(op.reference().rstrip("\n"))
        services.output.result(op.describe())
        return 0
    if args.write_default:
        return _write_default(services, file)
    only = is_one_file(args)
    if args.show_sources or args.validate:
        found = (
            [config_files.read_layer(file, services.environ)]
            if only
            else config_files.read_layers(services.environ, services.home, services.root_path, {})
        )
        return _validate(services, found) if args.validate else _sources(services, found, style)
    keys = args.show or ()
    if only:
        values = dict(sorted(op.get(config_files.read_text(file), keys, file=str(file)).items()))
    else:
        values = op.show(services.settings, keys)
    services.output.result(values)
    print_values(services, values, style)
    return 0


def is_one_file(args: argparse.Namespace) -> bool:
    """Whether the command line is about one file, and not about all that is in force."""
    return bool(args.file or args.system or args.env)


def file_of(args: argparse.Namespace, services: Services) -> Path:
    """The file that is read or changed."""
    from pathlib import Path

    if args.file:
        return Path(args.file)
    if args.system:
        return services.root_path / ".condarc"
    if args.env:
        prefix = services.environ.get("CONDA_PREFIX")
        if not prefix:
            raise InputError("no environment is active", hints=["activate one, or name its file with `--file`"])
        return Path(prefix) / ".condarc"
    if named := services.environ.get("CONDARC"):
        return Path(named).expanduser()
    return services.home / ".condarc"


def _edits(args: argparse.Namespace) -> list[op.Edit]:
    edits = []
    for dest, verb in _EDITS:
        for given in getattr(args, dest):
            key, value = (given, "") if verb == "remove-key" else given
            edits.append(op.Edit(verb, key, value))
    return edits


def _change(args: argparse.Namespace, services: Services, file: Path, edits: Sequence[op.Edit]) -> int:
    before = config_files.read_text(file)
    after = op.apply(before, edits, file=str(file))
    if args.stdin:
        import sys

        after = op.merge(after, sys.stdin.read(), file=str(file))
    changed = before != after
    if changed and not args.dry_run:
        config_files.write_text(file, after)
    if args.dry_run and changed:
        import difflib

        from parity.core.urls import mask

        diff = difflib.unified_diff(before.splitlines(), after.splitlines(), str(file), str(file), lineterm="", n=1)
        for line in diff:
            services.output.line(mask(line))
    services.output.result({"success": True, "rc_path": str(file), "changed": changed, "dry_run": args.dry_run})
    if not changed:
        services.output.note(f"{file} says so already")
    return 0


def _get(keys: Sequence[str], services: Services, file: Path) -> int:
    found = op.get(config_files.read_text(file), keys, file=str(file))
    services.output.result({"success": True, "warnings": [], "rc_path": str(file), "get": found})
    for key, value in found.items():
        if isinstance(value, list):
            # conda's form: each line, last first, is a command that would build the list up.
            marks = {0: "   # lowest priority", len(value) - 1: "   # highest priority"} if len(value) > 1 else {}
            for number, item in enumerate(reversed(value)):
                services.output.line(f"--add {key} {_quoted(item)}{marks.get(number, '')}")
        elif isinstance(value, dict):
            for name, item in value.items():
                services.output.line(f"--set {key}.{name} {_quoted(item)}")
        else:
            services.output.line(f"--set {key} {_quoted(value)}")
    return 0


def _quoted(value: object) -> str:
    import shlex

    return shlex.quote(str(value))


def _describe(keys: Sequence[str], services: Services) -> int:
    rows = op.describe(keys)
    services.output.result(rows)
    for row in rows:
        services.output.line(f"# {row['name']} ({row['type']})")
        services.output.line(f"#   {row['description']}")
        if row["choices"]:
            services.output.line(f"#   one of: {', '.join(row['choices'])}")
        if row["aliases"]:
            services.output.line(f"#   also: {', '.join(row['aliases'])}")
        if row["environment_variables"]:
            services.output.line(f"#   variables: {', '.join(row['environment_variables'])}")
        if row["flag"]:
            services.output.line(f"#   flag: {row['flag']}")
        if not row["applies"]:
            services.output.line(f"#   read and not acted on: {row['reason']}")
        for line in op.as_yaml(row["name"], row["default"]):
            services.output.line(line)
        services.output.line("")
    return 0


def _write_default(services: Services, file: Path) -> int:
    if file.exists():
        raise InputError(f"{file} is there already", hints=["name another file with `--file`"])
    if not services.dry_run:
        config_files.write_text(file, op.template())
    services.output.result({"success": True, "rc_path": str(file), "dry_run": services.dry_run})
    services.output.note(f"wrote {file}" if not services.dry_run else f"would write {file}")
    return 0


def _sources(services: Services, layers: Sequence[Layer], style: Style) -> int:
    sources, idle = op.show_sources(layers), op.not_acted_on(layers)
    services.output.result(sources)
    for source, values in sources.items():
        services.output.line(f"==> {source} <==")
        print_values(services, values, style, idle)
        services.output.line("")
    return 0


def _validate(services: Services, layers: Sequence[Layer]) -> int:
    warnings, idle = op.validate(layers), op.not_acted_on(layers)
    services.output.result({"success": True, "warnings": list(warnings), "not_acted_on": idle})
    for warning in warnings:
        services.output.warn(warning)
    for name, reason in idle.items():
        services.output.note(f"{name} is not acted on: {reason}")
    services.output.note("no faults")
    return 0


def print_values(
    services: Services, values: dict[str, Any], style: Style, idle: Mapping[str, str] | None = None
) -> None:
    for key, value in values.items():
        first, *more = style(key, value)
        services.output.line(f"{first}  # not acted on: {idle[key]}" if idle and key in idle else first)
        for line in more:
            services.output.line(line)
