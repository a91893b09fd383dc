"""Activation as data: which environment variables change, and which scripts run before and after.

The rules are conda's: `CONDA_PREFIX`, `CONDA_DEFAULT_ENV`, `CONDA_SHLVL`, `CONDA_PROMPT_MODIFIER`, one
`CONDA_PREFIX_<level>` for every environment underneath, `CONDA_STACKED_<level>` for stacked ones, and
`__CONDA_SHLVL_<level>_<NAME>` for a value that an environment's own variable hides. Stricter than conda's:

- variables of the environment that is left do not leak into the next;
- `__PARITY_SHLVL_<level>` notes which variables were set, so that leaving takes back these and no others, whatever
  has become of the environment in between;
- `CONDA_*` variables that were there without an activation (as from a Dockerfile) are hidden and come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.platforms import layout
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

UNSET = "***unset***"
"""conda's value for a variable that activation shall unset."""

PROMPT = "CONDA_PROMPT_MODIFIER"
"""The variable with what stands before a shell's prompt."""

_STATE = ("CONDA_PREFIX", "CONDA_DEFAULT_ENV", PROMPT)
"""What says which environment is active."""

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
        path: directories that leave PATH and those that come in their place, for a shell whose PATH is no longer
            what it was when the change was made, since a script in `before` changed it too.
    """

    assign: dict[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    path: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

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
    prompt = _Prompt(describe, changeps1, env_prompt, windows=layout(platform).windows)
    if active == entered.prefix:
        return _again(environ, entered, platform, prompt)
    if level > 1 and environ.get(f"CONDA_PREFIX_{level - 1}") == entered.prefix:
        return deactivate(
            environ, platform=platform, describe=describe, changeps1=changeps1, env_prompt=env_prompt
        )  # fmt: skip
    left = describe(active) if active else None
    change = _Change(environ)
    before: Sequence[str] = ()
    if left is None or stack:
        change.path(platform, add=entered.prefix)
    else:
        change.path(platform, add=entered.prefix, drop=left.prefix)
        before = left.deactivate
        # What its variables hide stays saved: this environment may be returned to, and left once more.
        change.take_back(_noted(environ, level - 1, left), level - 1, forget=False)
    if not level:
        change.save((name for name in _STATE if name in environ), level)
    change.set("CONDA_PREFIX", entered.prefix)
    change.set("CONDA_SHLVL", str(level + 1))
    change.set("CONDA_DEFAULT_ENV", entered.name)
    change.set(PROMPT, prompt.text([*prompt.stack(environ, replace=not stack), entered.name], entered))
    if left is not None:
        change.set(f"CONDA_PREFIX_{level}", left.prefix)
    if stack and left is not None:
        change.set(f"CONDA_STACKED_{level + 1}", "true")
    elif f"CONDA_STACKED_{level + 1}" in environ:
        change.unset(f"CONDA_STACKED_{level + 1}")
    variables = _allowed(entered.variables)
    change.save(variables, level)
    change.set(*_note_of(level, entered.prefix, variables))
    change.set_all(variables)
    return change.done(before, entered.activate)


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
    change = _Change(environ)
    after: Sequence[str] = ()
    names = _noted(environ, level - 1, left)
    if not below:
        change.path(platform, drop=prefix)
        change.set("CONDA_SHLVL", "0")
        change.take_back((*names, *_STATE), level - 1)
    else:
        back = describe(below)
        change.path(platform, drop=prefix, add="" if stacked in environ else below)
        change.set("CONDA_PREFIX", below)
        change.set("CONDA_SHLVL", str(level - 1))
        change.set("CONDA_DEFAULT_ENV", back.name)
        prompt = _Prompt(describe, changeps1, env_prompt, windows=layout(platform).windows)
        shown = prompt.stack(environ, replace=True) + ([] if stacked in environ else [back.name])
        change.set(PROMPT, prompt.text(shown, back))
        change.unset(f"CONDA_PREFIX_{level - 1}")
        change.take_back(names, level - 1)
        # Only what was set when it was entered: what came since is set when it is activated again.
        noted = set(_noted(environ, level - 2, back))
        change.set_all({name: value for name, value in _allowed(back.variables).items() if name in noted})
        after = back.activate
    for name in (stacked, _note(level - 1)):
        if name in environ:
            change.unset(name)
    return change.done(left.deactivate, after)


def reactivate(
    environ: Mapping[str, str],
    *,
    platform: str,
    describe: Callable[[str], EnvironmentFacts],
    changeps1: bool = True,
    env_prompt: str = "({default_env}) ",
) -> Activation:
    """Refresh the active environment, as after a change of its packages; nothing changes where none is active.

    Args: as for `activate`.
    """
    prefix = environ.get("CONDA_PREFIX", "")
    if not shell_level(environ) or not prefix:
        return Activation()
    prompt = _Prompt(describe, changeps1, env_prompt, windows=layout(platform).windows)
    return _again(environ, describe(prefix), platform, prompt)


def stacks(environ: Mapping[str, str], auto_stack: int) -> bool:
    """Whether an activation that says neither `--stack` nor `--no-stack` stacks (`auto_stack`: up to which level)."""
    return 0 < shell_level(environ) <= auto_stack


def is_variable(name: str) -> bool:
    """Whether a shell can set a variable of this name."""
    return name.isascii() and name.isidentifier()


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
    level = shell_level(environ)
    change = _Change(environ)
    change.path(platform, add=entered.prefix, drop=entered.prefix)
    change.set("CONDA_SHLVL", str(level))
    change.set("CONDA_DEFAULT_ENV", entered.name)
    change.set(PROMPT, prompt.text([*prompt.stack(environ, replace=True), entered.name], entered))
    variables = _allowed(entered.variables)
    noted = _noted(environ, level - 1, entered)
    # Variables that came since hide what is there now; those that went give it back.
    change.save((name for name in variables if name not in noted), level - 1)
    change.take_back((name for name in noted if name not in variables), level - 1)
    change.set(*_note_of(level - 1, entered.prefix, variables))
    change.set_all(variables)
    return change.done(entered.deactivate, entered.activate)


class _Change:
    """An activation in the making: later words on a variable win."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._words: dict[str, str | None] = {}
        self._path: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def set(self, name: str, value: str) -> None:
        self._words.pop(name, None)
        self._words[name] = value

    def unset(self, name: str) -> None:
        self._words.pop(name, None)
        self._words[name] = None

    def path(self, platform: str, *, add: str = "", drop: str = "") -> None:
        """Put the directories of one environment on PATH, in the place of those of another or first."""
        gone = tuple(path_dirs(drop, platform)) if drop else ()
        come = tuple(path_dirs(add, platform)) if add else ()
        self._path = (gone, come)
        self.set("PATH", _path(self._environ, platform, gone, come))

    def set_all(self, variables: Mapping[str, str]) -> None:
        """The variables of an environment."""
        for name, value in variables.items():
            if value == UNSET:
                self.unset(name)
            else:
                self.set(name, value)

    def save(self, names: Iterable[str], level: int) -> None:
        """Keep what variables that will be set are at this point."""
        for name in names:
            value = self._words[name] if name in self._words else self._environ.get(name)
            if value is not None:
                self.set(_saved(level, name), value)

    def take_back(self, names: Iterable[str], level: int, *, forget: bool = True) -> None:
        """Make variables what was kept, or unset those of which nothing was."""
        for name in names:
            saved = _saved(level, name)
            if saved not in self._environ:
                self.unset(name)
                continue
            self.set(name, self._environ[saved])
            if forget:
                self.unset(saved)

    def done(self, before: Sequence[str], after: Sequence[str]) -> Activation:
        # Windows has one PATH under whatever case the process was given it in.
        path = _path_name(self._environ)
        assign = {path if name == "PATH" else name: value for name, value in self._words.items() if value is not None}
        gone = tuple(sorted(name for name, value in self._words.items() if value is None))
        return Activation(assign, gone, tuple(before), tuple(after), self._path)


