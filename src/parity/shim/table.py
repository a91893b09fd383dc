"""Every command of conda, mamba and micromamba: the module that does it, its line of help, and its options.

The modules have `run(args, services)`. The destinations of the options are the arguments of Parity's own commands, so
that this table is the translation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.shim.options import (
    CHANGE,
    CHANNELS,
    NETWORK,
    OUTPUT,
    PROMPT,
    SOLVER,
    TARGET,
    UPDATES,
    Option,
    many,
    moot,
    refused,
    switch,
    value,
)
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

CONDA, MAMBA, MICROMAMBA = "conda", "mamba", "micromamba"
ALL = (CONDA, MAMBA, MICROMAMBA)
MAMBAS = (MAMBA, MICROMAMBA)


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        module: below `parity.shim`, with `run`.
        help: one line.
        options: what it takes.
        dialects: which programs have it.
    """

    module: str
    help: str
    options: tuple[Option, ...] = ()
    dialects: tuple[str, ...] = ALL


_REGEX = value("pattern", nargs="?", metavar="regex", help="only packages whose name matches")
_ENV_FILE = many("-f", "--file", dest="files", metavar="FILE", help="environment.yml, @EXPLICIT file or lock")
_CREATE = (
    *CHANGE,
    value("--clone", metavar="ENV", help="name or path of an environment to copy"),
    switch("--no-deps", help="install exactly these, without what they need (which may not work)"),
    switch("--no-default-packages", help="leave out create_default_packages"),
    refused("--dev", instead="install the packages into the environment by name"),
)
_REMOVE_ENV = (*TARGET, *OUTPUT, *PROMPT, switch("--override-frozen", help="remove it although it is frozen"),
               moot("--solver", why="nothing is solved to remove", nargs=1))  # fmt: skip
_VARS = (*TARGET, *OUTPUT)
_EXPORT = (
    *TARGET,
    *OUTPUT,
    value("-f", "--file", dest="output", metavar="FILE", help="file to write"),
    value("--format", metavar="FORMAT", help="environment-yaml, environment-json, explicit or requirements"),
    switch("--no-builds", "--no-build", help="without build strings"),
    switch("--from-history", help="only what was asked for"),
    switch("--ignore-channels", help="do not add the channels that packages came from"),
    many("-c", "--channel", dest="channels", metavar="CHANNEL", help="channel to name first"),
    switch("-O", "--override-channels", help="do not name configured channels"),
    switch("--explicit", "-e", help="URLs instead (micromamba)"),
    switch("--md5", "--no-md5", action="store_true", help="with --explicit: MD5 digests (micromamba)"),
    many("--platform", "--subdir", dest="platforms", metavar="SUBDIR", help="platform to export for"),
)
_QUERY = (
    value("query", metavar="{search,depends,whoneeds}", choices=("search", "depends", "whoneeds"), help="what to ask"),
    value("specs", nargs="+", metavar="package_spec", help="package"),
    *TARGET,
    *CHANNELS,
    *NETWORK,
    *OUTPUT,
    switch("-i", "--installed", "--local", dest="local", help="ask the environment"),
    switch("--remote", help="ask the channels"),
    switch("-a", "--all-channels", dest="all_channels", help="ask all channels"),
    switch("-t", "--tree", help="draw the answer as a tree"),
    switch("--recursive", help="with what they need, and so on"),
    switch("--pretty", help="show records in full"),
    value("--platform", "--subdir", dest="platform", metavar="SUBDIR", help="platform to ask for"),
)
_SEARCH = (
    value("spec", nargs="?", default="*", metavar="query_string", help="name, glob or match spec"),
    *TARGET,
    *CHANNELS,
    *NETWORK,
    *OUTPUT,
    switch("-i", "--info", help="show records in full"),
    switch("--pretty", dest="info", help="show records in full (mamba)"),
    switch("--envs", help="search all environments instead"),
    switch("-a", "--all-channels", dest="all_channels", help="ask all channels"),
    value("--platform", "--subdir", dest="platform", metavar="SUBDIR", help="platform to search for"),
    switch("--skip-flexible-search", dest="exactly", help="do not try a name that is not found as part of a name"),
    moot(
        "-f",
        "--full-name",
        "--canonical",
        "--names-only",
        "--spec",
        "--unknown",
        "-o",
        "--outdated",
        "--reverse-dependency",
        why="conda ignores it too",
    ),
)

