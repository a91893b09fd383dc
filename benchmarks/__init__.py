"""Parity's speed beside bare engines: `python -m benchmarks` (see docs/reference/benchmarks.md)."""
