"""Options that mean the same on every command, declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from typing import Any


def add_common(parser: argparse.ArgumentParser) -> None:
    """Options that every command takes."""
    group = parser.add_argument_group("on every command")
    group.add_argument("--json", action="store_true", help="print the result as JSON on standard output")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")
    group.add_argument("-v", "--verbose", action="count", default=0, help="say more; twice for debugging")
    group.add_argument("-y", "--yes", action="store_true", help="do not ask")
    group.add_argument("-d", "--dry-run", action="store_true", help="show what would be done and do nothing")
    group.add_argument("--offline", action="store_true", help="use caches and local files only")


def add_command(commands: Any, name: str, text: str, description: str | None = None) -> argparse.ArgumentParser:
    """A sub-command that takes the options of every command.

    Args:
        commands: what `add_subparsers` returned.
        name: as it is typed.
        text: its line of help.
        description: of more lines, as the module of the sub-command has it.
    """
    import argparse

    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=description or text,
        formatter_class=argparse.RawDescriptionHelpFormatter if description else argparse.HelpFormatter,
        # So that `image --json build` means the same as `image build --json`.
        argument_default=argparse.SUPPRESS,
    )
    add_common(made)
    made.argument_default = None
    return made


def add_target(parser: argparse.ArgumentParser) -> None:
    """`-n NAME` and `-p PREFIX`: which environment a command is about."""
    group = parser.add_argument_group("environment").add_mutually_exclusive_group()
    group.add_argument("-n", "--name", metavar="NAME", help="name of the environment")
    group.add_argument("-p", "--prefix", metavar="PATH", help="path of the environment")


def add_request(parser: argparse.ArgumentParser, what: str) -> None:
    """Match specs and files: what a command that chooses packages is asked for."""
    parser.add_argument("specs", nargs="*", metavar="SPEC", help=f"{what}, as numpy or 'numpy>=1.24,<2'")
    parser.add_argument(
        "-f",
        "--file",
        action="append",
        default=[],
        metavar="FILE",
        dest="files",
        help="environment.yml, or a list of specs; may be repeated",
    )


def add_pypi(parser: argparse.ArgumentParser) -> None:
    """PyPI requirements, in pip's words, beside match specs."""
    parser.add_argument(
        "--pypi",
        action="append",
        default=[],
        metavar="REQUIREMENT",
        help="requirement to take from PyPI, as pip writes it: 'transformers[torch]', -e ., git+https://...; "
        "may be repeated",
    )


def add_solving(parser: argparse.ArgumentParser) -> None:
    """Options of commands that choose packages."""
    group = parser.add_argument_group("channels and solving")
    add_channels(group)
    priority = group.add_mutually_exclusive_group()
    for word, value, text in (
        ("strict", "strict", "a package comes from the first channel that has its name"),
        ("flexible", "flexible", "from a later channel, where the first cannot satisfy the request"),
        ("no", "disabled", "from any channel, the newest"),
    ):
        priority.add_argument(
            f"--{word}-channel-priority", dest="channel_priority", action="store_const", const=value, help=text
        )
    _add_machine(group)
    group.add_argument("--no-pin", action="store_true", help="ignore pinned packages")
    add_index(group)


def add_channels(
    group: argparse._ActionsContainer,
    text: str = "channel to search first; may be repeated; `pypi` is a channel too",
    only: str = "search the channels of -c and of files only, none that are configured",
) -> None:
    """`-c` and `--override-channels`; `text` and `only` say what they do."""
    group.add_argument("-c", "--channel", action="append", default=[], metavar="CHANNEL", dest="channels", help=text)
    group.add_argument("--override-channels", action="store_true", help=only)


def add_index(group: argparse._ActionsContainer) -> None:
    """The index of PyPI packages."""
    group.add_argument("--index-url", metavar="URL", help="PyPI index to use")


def add_bundles(group: argparse._ActionsContainer, metavar: str, text: str) -> None:
    """`--from`: where files may be that a lock names."""
    group.add_argument("--from", action="append", default=[], metavar=metavar, dest="bundles", help=text)


def add_part(parser: argparse.ArgumentParser) -> None:
    """Which part of a lock a command takes."""
    group = parser.add_argument_group("which part of the lock")
    add_environment(group)
    add_variant(group)
    _add_machine(group)


def add_variant(group: argparse._ActionsContainer) -> None:
    """Which kind of machine of a lock a command takes."""
    group.add_argument("--variant", metavar="NAME", help='variant of the platform, as cuda-12; "" for the plain one')


def add_python(group: argparse._ActionsContainer) -> None:
    """Which Python goes with a lock that has none."""
    group.add_argument("--python", default="", metavar="VERSION", help="Python for a pylock.toml, which has none")


def add_environment(group: argparse._ActionsContainer) -> None:
    """Which environment of a lock a command takes."""
    group.add_argument("--environment", default="", metavar="NAME", help="environment of the lock, if it has several")


def _add_machine(group: argparse._ActionsContainer) -> None:
    """The machine that packages are for, where it is not this one."""
    group.add_argument("--platform", "--subdir", metavar="SUBDIR", help="build for another platform, as linux-64")
    add_virtual(group, "virtual", "assume a virtual package, as cuda=12.4 or glibc=2.28; `cuda=` for none")


def add_virtual(group: argparse._ActionsContainer, dest: str, text: str) -> None:
    """Virtual packages to assume, whatever this machine has."""
    group.add_argument("--override-virtual", action="append", default=[], metavar="NAME=VERSION", dest=dest, help=text)


def add_linking(parser: argparse.ArgumentParser) -> None:
    """Options of commands that write packages into a prefix."""
    group = parser.add_argument_group("installing")
    group.add_argument(
        "--run-link-scripts",
        action="store_true",
        default=None,
        help="run the post-link and pre-unlink scripts of packages (they are not sandboxed)",
    )
    group.add_argument("--compile", action="store_true", default=None, help="compile Python bytecode on all cores")
    group.add_argument("--copy", action="store_true", help="copy files instead of linking them")
