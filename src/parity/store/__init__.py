"""What is on disk: prefixes, caches, the registry of environments, locks between processes."""
