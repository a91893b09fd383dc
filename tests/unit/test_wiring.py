from __future__ import annotations

import sys
from pathlib import Path

import pytest

from parity.cli.output import Output
from parity.core.progress import NoProgress
from parity.errors import InputError, NotFoundError, StorageError
from parity.model import CondaPackage, MatchSpec
from parity.store import network_variables
from parity.wiring import Services


def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **environ: str) -> Services:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", "")  # given back after the test, whatever happens to it
    return Services(
        {},
        output=Output(quiet=True),
        progress=NoProgress,
        ask=lambda _: True,
        environ={"PARITY_ROOT": str(tmp_path / "root"), "PIP_CONFIG_FILE": "/dev/null", **environ},
    )


def test_a_bundle_of_certificates_reaches_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "company.pem").touch()
    found = services(tmp_path, monkeypatch, REQUESTS_CA_BUNDLE=str(tmp_path / "company.pem")).pypi._uv.environ
    assert found["SSL_CERT_FILE"] == str(tmp_path / "company.pem")
    assert found["UV_SYSTEM_CERTS"] == "1"


def test_where_the_system_has_no_certificates_there_are_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_variables, "_CERTIFICATE_FILES", ())
    monkeypatch.setattr(sys, "platform", "linux")
    found = services(tmp_path, monkeypatch).certificates
    assert "BEGIN CERTIFICATE" in Path(found["SSL_CERT_FILE"]).read_text()


def test_what_a_file_says_about_certificates_comes_before_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.pem").touch()
    (tmp_path / ".condarc").write_text(f"ssl_verify: {tmp_path / 'mine.pem'}\n")
    found = services(tmp_path, monkeypatch, REQUESTS_CA_BUNDLE="/company.pem").pypi._uv.environ
    assert found["SSL_CERT_FILE"] == str(tmp_path / "mine.pem")


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match=r"no /company\.pem, which `REQUESTS_CA_BUNDLE` names"):
        _ = services(tmp_path, monkeypatch, REQUESTS_CA_BUNDLE="/company.pem").pypi


def test_configured_proxies_reach_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".condarc").write_text("proxy_servers:\n  https: http://proxy.example.org:3128\n")
    found = services(tmp_path, monkeypatch).pypi._uv.environ
    assert found["HTTPS_PROXY"] == found["https_proxy"] == "http://proxy.example.org:3128"


def test_the_settings_of_retries_reach_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".condarc").write_text("remote_max_retries: 7\n")
    assert services(tmp_path, monkeypatch).pypi._uv.environ["UV_HTTP_RETRIES"] == "7"


def test_a_platform_that_does_not_exist_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="there is no platform `linux-99`"):
        _ = services(tmp_path, monkeypatch, CONDA_SUBDIR="linux-99").platform
    with pytest.raises(InputError) as caught:
        _ = services(tmp_path, monkeypatch, CONDA_SUBDIR="linux-64-cuda-12").platform
    assert "--platform linux-64 --variant cuda-12" in caught.value.hints[0]


def test_the_home_directory_is_that_of_the_given_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert services(tmp_path, monkeypatch).home == tmp_path
    other = tmp_path / "other"
    other.mkdir()
    (other / ".condarc").write_text("channels: [theirs]\n")
    found = services(tmp_path, monkeypatch, HOME=str(other), USERPROFILE=str(other))
    assert found.home == other
    assert found.settings.channels == ("theirs",)


def test_who_only_looks_needs_no_package_cache_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    (tmp_path / ".conda").touch()
    found = services(tmp_path, monkeypatch, PARITY_ROOT=str(tmp_path / "file" / "root"))
    package = CondaPackage("a", "1", "0", 0, "noarch", "https://c/noarch/a-1-0.conda", "https://c", "a-1-0.conda")
    assert found.conda.matches(MatchSpec("a"), package)
    with pytest.raises(StorageError, match="pkgs_dirs can be written"):
        _ = found.workshop
