"""Activation as data: which environment variables change, and which scripts run before and after.

The rules are conda's: `CONDA_PREFIX`, `CONDA_DEFAULT_ENV`, `CONDA_SHLVL`, `CONDA_PROMPT_MODIFIER`, one
`CONDA_PREFIX_<level>` for every environment underneath, `CONDA_STACKED_<level>` for stacked ones, and
`__CONDA_SHLVL_<level>_<NAME>` for a value that an environment's own variable hides. One thing is
stricter: variables of the environment that is left do not leak into the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parity.core.platforms import layout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

UNSET = "***unset***"
"""conda's value for a variable that activation shall unset."""

_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
"""Where programs are on a POSIX system, for a process that was started without PATH."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A change of the process environment.

    Attributes:
        assign: variables to set, in the order in which conda exports them.
        unset: variables to remove.
        before: scripts to source first (deactivate.d of the environment that is left).
        after: scripts to source last (activate.d of the environment that is entered).
    """

    assign: dict[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def apply(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment after the change; scripts are not run."""
        return {key: value for key, value in environ.items() if key not in self.unset} | self.assign


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """What activation needs to know of one environment.

    Attributes:
        prefix: absolute path, in the platform's own notation.
        name: what `CONDA_DEFAULT_ENV` shows: its name, or the prefix where it has none.
        variables: its own environment variables (`store.prefixes.variables`).
        activate: its activate.d scripts, in order.
        deactivate: its deactivate.d scripts, in order.
    """

    prefix: str
    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    activate: Sequence[str] = ()
    deactivate: Sequence[str] = ()


def activate(
    environ: Mapping[str, str],
    entered: EnvironmentFacts,
    *,
    platform: str,
    describe: Callable[[str], EnvironmentFacts],
    stack: bool = False,
    changeps1: bool = True,
    env_prompt: str = "({default_env}) ",
) -> Activation:
    """Enter an environment.

    Entering the active one again refreshes it; entering the one just below steps back to it, as in conda.

    Args:
        environ: variables of the process.
        entered: the environment to enter.
        platform: its subdir, for the directories that go on PATH.
        describe: tells about another environment that is active, by its prefix.
        stack: keep the programs of the active environment behind those of the new one.
        changeps1: whether prompts show the environment.
        env_prompt: what they show: `{default_env}`, `{stacked_env}`, `{name}` and `{prefix}` are replaced.
    """
    level = shell_level(environ)
    active = environ.get("CONDA_PREFIX", "") if level else ""
    if active == entered.prefix:
        return _again(environ, entered, platform, _Prompt(describe, changeps1, env_prompt))
    if level > 1 and environ.get(f"CONDA_PREFIX_{level - 1}") == entered.prefix:
        return deactivate(
            environ, platform=platform, describe=describe, changeps1=changeps1, env_prompt=env_prompt
        )  # fmt: skip
    left = describe(active) if active else None
    assign: dict[str, str] = {}
    unset: list[str] = []
    before: Sequence[str] = ()
    if left is None or stack:
        assign["PATH"] = _path(environ, platform, add=entered.prefix)
    else:
        assign["PATH"] = _path(environ, platform, add=entered.prefix, drop=left.prefix)
        before = left.deactivate
        # What its variables hide stays saved: this environment may be returned to, and left once more.
        _restore(environ, left.variables, level - 1, assign, unset, forget=False)
    assign["CONDA_PREFIX"] = entered.prefix
    assign["CONDA_SHLVL"] = str(level + 1)
    assign["CONDA_DEFAULT_ENV"] = entered.name
    prompt = _Prompt(describe, changeps1, env_prompt)
    assign["CONDA_PROMPT_MODIFIER"] = prompt.text([*prompt.stack(environ, replace=not stack), entered.name], entered)
    if left is not None:
        assign[f"CONDA_PREFIX_{level}"] = left.prefix
    if stack and left is not None:
        assign[f"CONDA_STACKED_{level + 1}"] = "true"
    _save_and_set(environ, entered.variables, level, assign, unset)
    return _activation(environ, assign, unset, before, entered.activate)


def deactivate(
    environ: Mapping[str, str],
    *,
    platform: str,
    describe: Callable[[str], EnvironmentFacts],
    changeps1: bool = True,
    env_prompt: str = "({default_env}) ",
) -> Activation:
    """Leave the active environment for the one below it; nothing changes where none is active.

    Args: as for `activate`.
    """
    level = shell_level(environ)
    prefix = environ.get("CONDA_PREFIX", "")
    if not level or not prefix:
        return Activation()
    left = describe(prefix)
    stacked = f"CONDA_STACKED_{level}"
    below = environ.get(f"CONDA_PREFIX_{level - 1}", "") if level > 1 else ""
    assign: dict[str, str] = {}
    unset: list[str] = [name for name in (stacked,) if name in environ]
    after: Sequence[str] = ()
    if not below:
        assign["PATH"] = _path(environ, platform, drop=prefix)
        assign["CONDA_SHLVL"] = "0"
        unset += ["CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_PROMPT_MODIFIER"]
        _restore(environ, left.variables, level - 1, assign, unset)
    else:
        back = describe(below)
        assign["PATH"] = _path(environ, platform, drop=prefix, add="" if stacked in environ else below)
        assign["CONDA_PREFIX"] = below
        assign["CONDA_SHLVL"] = str(level - 1)
        assign["CONDA_DEFAULT_ENV"] = back.name
        prompt = _Prompt(describe, changeps1, env_prompt)
        names = prompt.stack(environ, replace=True) + ([] if stacked in environ else [back.name])
        assign["CONDA_PROMPT_MODIFIER"] = prompt.text(names, back)
        unset.append(f"CONDA_PREFIX_{level - 1}")
        _restore(environ, left.variables, level - 1, assign, unset)
        _set(back.variables, assign, unset)
        after = back.activate
    return _activation(environ, assign, unset, left.deactivate, after)


def posix_script(activation: Activation) -> str:
    """The change as lines of POSIX shell; names that no shell can export are left out."""
    lines = [f". {quote(script)}" for script in activation.before]
    lines += [f"unset {name}" for name in activation.unset if is_variable(name)]
    lines += [f"export {name}={quote(value)}" for name, value in activation.assign.items() if is_variable(name)]
    lines += [f". {quote(script)}" for script in activation.after]
    return "".join(line + "\n" for line in lines)


def is_variable(name: str) -> bool:
    """Whether a shell can set a variable of this name."""
    return name.isascii() and name.isidentifier()


def quote(text: str) -> str:
    """A word that a POSIX shell reads as exactly this text."""
    return "'" + text.replace("'", "'\\''") + "'"


def shell_level(environ: Mapping[str, str]) -> int:
    """How many environments are active on top of each other (`CONDA_SHLVL`); 0 for what is no number."""
    value = environ.get("CONDA_SHLVL", "").strip()
    return int(value) if value.isdecimal() else 0


def path_dirs(prefix: str, platform: str) -> list[str]:
    """The directories of an environment that go on PATH, first first, in the platform's notation."""
    places = layout(platform)
    separator = "\\" if places.windows else "/"
    root = prefix.rstrip("/\\") if places.windows else prefix.rstrip("/")
    return [root if part == "." else root + separator + part.replace("/", separator) for part in places.path_dirs]


def _again(environ: Mapping[str, str], entered: EnvironmentFacts, platform: str, prompt: _Prompt) -> Activation:
    assign = {
        "PATH": _path(environ, platform, add=entered.prefix, drop=entered.prefix),
        "CONDA_SHLVL": str(shell_level(environ)),
        "CONDA_DEFAULT_ENV": entered.name,
        "CONDA_PROMPT_MODIFIER": prompt.text([*prompt.stack(environ, replace=True), entered.name], entered),
    }
    unset: list[str] = []
    _set(entered.variables, assign, unset)
    return _activation(environ, assign, unset, entered.deactivate, entered.activate)


def _activation(
    environ: Mapping[str, str], assign: dict[str, str], unset: list[str], before: Sequence[str], after: Sequence[str]
) -> Activation:
    # Windows has one PATH under whatever case the process was given it in.
    name = _path_name(environ)
    if name != "PATH":
        assign = {name if key == "PATH" else key: value for key, value in assign.items()}
    gone = tuple(sorted(set(unset) - assign.keys()))
    return Activation(assign, gone, tuple(before), tuple(after))


def _path_name(environ: Mapping[str, str]) -> str:
    return "PATH" if "PATH" in environ else next((name for name in environ if name.upper() == "PATH"), "PATH")


def _path(environ: Mapping[str, str], platform: str, *, add: str = "", drop: str = "") -> str:
    windows = layout(platform).windows
    separator = ";" if windows else ":"
    text = environ.get(_path_name(environ), "" if windows else _DEFAULT_PATH)
    found = text.split(separator) if text else []

    def key(path: str) -> str:
        if windows:
            return path.replace("/", "\\").rstrip("\\").lower()
        return path.rstrip("/")

    dropped = {key(path) for path in path_dirs(drop, platform)} if drop else set()
    place = next((number for number, path in enumerate(found) if key(path) in dropped), 0)
    kept = [path for path in found if key(path) not in dropped]
    added = path_dirs(add, platform) if add else []
    return separator.join([*kept[:place], *added, *kept[place:]])


def _saved(level: int, name: str) -> str:
    return f"__CONDA_SHLVL_{level}_{name}"


def _save_and_set(
    environ: Mapping[str, str], variables: Mapping[str, str], level: int, assign: dict[str, str], unset: list[str]
) -> None:
    for name in variables:
        value = assign.get(name, environ.get(name) if name not in unset else None)
        if value is not None:
            assign[_saved(level, name)] = value
    _set(variables, assign, unset)


def _set(variables: Mapping[str, str], assign: dict[str, str], unset: list[str]) -> None:
    for name, value in variables.items():
        if value == UNSET:
            assign.pop(name, None)
            unset.append(name)
        else:
            assign[name] = value


def _restore(
    environ: Mapping[str, str],
    variables: Mapping[str, str],
    level: int,
    assign: dict[str, str],
    unset: list[str],
    *,
    forget: bool = True,
) -> None:
    for name in variables:
        saved = _saved(level, name)
        if saved in environ:
            assign[name] = environ[saved]
            if forget:
                unset.append(saved)
        else:
            unset.append(name)


@dataclass(frozen=True, slots=True)
class _Prompt:
    """The prompt modifier, with conda's `{stacked_env}`: names of stacked environments, innermost first."""

    describe: Callable[[str], EnvironmentFacts]
    shown: bool
    template: str

    def stack(self, environ: Mapping[str, str], *, replace: bool) -> list[str]:
        """Names that the prompt shows now; without the innermost when it is about to be replaced."""
        if not self.shown or "{stacked_env}" not in self.template:
            return []
        names: list[str] = []
        level = shell_level(environ)
        for number in range(1, level + 1):
            prefix = environ.get("CONDA_PREFIX" if number == level else f"CONDA_PREFIX_{number}", "")
            if f"CONDA_STACKED_{number}" not in environ:
                names = names[:-1]
            if prefix:
                names.append(self.describe(prefix).name)
        return names[:-1] if replace else names

    def text(self, names: Sequence[str], entered: EnvironmentFacts) -> str:
        if not self.shown:
            return ""
        values = {
            "default_env": entered.name,
            "stacked_env": ",".join(reversed(names)),
            "prefix": entered.prefix,
            "name": entered.prefix.replace("\\", "/").rstrip("/").rpartition("/")[2],
        }
        text = self.template
        # Not str.format: a template from a settings file may hold other braces.
        for key, value in values.items():
            text = text.replace("{" + key + "}", value)
        return text
