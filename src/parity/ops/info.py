"""What this installation and this machine are, for a person who looks for a reason or reports a bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Facts:
    """What `info` tells; the caller collects it.

    Attributes:
        version: of Parity.
        python_version: of the Python that runs Parity.
        platform: subdir of this machine.
        root: root prefix.
        writable: whether the root can be written.
        active: active prefix, None without one.
        active_name: its name, or its path where it has none.
        envs_dirs: directories of environments.
        pkgs_dirs: package caches.
        envs: prefixes that are known.
        channels: URLs of the channels in use, without credentials.
        config_files: settings files that were read, lowest priority first.
        user_agent: how Parity names itself to servers.
        virtual: finds `(name, version, build)` of the machine's virtual packages; asked only when needed.
        offline: whether the network may not be used.
    """

    version: str
    python_version: str
    platform: str
    root: Path
    writable: bool
    active: Path | None
    active_name: str | None
    envs_dirs: Sequence[Path]
    pkgs_dirs: Sequence[Path]
    envs: Sequence[Path]
    channels: Sequence[str]
    config_files: Sequence[Path]
    user_agent: str
    virtual: Callable[[], Iterable[tuple[str, str, str]]]
    offline: bool = False


def info(facts: Facts) -> dict[str, object]:
    """The facts under conda's keys; `conda_version` is left out, since this is not conda."""
    return {
        "parity_version": facts.version,
        "python_version": facts.python_version,
        "platform": facts.platform,
        "root_prefix": str(facts.root),
        "conda_prefix": str(facts.root),
        "root_writable": facts.writable,
        "default_prefix": str(facts.active or facts.root),
        "active_prefix": str(facts.active) if facts.active else None,
        "active_prefix_name": facts.active_name,
        "envs": [str(path) for path in facts.envs],
        "envs_dirs": [str(path) for path in facts.envs_dirs],
        "pkgs_dirs": [str(path) for path in facts.pkgs_dirs],
        "channels": list(facts.channels),
        "config_files": [str(path) for path in facts.config_files],
        "virtual_pkgs": [list(package) for package in facts.virtual()],
        "user_agent": facts.user_agent,
        "offline": facts.offline,
    }


def as_lines(data: dict[str, object]) -> list[str]:
    """The same for people: `label : value`, lists one item a line, the environments left out."""
    shown = [
        ("parity version", data["parity_version"]),
        ("python version", data["python_version"]),
        ("platform", data["platform"]),
        ("active environment", data["active_prefix_name"] or "none"),
        ("active env location", data["active_prefix"] or ""),
        ("base environment", f"{data['root_prefix']} ({'writable' if data['root_writable'] else 'read only'})"),
        ("populated config files", data["config_files"]),
        ("virtual packages", ["=".join(package) for package in data["virtual_pkgs"]]),  # type: ignore[attr-defined]
        ("channel URLs", data["channels"]),
        ("package cache", data["pkgs_dirs"]),
        ("envs directories", data["envs_dirs"]),
        ("user-agent", data["user_agent"]),
        ("offline mode", data["offline"]),
    ]
    width = max(len(label) for label, _ in shown)
    lines = []
    for label, value in shown:
        first, *rest = (value or [""]) if isinstance(value, list) else [value]
        lines.append(f"{label:>{width}} : {first}".rstrip())
        lines += [f"{'':>{width}}   {item}" for item in rest]
    return lines
