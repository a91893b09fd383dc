"""Kernel specifications of Jupyter (`kernel.json`): what to start for a notebook.

The format is that of jupyter_client's documentation, "Making kernels for Jupyter". Parity takes the specification that
lies in an environment and puts `parity run` before its command, so that the kernel has all that activation sets: PATH,
variables and what the scripts of packages do, as they are on the day that it starts.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from parity.errors import Fault, FaultsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = "parity"
"""Key in the metadata of the specifications that are Parity's."""


def parse(text: str, *, file: str = "") -> dict[str, Any]:
    """Read a `kernel.json`.

    Raises:
        FaultsError: it is no JSON, or has no command.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise FaultsError([Fault(f"not JSON: {error}", file=file)]) from error
    argv = data.get("argv") if isinstance(data, dict) else None
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
        raise FaultsError([Fault("has no command", place="argv", file=file)])
    found: dict[str, Any] = data
    return found


def wrapped(
    spec: Mapping[str, Any],
    prefix: str,
    name: str,
    runner: Sequence[str],
    *,
    display_name: str = "",
    windows: bool = False,
) -> dict[str, Any]:
    """The specification by which a Jupyter outside of an environment starts the kernel in it.

    Args:
        spec: that of the environment.
        prefix: absolute path of the environment.
        name: what people call it.
        runner: command line of Parity.
        display_name: what notebooks show; the kernel's own with the environment's name where empty.
        windows: whether it is for Windows.
    """
    metadata = dict(spec.get("metadata") or {})
    # The names by which nb_conda_kernels tells environments, which mamba-gator and others look for.
    metadata |= {"conda_env_name": name, "conda_env_path": prefix, MARK: {"prefix": prefix}}
    made = {
        **spec,
        "argv": [*runner, "run", "-p", prefix, *spec["argv"]],
        "display_name": display_name or f"{short(str(spec.get('display_name') or 'Kernel'))} ({name})",
        "metadata": metadata,
    }
    if windows:
        made["interrupt_mode"] = "message"  # the event handle that Jupyter interrupts by stays with `parity run`
    return made


def short(display_name: str) -> str:
    """A display name without the package's own addition: `Python 3 (ipykernel)` is `Python 3`."""
    return re.sub(r"\s*\([^()]*\)$", "", display_name) or display_name


def prefix_of(spec: Mapping[str, Any]) -> str | None:
    """The environment of a specification that Parity made; None for any other."""
    mark = (spec.get("metadata") or {}).get(MARK)
    prefix = mark.get("prefix") if isinstance(mark, dict) else None
    return prefix if isinstance(prefix, str) else None


def dump(spec: Mapping[str, Any]) -> str:
    """The text of a `kernel.json`."""
    return json.dumps(spec, indent=1, ensure_ascii=False) + "\n"


def kernel_name(env: str, spec_name: str) -> str:
    """A name that Jupyter accepts (letters, digits, `-`, `.`, `_`) for a kernel of an environment.

    Args:
        env: name or path of the environment.
        spec_name: name of the specification in it; the usual `python3` is left out.
    """
    words = [env.rstrip("/\\"), *([] if spec_name == "python3" else [spec_name])]
    return re.sub(r"[^a-z0-9._-]+", "-", "-".join(words).lower()).strip("-.") or "environment"
