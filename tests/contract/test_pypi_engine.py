"""The PyPI engine with the real uv on indexes made on the spot: no network."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from parity.core.contents import Places
from parity.core.ports import PypiRequest, PypiSettings
from parity.engines.pypi import UvEngine
from parity.engines.pypi_request import host_platform
from parity.engines.pypi_uv import Uv
from parity.errors import (
    InputError,
    IntegrityError,
    NetworkError,
    NotFoundError,
    OfflineError,
    ParityError,
    SpecError,
    StorageError,
    UnsatisfiableError,
)
from parity.formats.requirements import parse
from parity.model import PypiPackage
from parity.testing.progress import RecordedProgress
from parity.testing.wheels import make_index, make_project, make_sdist, make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSION = ".".join(map(str, sys.version_info[:3]))
ENVIRON = {"PATH": os.environ.get("PATH", ""), "UV_HTTP_RETRIES": "0", "UV_INDEX_URL": "http://wrong.invalid/simple"}


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of wheels: app needs lib>=2; tool has a script; only sources of `src`."""
    place = tmp_path_factory.mktemp("links")
    make_wheel(place, "app", "1.0", requires=["lib>=2"])
    make_wheel(place, "lib", "1.0")
    make_wheel(place, "lib", "2.0", extras={"more": ["tool"]})
    make_wheel(place, "lib", "2.1", extras={"more": ["tool"]})
    make_wheel(
        place, "tool", "1.0", scripts={"tool": "tool:main"}, files={"tool/__init__.py": "def main(): print('ran')\n"}
    )
    make_wheel(place, "old-lib-user", "1.0", requires=["lib<2"])
    make_wheel(place, "native", "1.0", tag="cp311-cp311-manylinux_2_28_x86_64")
    make_wheel(place, "native", "1.0", tag="cp312-cp312-manylinux_2_28_x86_64")
    make_wheel(place, "native", "1.0", tag="cp311-cp311-macosx_11_0_arm64")
    make_wheel(place, "native", "1.0", tag="py3-none-any")
    make_sdist(place, "src", "3.0", requires=["lib"])
    return place


