"""What an installer is made of besides the pack in it: scripts for a POSIX shell, and `place.py` for its own Python.

`place.py` imports nothing but the standard library and `relocate.py` beside it, and runs on Python 3.8 or later.
"""
