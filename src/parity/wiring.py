"""Builds the services from settings; the only place where parts are put together."""
