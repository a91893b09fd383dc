# ruff: noqa: E501  (a table reads best with one row a line)
"""The one table of settings: conda's, by their condarc names, and Parity's own.

Each row of `Settings` declares everything there is to know about it: type, default, aliases, environment
variables, command-line flag and doc line. `core.layers` merges files, environment and command line into
one `Settings`; docs/reference/settings.md is generated from here. Names and meanings follow conda's
`.condarc` reference (https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/settings.html).
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.ports import ChannelPriority


PREFIXES = ("PARITY_", "CONDA_", "MAMBA_")
"""How the names of environment variables start, highest priority first."""


class Setting:
    """One row of the table; as an attribute of `Settings`, the default where nothing is set.

    A dataclass of a hundred fields would take a tenth of the time of `parity run`, so the rows are descriptors.

    Attributes:
        name: key in `.condarc`.
        type: annotation of the attribute, as `tuple[str, ...]`.
        default: value where nothing sets it.
        doc: one line that says what it does.
        group: heading in the reference.
        aliases: further keys under which files and variables may give it.
        foreign_env: variables of other tools that are read too, below `env`, highest priority first.
        flag: command-line flag, "" where there is none.
        dest: name of the parsed command-line argument.
        choices: allowed values of a text.
        delimiter: what separates the items of a list in a variable; "pathsep" for the platform's.
        path: `~` at the start of its texts stands for the home directory.
        expand: `$X` and `${X}` in its texts are replaced in files.
        form: what its texts have to be, where that can be seen from them: `url`, `spec` or `bundle` (of certificates).
        inert: why Parity reads it and does nothing with it; "" for a setting that applies.
    """

    __slots__ = (
        "aliases", "choices", "default", "delimiter", "dest", "doc", "expand", "flag", "foreign_env", "form",
        "group", "inert", "name", "path", "type",
    )  # fmt: skip

    def __init__(
        self,
        default: object,
        doc: str,
        *,
        group: str,
        aliases: tuple[str, ...] = (),
        foreign_env: tuple[str, ...] = (),
        flag: str = "",
        dest: str = "",
        choices: tuple[str, ...] = (),
        delimiter: str = ",",
        path: bool = False,
        expand: bool = False,
        form: str = "",
        inert: str = "",
    ) -> None:
        self.default = default
        self.doc = doc
        self.group = group
        self.aliases = aliases
        self.foreign_env = foreign_env
        self.flag = flag
        self.dest = dest or flag.lstrip("-").replace("-", "_")
        self.choices = choices
        self.delimiter = delimiter
        self.path = path
        self.expand = expand
        self.form = form
        self.inert = inert

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name."""
        self.name = name
        self.type: str = owner.__annotations__[name]

    def __get__(self, settings: Settings | None, owner: type) -> Any:
        """The default: a value that is set stands in the instance and is found before this."""
        return self if settings is None else self.default

    @property
    def env(self) -> tuple[str, ...]:
        """Its variables, highest priority first: every name and alias X has PARITY_X, CONDA_X and MAMBA_X."""
        variables = [each.upper().replace("-", "_") for each in (self.name, *self.aliases)]
        return tuple(dict.fromkeys(f"{prefix}{each}" for prefix in PREFIXES for each in variables))

    @property
    def applies(self) -> bool:
        """Whether Parity acts on it."""
        return not self.inert

    @property
    def merge(self) -> str:
        """How layers combine: `first` (highest priority wins), `append` (lists) or `merge` (maps)."""
        kind = self.type.partition("[")[0]
        return {"tuple": "append", "Mapping": "merge"}.get(kind, "first")


def setting(default: object, doc: str, **more: Any) -> Any:
    """Declare one setting; see `Setting` for the arguments. It has the type that its annotation says."""
    return Setting(default, doc, **more)


