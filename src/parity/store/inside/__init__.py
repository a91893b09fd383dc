"""What is put inside a pack: each file here but this one stands in every pack, as it is.

`relocate.py` is also used by `parity unpack`. It imports nothing but the standard library, and runs on the Python of
the pack, 3.8 or later; the shell scripts need a POSIX shell.
"""
