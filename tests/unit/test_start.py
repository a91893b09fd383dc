"""What a command leaves out when it starts the conda engine."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from parity.cli import _NoTlsInAsyncio
sys.meta_path.insert(0, _NoTlsInAsyncio)
import asyncio
print("ssl" in sys.modules, asyncio.run(asyncio.sleep(0, "ran")))
import ssl
print(ssl.create_default_context().check_hostname)
"""


def test_asyncio_does_without_ssl_and_others_find_it() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.stdout == "False ran\nTrue\n", done.stderr
