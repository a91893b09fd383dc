"""Moments as people write them in `--as-of`, and as locks hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from parity.errors import InputError


def milliseconds(text: str) -> int:
    """A date or moment as milliseconds since the epoch; a date means until its end, in UTC.

    Args:
        text: `2024-05-01`, or as RFC 3339 has it (`2024-05-01T12:00:00Z`).

    Raises:
        InputError: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            f"`{text}` is no date", hints=["write 2024-05-01, or 2024-05-01T12:00:00Z; or `now`"]
        ) from None
    if len(text.strip()) <= len("2024-05-01"):
        moment += timedelta(days=1)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def text_of(moment: int) -> str:
    """Milliseconds since the epoch as RFC 3339 writes them, in UTC."""
    return datetime.fromtimestamp(moment / 1000, tz=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
