"""Write down exact packages for every platform, or say whether such a lock still fits its sources.

parity lock
parity lock -f environment.yml --platform linux-64 --platform osx-arm64
parity lock --variant cpu --variant cuda-12:cuda=12.4,glibc=2.28
parity lock --upgrade-package numpy
parity lock --check
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from parity.cli.common import add_bundles, add_channels, add_index, add_pypi, add_request, add_virtual
from parity.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from parity.core.lock import Lock
    from parity.wiring import Services
    from parity.wiring.locking import Locking, Locks


def configure(parser: argparse.ArgumentParser) -> None:
    add_request(parser, "package to lock beside the files")
    add_pypi(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="the lock (default: parity.lock beside the first file)")
    kinds = parser.add_argument_group("what to lock for")
    kinds.add_argument(
        "--platform",
        "--subdir",
        action="append",
        default=[],
        metavar="PLATFORM",
        dest="platforms",
        help="linux-64, linux-aarch64, osx-64, osx-arm64, win-64, ...; may be repeated; instead of those of the files",
    )
    kinds.add_argument("--cuda", metavar="VERSION", help="machines have a driver for this CUDA, as 12.4")
    kinds.add_argument("--glibc", metavar="VERSION", help="the oldest C library of Linux machines, as 2.28")
    add_virtual(kinds, "assume", "assume any virtual package, as archspec=x86_64_v3; `cuda=` for none")
    kinds.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="NAME[:KEY=VERSION,...]",
        dest="variants",
        help="a kind of machine to lock each platform for, as cuda-12:cuda=12.4,glibc=2.28; may be repeated",
    )
    stable = parser.add_argument_group("what may move (nothing does unless asked)")
    stable.add_argument("--upgrade", action="store_true", help="move every package to its newest version that fits")
    stable.add_argument(
        "--upgrade-package", action="append", default=[], metavar="NAME", help="let this one move; may be repeated"
    )
    stable.add_argument(
        "--as-of",
        metavar="DATE",
        default="",
        help="only what was published until then, as 2024-05-01; stays so until `--as-of now`",
    )
    channels = parser.add_argument_group("channels")
    add_channels(channels)
    add_index(channels)
    add_bundles(channels, "DIR", "directory with interpreters that the lock names; may be repeated")
    other = parser.add_argument_group("instead of locking").add_mutually_exclusive_group()
    other.add_argument("--check", action="store_true", help="say whether the lock satisfies its sources; 1 if not")
    other.add_argument(
        "--merge", nargs=3, metavar=("BASE", "OURS", "THEIRS"), help="merge two locks into OURS, as git merge driver"
    )
    other.add_argument(
        "--install-merge-driver", action="store_true", help="let git of this repository merge parity.lock files so"
    )


def run(args: argparse.Namespace, services: Services) -> int:
    from pathlib import Path

    from parity.core.channels import NODEFAULTS
    from parity.core.lock_wish import Wish
    from parity.wiring.locking import Locking

    if args.install_merge_driver:
        from parity.store.merge_driver import install

        for line in install(Path.cwd()):
            services.output.note(line)
        return 0
    began = time.monotonic()
    virtual = [f"{name}={value}" for name, value in (("cuda", args.cuda), ("glibc", args.glibc)) if value is not None]
    wish = Wish(
        specs=tuple(args.specs),
        pypi=tuple(args.pypi),
        channels=(*args.channels, *([NODEFAULTS] if args.override_channels else [])),
        platforms=tuple(args.platforms),
        virtual=(*virtual, *args.assume),
        variants=tuple(args.variants),
    )
    locking = Locking(services, files=args.files, output=args.output, wish=wish, as_of=args.as_of, bundles=args.bundles)
    if args.check:
        return _check(locking, services)
    if args.merge:
        merged = locking.merge(*map(Path, args.merge))
        # git merges in scratch files, and gives the result its name afterwards.
        scratch = merged.path.name.startswith(".merge_file_")
        return report(merged, services, began, shown=locking.path if scratch else merged.path)
    if args.upgrade and args.upgrade_package:
        raise InputError("--upgrade moves every package already", hints=["leave out one of the two"])
    done = locking.lock(upgrade=None if args.upgrade else tuple(args.upgrade_package))
    return report(done, services, began)


def _check(locking: Locking, services: Services) -> int:
    found = locking.check()
    services.output.result(
        {
            "lock": str(locking.path),
            "satisfied": not found,
            "findings": [
                {"kind": each.kind, "message": each.message, "file": each.file, "line": each.line or None,
                 "platforms": list(each.platforms)}
                for each in found
            ],
        }
    )  # fmt: skip
    for each in found:
        services.output.line(str(each))
    if found:
        services.output.note("`parity lock` brings the lock in line with its sources.")
    else:
        services.output.note(f"{locking.path} satisfies its sources.")
    return 1 if found else 0


def report(
    done: Locks,
    services: Services,
    began: float,
    *,
    shown: Path | None = None,
    also: Mapping[str, object] | None = None,
) -> int:
    """Say what became of a lock.

    Args:
        done: the lock, before and after.
        services: of this call.
        began: when the work began, by `time.monotonic`, in seconds.
        shown: what the lock is called; its path where None.
        also: what else belongs to the result for programs.
    """
    rows, platforms = [], []
    before = _packages(done.before)
    for name, packages in _packages(done.after).items():
        old = before.get(name, {})
        added = sorted(packages.keys() - old.keys())
        removed = sorted(old.keys() - packages.keys())
        changed = [key for key in sorted(packages.keys() & old.keys()) if packages[key] != old[key]]
        conda = sum(1 for kind, _ in packages if kind == "conda")
        rows.append([name, str(conda), str(len(packages) - conda), f"+{len(added)} -{len(removed)} ~{len(changed)}"])
        platforms.append(
            {
                "name": name,
                "conda": conda,
                "pypi": len(packages) - conda,
                "added": [_shown(key, packages[key]) for key in added],
                "removed": [_shown(key, old[key]) for key in removed],
                "changed": [{"from": _shown(key, old[key]), "to": _shown(key, packages[key])} for key in changed],
            }
        )
    loud = services.dry_run or not services.output.quiet
    if loud:
        services.output.table(["Platform", "conda", "PyPI", "Changes"], rows)
    if loud and done.before is not None:
        _changes(before, _packages(done.after), services)
    services.output.result({**(also or {}), "lock": str(done.path), "written": done.written, "platforms": platforms})
    seconds = time.monotonic() - began
    if services.dry_run:
        services.output.note("Dry run: nothing was written.")
    elif done.written:
        services.output.note(f"Wrote {shown or done.path} in {seconds:.1f} s.")
    else:
        services.output.note(f"{shown or done.path} stays as it is.")
    return 0


_Versions = dict[tuple[str, str], tuple[str, str]]


def _packages(lock: Lock | None) -> dict[str, _Versions]:
    """Platform -> source and name -> version and build, or commit."""
    from parity.core.commits import commit_of

    found: dict[str, _Versions] = {}
    for part in lock.environments[0].locked if lock is not None and lock.environments else ():
        found[part.platform] = {
            (package.source, package.name): (package.version, commit_of(package.url)[:10] or package.build)
            for package in part.solution
        }
    return found


def _shown(key: tuple[str, str], version: tuple[str, str]) -> dict[str, str]:
    return {"source": key[0], "name": key[1], "version": version[0], "build": version[1]}


def _changes(before: dict[str, _Versions], after: dict[str, _Versions], services: Services) -> None:
    """One line for each change, with the platforms that it is about where these are not all."""
    lines: dict[str, list[str]] = {}
    for name, packages in after.items():
        earlier = before.get(name)
        if earlier is None:
            continue  # a new platform is no change of the others
        for key in sorted(earlier.keys() | packages.keys()):
            old, new = earlier.get(key), packages.get(key)
            if old != new:
                lines.setdefault(f"  {key[1]}  {_step(old, new)}", []).append(name)
    common = [name for name in after if name in before]
    for text, names in lines.items():
        services.output.line(text if len(names) == len(common) else f"{text}  ({', '.join(names)})")


def _step(old: tuple[str, str] | None, new: tuple[str, str] | None) -> str:
    if old is not None and new is not None and old[0] == new[0]:
        return f"{old[0]} {old[1]} -> {new[0]} {new[1]}"
    return f"{old[0] if old else '(new)'} -> {new[0] if new else '(removed)'}"
