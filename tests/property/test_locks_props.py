"""Locks: what is written is what is read again, by Parity, by rattler and by any YAML library."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from seen_locks import seen_by_parity, seen_by_rattler, spaced

from parity.core import specs
from parity.core.lock import Lock, Locked, LockedEnvironment, LockPlatform
from parity.formats import locks, pylock, yaml_text
from parity.formats.requirements import parse_line
from parity.model import CondaPackage, PypiPackage, Solution

if TYPE_CHECKING:
    import pytest

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        *("", "no", "Yes", "null", "~", "1", "1.10", "0x1F", "1e5", "12e3", "1_000", "12:30:45", "2001-01-01", ".inf"),
        *(".5", "-", "- a", "a: b", "a #b", "#a", "a:", "'", '"', "[a]", "{a}", "*a", "&a", "!a", "%a", "@a", "`a"),
        *("=", "<<", "a\nb", "a\u0085b", "\ufeff", " a", "a ", ">=1", "|", ">", "?", "? a", "---", "...", "0o17", "+1"),
        *("1.0.0", "true", "ON", "y", "1" * 64, "12e" + "3" * 61, "\x00", "\u2028", "😀", "a\tb", "a,b", "a]"),
        *("7zip=19.00=h1_0", "1=2", "0=0", "1.e=2"),
    ]
)  # fmt: skip
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT.filter(bool), inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(TEXT.filter(bool), PLAIN, min_size=1, max_size=5))
@settings(max_examples=300)
def test_what_is_written_is_read_again(value: dict[str, Any]) -> None:
    text = yaml_text.dump(value)
    assert yaml_text.load(text) == value
    assert yaml.safe_load(text) == value  # YAML 1.1


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(max_examples=150)
def test_yaml_1_2_reads_the_same_text(value: list[str]) -> None:
    from ruamel.yaml import YAML

    assert YAML(typ="safe", pure=True).load(io.StringIO(yaml_text.dump({"a": value}))) == {"a": value}


@given(st.lists(st.text("0123456789.+-_eExXoO:tfnu~", min_size=1, max_size=8), min_size=1, max_size=6))
@settings(max_examples=300)
def test_a_plain_scalar_keeps_its_text(words: list[str]) -> None:
    """Whatever a foreign lock left unquoted, its text is what a reader gets."""
    from parity.formats.faults import as_text

    for word in words:
        try:
            raw = yaml.load(f"a: {word}\n", yaml.BaseLoader)  # noqa: S506 - makes texts only
        except yaml.YAMLError:
            continue
        if isinstance(raw["a"], str) and raw["a"] not in {"", "~"}:
            assert as_text(yaml_text.load(f"a: {word}\n")["a"]) == raw["a"]


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}[a-z0-9]", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}(a1|rc2|\.post1|\.dev0)?", fullmatch=True)
BUILDS = st.from_regex(r"(py311)?h[0-9a-f]{7}_[0-9]{1,2}|[0-9]{1,2}|generic", fullmatch=True)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
SUBDIRS = st.sampled_from(["linux-64", "osx-arm64", "win-64"])
SPECS = st.sampled_from(
    ["numpy >=1.2,<3.0a0", "python 3.11.*", "openssl", "python_abi 3.11.* *_cp311", "vc14_runtime *"]
)
SIZES = st.none() | st.integers(0, 10**12)
EXTRA = st.sampled_from(["", '{"license_family":"BSD"}', '{"run_exports":{"weak":["a >=1"]}}', '{"purls":[]}',
                         '{"zz":{"a":[1,true,null,"1"]}}'])  # fmt: skip


@st.composite
def conda_packages(draw: st.DrawFn, subdir: str) -> CondaPackage:
    name, version, build = draw(NAMES), draw(VERSIONS), draw(BUILDS)
    where = draw(st.sampled_from([subdir, "noarch"]))
    channel = draw(st.sampled_from(["https://conda.example/forge/", "file:///srv/channel/", "parity://python/"]))
    fn = f"{name}-{version}-{build}.{draw(st.sampled_from(['conda', 'tar.bz2']))}"
    purls = draw(st.sampled_from([(), (f"pkg:pypi/{name}",)]))
    extra = draw(EXTRA)
    return CondaPackage(
        name, version, build, draw(st.sampled_from([0, 1, 7])), where, f"{channel}{where}/{fn}", channel, fn,
        sha256=draw(HEX), md5=draw(st.none() | HEX.map(lambda text: text[:32])), size=draw(SIZES),
        depends=tuple(draw(st.lists(SPECS, max_size=3))), constrains=tuple(draw(st.lists(SPECS, max_size=2))),
        noarch=draw(st.sampled_from(["python", "generic"])) if where == "noarch" else None,
        license=draw(st.none() | st.sampled_from(["MIT", "GPL-3.0-only OR MIT"])),
        timestamp=draw(st.none() | st.just(1727034567123)), purls=purls,
        extra="" if purls and "purls" in extra else extra,
        python_site_packages_path=draw(st.none() | st.just("lib/python3.13t/site-packages")),
        track_features=tuple(draw(st.lists(NAMES, max_size=1))),
    )  # fmt: skip


@st.composite
def pypi_packages(draw: st.DrawFn) -> PypiPackage:
    name = draw(NAMES).replace("_", "-").replace("--", "-")
    while "--" in name:
        name = name.replace("--", "-")
    version = draw(st.sampled_from(["1.0", "2.1.3", "1.0rc1", "2024.1"]))
    kind = draw(st.sampled_from(["wheel", "sdist", "url", "git", "directory"]))
    if kind == "git":
        return pylock.of_url(name, version, f"git+https://git.example/{name}.git@{'0123456789' * 4}#subdirectory=lib")
    if kind == "directory":
        return pylock.of_url(name, "", f"/home/me/project/{name}", editable=draw(st.booleans()))
    file = f"{name}-{version}-py3-none-any.whl" if kind == "wheel" else f"{name}-{version}.tar.gz"
    package = pylock.of_url(name, version, f"https://files.example/{file}", hashes={"sha256": draw(HEX)},
                            size=draw(SIZES), archive=kind == "url")  # fmt: skip
    requires = draw(
        st.lists(st.sampled_from(["numpy>=1.2,<3", "a ; extra == 'b'", "broken>=1.0.*", "c~=1.4"]), max_size=3)
    )
    python = draw(st.sampled_from(["", ">=3.8", ">=3.6.*", "!=3.0.*,>=2.7"]))
    return PypiPackage(package.name, package.version, package.url, package.sha256, package.size, pin=package.pin,
                       requires_dist=tuple(requires), requires_python=python)  # fmt: skip


def unique(packages: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted({package.name: package for package in packages}.values(), key=lambda package: package.name))


@st.composite
def lock_values(draw: st.DrawFn) -> Lock:
    subdirs = draw(st.lists(SUBDIRS, min_size=1, max_size=2, unique=True))
    platforms = [
        LockPlatform(subdir, subdir, draw(st.sampled_from([(), (("__glibc", "2.28", "0"),)]))) for subdir in subdirs
    ]
    if draw(st.booleans()):
        platforms.append(
            LockPlatform(f"{subdirs[0]}-cuda-12", subdirs[0], (("__cuda", "12.4", "0"), ("__unix", "0", "0")))
        )
    known: dict[str, Any] = {}  # one file is one package, wherever it stands
    environments = []
    for name in ["default", *draw(st.lists(st.just("dev"), max_size=1))]:
        locked = []
        for platform in sorted(platforms, key=lambda platform: platform.name):
            conda = unique(
                [known.setdefault(p.url, p) for p in draw(st.lists(conda_packages(platform.subdir), max_size=3))]
            )
            pypi = unique([known.setdefault(p.url, p) for p in draw(st.lists(pypi_packages(), max_size=3))])
            asked = draw(st.booleans())
            locked.append(
                Locked(platform.name, Solution(platform.subdir, conda, pypi),
                       tuple(specs.parse(text) for text in ("python=3.11", "c::numpy >=1.2,<2")) if asked else (),
                       (parse_line("-e ./lib", base="/home/me/project"),) if asked else ())
            )  # fmt: skip
        environments.append(
            LockedEnvironment(name, ("https://conda.example/forge", "file:///srv/channel"), tuple(locked),
                              draw(st.sampled_from([(), ("https://index.example/simple",)])),
                              draw(st.sampled_from([(), (("channel-priority", "strict"),)])),
                              draw(st.sampled_from([(), (("A", "no"), ("B", "x: y #z"))])),
                              draw(st.sampled_from(["", '{"find-links":[{"path":"./links"}]}'])))
        )  # fmt: skip
    return Lock(tuple(sorted(platforms, key=lambda platform: platform.name)), tuple(environments),
                draw(st.sampled_from([(), ("environment.yml", "../more.yml")])))  # fmt: skip


@given(lock_values())
@settings(max_examples=60)
def test_a_lock_is_read_as_it_was_written(lock: Lock) -> None:
    text = locks.render(lock, "parity", base="/home/me/project")
    again = locks.parse(text, base="/home/me/project")
    assert again == lock
    assert [p for e in again.environments for part in e.locked for p in part.solution.pypi if p.requires_dist] == [
        p for e in lock.environments for part in e.locked for p in part.solution.pypi if p.requires_dist
    ]
    assert locks.render(again, "parity", base="/home/me/project") == text
    assert "/home/me" not in text


@given(lock_values())
@settings(max_examples=40)
def test_rattler_reads_the_same_lock(tmp_path_factory: pytest.TempPathFactory, lock: Lock) -> None:
    from rattler import LockFile

    path = tmp_path_factory.getbasetemp() / "parity.lock"
    path.write_text(locks.render(lock, "parity", base="/home/me/project"), encoding="utf-8")
    read = LockFile.from_path(path)
    theirs = {place: rows for place, rows in seen_by_rattler(path).items() if rows}
    ours = {place: rows for place, rows in seen_by_parity(lock, base="/home/me/project").items() if rows}
    assert spaced(theirs) == spaced(ours)
    assert {p.name: (str(p.subdir), len(p.virtual_packages)) for p in read.platforms()} == {
        p.name: (p.subdir, len(p.virtual)) for p in lock.platforms
    }


@given(lock_values())
@settings(max_examples=30)
def test_the_order_of_a_lock_does_not_matter(lock: Lock) -> None:
    from dataclasses import replace

    turned = replace(
        lock,
        platforms=lock.platforms[::-1],
        environments=tuple(
            replace(
                environment,
                locked=tuple(
                    replace(
                        part,
                        solution=Solution(part.solution.platform, part.solution.conda[::-1], part.solution.pypi[::-1]),
                    )
                    for part in environment.locked[::-1]
                ),
            )
            for environment in lock.environments[::-1]
        ),
    )
    assert locks.render(turned, "parity") == locks.render(lock, "parity")
