"""Write an environment into one file that can be carried anywhere: an archive, or an image that is mounted.

parity pack -n work -o work.tar.zst
parity pack parity.lock -o env.squashfs
parity pack parity.lock --only-downloads -o bundle.tar.zst

The same environment gives the same bytes. It is used without Parity, too: unpack it and source its `activate`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_part, add_target

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from parity.wiring import Services


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lock", nargs="?", metavar="LOCK", help="pack what a lock says, not an environment")
    add_target(parser)
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help=".tar.zst, .tar.gz, .zip, .squashfs or .erofs"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument(
        "--split", metavar="SIZE", help="write parts of this size, as 2GB: FILE.001, FILE.002, ...; `cat` joins them"
    )
    parser.add_argument("--as-is", action="store_true", help="pack also files that were changed since they came")
    parser.add_argument(
        "--compile", action="store_true", default=None, help="with LOCK: compile Python bytecode, for images above all"
    )
    parser.add_argument(
        "--only-downloads",
        action="store_true",
        help="with LOCK: the files that it names, for `parity sync --from`; -o may be a directory",
    )
    parser.add_argument(
        "--for",
        action="append",
        default=[],
        metavar="PLATFORM",
        dest="platforms",
        help="with --only-downloads: a platform of the lock, not all of them; may be repeated",
    )
    parser.add_argument(
        "--with",
        action="append",
        default=[],
        metavar="FILE",
        dest="along",
        help="with --only-downloads: another file to carry, as an installer of Parity; may be repeated",
    )
    add_part(parser)


def run(args: argparse.Namespace, services: Services) -> int:
    from parity.errors import InputError, StorageError
    from parity.store import archives, parts
    from parity.wiring import packing

    began = time.monotonic()
    output = output_of(args, services)
    split = None if args.split is None else _bytes(args.split)
    if args.along and not args.only_downloads:
        raise InputError("--with goes with --only-downloads")
    if (
        (output.exists() or (split and parts.of(output)))
        and not args.force
        and not (args.only_downloads and output.is_dir())
    ):
        raise StorageError(f"{output} is there already", hints=["--force replaces it"])
    if args.only_downloads:
        return _bundle(args, services, output, split, began)
    archives.kind_of(output)
    source, lock = source_of(args, services, locked=bool(args.lock))
    if services.dry_run:
        services.output.outcome(f"Would write {output}.")
        return 0
    with source as prefix:
        made = packing.pack(services, prefix, output, as_is=args.as_is, lock=lock, split=split)
    for text in made.warnings:
        services.output.warn(text)
    services.output.result(
        {
            "success": True,
            "path": str(made.path),
            "fingerprint": made.fingerprint,
            "sha256": made.sha256,
            "size": made.size,
            "files": made.files,
            "unpacked_size": made.unpacked,
            "warnings": list(made.warnings),
            "parts": list(map(str, made.parts)),
        }
    )
    services.output.outcome(
        f"{_named(made.path, made.parts)}: {made.size / 1e6:.1f} MB from {made.files} files of "
        f"{made.unpacked / 1e6:.1f} MB in {time.monotonic() - began:.1f} s\nsha256 {made.sha256}\n{made.fingerprint}"
    )
    return 0


def output_of(args: argparse.Namespace, services: Services) -> Path:
    """The file to write.

    Raises:
        InputError: both a lock and an environment are named.
    """
    from parity.errors import InputError

    _ = services.settings  # settles the form of the output
    if args.lock and (args.name or args.prefix):
        raise InputError("name one thing: a lock, or an environment with -n or -p")
    return Path(args.output).expanduser().absolute()


def source_of(
    args: argparse.Namespace, services: Services, *, locked: bool
) -> tuple[AbstractContextManager[Path], bytes | None]:
    """The environment to pack, made for that where a lock says what it is, and the text of that lock.

    Raises:
        NotFoundError: there is no such environment, or no such lock.
    """
    from contextlib import nullcontext

    from parity.store import lock_files
    from parity.wiring import packing, syncing

    if not locked:
        return nullcontext(services.target(args)), None
    path = lock_files.locate(Path.cwd(), args.lock)
    choice = syncing.Choice(path, args.environment, args.variant)
    return packing.from_lock(services, choice), packing.lock_text(services, path)


def _bundle(args: argparse.Namespace, services: Services, output: Path, split: int | None, began: float) -> int:
    from parity.store import lock_files
    from parity.wiring import bundling

    path = lock_files.locate(Path.cwd(), args.lock)
    if services.dry_run:
        services.output.outcome(f"Would write {output}.")
        return 0
    along = [Path(name).expanduser() for name in args.along]
    made = bundling.make(services, path, output, platforms=args.platforms, along=along, split=split)
    services.output.result(
        {
            "success": True,
            "path": str(made.path),
            "platforms": list(made.platforms),
            "files": made.files,
            "size": made.size,
            "parts": list(map(str, made.parts)),
        }
    )
    services.output.outcome(
        f"{_named(made.path, made.parts)}: {made.files} files of {made.size / 1e6:.1f} MB "
        f"for {', '.join(made.platforms)} in {time.monotonic() - began:.1f} s\n"
        f"Next, where there is no network: parity sync --from {made.path.name} -n NAME"
    )
    return 0


def _named(path: Path, parts: Sequence[Path]) -> str:
    return f"{path.name}, in {len(parts)} parts" if parts else path.name


def _bytes(text: str) -> int:
    """A number of bytes as a person writes it: 700MB, 4.7GB, 2GiB."""
    import re

    from parity.errors import InputError

    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?", text.strip().upper())
    size = int(float(found[1]) * (1024 if found[3] else 1000) ** " KMGT".index(found[2] or " ")) if found else 0
    if size < 1:
        raise InputError(f"`{text}` is no size", hints=["write it as 700MB, 4.7GB or 2GiB"])
    return size
