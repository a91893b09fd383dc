"""Write an environment or a lock in another format: a lock of any kind, or an environment.yml.

parity export -n work --format parity -o parity.lock
parity export parity.lock --format conda-lock -o conda-lock.yml
parity export -n work --format environment-yml --from-history
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_environment, add_target
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse

    from parity.formats.locks import Form
    from parity.wiring import Services

FORMATS = ("parity", "pixi", "conda-lock", "explicit", "pylock", "environment-yml")
_BY_NAME = (
    ("pixi.lock", "pixi"),
    (".lock", "parity"),
    ("lock.yml", "conda-lock"),
    ("lock.yaml", "conda-lock"),
    (".toml", "pylock"),
    (".txt", "explicit"),
    (".yml", "environment-yml"),
    (".yaml", "environment-yml"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lock", nargs="?", metavar="LOCK", help="a lock, instead of an environment")
    parser.add_argument(
        "--format", choices=FORMATS, help="format to write; by the name of the file, else environment-yml"
    )
    parser.add_argument("-o", "--output", "-f", "--file", metavar="FILE", help="file to write, instead of printing it")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--no-builds", action="store_true", help="environment.yml: versions without build strings")
    form.add_argument("--from-history", action="store_true", help="environment.yml: only what was asked for")
    digest = parser.add_mutually_exclusive_group()
    digest.add_argument("--md5", action="store_true", help="explicit: MD5 digests")
    digest.add_argument("--sha256", action="store_true", help="explicit: SHA-256 digests, as without an option")
    add_environment(parser)
    parser.add_argument("--platform", default="", metavar="SUBDIR", help="only this platform of the lock")
    # What `conda env export` takes besides.
    parser.add_argument("-c", "--channel", action="append", default=[], metavar="CHANNEL", dest="more_channels",
                        help="environment.yml: channel to name first")  # fmt: skip
    parser.add_argument("--override-channels", action="store_true", help="environment.yml: name no other channels")
    parser.add_argument("--ignore-channels", action="store_true", help="accepted for conda's sake")
    add_target(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.wiring import exporting, subjects

    kind = exporting.FORMATS[args.format or _by_name(args.output)]
    asked, args.platform = args.platform, ""  # the platform of the lock, not one to work for
    lock, strangers, prefix = subjects.usual_lock(services, args.name, args.prefix, args.lock)
    form: Form = "from-history" if args.from_history else "no-builds" if args.no_builds else "full"
    text = exporting.render(
        lock,
        kind,
        services,
        strangers=strangers,
        environment=args.environment,
        platform=asked,
        form=form,
        md5=args.md5,
        base=Path(args.output).absolute().parent if args.output else Path.cwd(),
        prefix=prefix,
        # As conda does it, which is why machines differ in this line.
        with_prefix=getattr(args, "subcommand", "") == "export",
        channels=args.more_channels,
        only_these_channels=args.override_channels,
    )
    if args.output:
        from parity.store.files import atomic_write

        if not services.dry_run:
            atomic_write(Path(args.output), text)
        services.output.result({"success": True, "file": str(Path(args.output).absolute()), "format": kind})
        services.output.note(f"Wrote {args.output}." if not services.dry_run else "Dry run: nothing was written.")
    elif services.output.json:
        services.output.result(_as_json(text, kind))
    else:
        services.output.line(text.removesuffix("\n"))
    return 0


def _by_name(output: str | None) -> str:
    if output is None:
        return "environment-yml"
    found = next((kind for ending, kind in _BY_NAME if output.endswith(ending)), None)
    if found is None:
        raise InputError(f"`{output}` does not tell a format", hints=[f"--format {{{','.join(FORMATS)}}}"])
    return found


def _as_json(text: str, kind: str) -> dict[str, object]:
    """A format's text as JSON: YAML and TOML as what they say, lines as lines."""
    if kind == "pylock":
        import tomllib

        return tomllib.loads(text)
    if kind == "explicit":
        return {"explicit": [line for line in text.splitlines() if not line.startswith(("#", "@"))]}
    from parity.formats import yaml_text

    data: dict[str, object] = yaml_text.load(text, file="")
    return data
