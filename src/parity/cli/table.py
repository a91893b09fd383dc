"""Every command: its module and its line of help. Static, so that `-h` imports no command."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "create": ("parity.cli.create", "make a new environment from specs, files or another environment"),
    "install": ("parity.cli.install", "add packages to an environment"),
    "update": ("parity.cli.update", "move packages to newer versions"),
    "remove": ("parity.cli.remove", "take packages, or a whole environment, away"),
    "sync": ("parity.cli.sync", "make an environment exactly what a lock says"),
    "fingerprint": ("parity.cli.fingerprint", "say in one line what an environment holds, or a lock will give"),
    "verify": ("parity.cli.verify", "say whether an environment is what it should be, and put it right"),
    "lock": ("parity.cli.lock", "write down exact packages for every platform, check and merge such locks"),
    "add": ("parity.cli.add", "add packages to an environment.yml, and to the lock beside it"),
    "drop": ("parity.cli.drop", "take packages out of an environment.yml, and out of the lock beside it"),
    "activate": ("parity.cli.activate", "enter an environment in this shell"),
    "deactivate": ("parity.cli.deactivate", "leave the active environment of this shell"),
    "shell": ("parity.cli.shell", "start a shell with an environment active in it"),
    "run": ("parity.cli.run", "run a command inside an environment"),
    "list": ("parity.cli.list", "list the packages of an environment"),
    "diff": ("parity.cli.diff", "show what differs between locks, environments or files"),
    "why": ("parity.cli.why", "show why a package is there"),
    "tree": ("parity.cli.tree", "show packages with what they need, as a tree"),
    "pack": ("parity.cli.pack", "write an environment into one file that can be carried anywhere"),
    "unpack": ("parity.cli.unpack", "put the environment of a pack in place, verified"),
    "installer": ("parity.cli.installer", "write an installer: an environment as a file that a shell runs"),
    "mount": ("parity.cli.mount", "make the environment of a pack appear in a directory"),
    "export": ("parity.cli.export", "write an environment or a lock in another format"),
    "search": ("parity.cli.search", "look for packages in channels"),
    "env": ("parity.cli.env", "list, make, update and remove environments"),
    "info": ("parity.cli.info", "show where things are and what this machine is"),
    "init": ("parity.cli.init", "make activation known to every new shell"),
    "hook": ("parity.cli.hook", "print what a shell reads so that activation works in it"),
    "config": ("parity.cli.config", "read and change settings"),
    "clean": ("parity.cli.clean", "free disk space without breaking an environment"),
    "kernel": ("parity.cli.kernel", "make an environment a kernel of Jupyter, list and remove such kernels"),
    "shim": ("parity.shim.command", "provide `conda`, `mamba` and `micromamba` commands that are Parity"),
    "channel": ("parity.cli.channel", "make a channel from PyPI packages, index a channel"),
    "image": ("parity.cli.image", "build OCI images of locked environments, without Docker and without root"),
}

ALIASES = {"upgrade": "update", "uninstall": "remove"}
