"""What is measured: each function makes one row, in the order of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import rows_image, rows_lock, rows_pack, rows_shell
from benchmarks.measure import Aim, Case, Row
from benchmarks.place import CONDA, PYTHON, SCIENCE, Place

if TYPE_CHECKING:
    from collections.abc import Callable

_SPECS = (f"python={PYTHON}", *CONDA, "pip")
_PIP = ("transformers",)
_QUARTER = Aim("1.25 times bare", lambda peers: 1.25 * peers[0])


def _env_python(place: Place, prefix: str) -> str:
    return str(place.root / prefix / "bin" / "python")


def create(place: Place) -> Row:
    file = place.environment_yml("conda", place.channel, CONDA)
    return Row(
        "create: about 30 conda packages, warm caches",
        (
            Case("parity create", (place.parity("create", "-f", file),), lambda: place.remove("root/envs/conda")),
            Case(
                "bare py-rattler",
                (place.rattler("--prefix", str(place.root / "bare"), place.channel, *_SPECS),),
                lambda: place.remove("bare"),
            ),
        ),
        _QUARTER,
    )


def create_cold(place: Place) -> Row:
    file = place.environment_yml("conda", place.channel, CONDA)
    return Row(
        "create: about 30 conda packages, cold caches",
        (
            Case("parity create", (place.parity("create", "-f", file, root="cold"),), lambda: place.remove("cold")),
            Case(
                "bare py-rattler",
                (place.rattler("--prefix", str(place.root / "bare"), place.channel, *_SPECS, cache="cold-peer"),),
                lambda: place.remove("bare", "cold-peer"),
            ),
        ),
        _QUARTER,
    )


def _mixed(
    place: Place, title: str, *, root: str, cache: str, parity: Callable[[], None], peer: tuple[str, ...]
) -> Row:
    file = place.environment_yml("mixed", place.channel, SCIENCE, _PIP)
    if not (place.root / "root/envs/mixed").exists():
        place.do(place.parity("create", "-f", file))
    lock = place.pylock("mixed")
    python = _env_python(place, "bare")
    return Row(
        title,
        (
            Case("parity create", (place.parity("create", "-f", file, root=root),), parity),
            Case(
                "bare py-rattler, then bare uv pip install --no-deps",
                (
                    place.rattler(
                        "--prefix", str(place.root / "bare"), place.channel, f"python={PYTHON}", *SCIENCE, "pip",
                        cache=cache,
                    ),
                    place.uv("pip", "install", "--no-deps", "--preview-features=pylock", "--break-system-packages",
                             "--python", python, "-r", lock, cache=cache),
                ),
                lambda: place.remove(*peer),
            ),
        ),
        _QUARTER,
    )  # fmt: skip


def mixed(place: Place) -> Row:
    return _mixed(
        place,
        "create: about 20 conda and 30 PyPI packages, warm caches",
        root="root",
        cache="peer",
        parity=lambda: place.remove("root/envs/mixed"),
        peer=("bare",),
    )


def mixed_cold(place: Place) -> Row:
    return _mixed(
        place,
        "create: about 20 conda and 30 PyPI packages, cold caches",
        root="cold",
        cache="cold-peer",
        parity=lambda: place.remove("cold"),
        peer=("bare", "cold-peer"),
    )


def _venv(place: Place, cache: str) -> tuple[Case, str]:
    prefix = str(place.root / "venv")
    python = _env_python(place, "venv")
    return (
        Case(
            "bare uv venv, then bare uv pip install",
            (
                place.uv("venv", "--python", PYTHON, prefix, cache=cache),
                place.uv("pip", "install", "--python", python, *SCIENCE, *_PIP, "pip", cache=cache),
            ),
            lambda: place.remove("venv", *([cache] if cache != "peer" else [])),
        ),
        place.environment_yml("embedded", "pypi", SCIENCE, _PIP),
    )


def embedded(place: Place) -> Row:
    peer, file = _venv(place, "peer")
    parity = Case("parity create", (place.parity("create", "-f", file),), lambda: place.remove("root/envs/embedded"))
    return Row("create: channels: [pypi], about 50 packages, warm caches", (parity, peer))


def embedded_cold(place: Place) -> Row:
    peer, file = _venv(place, "cold-peer")
    parity = Case("parity create", (place.parity("create", "-f", file, root="cold"),), lambda: place.remove("cold"))
    return Row("create: channels: [pypi], about 50 packages, cold caches", (parity, peer))


def _conda_environment(place: Place) -> None:
    if not (place.root / "root/envs/conda/conda-meta/history").exists():
        place.do(place.parity("create", "-f", place.environment_yml("conda", place.channel, CONDA)))


def install(place: Place) -> Row:
    _conda_environment(place)
    parity = Case("parity install", (place.parity("install", "-n", "conda", "-y", "numpy", "pandas"),))
    return Row("install: nothing to do", (parity,), Aim("0.2 s", lambda _: 0.2))


def _bare(place: Place) -> Case:
    return Case("python -c pass", (place.python("-c", "pass"),))


def version(place: Place) -> Row:
    parity = Case("parity --version", (place.parity("--version"),))
    return Row("start", (parity, _bare(place)), Aim("2 times bare", lambda peers: 2 * peers[0]))


def run(place: Place) -> Row:
    _conda_environment(place)
    parity = Case("parity run -n ENV true", (place.parity("run", "-n", "conda", "true"),))
    return Row("run a command", (parity, _bare(place)), Aim("bare + 40 ms", lambda peers: peers[0] + 0.04))


def list_(place: Place) -> Row:
    _conda_environment(place)
    parity = Case("parity list -n ENV", (place.parity("list", "-n", "conda"),))
    return Row("list about 30 packages", (parity, _bare(place)), Aim("bare + 80 ms", lambda peers: peers[0] + 0.08))


def _solve(package: str, copies: int) -> Callable[[Place], Row]:
    def row(place: Place) -> Row:
        channel = place.repodata(copies)
        virtual = ("glibc=2.36",)
        parity = place.parity(
            "create", "-n", "dry", "--dry-run", "--json", "--override-channels", "-c", channel, package,
            *(f"--override-virtual={text}" for text in virtual),
        )  # fmt: skip
        records = "737,000" if copies else "24,000"
        return Row(
            f"solve {package}: real repodata, {records} records",
            (
                Case("parity create --dry-run", (parity,)),
                Case("bare py-rattler", (place.rattler(channel, package),)),
            ),
        )

    return row


ROWS: dict[str, Callable[[Place], Row]] = {
    "create": create,
    "create-cold": create_cold,
    "mixed": mixed,
    "mixed-cold": mixed_cold,
    "embedded": embedded,
    "embedded-cold": embedded_cold,
    "install": install,
    "version": version,
    "run": run,
    "list": list_,
    "solve-pytorch": _solve("pytorch", 0),
    "solve-jupyterlab": _solve("jupyterlab", 0),
    "solve30-python": _solve("python", 30),
    "solve30-pytorch": _solve("pytorch", 30),
    "solve30-jupyterlab": _solve("jupyterlab", 30),
    **rows_lock.ROWS,
    **rows_shell.ROWS,
    **rows_image.ROWS,
    **rows_pack.ROWS,
}
