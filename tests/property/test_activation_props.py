"""Whatever is entered and left in whatever order, the end is as the beginning; and shells read what is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.core import shell_init
from parity.core.activation import UNSET, Activation, EnvironmentFacts, activate, deactivate, path_dirs, reactivate
from parity.core.shells import SHELLS, dialect, fish, nushell, posix, powershell

NAMES = ("A", "B", "C", "PATH", "CONDA_PREFIX", "not a name")
PREFIXES = ("/e/a", "/e/b", "/e/c", "/root")
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
values = st.one_of(st.just(UNSET), texts.filter(lambda text: text != UNSET))
variables = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)
outsides = st.fixed_dictionaries(
    {"PATH": st.lists(st.sampled_from(["/usr/bin", "/bin", "/e/a/bin", "/t/bin", ""]), min_size=1).map(":".join)},
    optional={"A": texts, "B": texts, "CONDA_PREFIX": st.just("/image"), "CONDA_DEFAULT_ENV": texts,
              "CONDA_PROMPT_MODIFIER": texts},
)  # fmt: skip
steps = st.tuples(
    st.sampled_from(["activate", "activate --stack", "deactivate", "reactivate", "change"]),
    st.sampled_from(PREFIXES),
    variables,
)


@settings(max_examples=400)
@given(outsides, st.dictionaries(st.sampled_from(PREFIXES), variables), st.lists(steps, max_size=12))
def test_leaving_everything_restores_the_environment(
    outside: dict[str, str], known: dict[str, dict[str, str]], walk: list[tuple[str, str, dict[str, str]]]
) -> None:
    def describe(prefix: str) -> EnvironmentFacts:
        return EnvironmentFacts(prefix, prefix[-1], known.get(prefix, {}))

    environ = dict(outside)
    for word, prefix, new in walk:
        if word == "change":
            known[prefix] = new
        elif word.startswith("activate"):
            stack = word.endswith("--stack")
            environ = activate(
                environ, describe(prefix), platform="linux-64", describe=describe, stack=stack
            ).apply(environ)  # fmt: skip
            assert environ["CONDA_PREFIX"] == prefix
        else:
            leave = deactivate if word == "deactivate" else reactivate
            environ = leave(environ, platform="linux-64", describe=describe).apply(environ)
        if int(environ.get("CONDA_SHLVL", "0")):
            assert path_dirs(environ["CONDA_PREFIX"], "linux-64")[0] in environ["PATH"].split(":")
    while int(environ.get("CONDA_SHLVL", "0")):
        environ = deactivate(environ, platform="linux-64", describe=describe).apply(environ)
    environ.pop("CONDA_SHLVL", None)
    assert environ == outside


needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="runs POSIX shells")


@needs_posix
@pytest.mark.parametrize("shell", ["bash", "dash", "zsh", "fish"])
@settings(max_examples=20)
@given(st.lists(texts, min_size=1, max_size=20))
def test_shells_read_back_what_is_written(shell: str, written: list[str]) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    change = Activation({f"V{number}": text for number, text in enumerate(written)})
    script = dialect(shell).script(change, {})
    show = "; ".join(f"printf '%s\\0' \"$V{number}\"" for number in range(len(written)))
    flags = {"zsh": ["-f"], "fish": ["--no-config"], "bash": ["--norc"]}.get(shell, [])
    done = subprocess.run(
        [program, *flags, "-c", f"{script}{show}"], capture_output=True, check=True,
        env={"PATH": os.defpath, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.stdout.decode().split("\0")[:-1] == written


@given(texts)
def test_quoted_words_cannot_be_left(text: str) -> None:
    inside = powershell.quote(text)[1:-1]
    for quote in "'\u2018\u2019\u201a\u201b":
        assert inside.count(quote) % 2 == 0
    assert "\n" not in fish.quote(text)
    assert "\n" not in nushell.quote(text)
    assert posix.quote(text).replace("'\\''", "").count("'") == 2


@given(
    st.one_of(st.none(), texts, st.lists(texts).map("\n".join)), st.sampled_from([s for s in SHELLS if s != "cmd.exe"])
)
def test_a_block_that_is_taken_away_leaves_no_trace(text: str | None, shell: str) -> None:
    lines = shell_init.block(shell, "/home/ann/.rc", ["/opt/it's/parity"], hook_file="/h/parity.nu")
    once = shell_init.with_block(text, lines)
    assert shell_init.with_block(once, lines) == once
    assert shell_init.with_block(shell_init.with_block(text, "other\n"), lines) == once
    assert shell_init.without_block(once) == text
    assert shell_init.without_block(text) == text


@given(texts.filter(lambda text: " & " not in text and text.strip() == text))
def test_other_calls_of_autorun_stay(old: str) -> None:
    once = shell_init.autorun(old, "C:\\p\\autorun.bat")
    assert shell_init.autorun(once, "C:\\p\\autorun.bat") == once
    assert shell_init.autorun(once, "C:\\p\\autorun.bat", reverse=True) == old
