from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import parity
from parity.testing.channels import TinyPackage, make_channel
from parity.testing.progress import RecordedProgress

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Unpack


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> parity.Options:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    channel = make_channel(
        tmp_path / "channel",
        [
            TinyPackage("app", "1.0", depends=("lib",)),
            TinyPackage("app", "2.0", depends=("lib",)),
            TinyPackage("lib", files={"bin/say": "#!/bin/sh\necho said $1 in $CONDA_DEFAULT_ENV\nexit 3\n"}),
            TinyPackage("other"),
        ],
    )
    return {
        "channels": [channel],
        "override_channels": True,
        "environ": {"PARITY_ROOT": str(tmp_path / "root"), "PATH": "/usr/bin:/bin"},
    }


def with_(options: parity.Options, **more: Unpack[parity.Options]) -> parity.Options:
    return {**options, **more}


def names(location: str | Path, options: parity.Options) -> dict[str, str]:
    return {package.name: package.version for package in parity.environment(location, **options).packages}


def test_an_environment_lives_by_functions(options: parity.Options, tmp_path: Path) -> None:
    plan = parity.create("work", ["app=1"], **options)
    assert [(op.action, op.name) for op in plan.operations] == [("install", "app"), ("install", "lib")]
    parity.install("work", ["other"], **options)
    assert names("work", options) == {"app": "1.0", "lib": "1.0", "other": "1.0"}
    parity.update("work", ["app"], **options)
    assert names("work", options)["app"] == "2.0"
    parity.clone(tmp_path / "elsewhere", "work", **options)
    assert names(tmp_path / "elsewhere", options) == names("work", options)
    parity.remove("work", ["app"], **options)
    assert names("work", options) == {"other": "1.0"}
    assert set(parity.environments(**options)) == {tmp_path / "root" / "envs" / "work", tmp_path / "elsewhere"}
    parity.remove_environment("work", **options)
    assert parity.environments(**options) == (tmp_path / "elsewhere",)


def test_a_dry_run_returns_the_plan_and_changes_nothing(options: parity.Options) -> None:
    plan = parity.create("work", ["app"], **with_(options, dry_run=True))
    assert {package.name for package in plan.solution} == {"app", "lib"}
    assert parity.environments(**options) == ()


def test_a_confirmation_sees_the_plan_and_may_refuse(options: parity.Options) -> None:
    seen: list[parity.Plan] = []

    def refuse(plan: parity.Plan) -> bool:
        seen.append(plan)
        return False

    parity.create("work", ["app"], **with_(options, confirm=refuse))
    assert len(seen) == 1
    assert parity.environments(**options) == ()


def test_files_are_requests(options: parity.Options, tmp_path: Path) -> None:
    file = tmp_path / "environment.yml"
    file.write_text("dependencies:\n  - app=1\nvariables:\n  A: b\n")
    assert parity.read_request(file).specs[0].name == "app"
    parity.create("work", files=[file], **options)
    assert names("work", options)["app"] == "1.0"


def test_search_and_errors_are_values(options: parity.Options) -> None:
    assert [package.version for package in parity.search("app", **options)] == ["1.0", "2.0"]
    with pytest.raises(parity.ParityError) as caught:
        parity.install("nowhere", ["app"], **options)
    assert caught.value.exit_code == 4


def test_a_command_runs_in_an_environment(options: parity.Options, capfd: pytest.CaptureFixture[str]) -> None:
    parity.create("work", ["lib"], **options)
    assert parity.run("work", ["say", "it"], **options) == 3
    assert capfd.readouterr().out == "said it in work\n"


def test_progress_is_what_the_caller_gives(options: parity.Options) -> None:
    progress = RecordedProgress()
    parity.create("work", ["lib"], **with_(options, progress=progress))
    assert "Solving" in progress.stages


def test_importing_parity_imports_no_engine() -> None:
    heavy = ("rattler", "asyncio", "rich", "ruamel")
    code = f"import sys, parity; dir(parity); print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_everything_that_is_offered_is_there() -> None:
    for name in parity.__all__:
        assert getattr(parity, name) is not None


def test_functions_work_where_an_event_loop_runs(options: parity.Options) -> None:
    async def cell() -> parity.Plan:
        return parity.create("work", ["app"], **options)

    assert [operation.name for operation in asyncio.run(cell()).operations] == ["app", "lib"]


def test_what_pypi_answered_before_it_answers_again(options: parity.Options, tmp_path: Path) -> None:
    from parity.testing.wheels import make_wheel

    wheel = make_wheel(tmp_path / "wheels", "tabular", "1.0")
    make_wheel(tmp_path / "wheels", "pip", "1.0")
    more = with_(options, channels=["pypi"])
    lines = ["--no-index", f"--find-links {wheel.parent}"]
    parity.create("work", ["tabular"], pypi=lines, **more)
    parity.install("work", ["other"], **options)
    assert {"tabular", "other", "pip"} <= names("work", options).keys()


def test_a_channel_that_only_a_spec_names_is_asked(options: parity.Options, tmp_path: Path) -> None:
    further = make_channel(tmp_path / "further", [TinyPackage("rare")])
    parity.create("work", ["app", f"{further}::rare"], **options)
    assert names("work", options)["rare"] == "1.0"


def test_a_channel_is_made_and_indexed(options: parity.Options, tmp_path: Path) -> None:
    from parity.testing.wheels import make_wheel

    wheel = make_wheel(tmp_path / "wheels", "tabular", "1.0")
    made = parity.import_channel(
        tmp_path / "mine", ["--no-index", "tabular"], python="3.11", find_links=[str(wheel.parent)], **options
    )
    assert [(one.name, one.version, one.new) for one in made] == [("tabular", "1.0", True)]
    mine = with_(options, channels=[str(tmp_path / "mine")])
    assert [package.version for package in parity.search("tabular", **mine)] == ["1.0"]
    assert parity.index_channel(tmp_path / "mine", **options)["noarch"] == 1


def test_space_is_freed_and_environments_stay(options: parity.Options) -> None:
    parity.create("work", ["lib"], **options)
    parity.create("gone", ["app"], **options)
    parity.remove_environment("gone", **options)
    found = parity.clean(["packages"], **with_(options, dry_run=True))
    assert [item.path.name for item in found.found["packages"]] == ["app-2.0-0"]
    assert not found.removed
    assert parity.clean(**options).removed
    assert parity.verify("work", **options).same
    assert not parity.clean(["packages"], **options)
    with pytest.raises(parity.ParityError, match="no part"):
        parity.clean(["everything"], **options)
