"""Child processes: output, input, errors, and that nothing outlives a failure."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from parity.engines import process
from parity.errors import EngineError, NotFoundError, StorageError

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX process groups")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_exit_code_and_input() -> None:
    code = "import sys; print(sys.stdin.read().upper()); print('e', file=sys.stderr); sys.exit(3)"
    done = process.run(python(code), env={}, input="hé")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (3, "HÉ", "e")


def test_much_output_on_both_pipes_and_unread_input_do_not_block() -> None:
    code = "import sys; sys.stdout.write('o' * 300000); sys.stderr.write(('e' * 99 + '\\n') * 3000)"
    done = process.run(python(code), env={}, input="x" * 1_000_000)
    assert len(done.stdout) == 300_000
    assert len(done.stderr.splitlines()) == 3000


def test_environment_is_complete_and_lines_arrive_while_it_runs(tmp_path: Path) -> None:
    seen: list[str] = []
    flag = tmp_path / "flag"
    code = (
        "import os, sys, time\n"
        "print(os.environ.get('ONLY'), os.environ.get('HOME'), file=sys.stderr, flush=True)\n"
        f"while not os.path.exists({str(flag)!r}): time.sleep(0.01)\n"
    )

    def line(text: str) -> None:
        seen.append(text)
        flag.touch()

    process.run(python(code), env={"ONLY": "1"}, on_stderr_line=line, timeout=20)
    assert seen == ["1 None"]


def test_missing_program_missing_directory_and_forbidden_program(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no-such-program"):
        process.run([str(tmp_path / "no-such-program")], env={})
    with pytest.raises(NotFoundError, match="directory"):
        process.run(python(""), env={}, cwd=tmp_path / "gone")
    plain = tmp_path / "plain"
    plain.write_text("text")
    if sys.platform != "win32":
        with pytest.raises(StorageError, match="may not be executed"):
            process.run([str(plain)], env={})


def test_timeout() -> None:
    with pytest.raises(EngineError, match="did not finish"):
        process.run(python("import time; time.sleep(60)"), env={}, timeout=0.1)


@posix
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_exception_ends_the_whole_group(error: type[BaseException]) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, file=sys.stderr, flush=True)\n"
        "time.sleep(60)\n"
    )
    pids: list[int] = []

    def line(text: str) -> None:
        pids.append(int(text))
        raise error

    with pytest.raises(error):
        process.run(python(code), env={}, on_stderr_line=line)
    # a killed process takes a moment to be gone
    deadline = time.monotonic() + 10
    while _alive(pids[0]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _alive(pids[0])


def test_stop_from_another_thread_ends_what_runs() -> None:
    children = process.Children()

    def stop_soon(_: str) -> None:
        threading.Thread(target=children.stop).start()

    code = "import sys, time; print('up', file=sys.stderr, flush=True); time.sleep(60)"
    with pytest.raises(EngineError, match="stopped"):
        children.run(python(code), env={}, on_stderr_line=stop_soon)
    with pytest.raises(EngineError, match="stopped"):
        children.run(python(""), env={})


def _alive(pid: int) -> bool:
    """Whether a process still runs; a zombie that waits for its parent counts as ended."""
    status = Path(f"/proc/{pid}/stat")
    if status.exists():
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc").is_dir()