COMMANDS: Mapping[str, Command] = {
    "activate": Command("shell", "enter an environment", (value("words", nargs="...", help=""),)),
    "clean": Command("clean", "free disk space", (
        *OUTPUT, *PROMPT,
        switch("-a", "--all", help="everything that can be fetched again"),
        switch("-i", "--index-cache", help="downloaded channel indexes"),
        switch("-p", "--packages", help="extracted packages that no environment uses"),
        switch("-t", "--tarballs", help="package archives"),
        switch("-l", "--logfiles", help="leftovers of changes that were cut off"),
        switch("-c", "--tempfiles", action="store_true", help="temporary files"),
        switch("--locks", help="locks that nobody holds are no obstacle (mamba)"),
        switch("--trash", help="what was moved aside to be deleted (mamba)"),
        switch("-f", "--force-pkgs-dirs", help="all packages, also those that environments use links of"),
        value("paths", nargs="*", metavar="PATH", help="not used"),
    )),
    "compare": Command("small", "compare an environment with a file", (
        *TARGET, *OUTPUT, value("file", metavar="FILE", help="environment.yml"),
    ), (CONDA,)),
    "config": Command("config", "read and change settings"),
    "create": Command("change", "make a new environment", _CREATE),
    "deactivate": Command("shell", "leave the environment", (value("words", nargs="...", help=""),)),
    "doctor": Command("doctor", "look for faults of an environment", (
        *TARGET, *OUTPUT, *PROMPT, value("checks", nargs="*", metavar="CHECK", help="all are made"),
        switch("--fix", help="put right what can be"), switch("--list", help="list the checks"),
    ), (CONDA,)),
    "env": Command("env", "list, make, update, export and remove environments"),
    "export": Command("export", "write an environment as a file", _EXPORT),
    "info": Command("info", "show where things are and what this machine is", (
        *OUTPUT,
        value("-n", "--name", metavar="ENVIRONMENT", help="environment to tell of (mamba)"),
        value("-p", "--prefix", metavar="PATH", help="environment to tell of (mamba)"),
        switch("--offline", help="do not use the network"),
        switch("-a", "--all", help="everything"),
        switch("--base", "--root", help="only the path of base"),
        switch("-e", "--envs", help="only the environments"),
        switch("-l", "--license", help="the licence"),
        switch("-s", "--system", help="only environment variables"),
        switch("--unsafe-channels", help="only channels"),
    )),
    "init": Command("shell", "make activate known to new shells", (
        *OUTPUT, switch("-d", "--dry-run", help="change nothing"),
        value("shells", nargs="*", metavar="SHELLS", help="bash, zsh, fish, xonsh, powershell, cmd.exe, nu"),
        switch("--all", help="every shell that is installed"),
        switch("--reverse", help="take it back"),
        moot("--user", why="the person's own files are changed"),
        moot("--no-user", why="only the person's own files are ever changed"),
        refused("--system", instead="add the output of `conda shell.bash hook` to the system's files"),
        refused("--install", instead="`parity shim install`"),
        moot("--condabin", why="the function that is added finds the program"),
        moot("--anaconda-prompt", why="there is no shortcut to make"),
    ), (CONDA, MAMBA)),
    "install": Command("change", "add packages to an environment", (
        *CHANGE, *UPDATES,
        switch("--force-reinstall", help="install the named packages anew"),
        switch("--update-all", "--all", dest="all", help="update everything too"),
        value("--revision", "--rev", metavar="REVISION", help="take the environment back to what it held then"),
        refused("--dev", instead="install the packages into the environment by name"),
    )),
    "list": Command("list", "list the packages of an environment", (
        *TARGET, *OUTPUT, _REGEX,
        switch("--show-channel-urls", action="store_true", default=None, help="show channels, also `defaults`"),
        switch("--no-show-channel-urls", action="store_false", dest="show_channel_urls", help="do not"),
        value("--fields", metavar="FIELDS", help="columns, with commas between"),
        switch("--reverse", help="last first"),
        switch("-c", "--canonical", help="lines channel/subdir::name-version-build"),
        switch("-f", "--full-name", help="the whole name"),
        switch("--explicit", help="URLs, as `create --file` reads them"),
        switch("--md5", help="with --explicit: MD5 digests"),
        switch("--sha256", help="with --explicit: SHA-256 digests"),
        switch("-e", "--export", help="lines name=version=build"),
        switch("-r", "--revisions", help="the history of the environment"),
        switch("--no-pip", help="only conda packages"),
        moot("--auth", why="credentials are never part of what is installed"),
    )),
    "notices": Command("small", "messages of channels", (
        many("-c", "--channel", dest="channels", metavar="CHANNEL", help="channel to ask"),
        switch("-O", "--override-channels", help="ask no others"), *OUTPUT,
    ), (CONDA,)),
    "package": Command("small", "tell which package a file belongs to", (
        *TARGET, *OUTPUT,
        value("-w", "--which", nargs="+", default=[], metavar="PATH", help="tell which package a file is from"),
        refused("-r", "--reset", instead="`parity verify --fix`"),
        refused("-u", "--untracked", instead="`parity verify` lists files that no package owns"),
        refused("--pkg-name", "--pkg-version", "--pkg-build", instead="`parity channel` makes packages", nargs=1),
    ), (CONDA,)),
    "remove": Command("remove", "take packages, or a whole environment, away", (
        *TARGET, *CHANNELS, *NETWORK, *OUTPUT, *PROMPT,
        value("names", nargs="*", metavar="package_name", help="packages"),
        switch("--all", help="the whole environment"),
        switch("--keep-env", help="with --all: keep the empty environment"),
        switch("--override-frozen", help="change or remove the environment although it is frozen"),
        switch("--force-remove", "--force", "-f", "--no-prune-deps", dest="only_these",
               help="only the named packages: not what depends on them (which may not work then)"),
        moot("--solver", why="nothing is solved to remove", nargs=1),
        moot("--no-pin", why="nothing else moves"),
        moot("--dev", "--prune-deps", "--prune", why="what nothing needs any more goes too, always"),
        refused("--features", instead="name the packages"),
    )),
    "rename": Command("small", "give an environment another name", (
        *TARGET, *OUTPUT, *PROMPT, value("destination", metavar="NEW_NAME", help="name or path"),
        switch("--force", help="put it in place of an environment of that name"),
        switch("--override-frozen", help="rename it although it is frozen"),
    ), (CONDA,)),
    "repoquery": Command("repoquery", "ask channels, or an environment, about packages", _QUERY),
    "run": Command("run", "run a command in an environment"),
    "search": Command("search", "look for packages in channels", _SEARCH),
    "shell": Command("shell", "print or install what shells need", (
        value("words", nargs="*", metavar="hook|init|deinit|activate|deactivate|reactivate", help="what to do"),
        value("-s", "--shell", metavar="SHELL", help="bash, zsh, fish, xonsh, powershell, cmd.exe, nu"),
        *TARGET, *OUTPUT, switch("-d", "--dry-run", help="change nothing"),
        switch("--stack", help="keep the programs of the active environment"),
        switch("--no-stack", help="do not"),
    ), MAMBAS),
    "update": Command("change", "move packages to newer versions", (
        *CHANGE, *UPDATES,
        switch("--all", "--update-all", "-a", dest="all", help="everything"),
        switch("--prune", "--prune-deps", dest="prune", help="with a file: remove what it does not ask for"),
        switch("--force-reinstall", help="install the named packages anew"),
        moot("--no-prune-deps", why="what a file does not ask for stays unless --prune is given"),
    )),
}  # fmt: skip

