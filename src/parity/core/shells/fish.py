"""Text for fish: one statement a line, each ended by `;`, so that `eval (parity shell.fish ...)` works as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.activation import is_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parity.core.activation import Activation
    from parity.core.shells import Hook

SUFFIX = ".fish"


def quote(text: str) -> str:
    r"""A word that fish reads as exactly this text, on one line: line feeds are written `\n` outside of the quotes."""
    parts = text.replace("\\", "\\\\").replace("'", "\\'").split("\n")
    return "\\n".join(f"'{part}'" for part in parts)


def script(change: Activation, environ: Mapping[str, str]) -> str:
    """An activation as text to `eval` or `source`; the prompt looks at its variable by itself."""
    lines = [
        *(f"source {quote(path)};" for path in change.before),
        *(f"set -e {name};" for name in change.unset if is_variable(name)),
        *(
            _path(change, environ) if name == "PATH" else f"set -gx {name} {quote(value)};"
            for name, value in change.assign.items()
            if is_variable(name)
        ),
        *(f"source {quote(path)};" for path in change.after),
    ]
    return "".join(line + "\n" for line in lines)


def _path(change: Activation, environ: Mapping[str, str]) -> str:
    words = change.assign["PATH"].split(":")
    plain = f"set -gx PATH {' '.join(map(quote, words))};"
    if not change.before or "PATH" not in environ:
        return plain
    # A script of the environment that is left may have changed PATH after the activation was made.
    (gone, *_), come = change.path[0] or ("",), change.path[1]
    found = f"set -l __parity_at (contains -i -- {quote(gone)} $PATH)"
    instead = f"set PATH[$__parity_at] {' '.join(map(quote, come))};" if come else "set -e PATH[$__parity_at];"
    return f"if test (string join : $PATH) = {quote(environ['PATH'])}; {plain} else if {found}; {instead} end;"


_HOOK = """
function @NAME@ --description 'Environments with Parity';
    set -l __parity_first '';
    if set -q argv[1]; set __parity_first $argv[1]; end;
    switch $__parity_first;
        case activate deactivate;
            set -l __parity_text (@COMMAND@ shell.fish $argv); or return $status;
            eval $__parity_text;
        case @CHANGING@;
            @COMMAND@ $argv; or return $status;
            if set -q CONDA_SHLVL; and test "$CONDA_SHLVL" != 0;
                set -l __parity_text (@COMMAND@ shell.fish reactivate); or return $status;
                eval $__parity_text;
            end;
        case '*';
            @COMMAND@ $argv;
    end;
end;
function __@NAME@_complete;
    set -l __parity_found (@COMMAND@ complete -- (commandline -opc) (commandline -ct) 2>/dev/null);
    if set -q __parity_found[1]; string join \\n -- $__parity_found; else; __fish_complete_path (commandline -ct); end;
end;
complete -c @NAME@ -e;
complete -c @NAME@ -f -a '(__@NAME@_complete)';
if not set -q CONDA_SHLVL; set -gx CONDA_SHLVL 0; end;
if status is-interactive; and not functions -q __parity_prompt_before; and not functions -q __conda_add_prompt;
    if functions -q fish_prompt;
        functions -c fish_prompt __parity_prompt_before;
        function fish_prompt;
            set -l __parity_status $status;
            set -l __parity_shown $CONDA_PROMPT_MODIFIER;
            if test -n "$__parity_shown"; echo -n -s (set_color green) $__parity_shown (set_color normal); end;
            __parity_status_again $__parity_status;
            __parity_prompt_before;
        end;
        function __parity_status_again; return $argv[1]; end;
    end;
end;
"""


def hook(asked: Hook) -> str:
    """The function, completion, and a prompt that shows the environment."""
    text = "".join(f"set -gx {name} {quote(value)};\n" for name, value in asked.variables.items()) + _HOOK.lstrip()
    if asked.activate:
        text += f'if test "$CONDA_SHLVL" = 0; @NAME@ activate {quote(asked.activate)}; end;\n'
    command = "command " + " ".join(map(quote, asked.command))
    return text.replace("@CHANGING@", " ".join(asked.changing)).replace("@NAME@", asked.name).replace(
        "@COMMAND@", command
    )  # fmt: skip
