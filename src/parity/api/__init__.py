"""Parity as a library: the commands as functions, with the types of `parity.model` and no global state.

Every function takes the same options (see `Options`) and raises only errors of `parity.errors`. Nothing is printed and
nobody is asked; pass `progress` to watch, `confirm` to look at a plan before it is carried out.
"""

from __future__ import annotations

from parity.api.changing import clone, create, install, remove, remove_environment, run, sync, update
from parity.api.channels import clean, import_channel, index_channel
from parity.api.locking import check_lock, edit, lock
from parity.api.options import Location, Options
from parity.api.shipping import build_image, pack, push_image, unpack
from parity.api.showing import diff, environment, environments, export, read_request, search, tree, why
from parity.api.verifying import compare_fingerprints, fingerprint, mend, verify

__all__ = [
    "Location",
    "Options",
    "build_image",
    "check_lock",
    "clean",
    "clone",
    "compare_fingerprints",
    "create",
    "diff",
    "edit",
    "environment",
    "environments",
    "export",
    "fingerprint",
    "import_channel",
    "index_channel",
    "install",
    "lock",
    "mend",
    "pack",
    "push_image",
    "read_request",
    "remove",
    "remove_environment",
    "run",
    "search",
    "sync",
    "tree",
    "unpack",
    "update",
    "verify",
    "why",
]
