"""What a person may have meant whose channel is not there."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import NetworkError, NoChannelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parity.wiring import Services


@contextmanager
def explained(services: Services) -> Iterator[None]:
    """Errors about channels say where a directory stands that is called like one: names are never taken for paths."""
    try:
        yield
    except (NetworkError, NoChannelError) as error:
        here = [name for name in services.channel_names if _is_plain(name) and Path(name).is_dir()]
        error.hints = (*error.hints, *(f"`-c ./{name}` means the directory {name} that is here" for name in here))
        raise


def _is_plain(name: str) -> bool:
    return "://" not in name and not name.startswith((".", "/", "~"))
