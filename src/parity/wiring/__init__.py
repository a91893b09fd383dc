"""Puts the parts together: the services of a call, built from settings, and what use cases need of several stores.

The only place that knows engines, stores and use cases at once; the command line and the library call into it.
"""

from __future__ import annotations

from parity.wiring.services import Reply, Services

__all__ = ["Reply", "Services"]
