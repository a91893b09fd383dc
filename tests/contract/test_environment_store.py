from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parity.store.environments import Environments
from parity.store.root import Root
from parity.testing.progress import RecordedProgress

if TYPE_CHECKING:
    from pathlib import Path


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def store(tmp_path: Path) -> Environments:
    return Environments(Root(tmp_path, home=tmp_path), "linux-64", RecordedProgress())


def make(prefix: Path, text: str) -> Path:
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").write_text(text)
    return prefix


def history(prefix: Path) -> str:
    return (prefix / "conda-meta" / "history").read_text()


def test_a_stage_takes_the_place_of_what_stands_there(store: Environments, tmp_path: Path) -> None:
    prefix = make(tmp_path / "envs" / "work", "old")
    stage = store.stage(prefix)
    make(stage, "new")
    store.publish(stage, prefix)
    assert history(prefix) == "new"
    assert [path.name for path in prefix.parent.iterdir()] == ["work"]


def test_who_is_killed_between_the_two_renames_keeps_the_old(
    store: Environments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = make(tmp_path / "envs" / "work", "old")
    stage = make(store.stage(prefix), "new")
    renames: list[Path] = []
    rename = type(prefix).rename

    def once(self: Path, target: Path) -> Path:
        renames.append(target)
        if len(renames) > 1:
            raise Killed
        return rename(self, target)

    monkeypatch.setattr(type(prefix), "rename", once)
    with pytest.raises(Killed):
        store.publish(stage, prefix)
    monkeypatch.undo()
    store.recover(prefix)
    assert history(prefix) == "old"
    store.stage(prefix).rmdir()
    assert [path.name for path in prefix.parent.iterdir()] == ["work"]


def test_nothing_is_recovered_where_the_environment_stands(store: Environments, tmp_path: Path) -> None:
    prefix = make(tmp_path / "envs" / "work", "new")
    make(tmp_path / "envs" / ".work.parity-replaced-abc123", "old")
    store.recover(prefix)
    assert history(prefix) == "new"


def test_what_another_program_put_together_counts_as_asked_for(store: Environments, tmp_path: Path) -> None:
    prefix = make(tmp_path / "work", "")
    for name in ("lib", "app"):
        (prefix / "conda-meta" / f"{name}-1-0.json").write_text(f'{{"name": "{name}", "version": "1", "build": "0"}}')
    assert [spec.name for spec in store.manifest(prefix).specs] == ["app", "lib"]
    (prefix / "conda-meta" / "history").write_text("==> 2026-01-02 03:04:05 <==\n# update specs: ['app >=1']\n")
    assert [str(spec) for spec in store.manifest(prefix).specs] == ["app >=1"]
