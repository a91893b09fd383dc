"""Real shells, driven by scripts: each can load the hook, run the same `parity` lines, and show its variables."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from place import Place

SHELLS = ("bash", "dash", "zsh", "fish", "xonsh", "nu")
POSIX = ("bash", "dash", "zsh")

_BARE = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"], "xonsh": ["--no-rc"], "nu": ["-n"]}
_OWN = {"_", "SHLVL", "PWD", "OLDPWD", "CMD_DURATION_MS", "LAST_EXIT_CODE", "DIRS_POSITION", "NU_VERSION",
        "FILE_PWD", "CURRENT_FILE", "PROCESS_PATH", "__parity_prompt", "BASH_FUNC_which%%"}  # fmt: skip
_PROBE = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))\n"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a script did.

    Attributes:
        code: exit code of the shell.
        out: standard output.
        err: standard error.
        variables: those at each `show`, without the shell's own.
    """

    code: int
    out: str
    err: str
    variables: list[dict[str, str]]


class Shell:
    """One shell on this machine.

    Args:
        name: as in `SHELLS`.
        place: a root with environments.
    """

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.place = place
        found = shutil.which(name)
        assert found is not None
        self.program = found
        self.environ = {**place.environ, "PATH": os.environ["PATH"], "TERM": "dumb"}
        self.folder = place.path / f"drive-{name}"
        self.folder.mkdir(exist_ok=True)
        place.home.mkdir(exist_ok=True)
        (self.folder / "probe.py").write_text(_PROBE)

    def load(self, program: str = "") -> str:
        """The line that loads the hook, as documented; another program than Parity may be given."""
        words = [program] if program else [sys.executable, "-m", "parity"]
        call = " ".join(words)
        if self.name == "fish":
            return f"{call} hook fish | source"
        if self.name == "xonsh":
            return f"execx($({call} hook xonsh), 'exec', __xonsh__.ctx, filename='parity')"
        if self.name == "nu":
            text = subprocess.run(
                [*words, "hook", "nu"], capture_output=True, text=True, check=True, env=self.environ
            ).stdout
            (self.folder / "hook.nu").write_text(text)
            return f"source {self.folder}/hook.nu"
        return f'eval "$({call} hook {self.name})"'

    def run(self, lines: Sequence[str], *, hook: str | None = None, flags: Sequence[str] = (), **more: str) -> Seen:
        """Run a script behind the hook; the line `show` notes the variables.

        Args:
            lines: of the script.
            hook: the line that loads the hook, "" for none.
            flags: of the shell.
            more: further environment variables.
        """
        shown: list[Path] = []
        text = [self.load() if hook is None else hook]
        for line in lines:
            if line != "show":
                text.append(line)
                continue
            shown.append(self.folder / f"shown-{len(shown)}.json")
            caret = "^" if self.name == "nu" else ""
            text.append(f"{caret}{sys.executable} {self.folder}/probe.py {shown[-1]}")
        file = self.folder / ("script.xsh" if self.name == "xonsh" else "script")
        file.write_text("\n".join(text) + "\n")
        done = subprocess.run(
            [self.program, *_BARE.get(self.name, []), *flags, str(file)],
            capture_output=True, text=True, check=False, env=self.environ | more, cwd=self.folder, timeout=60,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        variables = [
            {
                name: value
                for name, value in json.loads(path.read_text()).items()
                if name not in _OWN and not name.startswith(("XONSH", "__fish", "ENV_CONVERSIONS"))
            }
            for path in shown
            if path.exists()
        ]
        return Seen(done.returncode, done.stdout, done.stderr, variables)
