"""`parity complete -- WORDS`: what could stand for the last word of a command line; the hooks ask this.

One candidate a line, with a tab and what it means behind it where there is more to say. No output leaves it to the
shell, which then offers files.
"""

from __future__ import annotations

import argparse
import itertools
import os
from importlib import import_module
from typing import TYPE_CHECKING

from parity.cli.table import ALIASES, COMMANDS
from parity.errors import ParityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from parity.wiring import Services

_INSTALLED = {"remove", "update", "why", "tree", "list"}
"""Commands whose plain arguments are names of installed packages."""
_CACHED = {"install", "create", "search"}
"""Commands whose plain arguments are names of packages: those in the package cache are offered."""


def run(words: Sequence[str]) -> int:
    """Print the candidates for the last of `words`; the first is the name of the program."""
    from parity.cli.shell_text import make_services, write

    try:
        found = candidates(list(words), make_services(["complete"]))
    except ParityError:
        # The command itself will tell what is wrong, in its own time.
        return 1
    write("".join(f"{word}\t{text}\n" if text else f"{word}\n" for word, text in found))
    return 0


def candidates(words: list[str], services: Services) -> list[tuple[str, str]]:
    """What could stand for the last word, with what it means, in the order to show it.

    Args:
        words: of the command line, from the name of the program to the word that is being written, which may be "".
        services: of this call.
    """
    current = words[-1] if len(words) > 1 else ""
    before = [word for word in words[1:-1] if word != "="]  # bash takes `--name=x` for three words
    if current == "=":
        current = ""
    start = ""
    if current.startswith("--") and "=" in current:
        option, _, current = current.partition("=")
        before.append(option)
        start = option + "="
    found = list(_candidates(before, current, services))
    return [(start + word, text) for word, text in found if word.startswith(current)]


def _candidates(before: list[str], current: str, services: Services) -> Iterable[tuple[str, str]]:
    if not before:
        return [(name, text) for name, (_, text) in COMMANDS.items()]
    name = ALIASES.get(before[0], before[0])
    if name not in COMMANDS:
        return []
    parser, rest = _parser(name, before[1:])
    options = {option: action for action in parser._actions for option in action.option_strings}
    last = options.get(rest[-1]) if rest else None
    if last is not None and last.nargs != 0:
        return _values(last, services)
    if current.startswith("-"):
        return [(option, action.help or "") for option, action in options.items()
                if option.startswith("--") and action.help != argparse.SUPPRESS]  # fmt: skip
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return [(choice.dest, choice.help or "") for choice in action._choices_actions]
    return _plain(name, parser, rest, services)


def _parser(name: str, rest: list[str]) -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser of a command, or of the sub-command that is named in the words behind it."""
    from parity.cli.common import add_common

    parser = argparse.ArgumentParser(prog=name, formatter_class=lambda prog: argparse.HelpFormatter(prog, width=80))
    add_common(parser)
    import_module(COMMANDS[name][0]).configure(parser)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            position = next((number for number, word in enumerate(rest) if word in action.choices), None)
            if position is not None:
                return action.choices[rest[position]], rest[position + 1 :]
    return parser, rest


def _values(action: argparse.Action, services: Services) -> Iterable[tuple[str, str]]:
    """What an option takes; nothing where it is a file or something that cannot be known."""
    if action.choices is not None:
        return [(str(choice), "") for choice in action.choices]
    makers: dict[str, Callable[[], Iterable[str]]] = {
        "NAME": services.root.names,
        "SUBDIR": _platforms,
        "CHANNEL": lambda: services.settings.channels,
    }
    maker = makers.get(action.metavar if isinstance(action.metavar, str) else "")
    return [(word, "") for word in maker()] if maker else []


def _platforms() -> Sequence[str]:
    from parity.core.platforms import SUBDIRS

    return SUBDIRS


def _plain(
    name: str, parser: argparse.ArgumentParser, rest: list[str], services: Services
) -> Iterable[tuple[str, str]]:
    plain = [action.metavar or action.dest for action in parser._actions if not action.option_strings]
    if plain[:1] in (["SHELL"], ["shells"]):
        from parity.core.shells import SHELLS

        return [(shell, "") for shell in SHELLS]
    if plain[:1] == ["NAME_OR_PATH"]:
        return [(each, "") for each in _environments(services)]
    if name in _INSTALLED:
        return [(each, "") for each in installed_names(_prefix(rest, services))]
    if name in _CACHED:
        return [(each, "") for each in _cached_names(services)]
    return []


def _environments(services: Services) -> list[str]:
    base = ["base"] if (services.root_path / "conda-meta" / "history").exists() else []
    return [*base, *services.root.names()]


def _prefix(rest: list[str], services: Services) -> Path:
    """The environment that the words written so far are about."""
    given: dict[str, str] = {}
    for option, value in itertools.pairwise(rest):
        if option in {"-n", "--name"}:
            given["name"] = value
        elif option in {"-p", "--prefix"}:
            given["prefix"] = value
    return services.root.existing(given.get("name"), given.get("prefix"), services.environ)


def installed_names(prefix: Path) -> list[str]:
    """Names of the packages of an environment, from the names of files alone; sorted."""
    found = {name[:-5].rsplit("-", 2)[0] for name in _listed(prefix / "conda-meta") if name.endswith(".json")}
    for site in (*prefix.glob("lib/python3*/site-packages"), prefix / "Lib" / "site-packages"):
        found |= {
            name.removesuffix(".dist-info").rsplit("-", 1)[0].lower().replace("_", "-")
            for name in _listed(site)
            if name.endswith(".dist-info")
        }
    return sorted(name for name in found if name and not name.startswith("."))


def _cached_names(services: Services) -> list[str]:
    names = {
        name.removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)[0]
        for folder in services.root.pkgs_dirs
        for name in _listed(folder)
        if name.count("-") >= 2
    }
    return sorted(name for name in names if name and not name.startswith("."))


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  (names only, of thousands of files)
    except OSError:
        return []
