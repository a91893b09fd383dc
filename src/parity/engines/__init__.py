"""The only doors to the outside engines: rattler, uv, child processes, Pythons found on the host."""
