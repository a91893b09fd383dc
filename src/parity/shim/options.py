"""Options of conda and mamba, each declared once with what becomes of it here.

Every option is one of four things: it has a meaning of its own (its destination is an argument or a setting of Parity);
it asks for what happens anyway, and a note says so; it is not supported, and an error says what to use; or it does not
exist, which argparse reports. Nothing is ignored in silence.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from parity.shim.errors import CondaError
from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Option:
    """One option or positional argument.

    Attributes:
        flags: as `-n`, `--name`; a single word for a positional argument.
        keywords: of `argparse.ArgumentParser.add_argument`.
        note: why it makes no difference; "" for one that does.
        instead: why it is not supported and what to use; "" for one that is.
    """

    flags: tuple[str, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    instead: str = ""


def switch(*flags: str, help: str = "", **keywords: Any) -> Option:  # noqa: A002
    """An option without a value."""
    keywords.setdefault("action", "store_true")
    return Option(flags, {"help": help, **keywords})


def value(*flags: str, help: str = "", **keywords: Any) -> Option:  # noqa: A002
    """An option with a value."""
    return Option(flags, {"help": help, **keywords})


def many(*flags: str, help: str = "", **keywords: Any) -> Option:  # noqa: A002
    """An option with a value that may be given several times."""
    return Option(flags, {"help": help, "action": "append", "default": [], **keywords})


def moot(*flags: str, why: str, nargs: int = 0) -> Option:
    """An option that asks for what happens anyway."""
    return Option(flags, _shape(nargs), note=why)


def refused(*flags: str, instead: str, nargs: int = 0) -> Option:
    """An option that is not supported."""
    return Option(flags, _shape(nargs), instead=instead)


def _shape(nargs: int) -> Mapping[str, Any]:
    return {"nargs": nargs, "metavar": "VALUE"} if nargs else {"nargs": 0}


class _Moot(argparse.Action):
    def __init__(self, *args: Any, note: str, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.note = note

    def __call__(self, parser: object, namespace: object, values: object, option_string: str | None = None) -> None:
        vars(namespace).setdefault("notes", []).append(f"{option_string} makes no difference: {self.note}")


class _Refused(argparse.Action):
    def __init__(self, *args: Any, instead: str, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.instead = instead

    def __call__(self, parser: object, namespace: object, values: object, option_string: str | None = None) -> None:
        raise CondaError("ArgumentError", f"{option_string} is not supported", hints=[self.instead])


def declare(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Add options to a parser."""
    for option in options:
        if option.note:
            parser.add_argument(
                *option.flags,
                action=_Moot,
                note=option.note,
                dest=argparse.SUPPRESS,
                help=f"makes no difference: {option.note}",
                **option.keywords,
            )
        elif option.instead:
            parser.add_argument(
                *option.flags,
                action=_Refused,
                instead=option.instead,
                dest=argparse.SUPPRESS,
                help=f"not supported: {option.instead}",
                **option.keywords,
            )
        else:
            parser.add_argument(*option.flags, **option.keywords)


def names(options: Sequence[Option]) -> dict[str, Option]:
    """Every flag to its option, for the documentation and its test."""
    return {flag: option for option in options for flag in option.flags if flag.startswith("-")}


# -- groups of options that several commands share ----------------------------------------------------

TARGET = (
    value("-n", "--name", metavar="ENVIRONMENT", help="name of the environment"),
    value("-p", "--prefix", metavar="PATH", help="path of the environment"),
)

OUTPUT = (
    switch("--json", help="report as JSON"),
    switch("-q", "--quiet", help="no progress and notes"),
    switch("-v", "--verbose", action="count", default=0, help="say more; may be repeated"),
    switch("--debug", "--trace", action="store_const", const=3, dest="verbose", help="say everything"),
    moot("--console", why="there is one way to show progress", nargs=1),
)

PROMPT = (
    switch("-y", "--yes", help="do not ask"),
    switch("-d", "--dry-run", help="show what would be done and do nothing"),
)

CHANNELS = (
    many("-c", "--channel", dest="channels", metavar="CHANNEL", help="channel to search first; may be repeated"),
    switch("-O", "--override-channels", help="do not search configured channels"),
    switch("--use-local", default=None, help="search packages that were built here first"),
    moot("--repodata-fn", why="the whole index is read, in the quickest form that the server has", nargs=1),
    moot("--experimental", why="there are no experimental features to choose", nargs=1),
    moot("--no-lock", why="two processes never wait for each other to read"),
    moot("--repodata-use-zst", "--no-repodata-use-zst", why="the quickest form that the server has is read"),
    moot("--repodata-use-shards", "--no-repodata-use-shards", why="the quickest form that the server has is read"),
)

