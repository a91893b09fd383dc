"""Scripts that people have, which say `conda` and `mamba` and know nothing of Parity; nothing in them is changed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from conda_home import CondaHome, World, make_world
from home import SERIES

if TYPE_CHECKING:
    from pathlib import Path

    from home import Home, Universe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts of POSIX shells")


@pytest.fixture(scope="session")
def world(universe: Universe, tmp_path_factory: pytest.TempPathFactory) -> World:
    from conftest import SUBDIR

    return make_world(tmp_path_factory.mktemp("world"), universe.interpreters, SUBDIR)


@pytest.fixture
def conda(tmp_path: Path, world: World) -> CondaHome:
    return CondaHome(tmp_path, world)


HOOK = 'set -e; eval "$(conda shell.bash hook)"\n'


def test_an_experiment_from_its_beginning(conda: CondaHome) -> None:
    out = conda.run(
        HOOK
        + f"""
conda create -n nlp-experiment python={SERIES}
conda activate nlp-experiment
conda install transformers datasets accelerate
python -c "import transformers, datasets, accelerate; print('have', transformers.__version__)"
conda env export > environment.yml
conda env export -n nlp-experiment --no-builds > no_builds.yml
conda list --explicit > environment.lock
conda deactivate
conda env create -f environment.yml -n second
conda create -n third --file environment.lock
conda run -n second python -c "import datasets; print('second', datasets.__version__)"
conda run -n third python -c "import datasets; print('third', datasets.__version__)"
"""
    )
    for line in ("have 4.41.0", "second 2.19.0", "third 2.19.0"):
        assert line in out.splitlines()
    text = (conda.path / "environment.yml").read_text()
    assert text.startswith("name: nlp-experiment\nchannels:\n  - conda-forge\ndependencies:\n")
    assert "  - transformers=4.41.0=0\n" in text
    assert "  - transformers=4.41.0\n" in (conda.path / "no_builds.yml").read_text()


def test_packages_of_named_channels(conda: CondaHome) -> None:
    conda.run(
        f"""set -e
conda create -y -n dl python={SERIES}
conda install -y -n dl pytorch torchvision cudatoolkit=11.3 -c pytorch
conda install -y -n dl nvidia::cuda-nvcc "numpy<2" -c bioconda -c nvidia samtools
conda list -n dl --json > list.json
"""
    )
    found = {each["name"]: each for each in json.loads((conda.path / "list.json").read_text())}
    assert {name: each["channel"] for name, each in found.items() if each["channel"] != "conda-forge"} == {
        "pytorch": "pytorch", "torchvision": "pytorch", "cuda-nvcc": "nvidia", "samtools": "bioconda",
    }  # fmt: skip
    assert found["cudatoolkit"]["version"] == "11.3.1"
    assert found["numpy"]["version"] == "1.26.4"


def test_a_job_of_continuous_integration(conda: CondaHome) -> None:
    (conda.path / "environment.yml").write_text(
        f"name: ai_dev_env\nchannels: [conda-forge]\ndependencies:\n  - python={SERIES}\n  - transformers=4.40\n"
        "  - pytest\n  - pip\n  - pip:\n      - einops\n"
    )
    tests = conda.path / "tests"
    tests.mkdir()
    (tests / "test_model.py").write_text("def test_it():\n    import einops, transformers\n")
    out = conda.run(
        """set -e; eval "$(conda shell.bash hook)"; conda env create -f environment.yml; conda activate ai_dev_env
python -c "import transformers; print(transformers.__version__)"; pytest tests/
conda env export -n ai_dev_env --no-builds
"""
    )
    assert "4.40.0\ntest_model.py::test_it passed\n" in out
    assert "  - pip:\n      - einops==0.8.0\n" in out


def test_a_loop_over_experiments(conda: CondaHome) -> None:
    out = conda.run(
        f"""#!/bin/bash
set -euo pipefail
source "$(conda info --base)/etc/profile.d/conda.sh"
conda create -q -y -n old_experiment_2023 cudatoolkit
for exp in exp1 exp2; do
    conda create -n "$exp" python={SERIES} -y
    conda activate "$exp"
    if [ "$exp" = "exp1" ]; then
        conda install -y transformers=4.40
    else
        conda install -y transformers=4.41 accelerate
    fi
    pip install wandb sentencepiece
    python -c "import os, transformers, wandb; print(os.environ['CONDA_DEFAULT_ENV'], transformers.__version__)"
    conda deactivate