@pytest.fixture
def engine(tmp_path: Path, links: Path) -> UvEngine:
    return make_engine(tmp_path, find_links=(str(links),))


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The interpreter of a fresh environment."""
    return make_environment(tmp_path / "env")


def make_environment(place: Path) -> Path:
    import venv

    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_engine(
    tmp_path: Path, *, environ: dict[str, str] | None = None, progress: Any = None, **settings: Any
) -> UvEngine:
    # An index that is an empty directory stands for "no index": nothing is on it.
    settings.setdefault("index_url", (tmp_path / "empty").as_uri())
    (tmp_path / "empty").mkdir(exist_ok=True)
    scratch = tmp_path / "scratch"
    return UvEngine(None, tmp_path / "cache", PypiSettings(**settings), environ or ENVIRON, progress, scratch)


def ask(
    text: str, *, base: str = "", platform: str | None = None, python_version: str = VERSION, **more: Any
) -> PypiRequest:
    facts = {"provided": {}, "preferred": {}, **more}
    return PypiRequest(parse(text, base=base), python_version, platform or host_platform(), **facts)


def versions(packages: tuple[PypiPackage, ...]) -> dict[str, str]:
    return {package.name: package.version for package in packages}


def site(python: Path) -> Path:
    return next(python.parent.parent.glob("lib/python3*/site-packages"), python.parent.parent / "Lib/site-packages")


def imported(python: Path, code: str) -> str:
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_resolving_gives_exact_files(engine: UvEngine, links: Path) -> None:
    app, lib = engine.resolve(ask("app"))
    assert versions((app, lib)) == {"app": "1.0", "lib": "2.1"}
    assert lib.url == (links / "lib-2.1-py3-none-any.whl").as_uri()
    assert lib.sha256 is not None
    assert len(lib.sha256) == 64


def test_nothing_is_left_in_the_scratch_directory(engine: UvEngine, tmp_path: Path) -> None:
    engine.resolve(ask("app"))
    assert list((tmp_path / "scratch").iterdir()) == []


def test_preferred_versions_stay_unless_they_are_upgraded(engine: UvEngine) -> None:
    preferred = {"lib": "2.0"}
    assert versions(engine.resolve(ask("app", preferred=preferred)))["lib"] == "2.0"
    assert versions(engine.resolve(ask("app", preferred=preferred, upgrade=("lib",))))["lib"] == "2.1"
    assert versions(engine.resolve(ask("app", preferred=preferred, upgrade=None)))["lib"] == "2.1"
    assert versions(engine.resolve(ask("app\nlib>2.0", preferred=preferred)))["lib"] == "2.1"


def test_it_is_said_where_a_build_could_be_spared(tmp_path: Path) -> None:
    make_sdist(tmp_path / "links", "num", "0.5")
    make_wheel(tmp_path / "links", "num", "0.6", tag="cp312-cp312-manylinux_2_28_x86_64")
    make_wheel(tmp_path / "links", "num", "0.7", tag="cp313-cp313-manylinux_2_28_x86_64")
    make_sdist(tmp_path / "links", "only", "1.0")
    progress = RecordedProgress()
    engine = make_engine(tmp_path, progress=progress, find_links=(str(tmp_path / "links"),))
    for _ in range(2):
        engine.resolve(ask("num<0.6\nonly", python_version="3.12.1", platform="linux-64", glibc="2.28"))
    (said,) = progress.warnings
    assert said.startswith("num 0.5 has no wheel for Python 3.12.1 on linux-64")
    assert said.endswith("wheels of 0.6")


def test_what_conda_provides_is_a_fact_and_left_out(engine: UvEngine) -> None:
    assert versions(engine.resolve(ask("app", provided={"lib": "2.0"}))) == {"app": "1.0"}
    # on no index at all, and with a version that only conda has
    assert versions(engine.resolve(ask("only-conda\nlib", provided={"only-conda": "7.0+cuda"}))) == {"lib": "2.1"}


def test_a_clash_with_conda_names_both_sides(engine: UvEngine, tmp_path: Path) -> None:
    with pytest.raises(UnsatisfiableError) as caught:
        engine.resolve(ask("app", provided={"lib": "1.0"}))
    message = caught.value.message
    assert "conda provides lib 1.0" in message
    assert "app" in message
    assert "lib>=2" in message
    assert str(tmp_path) not in message
    assert "file:" not in message


def test_a_clash_with_conda_over_an_exact_version(engine: UvEngine) -> None:
    with pytest.raises(UnsatisfiableError, match=r"conda provides lib 1\.0.*you require lib==2\.0"):
        engine.resolve(ask("lib==2.0", provided={"lib": "1.0"}))


def test_a_clash_with_conda_over_a_file(engine: UvEngine, links: Path) -> None:
    with pytest.raises(UnsatisfiableError, match=r"conda provides lib 1\.0"):
        engine.resolve(ask(f"lib @ {(links / 'lib-2.0-py3-none-any.whl').as_uri()}", provided={"lib": "1.0"}))


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("app\nlib<2", UnsatisfiableError, "lib>=2"),
        ("lib==9", UnsatisfiableError, "lib==9"),
        ("no-such-package", NotFoundError, "no-such-package is not on the index"),
        ("lib --hash=sha256:abc", InputError, "is no hash"),
        ("lib --hash=md5:" + "a" * 32, InputError, "is no hash"),
        ("lib==2.0 --hash=sha256:" + "a" * 64, IntegrityError, "lib 2.0"),
        ("-r nowhere.txt", NotFoundError, "nowhere.txt"),
        ("./nowhere", NotFoundError, "nowhere"),
        ("lib @ https://u:${NOT_SET}@host.invalid/lib-1.0-py3-none-any.whl", SpecError, "NOT_SET"),
    ],
)
def test_failures_have_their_own_errors(
    engine: UvEngine, tmp_path: Path, text: str, error: type[ParityError], said: str
) -> None:
    with pytest.raises(error) as caught:
        engine.resolve(ask(text, base=str(tmp_path)))
    assert type(caught.value) is error
    assert said in caught.value.message
    assert "scratch" not in caught.value.message


def test_hashes_of_the_requirement_are_demanded(engine: UvEngine) -> None:
    import hashlib

    (lib,) = engine.resolve(ask("lib==2.0"))
    assert engine.resolve(ask(f"lib==2.0 --hash=sha256:{'0' * 64} --hash=sha256:{lib.sha256}")) == (lib,)
    digest = hashlib.sha512(Path(lib.url.removeprefix("file://")).read_bytes()).hexdigest()
    (pinned,) = engine.resolve(ask(f"lib==2.0 --hash=sha512:{digest}"))
    assert digest in pinned.pin


def test_requirement_files_are_read_with_their_options(engine: UvEngine, tmp_path: Path, links: Path) -> None:
    extra = tmp_path / "nested" / "links"
    make_wheel(extra, "hidden", "1.0rc1")
    (tmp_path / "nested" / "more.txt").write_text("--find-links links\n--pre\nhidden\n")
    (tmp_path / "top.txt").write_text("-r nested/more.txt\n-c limits.txt\nlib\n")
    (tmp_path / "limits.txt").write_text("lib<2.1\n")
    assert versions(engine.resolve(ask("-r top.txt", base=str(tmp_path)))) == {"hidden": "1.0rc1", "lib": "2.0"}
    (tmp_path / "loop.txt").write_text("-r loop.txt\n")
    with pytest.raises(InputError, match="includes itself"):
        engine.resolve(ask("-r loop.txt", base=str(tmp_path)))


def test_lines_take_precedence_over_settings(tmp_path: Path, links: Path) -> None:
    engine = make_engine(tmp_path, index_url="http://127.0.0.1:9/simple")
    assert versions(engine.resolve(ask(f"--no-index\n--find-links {links}\napp"))) == {"app": "1.0", "lib": "2.1"}
    index = make_index(tmp_path / "index", links.glob("*.whl"))
    assert versions(engine.resolve(ask(f"--index-url {index.as_uri()}\nlib"))) == {"lib": "2.1"}


@pytest.mark.parametrize(
    ("python_version", "platform", "tag"),
    [
        ("3.11.7", "linux-64", "cp311-cp311-manylinux_2_28_x86_64"),
        ("3.12.1", "linux-64", "cp312-cp312-manylinux_2_28_x86_64"),
        ("3.11.7", "osx-arm64", "cp311-cp311-macosx_11_0_arm64"),
        ("3.11.7", "win-64", "py3-none-any"),
        ("3.11.7", "linux-aarch64", "py3-none-any"),
    ],
)
def test_the_target_decides_the_wheel(engine: UvEngine, python_version: str, platform: str, tag: str) -> None:
    (native,) = engine.resolve(ask("native", python_version=python_version, platform=platform, glibc="2.36"))
    assert native.url.endswith(f"native-1.0-{tag}.whl")


def test_an_old_c_library_gets_no_newer_wheel(engine: UvEngine) -> None:
    (native,) = engine.resolve(ask("native", python_version="3.11.7", platform="linux-64", glibc="2.17"))
    assert native.url.endswith("native-1.0-py3-none-any.whl")


def test_among_several_indexes_the_first_counts_unless_a_setting_says_otherwise(tmp_path: Path) -> None:
    mine, every = (
        make_index(tmp_path / version, [make_wheel(tmp_path / f"files-{version}", "lib", version)]).as_uri()
        for version in ("1.0", "2.0")
    )
    first = make_engine(tmp_path, index_url=every, extra_index_urls=(mine,))
    assert versions(first.resolve(ask("lib"))) == {"lib": "1.0"}
    with pytest.raises(UnsatisfiableError) as caught:
        first.resolve(ask("lib>=2"))
    assert "parity config --set pypi_index_strategy unsafe-best-match" in " ".join(caught.value.hints)
    best = make_engine(tmp_path, index_url=every, extra_index_urls=(mine,), index_strategy="unsafe-best-match")
    assert versions(best.resolve(ask("lib"))) == {"lib": "2.0"}


def test_install_reinstall_and_remove(engine: UvEngine, python: Path) -> None:
    packages = engine.resolve(ask("app\ntool"))
    engine.prefetch(python, packages)
    engine.install(python, packages)
    assert imported(python, "import app, lib; print(lib.__version__)") == "2.1"
    assert (site(python) / "lib-2.1.dist-info" / "INSTALLER").read_text() == "uv"
    (site(python) / "lib" / "__init__.py").unlink()
    engine.install(python, packages, reinstall=True)
    assert imported(python, "import lib; print(lib.__version__)") == "2.1"
    engine.install(python, engine.resolve(ask("lib==2.0")))
    assert imported(python, "import lib; print(lib.__version__)") == "2.0"
    engine.remove(python, ["lib", "not-there"])
    assert not (site(python) / "lib").exists()
    assert (site(python) / "app").exists()


def test_dependencies_are_not_followed(engine: UvEngine, python: Path) -> None:
    engine.install(python, [package for package in engine.resolve(ask("app")) if package.name == "app"])
    assert (site(python) / "app").is_dir()
    assert not (site(python) / "lib").exists()


def test_scripts_can_be_written_for_the_place_a_prefix_moves_to(engine: UvEngine, tmp_path: Path) -> None:
    stage, final = tmp_path / "stage.x", tmp_path / "final"
    engine.install(make_environment(stage), engine.resolve(ask("tool")), written_prefix=final)
    script = (stage / "bin" / "tool").read_bytes()
    assert script.startswith(f"#!{final}/bin/python".encode())
    info = site(stage / "bin/python") / "tool-1.0.dist-info"
    import hashlib

    digest = base64.urlsafe_b64encode(hashlib.sha256(script).digest()).rstrip(b"=").decode()
    assert f"bin/tool,sha256={digest},{len(script)}" in (info / "RECORD").read_text()
    stage.rename(final)
    assert subprocess.run([str(final / "bin/tool")], capture_output=True, text=True, check=True).stdout == "ran\n"


def test_sources_are_built(engine: UvEngine, python: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path, "proj", "0.1", requires=["lib==2.0"])
    packages = engine.resolve(ask(f"-e {project}\nsrc"))
    assert versions(packages) == {"proj": packages[1].version, "lib": "2.0", "src": "3.0"}
    engine.prefetch(python, packages)
    engine.install(python, packages)
    assert imported(python, "import proj, src; print(proj.__file__)").startswith(str(project))


def test_a_git_repository(engine: UvEngine, python: Path, tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git")
    project = make_project(tmp_path, "proj", "0.1")
    git = ["git", "-C", str(project), "-c", "user.name=x", "-c", "user.email=x@example.invalid"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    (package,) = engine.resolve(ask(f"proj @ git+{project.as_uri()}"))
    assert package.url.startswith(f"git+{project.as_uri()}@")
    engine.install(python, [package])
    assert imported(python, "import proj; print(proj.__version__)") == "0.1"
    (wheel,) = engine.download([package], tmp_path / "wheels")
    assert wheel.name == "proj-0.1-py3-none-any.whl"
    with pytest.raises(NotFoundError, match="revision"):
        engine.resolve(ask(f"proj @ git+{project.as_uri()}@no-such-branch"))


def test_a_wrong_hash_is_named_and_loses_nothing(engine: UvEngine, python: Path) -> None:
    packages = engine.resolve(ask("app\nlib==2.0"))
    engine.install(python, packages)
    (lib,) = engine.resolve(ask("lib==2.1"))
    assert lib.sha256 is not None
    wrong = PypiPackage(lib.name, lib.version, lib.url, pin=lib.pin.replace(lib.sha256, "0" * 64))
    for reinstall in (False, True):
        with pytest.raises(IntegrityError, match=r"lib==2\.1"):
            engine.install(python, [wrong], reinstall=reinstall)
        assert imported(python, "import app, lib; print(lib.__version__)") == "2.0"


def test_downloading_checks_hashes_and_builds(engine: UvEngine, tmp_path: Path) -> None:
    packages = engine.resolve(ask("app\nsrc"))
    wheels = engine.download(packages, tmp_path / "wheels")
    assert [wheel.name for wheel in wheels] == [
        f"{name}-py3-none-any.whl" for name in ("app-1.0", "lib-2.1", "src-3.0")
    ]
    lib = packages[1]
    assert lib.sha256 is not None
    wrong = PypiPackage(lib.name, lib.version, lib.url, pin=lib.pin.replace(lib.sha256, "0" * 64))
    with pytest.raises(IntegrityError, match=r"lib 2\.1"):
        engine.download([wrong], tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []
    Path(wheels[1]).write_bytes(b"damaged")
    assert engine.download([lib], tmp_path / "wheels")[0].stat().st_size > 7


class _Handler(SimpleHTTPRequestHandler):
    """Serves a directory to those who know the password."""

    log: ClassVar[list[str]]

    def do_GET(self) -> None:
        type(self).log.append(self.path)
        secret = "Basic " + base64.b64encode(b"user:s3cr3t").decode()
        if self.headers.get("Authorization") == secret:
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@contextmanager
def serving(directory: Path) -> Iterator[tuple[int, list[str]]]:
    class Handler(_Handler):
        log: ClassVar[list[str]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1], Handler.log
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("where", ["settings", "line", "url"])
def test_credentials_work_and_are_in_no_result(tmp_path: Path, links: Path, python: Path, where: str) -> None:
    make_index(tmp_path / "index", links.glob("*.whl"))
    with serving(tmp_path / "index") as (port, log):
        host = f"127.0.0.1:{port}"
        environ = {**ENVIRON, "PASSWORD": "s3cr3t", "NO_PROXY": "127.0.0.1"}
        if where == "settings":
            engine = make_engine(tmp_path, index_url=f"http://user:s3cr3t@{host}/simple", environ=environ)
            request = ask("lib")
        elif where == "line":
            engine = make_engine(tmp_path, environ=environ)
            request = ask(f"--index-url http://user:${{PASSWORD}}@{host}/simple\nlib")
        else:
            engine = make_engine(tmp_path, environ=environ)
            request = ask(f"lib @ http://user:${{PASSWORD}}@{host}/files/lib-2.1-py3-none-any.whl")
        packages = engine.resolve(request)
        assert "s3cr3t" not in repr(packages) + packages[0].pin
        engine.install(python, packages)
        engine.download(packages, tmp_path / "wheels")
        fetched = len(log)
        engine.install(make_environment(tmp_path / "second"), packages)
        assert len(log) == fetched, "a warm install asks no server"
    for path in site(python).rglob("*.json"):
        assert "s3cr3t" not in path.read_text()


def test_refused_and_unreachable_and_offline(tmp_path: Path, links: Path, python: Path) -> None:
    make_index(tmp_path / "index", links.glob("*.whl"))
    with serving(tmp_path / "index") as (port, _):
        engine = make_engine(tmp_path, index_url=f"http://user:wr0ng@127.0.0.1:{port}/simple")
        with pytest.raises(NetworkError, match="refuses") as caught:
            engine.resolve(ask("lib"))
        assert "wr0ng" not in caught.value.message + " ".join(caught.value.hints)
        good = make_engine(tmp_path, index_url=f"http://user:s3cr3t@127.0.0.1:{port}/simple")
        packages = good.resolve(ask("lib"))
    with pytest.raises(NetworkError) as caught:
        good.install(python, packages)
    with pytest.raises(NetworkError):
        good.resolve(ask("lib", upgrade=None))
    offline = make_engine(tmp_path, index_url=f"http://user:s3cr3t@127.0.0.1:{port}/simple", offline=True)
    assert offline.resolve(ask("lib")) == packages
    for upgrade in (None, ("lib",)):  # caches are all there is
        assert offline.resolve(ask("lib", upgrade=upgrade)) == packages
    for call in (lambda: offline.resolve(ask("app")), lambda: offline.install(python, packages),
                 lambda: offline.download(packages, tmp_path / "wheels")):  # fmt: skip
        with pytest.raises(OfflineError):
            call()


def test_the_same_question_is_not_asked_twice_in_a_row(tmp_path: Path, links: Path) -> None:
    make_index(tmp_path / "index", links.glob("*.whl"))
    with serving(tmp_path / "index") as (port, log):
        settings: dict[str, Any] = {"index_url": f"http://user:s3cr3t@127.0.0.1:{port}/simple"}
        first = make_engine(tmp_path, **settings).resolve(ask("lib"))
        asked = len(log)
        assert make_engine(tmp_path, **settings).resolve(ask("lib")) == first
        assert len(log) == asked
        make_engine(tmp_path, **settings).resolve(ask("lib<2"))
        assert len(log) > asked, "another question"
        asked = len(log)
        make_engine(tmp_path, **settings).resolve(ask("lib", upgrade=None))
        assert len(log) > asked, "an update asks anew"
        shutil.rmtree(tmp_path / "cache" / "uv")
        assert make_engine(tmp_path, **settings).resolve(ask("lib")) == first, "a cache that was freed is no error"


def test_a_damaged_cache_entry_is_fetched_anew(tmp_path: Path, links: Path, python: Path) -> None:
    make_index(tmp_path / "index", links.glob("*.whl"))
    with serving(tmp_path / "index") as (port, _):
        engine = make_engine(tmp_path, index_url=f"http://user:s3cr3t@127.0.0.1:{port}/simple")
        packages = engine.resolve(ask("tool"))
        engine.install(python, packages)
        archives = tmp_path / "cache" / "uv" / "archive-v0"
        damages: list[Callable[[Path], object]] = [
            lambda entry: (entry / "tool" / "__init__.py").unlink(),
            lambda entry: (entry / "tool" / "__init__.py").write_bytes(b""),
            lambda entry: shutil.rmtree(entry / "tool-1.0.dist-info", ignore_errors=True),
            shutil.rmtree,
        ]
        for number, damage in enumerate(damages):
            for module in archives.glob("*/tool/__init__.py"):
                damage(module.parent.parent)
            fresh = make_environment(tmp_path / f"env{number}")
            engine.install(fresh, packages)
            assert imported(fresh, "import tool; tool.main()") == "ran"
            for module in archives.glob("*/tool/__init__.py"):
                damage(module.parent.parent)
            tree = tmp_path / f"tree{number}"
            series = f"python{sys.version_info[0]}.{sys.version_info[1]}"
            places = Places(False, "bin", f"lib/{series}/site-packages", f"include/{series}", sys.version_info[1])
            done = engine.lay_out(tree, packages, places, platform=host_platform(), prefix=tmp_path / "env")
            assert (tree / places.site / "tool" / "__init__.py").stat().st_size
            assert {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()} == set(
                done.files["tool"]
            )
            assert done.notes["pypi:tool-1.0"].executable == {"bin/tool"}


def test_a_cache_that_cannot_be_written(tmp_path: Path, python: Path, engine: UvEngine) -> None:
    packages = engine.resolve(ask("lib"))
    (tmp_path / "file").touch()
    blocked = UvEngine(None, tmp_path / "file" / "cache", PypiSettings(), ENVIRON, scratch=tmp_path / "scratch")
    for call in (lambda: blocked.resolve(ask("lib")), lambda: blocked.install(python, packages)):
        with pytest.raises(StorageError):
            call()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_place(engine: UvEngine, python: Path) -> None:
    packages = engine.resolve(ask("lib"))
    site(python).chmod(0o555)
    try:
        with pytest.raises(StorageError):
            engine.install(python, packages)
    finally:
        site(python).chmod(0o755)


def test_an_interpreter_that_cannot_be_fetched_is_none(tmp_path: Path) -> None:
    environ = {**ENVIRON, "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    engine = make_engine(tmp_path, environ=environ)
    assert engine.fetch_python("3.12", tmp_path / "pythons") is None
    assert (tmp_path / "pythons" / ".unreachable").exists()
    assert engine.fetch_python("3.12", tmp_path / "pythons") is None


def test_a_provided_package_with_an_extra_is_warned_about(tmp_path: Path, links: Path) -> None:
    notes = RecordedProgress()
    engine = make_engine(tmp_path, find_links=(str(links),), progress=notes)
    assert engine.resolve(ask("lib[more]", provided={"lib": "2.0"})) == ()
    assert ["extra more" in text for text in notes.warnings] == [True]


def test_a_further_index_that_refuses_is_thought_of(tmp_path: Path, links: Path) -> None:
    make_index(tmp_path / "index", links.glob("*.whl"))
    make_index(tmp_path / "empty", ())
    with serving(tmp_path / "index") as (port, _):
        engine = make_engine(tmp_path, index_url=(tmp_path / "empty" / "simple").as_uri())
        with pytest.raises(NotFoundError) as caught:
            engine.resolve(ask(f"--extra-index-url http://user:wr0ng@127.0.0.1:{port}/simple\nlib"))
    assert "password" in caught.value.hints[-1]


def test_two_threads_do_not_look_for_uv_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import uv

    inside = threading.Lock()

    def find() -> str:
        assert inside.acquire(blocking=False), "another thread is here"
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)
        inside.release()
        return "uv"

    both = threading.Barrier(2)
    monkeypatch.setattr(uv, "find_uv_bin", find)
    programs = [Uv(None, tmp_path, PypiSettings(), ENVIRON) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda each: each.program(), programs)) == ["uv", "uv"]


def test_versions_are_listed_from_an_index_and_from_links(tmp_path: Path) -> None:
    index = make_index(tmp_path / "index", [make_wheel(tmp_path / "w", "lib", version) for version in ("1.10", "1.9")])
    links = make_wheel(tmp_path / "links", "lib", "2.0").parent
    engine = make_engine(tmp_path, index_url=index.as_uri(), find_links=(str(links),))
    assert engine.versions("lib") == ("1.9", "1.10", "2.0")
    assert engine.versions("absent") == ()
