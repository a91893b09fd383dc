"""Text for xonsh: plain Python that works on its environment; scripts of packages are run by a POSIX shell before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.activation import is_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.activation import Activation
    from parity.core.shells import Hook

SUFFIX = ""
_PATHSEP = "__import__('os').pathsep"


def quote(text: str) -> str:
    """A literal that xonsh reads as exactly this text."""
    return repr(text)


def script(change: Activation, environ: Mapping[str, str]) -> str:
    """An activation as text for `execx`; xonsh's prompt shows `CONDA_DEFAULT_ENV` by itself."""
    lines = [f"__xonsh__.env.pop({name!r}, None)" for name in change.unset if is_variable(name)]
    lines += [_export(name, value) for name, value in change.assign.items() if is_variable(name)]
    return "".join(line + "\n" for line in lines)


def _export(name: str, value: str) -> str:
    if name.upper() == "PATH":
        return f"__xonsh__.env['PATH'] = {value!r}.split({_PATHSEP})"
    return f"__xonsh__.env[{name!r}] = {value!r}"


_HOOK = """def _@NAME@(args, stdin=None, stdout=None, stderr=None):
    import subprocess
    command = @COMMAND@
    environ = __xonsh__.env.detype()
    def change(words):
        done = subprocess.run([*command, "shell.xonsh", *words], stdout=subprocess.PIPE, env=environ)
        if done.returncode == 0:
            execx(done.stdout.decode("utf-8", "surrogateescape"), "exec", __xonsh__.ctx, filename="@NAME@")
        return done.returncode
    if args and args[0] in ("activate", "deactivate"):
        return change(args)
    code = subprocess.run([*command, *args], stdin=stdin, stdout=stdout, stderr=stderr, env=environ).returncode
    if code == 0 and args and args[0] in @CHANGING@ and environ.get("CONDA_SHLVL", "0") != "0":
        return change(["reactivate"])
    return code
__xonsh__.aliases["@NAME@"] = _@NAME@
if "CONDA_SHLVL" not in __xonsh__.env:
    __xonsh__.env["CONDA_SHLVL"] = "0"
"""


def hook(asked: Hook) -> str:
    """The alias."""
    text = "".join(f"__xonsh__.env[{name!r}] = {value!r}\n" for name, value in asked.variables.items()) + _HOOK
    if asked.activate:
        text += f"if str(__xonsh__.env['CONDA_SHLVL']) == '0':\n    _@NAME@(['activate', {asked.activate!r}])\n"
    return text.replace("@CHANGING@", repr(asked.changing)).replace("@NAME@", asked.name).replace(
        "@COMMAND@", repr(list(asked.command))
    )  # fmt: skip