_channel = partial(setting, group="Channels")
_url = partial(setting, group="Channels", expand=True)
_pypi = partial(setting, group="PyPI", expand=True)
_place = partial(setting, group="Places", path=True, expand=True)
_solve = partial(setting, group="Solving")
_net = partial(setting, group="Network")
_install = partial(setting, group="Installing and safety")
_out = partial(setting, group="Output and shell")
_inert = partial(setting, group="Read and not acted on")
_mamba = partial(setting, group="mamba's own, read and not acted on")

_SAT = "the solver is rattler's; there is no other to choose"
_CONDA_ITSELF = "it is about conda's own installation"
_BUILD = "it belongs to conda-build"
_FLAG = "it is said on a command line, for one command"
_TRANSACTION = "a change either happens completely or not at all"
_ROOT_PACKAGES = "Parity does not add packages that nobody asked for"
_LINKS = "the engine chooses between reflinks, hard links and copies; soft links break when a cache is cleaned"
_ENGINE_CHECKS = "hashes are always checked"
_ENGINE_INDEX = "the engine reads the smallest index that a channel offers"


class Settings:
    """Every setting with its value; immutable, without its origins (see `core.layers.resolve`).

    There is no `repr`: values may hold credentials.

    Args:
        values: those that are not at their defaults, by name.
    """

    def __init__(self, **values: Any) -> None:
        unknown = values.keys() - table().keys()
        if unknown:
            raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"settings do not change: {name}")

    # fmt: off
    channels: tuple[str, ...] = _url(("conda-forge",), "Channels, highest priority first. (conda's default is `defaults`.)", aliases=("channel",), flag="--channel", dest="channels")
    channel_priority: ChannelPriority = _channel("strict", "`strict`: only the first channel that has a name counts for it; `flexible`: later ones if need be; `disabled`: all alike. (conda's default is `flexible`.)", choices=("strict", "flexible", "disabled"))
    default_channels: tuple[str, ...] = _url(("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"), "What the channel name `defaults` stands for.")
    channel_alias: str = _url("https://conda.anaconda.org", "URL before channel names that nothing else explains.", form="url")
    custom_channels: Mapping[str, str] = _url({"pkgs/pro": "https://repo.anaconda.com"}, "Channel name to the URL that stands before the name.")
    custom_multichannels: Mapping[str, tuple[str, ...]] = _url({}, "Name to the channels that it stands for.")
    channel_settings: tuple[Mapping[str, str], ...] = _url((), "Per-channel settings of conda's plugins (`channel`, `auth`).", inert="credentials are taken from channel URLs")
    mirrored_channels: Mapping[str, tuple[str, ...]] = _url({}, "Channel name or URL to URLs that hold the same packages, tried in order (from mamba).")
    override_channels_enabled: bool = _channel(True, "Whether `--override-channels` may be given.")
    allowlist_channels: tuple[str, ...] = _url((), "If not empty: the only channels that may be used.", aliases=("whitelist_channels",))
    denylist_channels: tuple[str, ...] = _url((), "Channels that may not be used.")
    restore_free_channel: bool = _channel(False, "Put the channel `free` of old packages among the `defaults`, as conda did before 4.7.")
    migrated_channel_aliases: tuple[str, ...] = _url((), "Former `channel_alias` URLs: what stands below them is looked for below the present one.")
    migrated_custom_channels: Mapping[str, str] = _url({}, "Channel name to the URL that used to stand before it: that place is looked for where the name is now.")
    show_channel_urls: bool | None = _channel(None, "Show URLs instead of names of channels.")
    use_local: bool = _channel(False, "Put the channel `local` (packages built here) first.")
    bld_path: str = _channel("", "Directory of packages built here: the channel `local`.", aliases=("croot",), path=True, expand=True)

    pypi_index_url: str | None = _pypi(None, "Index for PyPI packages; uv's default if not set.", flag="--index-url", foreign_env=("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"))
    pypi_extra_index_urls: tuple[str, ...] = _pypi((), "Further indexes, searched before it.", aliases=("pypi_extra_index_url",), foreign_env=("UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"))
    pypi_index_strategy: str = _pypi("first-index", "Which index is asked for a project that several have: `first-index`, the first one that has it at all; `unsafe-first-match`, the first with a version that fits; `unsafe-best-match`, all of them, as pip does, and where pip's own configuration names further indexes.", choices=("first-index", "unsafe-first-match", "unsafe-best-match"), foreign_env=("UV_INDEX_STRATEGY",))
    pypi_find_links: tuple[str, ...] = _pypi((), "Directories or pages with wheels.", path=True, foreign_env=("UV_FIND_LINKS", "PIP_FIND_LINKS"))
    pip_interop_enabled: bool = _pypi(False, "Let conda's solver see packages that pip installed.", aliases=("prefix_data_interoperability",), inert="conda and PyPI packages are always solved as one")

    envs_dirs: tuple[str, ...] = _place((), "Directories of named environments, before the root's `envs` and `~/.conda/envs`.", aliases=("envs_path",), delimiter="pathsep")
    pkgs_dirs: tuple[str, ...] = _place((), "Package caches, before the root's `pkgs`.")

    subdir: str = _solve("", "Platform to solve for, as `linux-64`; the current one if empty.", flag="--platform")
    subdirs: tuple[str, ...] = _solve((), "Platforms whose packages are looked at.", inert="the platform and `noarch` always are")
    pinned_packages: tuple[str, ...] = _solve((), "Match specs that hold in every environment.", delimiter="&", form="spec")
    ignore_pinned: bool = _solve(False, "As `--no-pin`: leave pinned packages out of account.")
    create_default_packages: tuple[str, ...] = _solve((), "Match specs added to every new environment.", form="spec")
    disallowed_packages: tuple[str, ...] = _solve((), "Match specs of packages that are never installed.", aliases=("disallow",), delimiter="&", form="spec")
    aggressive_update_packages: tuple[str, ...] = _solve((), "Packages that conda updates at every chance.", inert=_ROOT_PACKAGES)
    add_pip_as_python_dependency: bool = _solve(True, "Add pip wherever python is.")
    default_python: str | None = _solve(None, "Python version for a plain `python` spec.", inert="an environment gets the newest Python that fits, or the one asked for")
    track_features: tuple[str, ...] = _solve((), "Features to prefer.", inert=_SAT)
    solver: str = _solve("rattler", "Solver plugin of conda.", aliases=("experimental_solver",), inert=_SAT)
    sat_solver: str = _solve("", "Classic solver's backend.", inert=_SAT)
    solver_ignore_timestamps: bool = _solve(False, "Leave timestamps out of the solver's choice.", inert=_SAT)
    allow_cycles: bool = _solve(True, "Allow packages to depend on each other in a circle.", inert=_SAT)
    unsatisfiable_hints: bool = _solve(True, "Explain conflicts.", inert="conflicts are always explained")
    unsatisfiable_hints_check_depth: int = _solve(2, "How deep conflicts are explained.", inert=_SAT)
    repodata_fns: tuple[str, ...] = _solve(("repodata.json",), "Names of index files, in the order to try them.", inert=_ENGINE_INDEX)
    override_virtual_packages: Mapping[str, str] = _solve({}, "Virtual package (`cuda`) to the version to assume; variables `CONDA_OVERRIDE_X` go before.", aliases=("virtual_packages",))
    repodata_use_zst: bool = _solve(True, "Read `repodata.json.zst` where a channel has it.")
    repodata_use_shards: bool = _solve(True, "Read the index in parts where a channel has them.")
    use_index_cache: bool = _solve(False, "Take index files from the cache even if they are old.")

    offline: bool = _net(False, "Never use the network.", flag="--offline")
    ssl_verify: bool | str = _net(True, "Check TLS certificates; or the path of a bundle of certificates; or `truststore`.", aliases=("verify_ssl",), path=True, expand=True, form="bundle")
    cacert_path: str = _net("", "A bundle of certificates, where `ssl_verify` names none (from mamba).", path=True, expand=True)
    client_ssl_cert: str | None = _net(None, "Client certificate file, its key included, for PyPI indexes. (The conda engine sends none.)", aliases=("client_cert",), path=True, expand=True)
    client_ssl_cert_key: str | None = _net(None, "Key of the client certificate.", aliases=("client_cert_key",), path=True, expand=True, inert="the key has to stand in the file that `client_ssl_cert` names")
    proxy_servers: Mapping[str, str] = _net({}, "Scheme (`http`, `https`) or `scheme://host` to the URL of a proxy.", expand=True)
    remote_connect_timeout_secs: float = _net(9.15, "Seconds to wait for a connection to a PyPI index, where a setting says so. (The conda engine has its own limits.)")
    remote_read_timeout_secs: float = _net(60.0, "Seconds to wait for data from a PyPI index, where a setting says so. (The conda engine waits as long as data comes.)")
    remote_max_retries: int = _net(3, "How often a failed request is tried again.")
    remote_backoff_factor: float = _net(1.0, "Factor of the waits between tries.", inert="the engine has its own schedule")
    local_repodata_ttl: int = _net(1, "0: fetch index files anew every time; else the server says how long they count as fresh.")
    fetch_threads: int = _net(0, "Downloads at the same time; 0: the engine's default.", aliases=("download_threads",))
    default_threads: int = _net(0, "Threads where nothing more exact is set; 0: all cores.")
    repodata_threads: int = _net(0, "Index downloads at the same time.", inert="`fetch_threads` says it")
    verify_threads: int = _net(0, "Threads that check packages.", inert="`default_threads` says it")
    execute_threads: int = _net(0, "Threads that link packages.", inert="`default_threads` says it")
    add_anaconda_token: bool = _net(True, "Add tokens that anaconda-client stored.", aliases=("add_binstar_token",), inert="tokens are taken from channel URLs")
    lock_timeout_secs: float = _net(0.0, "Seconds to wait for another process; 0: as long as it takes.", aliases=("lock_timeout",))

    always_yes: bool = _install(False, "Answer yes to every question.", aliases=("yes",), flag="--yes")
    always_copy: bool = _install(False, "Copy files instead of linking them.", aliases=("copy",), flag="--copy")
    allow_base_changes: bool = _install(False, "Let packages be installed into the base environment.")
    protect_frozen_envs: bool = _install(True, "Refuse to change environments that are marked as frozen.")
    non_admin_enabled: bool = _install(True, "Whether users without administrator rights may change anything.")
    register_envs: bool = _install(True, "List environments in ~/.conda/environments.txt.")
    run_link_scripts: bool = _install(False, "Run the link scripts of packages: code from the package, run at installation.", flag="--run-link-scripts")
    compile_bytecode: bool = _install(False, "Compile Python files when installing, instead of on first import.", aliases=("compile_pyc",), flag="--compile")
    use_only_tar_bz2: bool = _install(False, "Use `.tar.bz2` packages where a channel has both formats.", inert="the engine takes `.conda` where a channel has both; nothing else differs")
    allow_softlinks: bool = _install(False, "Use soft links where hard links fail.", inert=_LINKS)
    always_softlink: bool = _install(False, "Use soft links.", aliases=("softlink",), inert=_LINKS)
    safety_checks: str = _install("enabled", "Check packages before linking: `disabled`, `warn` or `enabled`.", choices=("disabled", "warn", "enabled"), inert=_ENGINE_CHECKS)
    extra_safety_checks: bool = _install(False, "Check hashes of single files.", inert="`parity verify --full` does that, also later")
    path_conflict: str = _install("clobber", "When conda packages hold the same file: `prevent` refuses, `warn` and `clobber` say so and keep one, the same everywhere.", choices=("clobber", "warn", "prevent"))
    rollback_enabled: bool = _install(True, "Undo a change that failed.", inert=_TRANSACTION)
    download_only: bool = _install(False, "Fill the package cache, install nothing.", inert="every command that fetches also installs; the caches keep what was fetched")
    shortcuts: bool = _install(True, "Make menu entries.", inert="Parity makes no menu entries")
    shortcuts_only: tuple[str, ...] = _install((), "Packages to make menu entries for.", inert="Parity makes no menu entries")
    separate_format_cache: bool = _install(False, "Keep both package formats apart in the cache.", inert="the cache is keyed by hash")
    verify_ignore: tuple[str, ...] = _install((), "Globs of files that `verify` passes over, relative to the environment: `share/jupyter/runtime/*`.")
    signing_metadata_url_base: str | None = _install(None, "Where signatures are.", inert="the engine checks no conda signatures")

    json: bool = _out(False, "Print JSON on stdout.", flag="--json")
    quiet: bool = _out(False, "No progress and notes.", flag="--quiet")
    verbosity: int = _out(0, "How much is logged: 0 to 3.", aliases=("verbose",), flag="--verbose")
    debug: bool = _out(False, "As verbosity 3.")
    trace: bool = _out(False, "As verbosity 3.")
    dry_run: bool = _out(False, "As `--dry-run`, on every command that changes environments or caches.")
    changeps1: bool = _out(True, "Show the active environment in the shell's prompt.")
    env_prompt: str = _out("({default_env}) ", "What is put before the prompt; `{default_env}`, `{stacked_env}`, `{name}` and `{prefix}` are replaced.")
    auto_activate: bool = _out(False, "Activate an environment in new shells. (conda's default is true.)", aliases=("auto_activate_base",))
    default_activation_env: str = _out("base", "The environment that `activate` without a name, and `auto_activate`, mean: name or path.")
    auto_stack: int = _out(0, "`activate` without `--stack` or `--no-stack` stacks up to this level.")

    auto_update_conda: bool = _inert(False, "Update conda with other packages.", aliases=("self_update",), inert=_CONDA_ITSELF)
    notify_outdated_conda: bool = _inert(False, "Tell of newer versions of conda.", inert=_CONDA_ITSELF)
    allow_conda_downgrades: bool = _inert(False, "Let conda be downgraded.", inert=_CONDA_ITSELF)
    report_errors: bool | None = _inert(None, "Upload error reports.", inert="nothing is ever uploaded")
    error_upload_url: str = _inert("", "Where error reports go.", inert="nothing is ever uploaded")
    anaconda_upload: bool | None = _inert(None, "Upload what was built.", aliases=("binstar_upload",), inert=_BUILD)
    conda_build: Mapping[str, str] = _inert({}, "Settings of conda-build.", aliases=("conda-build",), inert=_BUILD)
    root_prefix: str = _inert("", "conda's root.", aliases=("root_dir",), inert="`PARITY_ROOT` says where Parity's is")
    enable_private_envs: bool = _inert(False, "Keep packages in environments of their own.", inert="no longer part of conda")
    allow_non_channel_urls: bool = _inert(False, "Allow channel URLs without a platform directory.", inert="no longer part of conda")
    clobber: bool = _inert(False, "Allow files to be overwritten.", inert="see `path_conflict`")
    force_32bit: bool = _inert(False, "Use 32-bit packages.", inert="set `subdir`")
    experimental: tuple[str, ...] = _inert((), "Experimental features of conda.", inert=_ENGINE_INDEX)
    console: str = _inert("", "conda's output plugin.", inert="the terminal decides")
    environment_specifier: str = _inert("", "conda's file format plugin.", inert="the format is seen from the file")
    no_plugins: bool = _inert(False, "Switch conda's plugins off.", inert="conda's plugins are not loaded")
    plugins: Mapping[str, str] = _inert({}, "Settings of conda's plugins; also `CONDA_PLUGINS_X`.", inert="conda's plugins are not loaded")
    number_channel_notices: int = _inert(5, "How many notices of channels are shown after a change.", inert="changes show no notices of channels")
    list_fields: tuple[str, ...] = _out(("name", "version", "build", "channel_name"), "Columns of `conda list`; `parity list` has its own.")
    export_platforms: tuple[str, ...] = _inert((), "Platforms to export for.", aliases=("extra_platforms",), inert="a lock holds several platforms, `parity export` writes one")
    envvars_force_uppercase: bool = _inert(True, "Write names of new environment variables in capitals.", inert="names stay as they were given")
    no_lock: bool = _inert(False, "Do without locks between processes.", inert="they keep environments whole")
    preview: tuple[str, ...] = _inert((), "Features of conda to try.", inert="they are conda's")
    dev: bool = _inert(False, "For people who work on conda.", inert=_CONDA_ITSELF)
    target_prefix_override: str = _inert("", "Another path for activation scripts.", inert="used within conda's own builds only")
    deps_modifier: str = _inert("not_set", "What to do with dependencies.", inert=_FLAG)
    update_modifier: str = _inert("update_specs", "How much to update.", inert=_FLAG)
    force: bool = _inert(False, "Go on where conda would stop.", inert=_FLAG)
    force_remove: bool = _inert(False, "Remove without looking at dependencies.", inert=_FLAG)
    force_reinstall: bool = _inert(False, "Install again what is installed.", inert=_FLAG)

    # mamba's own keys
    no_py_pin: bool = _mamba(False, "Let Python's minor version change.", inert="it changes when it is asked for")
    allow_uninstall: bool = _mamba(True, "Allow that installing removes packages.", inert="the plan shows it before anything is done")
    allow_downgrade: bool = _mamba(False, "Allow that installing downgrades packages.", inert="the plan shows it before anything is done")
    extract_threads: int = _mamba(0, "Threads that extract packages.", inert="`default_threads` says it")
    use_lockfiles: bool = _mamba(True, "Lock caches and environments.", inert="they keep environments whole")
    repodata_has_zst: tuple[str, ...] = _mamba((), "Channels known to have `repodata.json.zst`.", inert=_ENGINE_INDEX)
    ssl_no_revoke: bool = _mamba(False, "Do not ask whether certificates were revoked.", inert="the engine does not ask")
    verify_artifacts: bool = _mamba(False, "Check signatures.", inert="the engine checks no conda signatures")
    mirrors: Mapping[str, tuple[str, ...]] = _mamba({}, "Mirrors of channels, in an older form.", inert="see `mirrored_channels`")
    show_banner: bool = _mamba(True, "Show mamba's banner.", inert="there is none")
    shell_completion: bool = _mamba(True, "Complete in shells.", inert="the shell's own settings decide")
    log_level: str = _mamba("", "How much is logged.", inert="see `verbosity`")
    log_backtrace: int = _mamba(0, "How much of the log an error shows.", inert="see `verbosity`")
    log_pattern: str = _mamba("", "Layout of log lines.", inert="see `verbosity`")
    # fmt: on


@cache
def table() -> dict[str, Setting]:
    """Every setting by name, in the order of the declaration."""
    return {name: row for name, row in vars(Settings).items() if isinstance(row, Setting)}


@cache
def _by_key() -> dict[str, Setting]:
    return {key: row for row in table().values() for key in (row.name, *row.aliases)}


def lookup(key: str) -> Setting | None:
    """The setting that a file key, or an alias, names; None for an unknown one."""
    return _by_key().get(key)


def suggest(key: str) -> str:
    """The known key most like an unknown one; "" where none is near."""
    from parity.core.words import near

    return next(iter(near(key, _by_key())), "")
