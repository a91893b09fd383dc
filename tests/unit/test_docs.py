"""The written side stays true: pages made from the program are in step with it, links lead somewhere.

`python tests/unit/test_docs.py` writes docs/reference/commands.md anew from the parsers of the commands.
"""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from itertools import takewhile
from pathlib import Path

import pytest

from parity import errors
from parity.cli.common import add_common
from parity.cli.table import ALIASES, COMMANDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
COMMON = "on every command"
# What belongs to the making of the program and not to the program, and numbers of threads on some server.
FORBIDDEN = re.compile(r"\b(?:sessions?|helpers?|todo)\b|(?<![\w&/(])#\d+\b", re.IGNORECASE)
ABSOLUTE = re.compile(r"(?:^|(?<=[\s`'\"(=])|(?<=file://))/([\w.-]+)(?=/)", re.MULTILINE)
PLACES = {"home", "mnt", "scratch", "shared", "srv", "usr", "opt", "etc", "var", "t"}
"""First parts of the paths that examples may have: `/home/ann`, `/t/TOKEN/` of a URL."""


def parser_of(command: str) -> argparse.ArgumentParser:
    """The parser that the command line makes for a command."""
    module = import_module(COMMANDS[command][0])
    parser = argparse.ArgumentParser(prog=f"parity {command}", description=module.__doc__)
    add_common(parser)
    module.configure(parser)
    return parser


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Sub-commands by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def all_parsers() -> dict[str, argparse.ArgumentParser]:
    """Every command and sub-command by what is typed behind `parity`."""
    found = {}
    for command in COMMANDS:
        found[command] = parser_of(command)
        for name, parser in subparsers(found[command]).items():
            found[f"{command} {name}"] = parser
    return found


def commands_page() -> str:
    """docs/reference/commands.md."""
    lines = [
        "# Commands",
        "",
        "<!-- Made from the parsers in src/parity/cli by `python tests/unit/test_docs.py`; do not edit. -->",
        "",
        "`parity COMMAND --help` prints the same. Data goes to standard output, progress and messages to standard",
        "error.",
        "Exit codes: [exit-codes.md](exit-codes.md). Settings: [settings.md](settings.md).",
        "",
        "`parity --version` prints the version, `parity --help` the list of commands.",
        f"Other names: {', '.join(f'`{alias}` is `{name}`' for alias, name in sorted(ALIASES.items()))}.",
        "",
        "## On every command",
        "",
        *_options_table([action for group in parser_of("list")._action_groups if group.title == COMMON
                         for action in group._group_actions]),
    ]  # fmt: skip
    for name, parser in all_parsers().items():
        level = "##" if " " not in name else "###"
        lines += [f"{level} parity {name}", "", *_description(parser.description or ""), *_arguments(parser)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _description(text: str) -> list[str]:
    """A docstring as paragraphs, its example lines as a code block."""
    lines: list[str] = []
    for block in text.strip().split("\n\n"):
        rows = [row.strip() for row in block.splitlines()]
        examples = list(takewhile(lambda row: row.startswith("parity "), rows))
        if examples:
            lines += ["```sh", *examples, "```", ""]
        if sentence := " ".join(rows[len(examples) :]):
            lines += [sentence if sentence.endswith(".") else f"{sentence}.", ""]
    return lines


def _arguments(parser: argparse.ArgumentParser) -> list[str]:
    own = [action for group in parser._action_groups if group.title != COMMON for action in group._group_actions
           if action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)]  # fmt: skip
    sub = [action for action in own if isinstance(action, argparse._SubParsersAction)]
    return _options_table([action for action in own if action not in sub])


def _options_table(actions: list[argparse.Action]) -> list[str]:
    if not actions:
        return []
    rows = [f"| {_spelling(action)} | {_cell(_meaning(action))} |" for action in actions]
    return ["| argument | meaning |", "|---|---|", *rows, ""]


def _meaning(action: argparse.Action) -> str:
    return action.help or (f"same as the setting `{action.dest}: {action.const}`" if action.const else "")


