"""Helpers for tests, Parity's own and other people's: channels, packages and wheels made on the spot."""
