from __future__ import annotations

import json
from dataclasses import replace

import pytest

from parity.core import specs
from parity.core.lock import Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.pip_lines import said
from parity.errors import FaultsError, InputError
from parity.formats import locks, pylock
from parity.formats.requirements import parse_line
from parity.model import CondaPackage, PypiPackage, Solution

DIGEST = "0123456789abcdef" * 4
COMMIT = "0123456789" * 4
BASE = "/home/me/project"

PYTHON = CondaPackage(
    "python", "3.11.7", "h1_0_cpython", 0, "linux-64",
    url="https://c.example/forge/linux-64/python-3.11.7-h1_0_cpython.conda", channel="https://c.example/forge/",
    fn="python-3.11.7-h1_0_cpython.conda", sha256=DIGEST, size=10,
)  # fmt: skip
WHEEL = replace(
    pylock.of_url(
        "six", "1.16.0", "https://f.example/six-1.16.0-py2.py3-none-any.whl", hashes={"sha256": DIGEST}, size=11053
    ),
    requires_dist=("a>=1",),
    requires_python=">=2.7",
)


def lock_of(*pypi: PypiPackage, conda: tuple[CondaPackage, ...] = (PYTHON,), **more: object) -> Lock:
    locked = Locked("linux-64", Solution("linux-64", conda, tuple(sorted(pypi, key=lambda package: package.name))))
    environment = LockedEnvironment("default", ("https://c.example/forge",), (replace(locked, **more),))  # type: ignore[arg-type]
    return Lock((LockPlatform("linux-64", "linux-64"),), (environment,))


def read(text: str) -> Lock:
    return locks.parse(text, file="parity.lock", base=BASE)


def packages(lock: Lock) -> tuple[PypiPackage, ...]:
    return lock.environments[0].locked[0].solution.pypi


def test_the_text_is_what_people_and_rattler_expect() -> None:
    lock = lock_of(WHEEL, specs=(specs.parse("python=3.11"),), pip=(parse_line("six", base=BASE),))
    environment = replace(lock.environments[0], variables=(("MODE", "no"),), indexes=("https://index.example/simple",))
    platform = LockPlatform("linux-64", "linux-64", (("__glibc", "2.28", "0"), ("__unix", "", "")))
    lock = replace(lock, environments=(environment,), sources=("environment.yml",), platforms=(platform,))
    assert (
        locks.render(lock, "parity", base=BASE)
        == f"""\
version: 7
platforms:
- name: linux-64
  virtual-packages:
  - __glibc=2.28=0
  - __unix
environments:
  default:
    channels:
    - url: https://c.example/forge/
    indexes:
    - https://index.example/simple
    packages:
      linux-64:
      - conda: https://c.example/forge/linux-64/python-3.11.7-h1_0_cpython.conda
      - pypi: https://f.example/six-1.16.0-py2.py3-none-any.whl
packages:
- conda: https://c.example/forge/linux-64/python-3.11.7-h1_0_cpython.conda
  sha256: {DIGEST}
  size: 10
- pypi: https://f.example/six-1.16.0-py2.py3-none-any.whl
  name: six
  version: 1.16.0
  sha256: {DIGEST}
  size: 11053
  requires_dist:
  - a>=1
  requires_python: '>=2.7'
parity:
  version: 1
  sources:
  - environment.yml
  environments:
    default:
      variables:
        MODE: 'no'
      requested:
        linux-64:
          specs:
          - python 3.11.*
          pip:
          - six
"""
    )
    assert read(locks.render(lock, "parity", base=BASE)) == lock


def test_pixi_gets_no_key_of_paritys() -> None:
    lock = lock_of(WHEEL, specs=(specs.parse("python"),))
    assert "parity" not in locks.render(lock, "pixi", base=BASE)