SOLVER = (
    switch(
        "--strict-channel-priority",
        action="store_const",
        const="strict",
        dest="channel_priority",
        help="a package comes from the first channel that has its name",
    ),
    switch(
        "--no-channel-priority",
        action="store_const",
        const="disabled",
        dest="channel_priority",
        help="a package comes from any channel, the newest",
    ),
    switch("--no-pin", help="ignore pinned packages"),
    value("--subdir", "--platform", dest="platform", metavar="SUBDIR", help="platform to make it for, as linux-64"),
    value("--exclude-newer", metavar="DURATION_OR_DATE", help="leave out what was published later"),
    moot("--solver", "--experimental-solver", why="there is one solver, rattler's", nargs=1),
)  # fmt: skip

_SAME = "what is installed stays as it is where it can, which is the default here"

UPDATES = (
    switch("--no-deps", help="install exactly these, without what they need (which may not work)"),
    moot("--freeze-installed", "--no-update-deps", why=_SAME),
    moot("-S", "--satisfied-skip-solve", why="nothing is solved where the request is satisfied already"),
    moot("--update-specs", why="the named packages move where the request asks for it, which is the default here"),
    refused("--update-deps", instead="name the dependencies too, or use --all"),
)

NETWORK = (
    moot("-C", "--use-index-cache", why="the cache is used as long as the server says it is valid; --offline always"),
    switch("-k", "--insecure", action="store_false", dest="ssl_verify", default=None, help="do not check certificates"),
    switch("--offline", help="use caches and local files only"),
)

LINKING = (
    switch("--copy", help="copy files instead of linking them"),
    moot("--shortcuts", "--no-shortcuts", why="no menu entries are made"),
    moot("--shortcuts-only", why="no menu entries are made", nargs=1),
    moot("--clobber", why="one file of two packages is a fault that is reported, never hidden"),
    moot("-m", "--mkdir", why="directories are made as needed"),
    moot("--force-pscheck", why="files in use are no obstacle"),
    moot("--unknown", why="conda ignores it too"),
    switch(
        "--override-frozen",
        action="store_false",
        dest="protect_frozen_envs",
        default=None,
        help="change the environment although it is frozen",
    ),
    switch("--run-link-scripts", default=None, help="run link scripts of packages (Parity's own option)"),
    switch("--download-only", help="fill the package cache, and install nothing"),
)

SPECS = (
    value("specs", nargs="*", metavar="package_spec", help="packages, as numpy or 'numpy>=1.24'"),
    many("-f", "--file", dest="files", metavar="FILE", help="file of specs, environment.yml, @EXPLICIT file or lock"),
    moot("--format", "--env-spec", "--environment-specifier", why="the format is found in the file", nargs=1),
)

CHANGE = (
    *TARGET, *SPECS, *CHANNELS, *SOLVER, *NETWORK, *LINKING, *OUTPUT, *PROMPT,
    switch("--only-deps", help="install what the named packages need, without themselves"),
)  # fmt: skip
"""What `create`, `install` and `update` have in common."""

_HOW = "it belongs to how mamba does its work"

MAMBA = (
    value("-r", "--root-prefix", metavar="PATH", help="root of environments and packages"),
    value("--rc-file", metavar="FILE", help="a .condarc that counts more than all others"),
    value("--cacert-path", dest="ssl_verify", metavar="FILE", help="bundle of certificates"),
    value("--channel-priority", choices=("strict", "flexible", "disabled"), help="which channels may give a package"),
    value("--lock-timeout", dest="lock_timeout_secs", metavar="SECONDS", help="how long to wait for another process"),
    switch("--always-copy", dest="copy", help="copy files instead of linking them"),
    switch("--pyc", dest="compile", default=None, help="compile Python bytecode"),
    switch("--no-pyc", dest="compile", action="store_false", help="do not compile Python bytecode"),
    moot("--no-banner", why="there is no banner"),
    moot("--py-pin", why="Python stays in its series unless a request moves it"),
    moot("--allow-uninstall", "--allow-downgrade", why="the request decides, and the plan shows it"),
    moot("--extra-safety-checks", "--no-extra-safety-checks", why="every package is checked against its hash, always"),
    moot("--safety-checks", why="every package is checked against its hash, always", nargs=1),
    moot("--retry-clean-cache", "--ssl-no-revoke", "--allow-softlinks", why=_HOW),
    moot("--log-level", "--download-threads", "--extract-threads", "--repodata-ttl", why=_HOW, nargs=1),
    refused("--no-rc", "--no-env", instead="set CONDARC, or unset the variables"),
    refused("--no-py-pin", instead="name the Python to move to, as python=3.12"),
    refused("--no-allow-uninstall", "--no-allow-downgrade", instead="look at the plan with --dry-run"),
    refused("--verify-artifacts", instead="`parity lock` fixes the SHA-256 of every package"),
    refused("--trusted-channels", instead="`parity lock` fixes the SHA-256 of every package", nargs=1),
    refused("--always-softlink", instead="files are hard links, reflinks or, with --copy, copies"),
    refused("--relocate-prefix", instead="`parity sync` makes the same environment elsewhere", nargs=1),
    refused("--category", instead="`parity lock` keeps several environments in one lock", nargs=1),
)
"""What mamba 2 and micromamba add to every command."""
