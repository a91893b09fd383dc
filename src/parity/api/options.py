"""What all functions take by keyword, and what they make of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from parity.core.progress import NoProgress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parity.core.ports import ChannelPriority, Confirm, Progress
    from parity.model import Plan
    from parity.wiring import Services

Location = str | os.PathLike[str]
"""A name of an environment as text, or its path as a `pathlib.Path`."""


class Options(TypedDict, total=False):
    """What any function takes by keyword.

    Attributes:
        channels: channels to search first, highest priority first; `pypi` is one.
        override_channels: search the given channels and those of files only, none that are configured.
        channel_priority: strict, flexible or disabled.
        platform: target subdir.
        virtual: virtual packages to assume, as `cuda=12.4`.
        no_pin: ignore pinned packages.
        index_url: PyPI index.
        offline: use caches and local files only.
        dry_run: return the plan and change nothing.
        run_link_scripts: run packages' link scripts.
        compile: compile bytecode.
        copy: copy files instead of linking them.
        environ: environment variables instead of this process's; PARITY_ROOT among them says where things are.
        progress: where progress goes.
        confirm: shown the plan; False ends the operation.
    """

    channels: Sequence[str]
    override_channels: bool
    channel_priority: ChannelPriority
    platform: str
    virtual: Sequence[str]
    no_pin: bool
    index_url: str
    offline: bool
    dry_run: bool
    run_link_scripts: bool
    compile: bool
    copy: bool
    environ: Mapping[str, str]
    progress: Progress
    confirm: Confirm


def services_for(options: Mapping[str, Any]) -> Services:
    """The programs and places that a call works with."""
    from parity.wiring import Services

    progress = options.get("progress")
    return Services(
        options,
        output=_Silence(),
        progress=lambda: progress if progress is not None else _Warnings(),
        ask=lambda _: True,
        environ=options.get("environ"),
        command="import parity",
    )


def place(location: Location, services: Services) -> Path:
    """Where an environment is, or would be."""
    if isinstance(location, str):
        return services.root.prefix_for(location)
    return Path(location).absolute()


def find(location: Location, services: Services) -> Path:
    """Where an environment is."""
    if isinstance(location, str):
        return services.root.find(location)
    return services.root.require(Path(location).absolute())


def confirmation(options: Mapping[str, Any]) -> Confirm:
    """What is asked before a plan is carried out."""
    chosen: Confirm | None = options.get("confirm")

    def confirm(plan: Plan) -> bool:
        return not options.get("dry_run") and (chosen is None or chosen(plan))

    return confirm


class _Warnings(NoProgress):
    """What should not be missed becomes a Python warning."""

    def warn(self, text: str) -> None:
        import warnings

        warnings.warn(text, stacklevel=2)


class _Silence:
    """Writes nothing: what a function has to say is its result or an error."""

    json = False
    quiet = True
    verbosity = 0

    def line(self, text: str = "") -> None:
        pass

    def outcome(self, text: str) -> None:
        pass

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        pass

    def result(self, data: object) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def debug(self, text: str) -> None:
        pass

    def warn(self, text: str) -> None:
        import warnings

        warnings.warn(text, stacklevel=2)