def _spelling(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar or ())
    if not value and action.choices is not None:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    if not action.option_strings:
        value = value or action.dest
        return f"`{_cell(value + ' ...' if action.nargs in {'*', '+'} and '...' not in value else value)}`"
    shown = ", ".join(f"`{option}`" for option in action.option_strings)
    return shown if action.nargs == 0 else f"{shown} `{_cell(value or action.dest.upper())}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def headings(text: str) -> list[str]:
    """Levels of the headings outside of code blocks."""
    return re.findall(r"^#+(?= )", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)


def commands_in_blocks(text: str) -> list[str]:
    """Command lines in the shell blocks of a page, comments left out."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def anchors(text: str) -> set[str]:
    """What `#...` can point at in a page."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def error_classes(base: type[errors.ParityError] = errors.ParityError) -> list[type[errors.ParityError]]:
    """The tree of errors in `parity.errors`, parents first."""
    below = [each for each in base.__subclasses__() if each.__module__ == "parity.errors"]
    return [base, *(found for each in below for found in error_classes(each))]


def test_the_page_of_commands_is_in_step_with_the_parsers() -> None:
    assert (DOCS / "reference" / "commands.md").read_text(encoding="utf-8") == commands_page()


def test_every_command_and_option_says_what_it_does() -> None:
    silent = [
        f"{name} {'/'.join(action.option_strings) or action.dest}"
        for name, parser in all_parsers().items()
        for action in parser._actions
        if not action.help and not isinstance(action, argparse._SubParsersAction) and action.dest != "channel_priority"
        and (action.option_strings or not action.metavar)
    ]  # fmt: skip
    assert silent == []
    assert [name for name, parser in all_parsers().items() if not parser.description] == []


def test_the_page_of_settings_is_in_step_with_the_table() -> None:
    from parity.ops.config import reference

    written = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    assert written.rstrip("\n") == reference().rstrip("\n")


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.__name__)
def test_every_error_is_on_the_page_of_exit_codes(error: type[errors.ParityError]) -> None:
    rows = [line for line in (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8").splitlines()
            if f"`{error.__name__}`" in line and line.startswith("|")]  # fmt: skip
    assert len(rows) == 1
    assert rows[0].startswith(f"| {error.exit_code} | `{error.code}` |")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_pages_tell_nothing_of_where_they_were_written(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert FORBIDDEN.findall(text) == []
    assert [first for first in ABSOLUTE.findall(text) if first not in PLACES] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_documented_commands_and_options_exist(page: Path) -> None:
    parsers = all_parsers()
    unknown = []
    for line in commands_in_blocks(page.read_text(encoding="utf-8")):
        words = line.removeprefix("$ ").split()
        if words[:1] != ["parity"] or len(words) < 2 or words[1].startswith("-") or words[1] == "help":
            continue
        command = ALIASES.get(words[1], words[1])
        if command not in parsers:
            unknown.append(line)
            continue
        rest = words[2:]
        if rest and f"{command} {rest[0]}" in parsers:
            command = f"{command} {rest.pop(0)}"
        known = {option for action in parsers[command]._actions for option in action.option_strings}
        for word in rest:
            if command == "run" and not word.startswith("-") and word in {"python", "env"}:
                break  # what follows belongs to the program that is run
            if word == "|" or word.startswith("#"):
                break
            if re.match(r"--[a-z]", word) and word.partition("=")[0] not in known:
                unknown.append(f"{line}: {word}")
    assert unknown == []


def test_every_page_of_the_documentation_can_be_reached_from_its_index() -> None:
    seen: set[Path] = set()
    todo = [DOCS / "index.md"]
    while todo:
        page = todo.pop()
        if page in seen:
            continue
        seen.add(page)
        for target in re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8")):
            linked = (page.parent / target).resolve()
            if linked.exists():
                todo.append(linked)
    assert [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if page.resolve() not in seen] == []


def test_the_chinese_readme_says_what_the_english_one_says() -> None:
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    chinese = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert headings(chinese) == headings(english)
    assert commands_in_blocks(chinese) == commands_in_blocks(english)
    assert chinese.count("\n|") == english.count("\n|")


if __name__ == "__main__":
    (DOCS / "reference" / "commands.md").write_text(commands_page(), encoding="utf-8", newline="\n")
