"""What programs parse of conda, byte for byte, in samples of conda's formats; no package file is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from place import Place

from parity.core.platforms import subdir_of
from parity.shim import CONDA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "https://repo.anaconda.com/pkgs/main"
FORGE = "https://conda.anaconda.org/conda-forge"


class CondaPlace(Place):
    """A root with an environment `work` of packages from several channels, and conda's command line."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.home.mkdir()
        self._package("zlib", "1.3", "h5eee18b_1", MAIN, md5="b" * 32, sha256="2" * 64, requested_specs=[])
        self._package("numpy", "1.26.4", "py311h64a7726_0", FORGE, depends=["zlib >=1.2", "__glibc >=2.17"],
                      md5="a" * 32, sha256="1" * 64, requested_specs=["numpy>=1.20"])  # fmt: skip
        self._package("alone", "2.0", "h_0", FORGE, md5="c" * 32, requested_specs=["alone=2"])
        self.wheel("requests", "2.32.0")
        (self.prefix / "conda-meta" / "history").write_text(
            "==> 2025-01-02 03:04:05 <==\n"
            "# cmd: /opt/conda/bin/conda create -n work alone=2 numpy>=1.20 python=3.11\n"
            "# conda version: 24.1.0\n"
            "+conda-forge/linux-64::numpy-1.26.4-py311h64a7726_0\n"
            "+conda-forge/linux-64::alone-2.0-h_0\n"
            "+defaults/linux-64::zlib-1.3-h5eee18b_1\n"
            "# update specs: ['alone=2', \"numpy[version='>=1.20']\"]\n"
        )

    def _package(self, name: str, version: str, build: str, channel: str, **more: object) -> None:
        self.conda_package(
            name, version, build=build, build_number=int(build.rpartition("_")[2]), channel=f"{channel}/",
            url=f"{channel}/linux-64/{name}-{version}-{build}.conda", fn=f"{name}-{version}-{build}.conda", **more,
        )  # fmt: skip

    def conda(
        self, *words: str, dialect: str = "conda", stdin: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "parity.shim", dialect, *words],
            input=stdin, capture_output=True, text=True, check=False, cwd=self.path, env=self.environ | more,
        )  # fmt: skip

    def text(self, *words: str, **more: str) -> str:
        done = self.conda(*words, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def data(self, *words: str, **more: str) -> Any:
        return json.loads(self.text(*words, "--json", **more))


@pytest.fixture
def place(tmp_path: Path) -> CondaPlace:
    if sys.platform != "linux":
        pytest.skip("the samples are of Linux")
    return CondaPlace(tmp_path)


def platform() -> str:
    import platform as system

    return subdir_of(sys.platform, system.machine())


def test_version(place: CondaPlace) -> None:
    assert place.text("--version") == f"conda {CONDA_VERSION}\n"
    assert place.text("-V") == f"conda {CONDA_VERSION}\n"
    for dialect in ("mamba", "micromamba"):
        assert place.conda("--version", dialect=dialect).stdout.split(".")[0] == "2"


def test_list(place: CondaPlace) -> None:
    assert place.text("list", "-n", "work") == (
        f"# packages in environment at {place.prefix}:\n"
        "#\n"
        "# Name                     Version          Build            Channel\n"
        "alone                      2.0              h_0              conda-forge\n"
        "numpy                      1.26.4           py311h64a7726_0  conda-forge\n"
        "requests                   2.32.0           pypi_0           pypi\n"
        "zlib                       1.3              h5eee18b_1\n"
    )


def test_list_shows_channels_of_defaults_where_that_is_asked_for(place: CondaPlace) -> None:
    assert place.text("list", "-n", "work", "--show-channel-urls", "zlib").endswith(
        "zlib                       1.3              h5eee18b_1       defaults\n"
    )
    (place.home / ".condarc").write_text("show_channel_urls: false\n")
    assert place.text("list", "-n", "work", "numpy").endswith(
        "numpy                      1.26.4           py311h64a7726_0\n"
    )


def test_list_makes_room_for_long_names(place: CondaPlace) -> None:
    place.conda_package("a-package-with-a-very-long-name", "1.0")
    lines = place.text("list", "-n", "work").splitlines()
    assert lines[2] == "# Name                             Version          Build            Channel"
    assert lines[3] == "a-package-with-a-very-long-name    1.0              h_0              conda-forge"


def test_list_json(place: CondaPlace) -> None:
    found = place.data("list", "-n", "work")
    assert found[1] == {
        "base_url": FORGE,
        "build_number": 0,
        "build_string": "py311h64a7726_0",
        "channel": "conda-forge",
        "dist_name": "numpy-1.26.4-py311h64a7726_0",
        "name": "numpy",
        "platform": "linux-64",
        "version": "1.26.4",
    }
    assert found[2] == {
        "base_url": "https://conda.anaconda.org/pypi",
        "build_number": 0,
        "build_string": "pypi_0",
        "channel": "pypi",
        "dist_name": "requests-2.32.0-pypi_0",
        "name": "requests",
        "platform": "pypi",
        "version": "2.32.0",
    }
    assert place.data("list", "-n", "work", "^num")[0]["name"] == "numpy"


def header() -> str:
    return (
        "# This file may be used to create an environment using:\n"
        "# $ conda create --name <env> --file <this file>\n"
        f"# platform: {platform()}\n"
        f"# created-by: conda {CONDA_VERSION}\n"
    )


def test_list_has_the_configured_columns(place: CondaPlace) -> None:
    (place.home / ".condarc").write_text("list_fields: [name, md5]\n")
    lines = place.text("list", "-n", "work", "alone").splitlines()
    assert [line.split() for line in lines[2:]] == [["#", "Name", "MD5"], ["alone", "c" * 32]]
    assert len(place.text("list", "-n", "work", "alone", "--fields", "name").splitlines()[-1].split()) == 1
    assert place.conda("list", "-n", "work", CONDA_LIST_FIELDS="name,what").returncode == 1


def test_list_json_of_mamba(place: CondaPlace) -> None:
    rows = json.loads(place.conda("list", "-n", "work", "--json", dialect="mamba").stdout)
    assert [(row["name"], row["md5"], row["url"]) for row in rows][:2] == [
        ("alone", "c" * 32, f"{FORGE}/linux-64/alone-2.0-h_0.conda"),
        ("numpy", "a" * 32, f"{FORGE}/linux-64/numpy-1.26.4-py311h64a7726_0.conda"),
    ]


def test_list_export_and_canonical(place: CondaPlace) -> None:
    assert place.text("list", "-n", "work", "--export") == header() + (
        "alone=2.0=h_0\nnumpy=1.26.4=py311h64a7726_0\nrequests=2.32.0=pypi_0\nzlib=1.3=h5eee18b_1\n"
    )
    assert place.text("list", "-n", "work", "-c").splitlines() == [
        "conda-forge/linux-64::alone-2.0-h_0",
        "conda-forge/linux-64::numpy-1.26.4-py311h64a7726_0",
        "pypi/pypi::requests-2.32.0-pypi_0",
        "defaults/linux-64::zlib-1.3-h5eee18b_1",
    ]


@pytest.mark.parametrize(
    ("option", "digests"),
    [(None, ("", "", "")), ("--md5", ("c" * 32, "b" * 32, "a" * 32)), ("--sha256", ("", "2" * 64, "1" * 64))],
)
def test_list_explicit(place: CondaPlace, option: str | None, digests: tuple[str, ...]) -> None:
    urls = (f"{FORGE}/linux-64/alone-2.0-h_0.conda", f"{MAIN}/linux-64/zlib-1.3-h5eee18b_1.conda",
            f"{FORGE}/linux-64/numpy-1.26.4-py311h64a7726_0.conda")  # fmt: skip
    lines = [url + (f"#{digest}" if digest else "") for url, digest in zip(urls, digests, strict=True)]
    options = [option] if option else []
    assert place.text("list", "-n", "work", "--explicit", *options) == header() + "\n".join(["@EXPLICIT", *lines, ""])


def test_list_of_nothing_is_an_error(place: CondaPlace) -> None:
    done = place.conda("list", "-n", "work", "nothing-like-this")
    assert done.returncode == 1
    assert done.stderr == "\nCondaValueError: No packages match 'nothing-like-this'.\n\n"
    gone = place.conda("list", "-n", "gone", "--json")
    assert gone.returncode == 1
    data = json.loads(gone.stdout)
    path = str(place.root / "envs" / "gone")
    assert data["exception_name"] == "EnvironmentLocationNotFound"
    assert data["error"] == f"EnvironmentLocationNotFound: Not a conda environment: {path}"
    assert data["message"] == f"Not a conda environment: {path}"
    assert data["environment_location"] == path
    assert data["caused_by"] == "None"


def test_list_revisions(place: CondaPlace) -> None:
    assert place.text("list", "-n", "work", "--revisions") == (
        "2025-01-02 03:04:05  (rev 0)\n"
        "    +alone-2.0 (conda-forge/linux-64)\n"
        "    +numpy-1.26.4 (conda-forge/linux-64)\n"
        "    +zlib-1.3 (defaults/linux-64)\n\n"
    )


EXPORTED = """\
name: work
channels:
  - defaults
  - conda-forge
dependencies:
  - alone=2.0=h_0
  - numpy=1.26.4=py311h64a7726_0
  - zlib=1.3=h5eee18b_1
  - pip:
      - requests==2.32.0
prefix: {prefix}
"""


def test_env_export(place: CondaPlace) -> None:
    text = EXPORTED.format(prefix=place.prefix)
    assert place.text("env", "export", "-n", "work") == text
    assert place.text("export", "-n", "work") == text
    assert place.text("env", "export", "-n", "work", "-f", "out.yml") == ""
    assert (place.path / "out.yml").read_text() == text
    without = text.replace("=h_0", "").replace("=py311h64a7726_0", "").replace("=h5eee18b_1", "")
    assert place.text("env", "export", "-n", "work", "--no-builds") == without
    assert place.data("env", "export", "-n", "work") == {
        "name": "work",
        "channels": ["defaults", "conda-forge"],
        "dependencies": ["alone=2.0=h_0", "numpy=1.26.4=py311h64a7726_0", "zlib=1.3=h5eee18b_1",
                         {"pip": ["requests==2.32.0"]}],
        "prefix": str(place.prefix),
    }  # fmt: skip


def test_env_export_names_channels_as_they_are_asked_for(place: CondaPlace) -> None:
    assert place.text("env", "export", "-n", "work", "-c", "pytorch", "--override-channels").splitlines()[1:5] == [
        "channels:", "  - defaults", "  - conda-forge", "  - pytorch",
    ]  # fmt: skip
    assert place.text("env", "export", "-n", "work", "--ignore-channels").splitlines()[1:4] == [
        "channels:", "  - conda-forge", "dependencies:",
    ]  # fmt: skip


def test_env_export_from_history(place: CondaPlace) -> None:
    place.conda("env", "config", "vars", "set", "-n", "work", "SEED=1")
    assert place.text("env", "export", "-n", "work", "--from-history") == (
        "name: work\n"
        "channels:\n"
        "  - conda-forge\n"
        "dependencies:\n"
        "  - alone=2\n"
        "  - numpy[version='>=1.20']\n"
        "variables:\n"
        "  SEED: '1'\n"
        f"prefix: {place.prefix}\n"
    )


def test_env_list(place: CondaPlace) -> None:
    other = place.make_env(place.path / "project" / "env")
    (place.home / ".conda").mkdir()
    (place.home / ".conda" / "environments.txt").write_text(f"{other}\n")
    (other / "conda-meta" / "frozen").write_text("{}")
    text = (
        "\n# conda environments:\n#\n# * -> active\n# + -> frozen\n"
        f"work                 *   {place.prefix}\n"
        f"                       + {other}\n\n\n"
    )
    assert place.text("env", "list", CONDA_PREFIX=str(place.prefix)) == text
    assert place.text("info", "--envs", CONDA_PREFIX=str(place.prefix)) == text
    data = place.data("env", "list", CONDA_PREFIX=str(place.prefix))
    assert data["envs"] == [str(place.prefix), str(other)]
    details = data["envs_details"][str(place.prefix)]
    assert (details["name"], details["active"], details["base"], details["frozen"]) == ("work", True, False, False)
    assert data["envs_details"][str(other)]["frozen"] is True


def envs_dirs(place: CondaPlace) -> list[str]:
    return [str(place.root / "envs"), str(place.home / ".conda" / "envs")]


def test_environments_of_other_directories_are_seen(place: CondaPlace) -> None:
    elsewhere = place.make_env(place.path / "elsewhere" / "theirs")
    for variable in ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"):
        found = place.data("info", **{variable: str(elsewhere.parent)})
        assert found["envs_dirs"] == [str(elsewhere.parent), *envs_dirs(place)]
        assert str(elsewhere) in found["envs"]
        assert place.text("list", "-n", "theirs", **{variable: str(elsewhere.parent)}).startswith("# packages in")
    conda_own = place.make_env(place.home / ".conda" / "envs" / "conda-own")
    assert str(conda_own) in place.data("env", "list")["envs"]
    assert place.text("list", "-n", "conda-own").startswith(f"# packages in environment at {conda_own}")
    (place.home / ".condarc").write_text(f"envs_dirs: [{elsewhere.parent}]\npkgs_dirs: [{place.path / 'cache'}]\n")
    found = place.data("info")
    assert found["envs_dirs"][0] == str(elsewhere.parent)
    assert found["pkgs_dirs"] == [str(place.path / "cache")]


def test_info_json(place: CondaPlace) -> None:
    (place.home / ".condarc").write_text("channels: [conda-forge]\n")
    data = place.data("info", CONDA_PREFIX=str(place.prefix), CONDA_SHLVL="1")
    assert data["conda_version"] == CONDA_VERSION
    assert data["root_prefix"] == data["conda_prefix"] == str(place.root)
    assert data["default_prefix"] == data["active_prefix"] == str(place.prefix)
    assert data["active_prefix_name"] == "work"
    assert data["conda_shlvl"] == 1
    assert data["platform"] == platform()
    assert data["channels"] == [f"{FORGE}/{platform()}", f"{FORGE}/noarch"]
    assert data["pkgs_dirs"] == [str(place.root / "pkgs"), str(place.home / ".conda" / "pkgs")]
    assert data["envs_dirs"] == envs_dirs(place)
    assert data["envs"] == [str(place.prefix)]
    assert data["config_files"] == [str(place.home / ".condarc")]
    assert data["rc_path"] == data["user_rc_path"] == str(place.home / ".condarc")
    assert data["sys.version"] == sys.version
    assert {name for name, _, _ in data["virtual_pkgs"]} >= {"__unix", "__archspec"}
    keys = {"conda_env_version", "conda_build_version", "conda_location", "env_vars", "netrc_file", "offline",
            "python_version", "requests_version", "root_writable", "site_dirs", "sys.executable", "sys.prefix",
            "sys_rc_path", "user_agent", "solver", "av_data_dir", "UID", "GID"}  # fmt: skip
    assert keys <= data.keys()
    assert place.data("info", "--base") == {"root_prefix": str(place.root)}
    assert place.text("info", "--base") == f"{place.root}\n"


def test_info_text_has_the_lines_that_scripts_look_for(place: CondaPlace) -> None:
    lines = place.text("info", CONDA_PREFIX=str(place.prefix)).splitlines()
    assert "     active environment : work" in lines
    assert f"    active env location : {place.prefix}" in lines
    assert f"          conda version : {CONDA_VERSION}" in lines
    assert f"       envs directories : {place.root / 'envs'}" in lines
    assert f"               platform : {platform()}" in lines


def test_config_show_json(place: CondaPlace) -> None:
    (place.home / ".condarc").write_text("channels: [conda-forge, pytorch]\nauto_update_conda: false\n")
    data = place.data("config", "--show", "channels", "channel_priority")
    assert data["channels"] == ["conda-forge", "pytorch"]
    assert data["channel_priority"] == "strict"
    assert place.data("config", "--show")["show_channel_urls"] is None
    place.text("config", "--add", "channels", "bioconda")
    place.text("config", "--set", "show_channel_urls", "yes")
    assert place.data("config", "--show", "channels")["channels"] == ["bioconda", "conda-forge", "pytorch"]
    assert place.data("config", "--show")["show_channel_urls"] is True


def test_config_shows_what_one_file_says(place: CondaPlace) -> None:
    (place.home / ".condarc").write_text("channels: [bioconda]\nchangeps1: no\n")
    other = place.path / "other.yml"
    other.write_text("solver: libmamba\nchannels:\n  - https://user:secret@host/c\n  - b\nchanneling: 1\n")
    shown = place.text("config", "--show", "--file", str(other))
    assert shown.startswith("channeling: 1\nchannels:\n  - https://")
    assert shown.endswith("  - b\nsolver: libmamba\n")
    assert "secret" not in shown
    assert place.text("config", "--file", str(other), "--show", "solver", "changeps1") == "solver: libmamba\n"
    assert place.data("config", "--file", str(other), "--show", "solver") == {"solver": "libmamba"}
    sources = place.text("config", "--show-sources", "--file", str(other))
    assert sources.startswith(f"==> {other} <==\n")
    assert "changeps1" not in sources
    (place.root / ".condarc").write_text("offline: true\n")
    assert place.text("config", "--show", "--system") == "offline: True\n"
    (place.prefix / ".condarc").write_text("auto_stack: 1\n")
    assert place.text("config", "--env", "--show", CONDA_PREFIX=str(place.prefix)) == "auto_stack: 1\n"
    assert place.text("config", "--env", "--show") == "changeps1: False\nchannels:\n  - bioconda\n"
    assert place.text("config", "--show", "--file", str(place.path / "none.yml")) == ""


def test_config_show_has_conda_form(place: CondaPlace) -> None:
    (place.home / ".condarc").write_text("changeps1: no\nreport_errors: false\ncustom_channels: {x: 'https://h/c'}\n")
    lines = place.text("config", "--show").splitlines()
    keys = [line.partition(":")[0] for line in lines if not line.startswith(" ")]
    assert keys == sorted(keys)
    assert {"changeps1: False", "report_errors: False", "show_channel_urls: None", "add_anaconda_token: True",
            "channel_priority: strict", "  x: https://h/c", "aggressive_update_packages: []"} <= {*lines}  # fmt: skip
    assert place.data("config", "--show").keys() >= {"auto_update_conda", "solver", "channel_settings", "plugins"}
    assert place.text("config", "--show", "custom_multichannels").startswith(
        f"custom_multichannels:\n  defaults: \n    - {MAIN}\n    - https://repo.anaconda.com/pkgs/r\n  local: \n"
    )
    assert "changeps1: False\n" in place.text("config", "--show-sources")
    described = place.data("config", "--describe", "channels", "custom_channels", "show_channel_urls", "changeps1")
    assert [(row["parameter_type"], row["element_types"]) for row in described] == [
        ("sequence", ["str"]), ("map", ["str"]), ("primitive", ["NoneType", "bool"]), ("primitive", ["bool"]),
    ]  # fmt: skip


def test_config_says_what_conda_says_of_keys_that_are_not_there(place: CondaPlace) -> None:
    done = place.conda("config", "--get", "no_such", "channels")
    assert (done.returncode, done.stderr) == (0, "Unknown key: 'no_such'\n")
    for words in (["--set", "no_such", "1"], ["--remove", "channels", "x"], ["--remove-key", "channels"]):
        failed = place.conda("config", *words, "--json")
        assert failed.returncode == 1
        assert json.loads(failed.stdout)["exception_name"] == "CondaKeyError"
    # Scripts written for conda take away what stands there by itself; here it does not.
    assert place.conda("config", "--remove", "channels", "defaults").returncode == 0
    place.text("config", "--add", "channels", "bioconda")
    place.text("config", "--append", "channels", "defaults")
    place.text("config", "--remove", "channels", "defaults")
    assert place.data("config", "--get", "channels")["get"] == {"channels": ["bioconda"]}


def test_config_of_an_environment(place: CondaPlace) -> None:
    place.text("config", "--env", "--set", "changeps1", "no")  # none is active
    assert (place.home / ".condarc").read_text() == "changeps1: false\n"
    place.text("config", "--env", "--set", "changeps1", "yes", CONDA_PREFIX=str(place.prefix))
    place.text("config", "-n", "work", "--set", "auto_stack", "2")
    assert (place.prefix / ".condarc").read_text() == "changeps1: true\nauto_stack: 2\n"
    assert place.data("config", "-p", str(place.prefix), "--show", "auto_stack") == {"auto_stack": 2}


def test_a_variable_asks_for_json(place: CondaPlace) -> None:
    failed = place.conda("list", "-n", "nowhere", CONDA_JSON="1")
    assert json.loads(failed.stdout)["exception_name"] == "EnvironmentLocationNotFound"
    found = json.loads(place.conda("config", "list", "-a", dialect="micromamba", MAMBA_JSON="true").stdout)
    assert (found["platform"], found["root_prefix"]) == (platform(), str(place.root))


def test_variables_of_an_environment(place: CondaPlace) -> None:
    place.text("env", "config", "vars", "set", "-n", "work", "A=1", "B=x y")
    assert place.data("env", "config", "vars", "list", "-n", "work") == {"A": "1", "B": "x y"}
    place.text("env", "config", "vars", "unset", "-n", "work", "A")
    assert place.text("env", "config", "vars", "list", "-n", "work") == "B = x y\n"
    assert place.text("run", "-n", "work", "sh", "-c", 'echo "$B"') == "x y\n"


def test_run_passes_the_command_on_as_it_is(place: CondaPlace) -> None:
    shell = ("run", "-n", "work", "/bin/sh", "-c")  # what a Dockerfile says with SHELL [...]
    assert place.text(*shell, 'echo "$CONDA_DEFAULT_ENV --json $0"') == "work --json /bin/sh\n"
    assert place.text("run", "--no-capture-output", "--live-stream", "-n", "work", "echo", "-n", "--help") == "--help"
    assert place.conda("run", "-n", "work", "sh", "-c", "exit 7").returncode == 7
    assert place.conda("run", "-n", "work", "no-such-program").returncode == 127
    assert place.text("run", "-n", "work", "--cwd", "/", "pwd") == "/\n"
    assert "PWD=/usr\n" in place.text("run", "-n", "work", "--cwd", "/usr", "env")
    assert place.conda("run", "-n", "work").returncode == 1
    # Several lines, quotes and dollar signs are the command's own.
    assert place.text("run", "-n", "work", "printf", "%s", "a 'b' \"c\" $d\n") == "a 'b' \"c\" $d\n"


def test_commands_that_fail_tell_it_by_exit_code_one(place: CondaPlace) -> None:
    for words, name in {
        ("env", "remove", "-n", "gone", "-y"): "EnvironmentLocationNotFound",
        ("run", "-n", "gone", "true"): "EnvironmentLocationNotFound",
        ("env", "create", "-f", "gone.yml"): "EnvironmentFileNotFound",
        ("install", "-n", "work", "--revision", "1"): "CondaIndexError",
        ("clean",): "ArgumentError",
        ("build", "recipe"): "CommandNotFoundError",
        ("instal", "x"): "CommandNotFoundError",
        ("activate", "work"): "CondaError",
    }.items():
        done = place.conda(*words)
        assert done.returncode == 1, words
        assert done.stderr.startswith(f"\n{name}: "), done.stderr
        assert done.stdout == ""
    assert place.conda("list", "--frobnicate").returncode == 2
    assert "-n/--name" in place.conda("list", "-n", "a", "-p", "b").stderr


def test_what_makes_no_difference_is_said(place: CondaPlace) -> None:
    done = place.conda("remove", "-n", "work", "--solver", "libmamba", "nothing")
    assert "note: --solver makes no difference" in done.stderr
    assert "note:" not in place.conda("remove", "-q", "-n", "work", "--solver", "libmamba", "nothing").stderr


def test_mamba_takes_its_root_from_its_variable_and_option(place: CondaPlace) -> None:
    other = place.path / "mamba"
    place.make_env(other / "envs" / "m")
    for dialect in ("mamba", "micromamba"):
        done = place.conda("info", "--json", dialect=dialect, MAMBA_ROOT_PREFIX=str(other))
        assert json.loads(done.stdout)["root_prefix"] == str(other)
        listed = place.conda("env", "list", "--json", "-r", str(other), dialect=dialect)
        assert json.loads(listed.stdout)["envs"] == [str(other / "envs" / "m")]


def test_help_of_every_command(place: CondaPlace) -> None:
    from parity.shim.table import COMMANDS, ENV

    assert "conda's commands" in place.text("--help")
    for name in sorted({*COMMANDS, *(f"env {name}" for name in ENV if name != "config")} - {"shell", "env"}):
        assert f"usage: conda {name}" in place.text(*name.split(), "--help"), name


@pytest.mark.parametrize(
    "words", [["--version"], ["shell.bash", "hook"], ["shell.bash", "activate", "work"], ["run", "-n", "work", "true"],
              ["list", "-n", "work"], ["env", "list"]],
)  # fmt: skip
def test_start_up_imports_no_engine(place: CondaPlace, words: list[str]) -> None:
    code = (
        "import json, os, sys; os.execve = lambda *_: sys.exit(0); from parity.shim import main\n"
        f"try:\n    main({words!r})\nfinally:\n    sys.stderr.write(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=place.environ, cwd=place.path
    )
    modules = set(json.loads(done.stderr))
    assert not modules & {"rattler", "asyncio", "rich", "yaml", "ruamel.yaml", "importlib.metadata", "msgspec.yaml"}
    if words == ["--version"]:
        assert not modules & {"argparse", "pathlib", "parity.shim.table"}