ENV: Mapping[str, Command] = {
    "config": Command("env", "the variables of an environment: vars list, vars set, vars unset"),
    "create": Command("change", "make an environment from a file", (
        *TARGET, *CHANNELS, *SOLVER, *NETWORK, *OUTPUT, *PROMPT, _ENV_FILE,
        value("specs", nargs="*", metavar="package_spec", help="packages"),
        switch("--force", help="replace an environment of that name"),
        switch("--no-default-packages", help="as from a file always"),
        moot("--format", "--env-spec", "--environment-specifier", why="the format is found in the file", nargs=1),
    )),
    "export": Command("export", "write an environment as a file", _EXPORT),
    "list": Command("env", "list every environment that is known", (
        *OUTPUT, switch("--size", help="with the size of each"),
    )),
    "remove": Command("remove", "delete an environment", _REMOVE_ENV),
    "update": Command("change", "bring an environment in line with a file", (
        *TARGET, *CHANNELS, *SOLVER, *NETWORK, *OUTPUT, *PROMPT, _ENV_FILE,
        value("specs", nargs="*", metavar="package_spec", help="packages"),
        switch("--prune", help="remove what the file does not ask for"),
        moot("--format", "--env-spec", "--environment-specifier", why="the format is found in the file", nargs=1),
    )),
}  # fmt: skip
"""The commands behind `env`."""

VARS: Mapping[str, tuple[Option, ...]] = {
    "list": _VARS,
    "set": (*_VARS, value("items", nargs="+", metavar="NAME=VALUE", help="variable")),
    "unset": (*_VARS, value("items", nargs="+", metavar="NAME", help="variable")),
}
"""The commands behind `env config vars`."""

ALIASES = {"upgrade": "update", "uninstall": "remove", "rm": "remove", "ls": "list"}

ABSENT: Mapping[str, str] = {
    "auth": "credentials stand in .netrc, the keyring or a channel's URL",
    "build": "rattler-build or conda-build make packages; `parity channel` makes them from PyPI",
    "constructor": "packages are extracted as they are installed",
    "content-trust": "`parity lock` and `parity verify` hold every file to its hash",
    "convert": "`parity channel` makes packages",
    "debug": "rattler-build or conda-build make packages",
    "index": "`parity channel index`",
    "pack": "conda-pack packs environments of Parity, too",
    "ps": "`ps` lists processes",
    "render": "rattler-build or conda-build make packages",
    "self-update": "update Parity where you got it from, as `pip install -U parity-env`",
    "server": "`parity channel index` makes a directory that any web server can serve",
    "skeleton": "rattler-build or conda-build make packages",
    "token": "credentials stand in .netrc, the keyring or a channel's URL",
    "tos": "terms of service are between you and a channel",
}
"""Commands that exist and are not supported, and what to use."""
