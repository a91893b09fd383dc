"""An environment as it was at an earlier revision: where the packages of its history are looked for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from parity.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from parity.core.ports import Confirm
    from parity.model import Channel, Plan
    from parity.wiring import Services


def revert(services: Services, prefix: Path, number: int, *, confirm: Confirm) -> Plan:
    """Take an environment back to a revision; see `ops.revert`.

    A package is looked for in the channel that the history names, then in those of `-c`; where it names none that can
    be a channel, in all that are configured.
    """
    from parity.ops import revert as op

    @cache
    def channels(text: str) -> tuple[Channel, ...]:
        names = services.channel_names
        if text:
            try:
                services.channels([text])
            except InputError:
                pass  # `<unknown>` and the like
            else:
                names = (text, *(services.options.get("channels") or ()))
        return tuple(channel for channel in services.channels(names) if channel.urls)

    needed = ("parity-env",) if prefix == services.root.path else ()
    with services.changing(prefix) as now:
        return op.revert(now, number, services.workshop, channels=channels, confirm=confirm, needed=needed)
