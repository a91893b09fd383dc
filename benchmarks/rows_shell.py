"""Rows about shells: what an activation and the start of a shell cost over a bare interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import Aim, Case, Row
from benchmarks.place import CONDA

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.place import Place

_ENVIRONMENT = "shell"


def _case(place: Place) -> Case:
    return Case("python -c pass", (place.python("-c", "pass"),))


def _environment(place: Place) -> None:
    """An environment without packages, with a variable."""
    meta = place.root / "root" / "envs" / _ENVIRONMENT / "conda-meta"
    meta.mkdir(parents=True, exist_ok=True)
    (meta / "history").touch()
    (meta / "state").write_text('{"version": 1, "env_vars": {"SEED": "1"}}\n', encoding="utf-8")


def activate(place: Place) -> Row:
    _environment(place)
    parity = Case("parity shell.bash activate ENV", (place.parity("shell.bash", "activate", _ENVIRONMENT),))
    return Row("activate", (parity, _case(place)), Aim("bare + 40 ms", lambda peers: peers[0] + 0.04))


def hook(place: Place) -> Row:
    parity = Case("parity hook bash", (place.parity("hook", "bash"),))
    return Row(
        "hook: what a new shell reads", (parity, _case(place)), Aim("bare + 40 ms", lambda peers: peers[0] + 0.04)
    )


def complete(place: Place) -> Row:
    _environment(place)
    words = ("complete", "--", "parity", "activate", "")
    return Row(
        "complete the name of an environment",
        (Case("parity complete", (place.parity(*words),)), _case(place)),
        Aim("bare + 60 ms", lambda peers: peers[0] + 0.06),
    )


def _conda(*arguments: str, over: float) -> Callable[[Place], Row]:
    """A command of the `conda` that `parity shim install` writes, in an environment of about 30 packages."""

    def row(place: Place) -> Row:
        prepare_conda(place)
        return Row(
            f"conda {' '.join(arguments)}",
            (Case("conda (Parity's)", (place.conda(*arguments),)), _case(place)),
            Aim(f"bare + {over * 1000:.0f} ms", lambda peers: peers[0] + over),
        )

    return row


def prepare_conda(place: Place) -> None:
    """The shims, and an environment for them."""
    if not (place.root / "root/envs/conda/conda-meta/history").exists():
        place.do(place.parity("create", "-f", place.environment_yml("conda", place.channel, CONDA)))
    if not (place.root / "root/bin/conda").exists():
        place.do(place.parity("shim", "install"))


ROWS: dict[str, Callable[[Place], Row]] = {
    "activate": activate,
    "hook": hook,
    "complete": complete,
    "conda-run": _conda("run", "-n", "conda", "true", over=0.06),
    "conda-hook": _conda("shell.bash", "hook", over=0.04),
    "conda-activate": _conda("shell.posix", "activate", "conda", over=0.04),
    "conda-list": _conda("list", "-n", "conda", over=0.1),
    "conda-info": _conda("info", "--json", over=0.25),
    "conda-env-list": _conda("env", "list", over=0.1),
}
