"""Rows about locks, and about environments that are held against them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.measure import Aim, Case, Row
from benchmarks.place import PLATFORMS, PYTHON, SCIENCE, Place

if TYPE_CHECKING:
    from collections.abc import Callable

_PIP = ("transformers",)
_VERIFIED = ("numpy", "pandas", "scikit-learn")
"""With Python and what they need, about 7,000 files."""
_PURE = ("rich", "click", "tqdm", "httpx", "networkx", "tabulate", "typer", "nox")
"""Wheels for every platform are what not every index has; these have one that is for all."""
_UV_PLATFORMS = (
    "x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "x86_64-apple-darwin", "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)  # fmt: skip


def _lock(place: Place, *, platforms: int, cold: bool) -> Row:
    """One platform: about 20 packages of conda's and 30 of PyPI; five: Python of conda's, and 25 of PyPI."""
    conda: tuple[str, ...]
    pip: tuple[str, ...]
    peer_specs: tuple[str, ...]
    if platforms == 1:
        channel, conda, pip = place.channel, SCIENCE, _PIP
        peer_specs = (f"python={PYTHON}", *SCIENCE, "pip")
    else:
        # No channel of real packages for five platforms can be made on one of them: only its Python is conda's.
        channel, conda, pip = place.pythons, (), _PURE
        peer_specs = (f"python={PYTHON}",)
    name = f"lock{platforms}"
    file = place.environment_yml(name, channel, conda, pip)
    root, cache = ("cold", "cold-peer") if cold else ("root", "peer")
    chosen = PLATFORMS[:platforms]
    output = str(place.root / f"{name}.lock")

    def prepare() -> None:
        (place.root / f"{name}.lock").unlink(missing_ok=True)
        if cold:
            place.remove("cold")

    requirements = place.root / f"{name}.in"
    requirements.write_text("\n".join((*conda, *pip, "pip")) + "\n", encoding="utf-8")
    asked = [f"--platform={platform}" for platform in chosen] + [f"--glibc={place.glibc}"]
    return Row(
        f"lock: {platforms} platform{'s' if platforms > 1 else ''}, {'cold' if cold else 'warm'} caches",
        (
            Case("parity lock", (place.parity("lock", "-f", file, *asked, "-o", output, root=root),), prepare),
            Case(
                "bare py-rattler solve, then uv pip compile" + (", five times each" if platforms > 1 else ""),
                tuple(
                    command
                    for uv_platform in _UV_PLATFORMS[:platforms]
                    for command in (
                        place.rattler(channel, *peer_specs, cache=cache),
                        place.uv("pip", "compile", "--quiet", "--python-version", PYTHON, "--python-platform",
                                 uv_platform, "--generate-hashes", str(requirements), cache=cache),
                    )
                ),
                lambda: place.remove(*([cache] if cold else [])),
            ),
        ),
    )  # fmt: skip


def _locks(*, platforms: int, cold: bool) -> Callable[[Place], Row]:
    return lambda place: _lock(place, platforms=platforms, cold=cold)


def _locked(place: Place) -> tuple[str, str]:
    """A lock of about 20 conda and 30 PyPI packages, and the file it is of; made once."""
    file = place.environment_yml("mixed", place.channel, SCIENCE, _PIP)
    lock = place.root / "mixed.lock"
    if not lock.exists():
        place.do(place.parity("lock", "-f", file, "-o", str(lock), f"--glibc={place.glibc}"))
    return str(lock), file


def check(place: Place) -> Row:
    lock, file = _locked(place)
    return Row(
        "lock --check: about 50 packages",
        (Case("parity lock --check", (place.parity("lock", "--check", "-f", file, "-o", lock),)),),
        Aim("1 s", lambda _: 1.0),
    )


def sync_noop(place: Place) -> Row:
    lock, _ = _locked(place)
    _synced(place, lock)
    pinned, python = place.pylock("synced"), str(place.root / "root/envs/synced/bin/python")
    return Row(
        "sync: nothing to do, about 50 packages",
        (
            Case("parity sync", (place.parity("sync", lock, "-n", "synced", "-y"),)),
            Case(
                "uv pip install of its PyPI part alone",
                (
                    place.uv("pip", "install", "--no-deps", "--preview-features=pylock", "--break-system-packages",
                             "--python", python, "-r", pinned),
                ),
            ),
        ),
        Aim("0.15 s", lambda _: 0.15),
    )  # fmt: skip


def _synced(place: Place, lock: str) -> None:
    if not (place.root / "root/envs/synced/conda-meta/history").exists():
        place.do(place.parity("sync", lock, "-n", "synced", "-y"))


def _sync(*, cold: bool) -> Callable[[Place], Row]:
    def row(place: Place) -> Row:
        lock, _ = _locked(place)
        _synced(place, lock)
        root, cache = ("cold", "cold-peer") if cold else ("root", "peer")
        pinned = place.pylock("synced")
        bare = ("--prefix", str(place.root / "bare"), place.channel, f"python={PYTHON}", *SCIENCE, "pip")

        def prepare_peer() -> None:
            place.remove("bare", *([cache] if cold else []))

        return Row(
            f"sync: a new environment from a lock, {'cold' if cold else 'warm'} caches",
            (
                Case(
                    "parity sync",
                    (place.parity("sync", lock, "-n", "fresh", "-y", root=root),),
                    lambda: place.remove("cold" if cold else "root/envs/fresh"),
                ),
                Case(
                    "bare py-rattler, then bare uv pip install --no-deps",
                    (
                        place.rattler(*bare, cache=cache),
                        place.uv("pip", "install", "--no-deps", "--preview-features=pylock", "--break-system-packages",
                                 "--python", str(place.root / "bare/bin/python"), "-r", pinned, cache=cache),
                    ),
                    prepare_peer,
                ),
            ),
        )  # fmt: skip

    return row


def _verify(*, again: bool = False, full: bool = False) -> Callable[[Place], Row]:
    def row(place: Place) -> Row:
        prefix = place.root / "root/envs/verified"
        if not (prefix / "conda-meta/history").exists():
            place.do(place.parity("create", "-f", place.environment_yml("verified", place.channel, _VERIFIED)))
        what = "everything, nothing trusted" if full else "second look" if again else "first look"
        arguments = ("verify", "-n", "verified", *(["--full"] if full else []))

        def prepare() -> None:
            if not again:
                shutil.rmtree(place.root / "root" / "cache" / "stat", ignore_errors=True)

        count = sum(1 for path in prefix.rglob("*") if path.is_file())
        aim = Aim("0.2 s", lambda _: 0.2) if again else Aim("1.25 times sha256sum", lambda peers: 1.25 * peers[0])
        script = "find . -type f -not -name '*.pyc' -print0 | xargs -0 -n 200 -P 2 sha256sum > /dev/null"
        return Row(
            f"verify: {what}, {count:,} files",
            (
                Case("parity verify", (place.parity(*arguments),), prepare),
                Case("sha256sum of every file, two at a time", (place.shell(script, prefix),)),
            ),
            aim,
        )

    return row


ROWS: dict[str, Callable[[Place], Row]] = {
    "lock1": _locks(platforms=1, cold=False),
    "lock1-cold": _locks(platforms=1, cold=True),
    "lock5": _locks(platforms=5, cold=False),
    "lock5-cold": _locks(platforms=5, cold=True),
    "lock-check": check,
    "sync-noop": sync_noop,
    "sync": _sync(cold=False),
    "sync-cold": _sync(cold=True),
    "verify": _verify(),
    "verify-again": _verify(again=True),
    "verify-full": _verify(full=True),
}
