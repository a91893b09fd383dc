"""What differs between platforms: the one seam, pure, with the platform always given by the caller.

Subdir names follow CEP-26; the layout of a prefix follows conda and CPython's sysconfig.
"""

from __future__ import annotations

from parity.errors import InputError
from parity.values import dataclass

SUBDIRS = ("linux-64", "linux-aarch64", "linux-ppc64le", "linux-s390x", "linux-riscv64",
           "osx-64", "osx-arm64", "win-64", "win-arm64", "win-32", "linux-32")  # fmt: skip

_MACHINES = {"x86_64": "64", "amd64": "64", "aarch64": "aarch64", "arm64": "arm64", "ppc64le": "ppc64le",
             "s390x": "s390x", "riscv64": "riscv64", "i386": "32", "i686": "32", "x86": "32"}  # fmt: skip


def subdir_of(system: str, machine: str) -> str:
    """The conda subdir of a machine.

    Args:
        system: `sys.platform` (`linux`, `darwin`, `win32`).
        machine: `platform.machine()` (`x86_64`, `arm64`, `AMD64`, ...).

    Raises:
        ValueError: the platform has no conda subdir.
    """
    family = {"linux": "linux", "darwin": "osx", "win32": "win", "cygwin": "win"}.get(system)
    arch = _MACHINES.get(machine.lower())
    if family == "linux" and arch == "arm64":
        arch = "aarch64"
    if family != "linux" and arch == "aarch64":
        arch = "arm64"
    subdir = f"{family}-{arch}"
    if subdir not in SUBDIRS:
        raise ValueError(f"no conda platform for {system} on {machine}")
    return subdir


@dataclass(frozen=True, slots=True)
class PrefixLayout:
    """Where things stand inside a prefix; all paths relative, with forward slashes.

    Attributes:
        windows: the one question everything else derives from.
        path_dirs: directories that activation puts on PATH, first first.
        scripts: where console scripts go.
        python: the interpreter.
    """

    windows: bool
    path_dirs: tuple[str, ...]
    scripts: str
    python: str

    def site_packages(self, python_version: str) -> str:
        """site-packages of a CPython `3.11` or `3.11.7` in this prefix."""
        if self.windows:
            return "Lib/site-packages"
        return f"lib/python{'.'.join(python_version.split('.')[:2])}/site-packages"


def layout(subdir: str) -> PrefixLayout:
    """The layout of a prefix for `subdir`."""
    if subdir.startswith("win-"):
        dirs = (".", "Library/mingw-w64/bin", "Library/usr/bin", "Library/bin", "Scripts", "bin")
        return PrefixLayout(True, dirs, "Scripts", "python.exe")
    return PrefixLayout(False, ("bin",), "bin", "bin/python")


def unknown(name: str) -> InputError:
    """The error that says of a name that it is no subdir; also where it is that of a variant in a lock."""
    subdir = next((each for each in SUBDIRS if name.startswith(f"{each}-")), "")
    hints = (
        [f"a variant of a lock is named so: --platform {subdir} --variant {name[len(subdir) + 1 :]}"] if subdir else []
    )
    return InputError(f"there is no platform `{name}`", hints=[*hints, f"platforms are {', '.join(SUBDIRS)}"])
