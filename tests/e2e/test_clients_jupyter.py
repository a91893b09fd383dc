"""Environments as kernels: by `parity kernel`, with the real jupyter_client, and by mamba-gator, which calls conda."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from home import SERIES

if TYPE_CHECKING:
    from client_home import ClientHome

pytestmark = [pytest.mark.network, pytest.mark.skipif(sys.platform == "win32", reason="the kernels run on POSIX")]

USE_KERNEL = """
import sys
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name=sys.argv[1])

def show(code):
    client.execute_interactive(code, timeout=60)

show("import os, sys; print(sys.prefix, os.environ['CONDA_PREFIX'], os.environ['CONDA_DEFAULT_ENV'])")
show("print(os.environ['SEED'], os.environ['FROM_SCRIPT'], os.environ['PATH'].split(':')[0])")
sent = client.execute("print('sleeping', flush=True); import time; time.sleep(600)")
while client.get_iopub_msg(timeout=60)["content"].get("text") != "sleeping\\n":
    pass
manager.interrupt_kernel()
while (reply := client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != sent:
    pass
print(reply["content"]["ename"])
manager.restart_kernel(now=True)
client.wait_for_ready(timeout=60)
show("import os; print('again', os.environ['SEED'])")
manager.shutdown_kernel()
print("alive", manager.is_alive())
"""


def test_a_kernel_has_what_activation_sets(client: ClientHome) -> None:
    client("conda", "create", "-y", "-n", "work", f"python={SERIES}", "ipykernel")
    client("conda", "env", "config", "vars", "set", "-n", "work", "SEED=one two")
    client.parity("kernel", "install", "-n", "work")
    # What is there on the day the kernel starts counts.
    scripts = client.env("work") / "etc" / "conda" / "activate.d"
    scripts.mkdir(parents=True)
    (scripts / "mine.sh").write_text("export FROM_SCRIPT=$CONDA_DEFAULT_ENV-script\n")
    specs = json.loads(client("jupyter", "kernelspec", "list", "--json"))["kernelspecs"]
    assert specs["work"]["spec"]["display_name"] == "Python 3 (work)"
    assert specs["work"]["resource_dir"] == str(client.home / ".local" / "share" / "jupyter" / "kernels" / "work")
    prefix = client.env("work")
    assert client.python(f"import sys; sys.argv = ['', 'work']\n{USE_KERNEL}").splitlines() == [
        f"{prefix} {prefix} work",
        f"one two work-script {prefix}/bin",
        "KeyboardInterrupt",
        "again one two",
        "alive False",
    ]


def test_kernels_are_listed_and_removed(client: ClientHome) -> None:
    client("conda", "create", "-y", "-n", "work", f"python={SERIES}", "ipykernel")
    lab = client.path / "lab"
    client.parity("kernel", "install", "-n", "work", "--into", lab, "--display-name", "GPU", "--kernel-name", "gpu")
    assert (lab / "share" / "jupyter" / "kernels" / "gpu" / "logo-64x64.png").is_file()
    (row,) = json.loads(client.parity("kernel", "list", "--into", lab, "--json"))
    assert (row["name"], row["display_name"], row["usable"]) == ("gpu", "GPU", True)
    assert json.loads(client.parity("kernel", "list", "--json")) == []
    client("conda", "env", "remove", "-y", "-n", "work")
    assert "gone" in client.parity("kernel", "list", "--into", lab)
    client.parity("kernel", "remove", "-n", "work", "--into", lab)
    assert not (lab / "share" / "jupyter" / "kernels" / "gpu").exists()


def test_mamba_gator(client: ClientHome) -> None:
    client.write("environment.yml", f"name: third\ndependencies:\n- python={SERIES}\n- tqdm\n")
    code = f"""
import asyncio, json
from mamba_gator.envmanager import EnvManager

manager = EnvManager("", None)

async def main():
    print(json.dumps({{
        "create": await manager.create_env("first", "python={SERIES}"),
        "preview": await manager.dry_run_preview("first", "install", ["tqdm"]),
        "install": await manager.install_packages("first", ["tqdm"]),
        "packages": await manager.env_packages("first"),
        "updates": await manager.check_update("first", ["--all"]),
        "export": await manager.export_env("first"),
        "clone": await manager.clone_env("first", "second"),
        "import": await manager.import_env("third", open("environment.yml").read(), "environment.yml"),
        "remove": await manager.remove_packages("first", ["tqdm"]),
        "search": await manager.package_search("tqdm*"),
        "available": await manager.list_available(),
        "channels": await manager.env_channels(),
        "delete": await manager.delete_env("first"),
        "list": await manager.list_envs(),
    }}))

asyncio.run(main())
"""
    said = json.loads(client.python(code))
    assert {name for name, value in said.items() if isinstance(value, dict) and "error" in value} == set()
    assert [each["name"] for each in said["preview"]["LINK"]] == ["tqdm"]
    assert {"python", "pip", "tqdm"} <= {each["name"] for each in said["packages"]["packages"]}
    assert said["export"].startswith("name: first\nchannels:\n  - conda-forge\n")
    assert {each["name"] for each in said["available"]["packages"]} >= {"ipykernel", "tqdm"}
    assert said["channels"] == {"channels": {"conda-forge": [f"{client.clients.alias.as_uri()}/conda-forge"]}}
    assert {each["name"] for each in said["list"]["environments"]} == {"base", "second", "third"}
