"""Text for PowerShell, on Windows and elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.activation import is_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.activation import Activation
    from parity.core.shells import Hook

SUFFIX = ".ps1"

_QUOTES = "'\u2018\u2019\u201a\u201b"
"""PowerShell takes each of these for a single quotation mark."""


def quote(text: str) -> str:
    """A word that PowerShell reads as exactly this text."""
    return "'" + "".join(character * 2 if character in _QUOTES else character for character in text) + "'"


def script(change: Activation, environ: Mapping[str, str]) -> str:
    """An activation as text for `Invoke-Expression`; the prompt looks at its variable by itself."""
    lines = [
        *(f". {quote(path)}" for path in change.before),
        *(f"Remove-Item -LiteralPath 'Env:{name}' -ErrorAction SilentlyContinue" for name in change.unset
          if is_variable(name)),
        *(f"[Environment]::SetEnvironmentVariable('{name}', {quote(value)})" for name, value in change.assign.items()
          if is_variable(name)),
        *(f". {quote(path)}" for path in change.after),
    ]  # fmt: skip
    return "".join(line + "\n" for line in lines)


_HOOK = """function global:@NAME@ {
    $words = $args
    $first = if ($words.Count) { [string]$words[0] } else { '' }
    $change = {
        param($arguments)
        $text = (& @COMMAND@ shell.powershell @arguments) -join "`n"
        if ($LASTEXITCODE -eq 0 -and $text) { Invoke-Expression -Command $text }
    }
    if ($first -in 'activate', 'deactivate') {
        . $change $words
    } else {
        & @COMMAND@ @words
        if ($LASTEXITCODE -eq 0 -and $first -in @CHANGING@ -and $Env:CONDA_SHLVL -gt 0) {
            . $change @(, 'reactivate')
        }
    }
}
if (-not $Env:CONDA_SHLVL) { $Env:CONDA_SHLVL = '0' }
if (-not (Test-Path Function:\\__ParityPromptBefore) -and (Test-Path Function:\\prompt)) {
    Copy-Item Function:\\prompt Function:\\global:__ParityPromptBefore
    function global:prompt { "$Env:CONDA_PROMPT_MODIFIER$(__ParityPromptBefore)" }
}
"""


def hook(asked: Hook) -> str:
    """The function, and a prompt that shows the environment."""
    text = "".join(f"$Env:{name} = {quote(value)}\n" for name, value in asked.variables.items()) + _HOOK
    if asked.activate:
        text += f"if ($Env:CONDA_SHLVL -eq '0') {{ @NAME@ activate {quote(asked.activate)} }}\n"
    return text.replace("@CHANGING@", ", ".join(map(quote, asked.changing))).replace("@NAME@", asked.name).replace(
        "@COMMAND@", " ".join(map(quote, asked.command))
    )  # fmt: skip