@pytest.mark.parametrize(
    ("url", "written", "kind"),
    [
        (f"git+https://git.example/a.git@{COMMIT}", f"git+https://git.example/a.git@{COMMIT}", "vcs"),
        (f"git+ssh://git@git.example/a.git@{COMMIT}#subdirectory=x/y",
         f"git+ssh://git@git.example/a.git@{COMMIT}#subdirectory=x/y", "vcs"),
        (f"{BASE}/lib", "./lib", "directory"),
        (BASE, "./", "directory"),
        ("/home/me/other", "../other", "directory"),
        (f"{BASE}/wheels/a-1-py3-none-any.whl", "./wheels/a-1-py3-none-any.whl", "wheels"),
        ("/srv/wheels/a-1-py3-none-any.whl", "/srv/wheels/a-1-py3-none-any.whl", "wheels"),
        ("file:///srv/wheels/a-1-py3-none-any.whl", "file:///srv/wheels/a-1-py3-none-any.whl", "wheels"),
        ("https://f.example/a-1.tar.gz", "https://f.example/a-1.tar.gz", "sdist"),
        ("https://f.example/a-1.zip#subdirectory=x", "https://f.example/a-1.zip#subdirectory=x", "sdist"),
        ("C:\\proj\\lib", "C:\\proj\\lib", "directory"),
    ],
)  # fmt: skip
def test_places_of_pypi_packages(url: str, written: str, kind: str) -> None:
    hashes = {"sha256": DIGEST} if kind in {"wheels", "sdist"} else {}
    package = pylock.of_url("a", "1", url, hashes=hashes, base=BASE)
    text = locks.render(lock_of(package), "parity", base=BASE)
    assert f"- pypi: {written}\n" in text or f"- pypi: '{written}'\n" in text
    assert kind in json.loads(package.pin)
    assert packages(read(text)) == (package,)


def test_a_path_that_a_person_named_absolutely_stays_absolute() -> None:
    package = pylock.of_url("a", "", "/srv/a", editable=True)
    lock = lock_of(package, pip=(parse_line("-e /srv/a", base=BASE),))
    text = locks.render(lock, "parity", base=BASE)
    assert "- pypi: /srv/a\n" in text
    assert read(text) == lock


def test_a_path_named_relatively_outside_stays_relative() -> None:
    package = pylock.of_url("a", "1", "/home/me/wheels/a-1-py3-none-any.whl", hashes={"sha256": DIGEST})
    lock = lock_of(package, pip=(parse_line("--find-links ../wheels", base=BASE),))
    text = locks.render(lock, "parity", base=BASE)
    assert "/home/me" not in text
    assert "- pypi: ../wheels/a-1-py3-none-any.whl\n" in text
    assert packages(read(text))[0].url == "file:///home/me/wheels/a-1-py3-none-any.whl"


def test_a_lock_can_move_to_another_directory() -> None:
    package = pylock.of_url("a", "", f"{BASE}/lib", editable=True)
    text = locks.render(lock_of(package), "parity", base=BASE)
    moved = locks.parse(text, base="/elsewhere")
    assert packages(moved)[0].url == "file:///elsewhere/lib"
    assert packages(moved)[0].editable
    assert locks.render(moved, "parity", base="/elsewhere") == text


def test_lines_of_another_file_keep_their_directory() -> None:
    line = parse_line("-e ./lib", base="/home/me/project/sub")
    text = locks.render(lock_of(pip=(line,)), "parity", base=BASE)
    assert "base: ./sub" in text
    assert read(text).environments[0].locked[0].pip == (line,)


def test_lines_without_a_path_have_no_directory() -> None:
    texts = ("six>=1", "-e git+https://git.example/a.git#egg=a", "--pre", "--extra-index-url https://i.example/simple")
    lines = tuple(parse_line(text, base="/home/me/project/sub") for text in texts)
    text = locks.render(lock_of(pip=lines), "parity", base=BASE)
    assert "base" not in text
    assert list(map(said, read(text).environments[0].locked[0].pip)) == list(map(said, lines))