done
conda env remove -n old_experiment_2023
conda env list
"""
    )
    assert "exp1 4.40.0" in out.splitlines()
    assert "exp2 4.41.0" in out.splitlines()
    listed = [line.split()[0] for line in out.splitlines() if str(conda.root) in line and not line.startswith(" ")]
    assert listed[-3:] == ["base", "exp1", "exp2"]
    assert not conda.env("old_experiment_2023").exists()


def test_settings_that_scripts_change(conda: CondaHome) -> None:
    conda.rc("auto_update_conda: false", "changeps1: false", "report_errors: false", "# a comment that stays")
    out = conda.run(
        HOOK
        + """
conda config --add channels bioconda
conda config --set show_channel_urls yes
conda create -q -y -n x samtools
conda activate x
echo "[$CONDA_PROMPT_MODIFIER]"
conda config --show channels
"""
    )
    assert out.endswith("[]\nchannels:\n  - bioconda\n  - conda-forge\n")
    text = (conda.home / ".condarc").read_text()
    assert "# a comment that stays" in text
    assert "report_errors: false" in text


def test_cleaning_leaves_everything_usable(conda: CondaHome) -> None:
    out = conda.run(
        f"""set -e
conda create -q -y -n x python={SERIES} transformers
conda clean --all -y
conda clean -afy
find $CONDA_DIR -type d -name __pycache__ -exec rm -rf {{}} +
find $CONDA_DIR -follow -type f -name '*.a' -delete
conda run -n x python -c "import transformers; print('works')"
conda install -q -y -n x accelerate
conda run -n x python -c "import accelerate; print('still works')"
"""
    )
    assert out.count("works") == 2


def test_what_is_built_in_needs_no_installation(conda: CondaHome) -> None:
    out = conda.run(
        f"""set -e
conda install mamba -n base -c conda-forge
conda install -n base -y conda-libmamba-solver
conda config --set solver libmamba
conda update -n base -c defaults conda
conda update conda
mamba create -n fast-env python={SERIES} numpy -y
mamba run -n fast-env python -c "import numpy; print(numpy.__version__)"
mamba env list
"""
    )
    assert "2.1.0" in out.splitlines()


def test_a_container_image(conda: CondaHome) -> None:
    """`SHELL ["conda", "run", "-n", "dl-training-env", "/bin/bash", "-c"]`, and `ENV` lines instead of activation."""
    shell = "conda run -n dl-training-env /bin/bash -c"
    out = conda.run(
        f"""set -e
conda create -q -y -n dl-training-env python={SERIES} numpy
{shell} 'echo "in $CONDA_DEFAULT_ENV" && which python && pip install einops'
{shell} "python -c 'import einops; print(\\"einops\\", einops.__name__)' | cat"
export CONDA_DEFAULT_ENV=dl-training-env CONDA_PREFIX=$CONDA_DIR/envs/dl-training-env
export PATH=$CONDA_PREFIX/bin:$PATH
python -c "import numpy; print('numpy', numpy.__version__)"
conda install -y -q accelerate
conda list accelerate | tail -n 1
"""
    )
    lines = out.splitlines()
    assert "in dl-training-env" in lines
    assert str(conda.env("dl-training-env") / "bin" / "python") in lines
    assert "einops einops" in lines
    assert "numpy 2.1.0" in lines
    assert lines[-1].split() == ["accelerate", "0.30.0", "0", "conda-forge"]


def test_init_makes_activate_known_to_login_shells(conda: CondaHome) -> None:
    out = conda.run(
        f"""set -e
conda create -q -y -n x python={SERIES}
conda init bash
bash --login -c 'conda activate x && python -c "import sys; print(sys.prefix)"'
bash --login -c 'conda activate x && mamba --version && conda deactivate; echo "left ${{CONDA_PREFIX-nothing}}"'
conda init --reverse bash
"""
    )
    assert f"{conda.env('x')}\n" in out
    assert "left nothing" in out


def test_the_activate_script_of_the_root(conda: CondaHome) -> None:
    out = conda.run(
        f"""
conda create -q -y -n x python={SERIES}
source $CONDA_DIR/bin/activate x
echo "$CONDA_DEFAULT_ENV"
source $CONDA_DIR/bin/deactivate
. $CONDA_DIR/bin/activate
echo "$CONDA_DEFAULT_ENV"
"""
    )
    assert out.splitlines()[-2:] == ["x", "base"]


def test_exact_packages_are_added_to_what_is_there(conda: CondaHome) -> None:
    out = conda.run(
        f"""set -e
