"""The `parity` command."""