def test_a_file_asked_for_by_its_url_stays_one() -> None:
    package = pylock.of_url("a", "1", "https://f.example/a-1-py3-none-any.whl",
                            hashes={"sha256": DIGEST, "sha512": "ab"}, archive=True,
                            filename="a-1-py3-none-any.whl")  # fmt: skip
    assert packages(read(locks.render(lock_of(package), "parity"))) == (package,)


def test_no_credentials_are_written() -> None:
    secret = "https://me:hunter2@c.example/t/tk-123/forge"
    conda = replace(PYTHON, url=f"{secret}/linux-64/python-3.11.7-h1_0_cpython.conda", channel=f"{secret}/")
    package = replace(WHEEL, extra=json.dumps({"index": "https://me:hunter2@index.example/simple"}))
    lock = lock_of(package, conda=(conda,), pip=(parse_line("--index-url https://me:hunter2@index.example/simple"),))
    lock = replace(lock, environments=(replace(lock.environments[0], channels=(secret,), indexes=(secret,)),))
    text = locks.render(lock, "parity")
    assert "hunter2" not in text
    assert "tk-123" not in text


def test_credentials_in_a_foreign_lock_are_dropped_on_reading() -> None:
    text = locks.render(lock_of(WHEEL), "pixi").replace("https://c.example", "https://me:hunter2@c.example")
    text += "parity:\n  version: 1\nmine:\n  url: https://me:hunter2@x.example\n"
    assert "hunter2" not in repr(read(text))
    assert "hunter2" not in read(text).extra


def test_one_file_known_differently_well_is_written_once_with_all_that_is_known() -> None:
    bare = replace(PYTHON, size=None, license="PSF")
    lock = lock_of(conda=(PYTHON,))
    environment = lock.environments[0]
    other = replace(
        environment, name="dev", locked=(replace(environment.locked[0], solution=Solution("linux-64", (bare,))),)
    )
    text = locks.render(replace(lock, environments=(environment, other)), "parity")
    assert text.count("sha256:") == 1
    assert "license: PSF" in text
    assert "size: 10" in text


def test_requirements_that_break_pep_508_stay_readable_for_rattler_and_are_not_lost() -> None:
    package = replace(WHEEL, requires_dist=("a>=1.0.*", "b"), requires_python=">=3.6.*")
    text = locks.render(lock_of(package), "parity")
    assert "  requires_dist:\n  - b\n  metadata:" in text
    again = packages(read(text))[0]
    assert again.requires_dist == package.requires_dist
    assert again.requires_python == package.requires_python


def test_a_repository_is_written_as_pixi_wrote_it() -> None:
    text = locks.render(lock_of(WHEEL), "pixi").replace(
        "https://f.example/six-1.16.0-py2.py3-none-any.whl", f"git+https://git.example/six.git?rev=main#{COMMIT}"
    )
    lock = locks.parse(text.replace(f"  sha256: {DIGEST}\n  size: 11053\n", ""))
    assert packages(lock)[0].url == f"git+https://git.example/six.git@{COMMIT}"
    assert f"pypi: git+https://git.example/six.git?rev=main#{COMMIT}\n" in locks.render(lock, "pixi")