conda create -q -y -n x python={SERIES} transformers=4.40
conda list -n x --explicit > exact.txt
micromamba install -r $CONDA_DIR -y -n base -f exact.txt
micromamba run -r $CONDA_DIR -n base python -c "import transformers; print('base', transformers.__version__)"
conda create -q -y -n y python={SERIES} transformers=4.41 samtools -c bioconda
conda install -q -y -n y --file exact.txt
conda list -n y --export
conda install -y -n y --file exact.txt
"""
    )
    assert "base 4.40.0" in out.splitlines()
    assert "transformers=4.40.0=0" in out.splitlines()
    assert "samtools=1.20=0" in out.splitlines()
    assert out.endswith("# All requested packages already installed.\n\n")


def test_packages_without_what_they_need_and_the_other_way_round(conda: CondaHome) -> None:
    conda.run(
        f"""set -e
conda create -q -y -n x python={SERIES} numpy=1.26
conda install -y -n x --no-deps datasets
conda list -n x --json > alone.json
conda create -q -y -n y --only-deps datasets
conda list -n y --json > needs.json
conda install -n x --no-deps no-such-thing -c bioconda || echo "code $?"
"""
    )
    alone, needs = (
        {each["name"] for each in json.loads((conda.path / f"{name}.json").read_text())} for name in ("alone", "needs")
    )
    assert "datasets" in alone
    assert "pandas" not in alone
    assert "datasets" not in needs
    assert {"python", "pandas", "numpy"} <= needs


def test_a_package_goes_alone_and_a_frozen_environment_changes_where_that_is_said(conda: CondaHome) -> None:
    out = conda.run(
        f"""set -e
conda create -q -y -n x python={SERIES} pandas
conda remove -q -y -n x --force numpy=99 || echo "absent $?"
conda remove -q -y -n x --force 'num*>=1'
conda list -n x --export
echo '{{}}' > $CONDA_DIR/envs/x/conda-meta/frozen
conda install -q -y -n x numpy=1.26 || echo "frozen $?"
conda install -q -y -n x numpy=1.26 --override-frozen
conda remove -q -y -n x pandas --override-frozen
conda list -n x --export
"""
    )
    assert "absent 1\n" in out
    before, after = out.split("frozen 1\n")
    assert "pandas=2.2.0=0\n" in before
    assert "numpy=" not in before.partition("# This file")[2]
    assert "numpy=1.26.4=py_0\n" in after
    assert "pandas=" not in after.partition("# This file")[2]


def test_only_the_cache_is_filled_where_that_is_asked_for(conda: CondaHome) -> None:
    conda.rc(f"pkgs_dirs: [{conda.path / 'cache'}]")
    conda.run("conda create -q -y -n x samtools -c bioconda --download-only")
    assert (conda.path / "cache" / "samtools-1.20-0").is_dir()
    assert not conda.env("x").exists()
    conda.run("conda create -q -y -n x samtools -c bioconda --offline")
    assert conda.env("x").exists()


def test_programs_of_other_packages_are_commands(conda: CondaHome) -> None:
    tool = conda.bin / "conda-tool"
    tool.write_text('#!/bin/sh\necho "tool $1"\n')
    tool.chmod(0o755)
    assert conda.run("conda tool --flag") == "tool --flag\n"


def test_micromamba_in_a_container(conda: CondaHome) -> None:
    (conda.path / "env.yml").write_text(
        f"name: base\nchannels: [conda-forge]\ndependencies: [python={SERIES}, numpy]\n"
    )
    out = conda.run(
        """set -e
