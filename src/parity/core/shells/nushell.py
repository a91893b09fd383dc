"""Text for nushell, which evaluates no text: an activation is JSON that the hook's command loads.

Scripts of packages are run by a POSIX shell before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.activation import is_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.activation import Activation
    from parity.core.shells import Hook

SUFFIX = ""


def script(change: Activation, environ: Mapping[str, str]) -> str:
    """An activation as JSON: `{"set": {NAME: VALUE}, "unset": [NAME]}`; PATH is a list."""
    import json

    assign: dict[str, str | list[str]] = {name: value for name, value in change.assign.items() if is_variable(name)}
    for name in assign:
        if name.upper() == "PATH":
            assign[name] = change.assign[name].split(";" if ";" in change.assign[name] else ":")
    unset = [name for name in change.unset if is_variable(name) and name in environ]
    return json.dumps({"set": assign, "unset": unset}, ensure_ascii=False) + "\n"


def quote(text: str) -> str:
    """A word that nushell reads as exactly this text."""
    special = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(special.get(character, character) for character in text) + '"'


_HOOK = """def --env "__@NAME@_apply" [text: string] {
    let change = ($text | from json)
    $change.set | load-env
    for name in $change.unset { hide-env --ignore-errors $name }
}
def --env --wrapped @NAME@ [...words: string] {
    let first = ($words | get 0? | default "")
    if $first in [activate deactivate] {
        let done = (^@COMMAND@ shell.nu ...$words | complete)
        print --stderr --no-newline $done.stderr
        if $done.exit_code != 0 { error make --unspanned {msg: $"@NAME@ ($first): exit code ($done.exit_code)"} }
        if ($done.stdout | is-not-empty) { __@NAME@_apply $done.stdout }
    } else {
        ^@COMMAND@ ...$words
        if ($first in [@CHANGING@]) and (($env.CONDA_SHLVL? | default "0" | into string) != "0") {
            __@NAME@_apply (^@COMMAND@ shell.nu reactivate)
        }
    }
}
export-env {
    if "CONDA_SHLVL" not-in $env { $env.CONDA_SHLVL = "0" }
    if "__parity_prompt" not-in $env {
        $env.__parity_prompt = ($env.PROMPT_COMMAND? | default "")
        $env.PROMPT_COMMAND = {||
            let before = $env.__parity_prompt
            let text = (if ($before | describe) == "closure" { do $before } else { $before })
            $"($env.CONDA_PROMPT_MODIFIER? | default "")($text)"
        }
    }
}
"""


def hook(asked: Hook) -> str:
    """The command, and a prompt that shows the environment."""
    text = "".join(f"$env.{name} = {quote(value)}\n" for name, value in asked.variables.items()) + _HOOK
    if asked.activate:
        text += (
            f'if ($env.CONDA_SHLVL? | default "0" | into string) == "0" {{ @NAME@ activate {quote(asked.activate)} }}\n'
        )
    return text.replace("@CHANGING@", " ".join(asked.changing)).replace("@NAME@", asked.name).replace(
        "@COMMAND@", " ".join(map(quote, asked.command))
    )  # fmt: skip