def _allowed(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that are its own to set."""
    return {name: value for name, value in variables.items() if is_variable(name) and not _reserved(name)}


def _reserved(name: str) -> bool:
    return (
        name.upper() == "PATH" or name in _STATE or name.startswith(("CONDA_SHLVL", "CONDA_PREFIX_", "__CONDA_SHLVL_"))
    )


def _note(level: int) -> str:
    return f"__PARITY_SHLVL_{level}"


def _note_of(level: int, prefix: str, names: Iterable[str]) -> tuple[str, str]:
    return _note(level), f"{' '.join(names)}={prefix}"


def _noted(environ: Mapping[str, str], level: int, facts: EnvironmentFacts) -> list[str]:
    """Names that were set on entering a level; without a note for it, as after conda's activation, those it has now."""
    names, _, prefix = environ.get(_note(level), "").partition("=")
    if prefix != facts.prefix:
        return list(_allowed(facts.variables))
    return [name for name in names.split() if not _reserved(name)]


def _path_name(environ: Mapping[str, str]) -> str:
    return "PATH" if "PATH" in environ else next((name for name in environ if name.upper() == "PATH"), "PATH")


def _path(environ: Mapping[str, str], platform: str, gone: Sequence[str], come: Sequence[str]) -> str:
    windows = layout(platform).windows
    separator = ";" if windows else ":"
    text = environ.get(_path_name(environ), "" if windows else _DEFAULT_PATH)
    found = text.split(separator) if text else []

    def key(path: str) -> str:
        if windows:
            return path.replace("/", "\\").rstrip("\\").lower()
        return path.rstrip("/")

    # One occurrence of each: those behind were there before the activation.
    place = 0
    for number, directory in enumerate(gone):
        position = next((at for at, path in enumerate(found) if key(path) == key(directory)), None)
        if position is not None:
            del found[position]
            place = position if number == 0 else min(place, position)
    found[place:place] = come
    return separator.join(found)


def _saved(level: int, name: str) -> str:
    return f"__CONDA_SHLVL_{level}_{name}"


@dataclass(frozen=True, slots=True)
class _Prompt:
    """The prompt modifier, with conda's `{stacked_env}`: names of stacked environments, innermost first."""

    describe: Callable[[str], EnvironmentFacts]
    shown: bool
    template: str
    windows: bool = False

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
        prefix = self._harmless(entered.prefix)
        values = {
            "default_env": self._harmless(entered.name),
            "stacked_env": self._harmless(",".join(reversed(names))),
            "prefix": prefix,
            "name": prefix.replace("\\", "/").rstrip("/").rpartition("/")[2],
        }
        text = self.template
        # Not str.format: a template from a settings file may hold other braces.
        for key, value in values.items():
            text = text.replace("{" + key + "}", value)
        return text

    def _harmless(self, text: str) -> str:
        """Without what a shell would execute while it shows a prompt; names cannot have it, paths can."""
        bad = "$`\n" if self.windows else "$`\n\\"
        return "".join("_" if character in bad else character for character in text)
