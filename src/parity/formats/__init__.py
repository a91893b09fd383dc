"""Text to model and back, one format a file; nothing here opens a path."""
