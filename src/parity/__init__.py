"""Parity: software environments that are the same everywhere, and proven to be."""

from __future__ import annotations

__version__ = "0.1.0"
