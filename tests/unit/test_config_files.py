from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from parity.errors import FaultsError, StorageError
from parity.store import config_files


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_places_are_condas_in_condas_order() -> None:
    environ = {"XDG_CONFIG_HOME": "/xdg", "CONDA_PREFIX": "/env", "CONDARC": "/my/rc", "MAMBARC": "~/m"}
    paths = [str(path) for path in config_files.search_paths(environ, Path("/home/me"), Path("/opt/parity"), "linux")]
    order = [
        "/etc/conda/.condarc",
        "/etc/conda/condarc.d",
        "/var/lib/conda/condarc",
        "/opt/parity/.condarc",
        "/opt/parity/.mambarc",
        "/xdg/conda/.condarc",
        "/home/me/.config/conda/condarc.d",
        "/home/me/.conda/.condarc",
        "/home/me/.condarc",
        "/env/.condarc",
        "/env/condarc.d",
        "/my/rc",
        "/home/me/m",
    ]
    assert [path for path in paths if path in order] == order
    assert len(paths) == len(set(paths))


def test_places_of_windows_and_of_a_conda_beside() -> None:
    paths = config_files.search_paths({"ProgramData": "/pd", "CONDA_ROOT": "/conda"}, Path("/h"), Path("/r"), "win32")
    assert paths[0] == Path("/pd/conda/.condarc")
    assert paths.index(Path("/conda/.condarc")) < paths.index(Path("/r/.condarc"))
    assert Path("/etc/conda/.condarc") not in paths


def test_mambas_places() -> None:
    environ = {"MAMBA_ROOT_PREFIX": "/mamba", "CONDA_PREFIX": "/env"}
    paths = [str(path) for path in config_files.search_paths(environ, Path("/home/me"), Path("/r"), "linux")]
    order = [
        "/etc/conda/.mambarc",
        "/mamba/.condarc",
        "/mamba/.mambarc",
        "/r/.mambarc",
        "/home/me/.mambarc",
        "/env/.mambarc",
    ]
    assert [path for path in paths if path in order] == order


def test_a_place_named_twice_counts_where_it_is_higher() -> None:
    paths = config_files.search_paths({"CONDA_PREFIX": "/r"}, Path("/h"), Path("/r"), "linux")
    assert paths.count(Path("/r/.condarc")) == 1
    assert paths.index(Path("/h/.condarc")) < paths.index(Path("/r/.condarc"))


def test_files_environment_and_flags_together(tmp_path: Path) -> None:
    home, root, prefix = tmp_path / "home", tmp_path / "root", tmp_path / "env"
    write(root / ".condarc", "channels: [root]\nenvs_dirs: [~/e]\noffline: yes  #!final\n")
    write(home / ".conda" / "condarc.d" / "b.yml", "channels: [second]\n")
    write(home / ".conda" / "condarc.d" / "a.yaml", "channels: [first]\n")
    write(home / ".conda" / "condarc.d" / "notes.txt", "not: [read\n")
    write(home / ".condarc", "\ufeffchannels: ['$TEAM']\nunknown_thing: 1\n")
    write(prefix / ".condarc", "offline: no\n")
    environ = {"CONDA_PREFIX": str(prefix), "TEAM": "team", "CONDA_CHANNELS": "variable"}
    settings, origins, warnings = config_files.load(
        environ, home, root, {"channels": ["flag"], "json": False}, platform="linux"
    )
    ours = ("flag", "variable", "team", "second", "first", "root")
    assert settings.channels[: len(ours)] == ours
    assert settings.offline is True
    assert settings.envs_dirs[-1] == str(home / "e")
    assert str(origins["offline"][0]) == f"{root / '.condarc'}:3"
    assert any("unknown_thing" in warning for warning in warnings)


def test_faults_of_all_files_come_together(tmp_path: Path) -> None:
    home, root = tmp_path / "home", tmp_path / "root"
    write(root / ".condarc", "channels: [a\n")
    write(home / ".condarc", "- a\n")
    (home / ".conda").mkdir()
    (home / ".conda" / ".condarc").write_bytes(b"a: \xff\n")
    with pytest.raises(FaultsError) as caught:
        config_files.read_layers({}, home, root, platform="linux")
    named = [Path(fault.file) for fault in caught.value.faults]
    assert named == [root / ".condarc", home / ".conda" / ".condarc", home / ".condarc"]


@pytest.mark.skipif(os.name == "nt", reason="permission bits")
def test_writing_keeps_mode_and_links(tmp_path: Path) -> None:
    target = write(tmp_path / "dotfiles" / "condarc", "offline: no\n")
    target.chmod(0o640)
    link = tmp_path / ".condarc"
    link.symlink_to(target)
    config_files.write_text(link, "offline: yes\r\n")
    assert link.is_symlink()
    assert target.read_bytes() == b"offline: yes\r\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in target.parent.iterdir()] == ["condarc"]


@pytest.mark.skipif(os.name == "nt", reason="permission bits")
def test_a_new_file_with_credentials_is_private(tmp_path: Path) -> None:
    config_files.write_text(tmp_path / "new" / "a", "channels: [https://u:p@h/c]\n")
    config_files.write_text(tmp_path / "new" / "b", "channels: [https://h/c]\n")
    assert stat.S_IMODE((tmp_path / "new" / "a").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "b").stat().st_mode) != 0o600


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    assert config_files.read_text(tmp_path / "missing") == ""
    with pytest.raises(StorageError, match="cannot read"):
        config_files.read_text(tmp_path)
    blocker = write(tmp_path / "file", "")
    with pytest.raises(StorageError, match="cannot write"):
        config_files.write_text(blocker / "rc", "a: 1\n")
