"""Pure rules: no file, clock, process or output is touched here."""
