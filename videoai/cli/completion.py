"""videoai completion: the script that teaches a shell our verbs and flags, and what answers it."""

from __future__ import annotations

import os
from typing import ClassVar

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from videoai.cli.completing import words
from videoai.errors import BadInput
from videoai.language import say

# Each script runs `videoai` with the words up to the cursor, and reads one candidate a line: its type, “plain” or
# “file”, the word, what stands before it in the same word (“--model=”), and its meaning. \x1f is between all of them.

_BASH = """\
_videoai_completion() {
    local IFS=$'\\x1f' type word before meaning
    local words="${COMP_WORDS[*]:0:COMP_CWORD+1}" program="${1/#\\~/$HOME}"
    COMPREPLY=()
    while read -r type word before meaning; do
        if [[ $type == file ]]; then
            compopt -o default 2>/dev/null
        else
            COMPREPLY+=("$word")
        fi
    done < <(_VIDEOAI_COMPLETE=bash_complete COMP_WORDS="$words" "$program" 2>/dev/null)
}
# The bash of macOS is of 2007: it offers files wherever there is no word, and sorts the words.
complete -o nosort -F _videoai_completion videoai 2>/dev/null || complete -o default -F _videoai_completion videoai
"""

_ZSH = """\
#compdef videoai
_videoai_completion() {
    local type word before meaning files
    local so_far="${(pj:\\x1f:)words[1,CURRENT]}" program="${words[1]/#\\~/$HOME}"
    local -a described plain
    while IFS=$'\\x1f' read -r type word before meaning; do
        if [[ $type == file ]]; then
            files=1
        elif [[ -n $meaning ]]; then
            described+=("${word//:/\\\\:}:$meaning")
        else
            plain+=("$word")
        fi
    done < <(_VIDEOAI_COMPLETE=zsh_complete COMP_WORDS="$so_far" "$program" 2>/dev/null)
    [[ $PREFIX == --*=* ]] && compset -P '*='
    (( $#described )) && _describe -V videoai described
    (( $#plain )) && compadd -V videoai -a plain
    [[ -n $files ]] && _files
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _videoai_completion "$@"
else
    # A shell whose start has not set completion up.
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
    compdef _videoai_completion videoai
fi
"""

_FISH = """\
function _videoai_completion
    set -l tokens (commandline -opc) (commandline -ct)
    set -l words (string join \\x1f -- $tokens)
    set -l program (string replace -r '^~' $HOME -- $tokens[1])
    for line in (env _VIDEOAI_COMPLETE=fish_complete COMP_WORDS=$words $program 2>/dev/null)
        set -l parts (string split \\x1f -- $line)
        if test $parts[1] = file
            for path in (__fish_complete_path $parts[2])
                echo $parts[3]$path
            end
        else
            printf '%s\\t%s\\n' $parts[3]$parts[2] $parts[4]
        end
    end
end
complete --no-files --keep-order --command videoai --arguments '(_videoai_completion)'
"""


class _Shell(ShellComplete):
    """A shell that is answered so."""

    _before = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        raw = os.environ.get("COMP_WORDS", "").split("\x1f")[1:] or [""]
        if raw[-1] == "=":  # bash takes “--model=svd” for three words
            raw.append("")
        *args, incomplete = ("".join(split_arg_string(word)) for word in raw if word != "=")
        name, equals, value = incomplete.partition("=")
        if equals and name.startswith("--"):
            self._before = name + equals
            return [*args, name], value
        return args, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        meaning = " ".join((item.help or "").split())
        return "\x1f".join((item.type, item.value, self._before, meaning))


class _Bash(_Shell):
    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = _BASH


class _Zsh(_Shell):
    name: ClassVar[str] = "zsh"
    source_template: ClassVar[str] = _ZSH


class _Fish(_Shell):
    name: ClassVar[str] = "fish"
    source_template: ClassVar[str] = _FISH


SHELLS: dict[str, type[_Shell]] = {shell.name: add_completion_class(shell) for shell in (_Bash, _Zsh, _Fish)}


@click.command()
@click.argument("shell", metavar="bash|zsh|fish", shell_complete=words(dict.fromkeys(SHELLS, "")))
def completion(shell: str) -> None:
    """Print a completion script for a shell.

    \b
    For zsh, the Mac's own shell, add this line to ~/.zshrc:
      eval "$(videoai completion zsh)"
    For bash, add this line to ~/.bashrc:
      eval "$(videoai completion bash)"
    For fish, add this line to ~/.config/fish/config.fish:
      videoai completion fish | source
    """
    if shell not in SHELLS:
        raise BadInput(say("There is no completion for “{shell}”.", shell=shell), say("Use bash, zsh or fish."))
    click.echo(SHELLS[shell].source_template, nl=False)
