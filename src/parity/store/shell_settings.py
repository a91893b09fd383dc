"""The settings that activation looks at, without reading YAML each time: that alone takes as long as all the rest.

A file that mentions none of them is not parsed. What the others say is kept in the root's cache, for as long as the
files are the same.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from zlib import crc32

from parity.core.settings import PREFIXES, Settings
from parity.errors import StorageError
from parity.store import config_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAMES = ("changeps1", "env_prompt", "auto_stack", "auto_activate", "default_activation_env", "envs_dirs", "pkgs_dirs",
         "subdir")  # fmt: skip
"""The settings that are looked at."""

_WORDS = (*NAMES, "envs_path", "auto_activate_base")
_FILE = "shell-settings.json"


def load(environ: Mapping[str, str], home: Path, root: Path, platform: str) -> Settings:
    """The settings in `NAMES`; all others have their defaults.

    Args: as for `config_files.load`.

    Raises:
        FaultsError: a file that mentions one of them is wrong.
    """
    found = config_files.files(config_files.search_paths(environ, home, root, platform))
    texts = [(path, config_files.read_text(path)) for path in found]
    by_variable = any(name.partition("_")[2].lower() in _WORDS for name in environ if name.startswith(PREFIXES))
    if not by_variable and not any(word in text for _, text in texts for word in _WORDS):
        return Settings()
    # `$X` and `%X%` in a file stand for variables, which may be others the next time.
    keep = not by_variable and not any(mark in text for _, text in texts for mark in "$%")
    import json

    cache = root / "cache" / _FILE
    key = [[str(path), *_stamp(path, text)] for path, text in texts]
    if keep:
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(cache.read_bytes())
            if kept["key"] == key:
                return Settings(**{n: tuple(v) if isinstance(v, list) else v for n, v in kept["values"].items()})
    settings, *_ = config_files.load(environ, home, root, platform=platform)
    values = {name: getattr(settings, name) for name in NAMES}
    if keep:
        from parity.store.files import atomic_write

        with suppress(StorageError):
            atomic_write(cache, json.dumps({"key": key, "values": values}))
    return Settings(**values)


def _stamp(path: Path, text: str) -> tuple[int, ...]:
    status = path.stat()
    return status.st_mtime_ns, status.st_ino, len(text), crc32(text.encode("utf-8", "surrogateescape"))