export MAMBA_ROOT_PREFIX=$PWD/micromamba
micromamba install -y -n base -f env.yml || micromamba create -y -n work -f env.yml
micromamba create -y -n work -f env.yml
micromamba clean --all --yes
eval "$(micromamba shell hook --shell bash)"
micromamba activate work
python -c "import numpy; print(numpy.__version__)"
micromamba deactivate
micromamba run -n work python -c "import sys; print(sys.prefix)"
"""
    )
    assert out.splitlines()[-2:] == ["2.1.0", str(conda.path / "micromamba" / "envs" / "work")]


def test_creating_as_a_program_does_it(conda: CondaHome) -> None:
    dry = json.loads(conda.run(f"conda create -n p python={SERIES} numpy=1.26 --dry-run --json"))
    assert dry["success"] is dry["dry_run"] is True
    assert dry["prefix"] == dry["actions"]["PREFIX"] == str(conda.env("p"))
    numpy = next(each for each in dry["actions"]["LINK"] if each["name"] == "numpy")
    assert (numpy["version"], numpy["channel"], numpy["build_string"]) == ("1.26.4", "conda-forge", "py_0")
    assert not conda.env("p").exists()
    made = json.loads(conda.run(f"conda create -n p python={SERIES} numpy=1.26 --yes --json --quiet"))
    assert made["success"] is True
    again = json.loads(conda.run("conda install -n p numpy=1.26 --json -y"))
    assert again["message"] == "All requested packages already installed."
    gone = json.loads(conda.run("conda remove -n p numpy --json -y"))
    assert [each["name"] for each in gone["actions"]["UNLINK"]] == ["numpy"]
    missing = json.loads(conda.run("conda install -n p no-such-thing --json -y", code=1))
    assert missing["exception_name"] == "PackagesNotFoundError"
    assert missing["packages"] == ["no-such-thing"]
    found = json.loads(conda.run("conda search numpy --json"))
    assert [each["version"] for each in found["numpy"]] == ["1.26.4", "2.1.0"]
    assert {"url", "fn", "build", "build_number", "depends", "subdir", "sha256", "md5", "channel"} <= found["numpy"][
        0
    ].keys()
    assert "error" in json.loads(conda.run("conda search no-such-thing --json", code=1))


def test_search_text(conda: CondaHome) -> None:
    lines = conda.run("conda search numpy").splitlines()
    assert lines == [
        "Loading channels: done",
        "# Name                       Version           Build  Channel             ",
        "numpy                         1.26.4            py_0  conda-forge         ",
        "numpy                          2.1.0            py_0  conda-forge         ",
    ]


def test_search_for_patterns_and_in_channels_that_are_not_there(conda: CondaHome) -> None:
    assert "samtools" in conda.run("conda search -c bioconda 'sam*'")
    assert {*json.loads(conda.run("conda search --json"))} >= {"numpy", "python", "pytest"}
    assert "numpy" in conda.run("conda search -f nump")
    conda.run("conda search --full-name --skip-flexible-search nump", code=1)
    failed = json.loads(conda.run("conda search -c no-such-channel numpy --json", code=1))
    assert failed["exception_name"] == "UnavailableInvalidChannel"
    assert "no-such-channel" in failed["message"]


def test_questions_about_packages(conda: CondaHome) -> None:
    depends = json.loads(conda.run("mamba repoquery depends datasets --recursive --json"))
    assert {each["name"] for each in depends["result"]["pkgs"]} == {"datasets", "pandas", "numpy", "python"}
    needed = json.loads(conda.run("conda repoquery whoneeds pandas --json"))
    assert "pandas" in conda.run("conda repoquery search 'pan*'")
    assert {each["name"] for each in needed["result"]["pkgs"]} == {"datasets"}
    found = json.loads(conda.run("mamba search 'numpy>=2' --json"))
    assert [each["version"] for each in found["result"]["pkgs"]] == ["2.1.0"]


def test_environments_are_compared_renamed_and_looked_after(conda: CondaHome) -> None:
    (conda.path / "want.yml").write_text("dependencies: [numpy=1.26, pandas, samtools]\n")
    out = conda.run(
        f"""
conda create -q -y -n x python={SERIES} pandas numpy=2
conda compare -n x want.yml; echo "code $?"
conda rename -n x y -y
conda doctor -n y
conda package --which $CONDA_DIR/envs/y/lib/python{SERIES}/site-packages/numpy/__init__.py
conda run -n y python -c "import sys; print(sys.prefix)"
"""
    )
    assert "numpy found but mismatch. Specification pkg: numpy=1.26, Running pkg: numpy==2.1.0=py_0\n" in out
    assert "samtools not found\ncode 1\n" in out
    assert "There are no packages with missing files." in out
    assert "  numpy-2.1.0-py_0\n" in out
    assert out.endswith(f"{conda.env('y')}\n")
    assert not conda.env("x").exists()


def test_the_shims_go_as_they_came(conda: CondaHome) -> None:
    before = {path.name for path in conda.bin.iterdir()}
    assert before == {"activate", "conda", "deactivate", "mamba", "micromamba"}
    conda.run(f"'{sys.executable}' -m parity shim remove --dir {conda.bin}", PARITY_ROOT=str(conda.root))
    assert list(conda.bin.iterdir()) == []
    (conda.bin / "conda").write_text("#!/bin/sh\necho the real one\n")
    conda.run(
        f"'{sys.executable}' -m parity shim install --dir {conda.bin}", code=2, PARITY_ROOT=str(conda.root)
    )  # fmt: skip
    assert "the real one" in (conda.bin / "conda").read_text()


def test_a_dry_run_of_the_shims_writes_nothing_and_asks_for_nothing(home: Home) -> None:
    done = home.parity("shim", "install", "--dry-run", "--dir", home.path / "bin")
    assert str(home.path / "bin" / "conda") in done.stdout
    assert not (home.path / "bin").exists()
    assert "nothing was written" in done.stderr
    assert "PATH" not in done.stderr
