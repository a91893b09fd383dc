r"""Text for the shells of the POSIX family: sh, bash, zsh, dash, ash, ksh.

Everything here is safe under `set -eu`: variables are asked for with a default, and scripts of packages, which are
seldom written with that in mind, run with both switched off. Commands are written `\export` so that no alias
takes their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core.activation import PROMPT, is_variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parity.core.activation import Activation
    from parity.core.shells import Hook

SUFFIX = ".sh"

_FLAGS = "__parity_flags"


def quote(text: str) -> str:
    """A word that a POSIX shell reads as exactly this text."""
    return "'" + text.replace("'", "'\\''") + "'"


def script(change: Activation, environ: Mapping[str, str]) -> str:
    """An activation as text to `eval`; `PS1` is in `environ` where the prompt is to be changed."""
    lines = [
        *_sourced(change.before),
        *(f"\\unset {name}" for name in change.unset if is_variable(name)),
        *_prompt(change, environ),
        *(
            _path(change, environ) if name == "PATH" else f"\\export {name}={quote(value)}"
            for name, value in change.assign.items()
            if is_variable(name)
        ),
        *_sourced(change.after),
    ]
    return "".join(line + "\n" for line in lines)


def _path(change: Activation, environ: Mapping[str, str]) -> str:
    plain = f"\\export PATH={quote(change.assign['PATH'])}"
    if not change.before or "PATH" not in environ:
        return plain
    gone, come = (":".join(directories) for directories in change.path)
    return _PATH.format(
        old=quote(environ["PATH"]), plain=plain, gone=quote(f":{gone}:"), come=quote(f":{come}:" if come else ":")
    )


_PATH = """if [ "$PATH" = {old} ]; then
    {plain}
else
    __parity_path=":$PATH:" __parity_gone={gone} __parity_come={come}
    case "$__parity_path" in
        *"$__parity_gone"*)
            __parity_path="${{__parity_path%%"$__parity_gone"*}}$__parity_come${{__parity_path#*"$__parity_gone"}}" ;;
        *) __parity_path="${{__parity_come%:}}$__parity_path" ;;
    esac
    __parity_path="${{__parity_path#:}}"
    \\export PATH="${{__parity_path%:}}"
    \\unset __parity_path __parity_gone __parity_come
fi"""
"""A script of the environment that is left may have changed PATH after the activation was made."""


def _sourced(scripts: Sequence[str]) -> Iterable[str]:
    if not scripts:
        return
    yield f"{_FLAGS}=$-; \\set +eu"
    for path in scripts:
        yield f"\\. {quote(path)} || \\true"  # keeps a trap on ERR out of it
    for flag in "eu":
        yield f'case "${{{_FLAGS}-}}" in *{flag}*) \\set -{flag};; *) \\set +{flag};; esac'
    yield f"\\unset {_FLAGS}"


def _prompt(change: Activation, environ: Mapping[str, str]) -> Iterable[str]:
    prompt = environ.get("PS1", "")
    # A prompt that a program of its own draws (powerline) asks for the environment itself.
    if not prompt or "POWERLINE_COMMAND" in prompt or (PROMPT not in change.assign and PROMPT not in change.unset):
        return
    old, new = environ.get(PROMPT, ""), change.assign.get(PROMPT, "")
    if old != new or old not in prompt:
        yield f"PS1={quote(new + (prompt.replace(old, '', 1) if old else prompt))}"


_HOOK = r"""\unalias @NAME@ 2>/dev/null || \true
__@NAME@_exe() {
    @COMMAND@ "$@"
}
__@NAME@_eval() {
    __@NAME@_text="$(PS1="${PS1-}" @COMMAND@ shell.posix "$@")" || \return
    \eval "\\unset __@NAME@_text
$__@NAME@_text" || \return
    \hash -r 2>/dev/null || \true
}
@NAME@() {
    case "${1-}" in
        activate|deactivate)
            __@NAME@_eval "$@" ;;
        @CHANGING@)
            __@NAME@_exe "$@" || \return
            if [ "${CONDA_SHLVL:-0}" != 0 ]; then __@NAME@_eval reactivate; fi ;;
        *)
            __@NAME@_exe "$@" ;;
    esac
}
if [ -z "${CONDA_SHLVL+x}" ]; then
    \export CONDA_SHLVL=0
fi
"""

_BASH = r"""if [[ $- == *i* ]] && \type complete >/dev/null 2>&1; then
    __@NAME@_complete() {
        \local line text
        COMPREPLY=()
        text="$(@COMMAND@ complete -- "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)" || \return 0
        while IFS= \read -r line; do
            line="${line%%$'\t'*}"
            if [[ -n $line ]]; then COMPREPLY+=("$line"); fi
        done <<< "$text"
    }
    \complete -o bashdefault -o default -F __@NAME@_complete @NAME@
fi
"""

_ZSH = r"""if [[ -o interactive ]]; then
    __@NAME@_complete() {
        \local -a found
        \local line
        for line in "${(@f)$(@COMMAND@ complete -- "${words[@]:0:$CURRENT}" 2>/dev/null)}"; do
            if [[ -n $line ]]; then found+=("${${line//:/\\:}/$'\t'/:}"); fi
        done
        if (( $#found )); then
            _describe -V '@NAME@' found
        else
            _files
        fi
    }
    __@NAME@_register() {
        if (( $+functions[compdef] )); then
            compdef __@NAME@_complete @NAME@
            add-zsh-hook -d precmd __@NAME@_register
        fi
    }
    \autoload -Uz add-zsh-hook && add-zsh-hook precmd __@NAME@_register
fi
"""


def hook(asked: Hook) -> str:
    """The shell function, with completion where the shell is bash or zsh."""
    text = _HOOK + {"bash": _BASH, "zsh": _ZSH}.get(asked.shell, "")
    text = "".join(f"\\export {name}={quote(value)}\n" for name, value in asked.variables.items()) + text
    if asked.activate:
        text += f'if [ "${{CONDA_SHLVL:-0}}" = 0 ]; then @NAME@ activate {quote(asked.activate)} || \\true; fi\n'
    command = " ".join(map(quote, asked.command))
    return text.replace("@CHANGING@", "|".join(asked.changing)).replace("@NAME@", asked.name).replace(
        "@COMMAND@", command
    )  # fmt: skip