def test_every_fault_has_its_place_and_line() -> None:
    text = locks.render(lock_of(WHEEL), "parity")
    broken = (
        text.replace(f"  sha256: {DIGEST}\n  size: 10\n", "  sha256: abc\n  size: many\n  depends: x\n")
        .replace("      - pypi: https", "      - pypi: http")
        .replace("- name: linux-64", "- name: linux-32")
    )
    with pytest.raises(FaultsError) as raised:
        read(broken)
    found = {(fault.place, fault.line): fault for fault in raised.value.faults}
    assert {place for place, _ in found} == {
        "packages[0].sha256", "packages[0].size", "packages[0].depends", "environments.default.packages.linux-64",
    }  # fmt: skip
    lines = broken.splitlines()
    assert all(fault.file == "parity.lock" for fault in found.values())
    assert lines[next(line for place, line in found if place == "packages[0].size") - 1].strip() == "size: many"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 8\nenvironments: {}\n", "version 8"),
        ("version: 3\nenvironments: {}\n", "version 3"),
        ("version: 7\nenvironments: {}\nenvironments: {}\npackages: []\n", "twice"),
        ("version: 7\nenvironments: [\n", "not valid YAML"),
        ("version: 7\nenvironments:\n<<<<<<< HEAD\n  a: 1\n=======\n  b: 1\n>>>>>>> other\n", "two branches"),
        ("version: 7\nenvironments: {}\npackages: []\nparity:\n  version: 2\n", "newer Parity"),
        ("version: 7\nenvironments:\n  a: 1\npackages: []\n", "a mapping was expected"),
        ("version: 7\nenvironments: {}\npackages:\n- pypi: git+https://x.example/a\n  name: a\n", "names no commit"),
        ("version: 7\nenvironments: {}\npackages:\n- {}\n", "`conda`, `conda_source` or `pypi`"),
    ],
)
def test_what_is_no_lock_is_refused(text: str, message: str) -> None:
    with pytest.raises(FaultsError) as raised:
        read(text)
    assert message in str(raised.value)


def test_a_part_of_a_lock() -> None:
    lock = lock_of(WHEEL)
    cuda = LockPlatform("linux-64-cuda-12", "linux-64", (("__cuda", "12.4", "0"),))
    locked = Locked(cuda.name, Solution("linux-64"))
    environment = lock.environments[0]
    lock = replace(
        lock,
        platforms=(*lock.platforms, cuda),
        environments=(replace(environment, locked=(*environment.locked, locked)),),
    )
    assert locks.one(lock, platform="linux-64-cuda-12")[1] == locked
    assert locks.one(lock, platform="linux-64")[1] == environment.locked[0]
    with pytest.raises(InputError, match="several platforms"):
        locks.one(lock)
    with pytest.raises(InputError, match="no platform `win-64`"):
        locks.one(lock, platform="win-64")
    with pytest.raises(InputError, match="no environment `dev`"):
        locks.render(lock, "explicit", environment="dev")
    with pytest.raises(InputError, match="several variants of linux-64"):
        locks.render(lock, "conda-lock")
    assert "- linux-64\n" in locks.render(lock, "conda-lock", platform="linux-64")


def test_losses_are_told() -> None:
    lock = lock_of(WHEEL, specs=(specs.parse("python"),))
    assert locks.losses(lock, "parity") == ()
    assert locks.losses(lock, "explicit") == ("1 PyPI package", "what was asked for")
    assert locks.losses(lock, "pylock") == ("1 conda package", "what was asked for")


def test_a_lock_that_is_wrong_everywhere_is_refused_in_one_go() -> None:
    entry = "- conda: https://c.example/forge/linux-64/a-1.0-{}.conda\n  sha256: nonsense\n"
    text = "version: 7\nenvironments: {}\npackages:\n" + "".join(entry.format(number) for number in range(500))
    with pytest.raises(FaultsError) as raised:
        read(text)
    assert [fault.line for fault in raised.value.faults] == list(range(5, 1005, 2))


def test_paths_of_windows_are_told_apart_on_every_machine() -> None:
    package = pylock.of_url("a", "", "C:\\proj\\lib", editable=True)
    lock = lock_of(package)
    assert "- pypi: ./lib\n" in locks.render(lock, "parity", base="C:\\proj")
    named = lock_of(package, pip=(parse_line("-e file:///C:/proj/lib", base="C:\\proj"),))
    assert "- pypi: 'C:\\proj\\lib'\n" in locks.render(named, "parity", base="C:\\proj")
