"""Use cases, one verb a file; engines and stores come as arguments (see core.ports)."""
