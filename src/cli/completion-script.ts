// What `maildesk completion SHELL` prints: a few lines that ask the command itself for each word, so that they need not be
// made anew when the command learns a verb.

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** How it is installed, for --help. */
export const installing: Readonly<Record<Shell, string>> = {
  bash: `
To try it in this shell:
  source <(maildesk completion bash)
For every shell of yours, where the package bash-completion is installed:
  mkdir -p ~/.local/share/bash-completion/completions
  maildesk completion bash > ~/.local/share/bash-completion/completions/maildesk
Or put the first line into ~/.bashrc.`,
  zsh: `
To try it in this shell, after compinit:
  source <(maildesk completion zsh)
For every shell of yours, in a folder of $fpath:
  maildesk completion zsh > ~/.zfunc/_maildesk
and in ~/.zshrc:
  fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit`,
  fish: `
To try it in this shell:
  maildesk completion fish | source
For every shell of yours:
  maildesk completion fish > ~/.config/fish/completions/maildesk.fish`,
};

export const scripts: Readonly<Record<Shell, string>> = {
  // bash breaks words at : = and @; what stands on the line without a blank between is one word of ours.
  bash: `# Completion of maildesk for bash.
_maildesk() {
  local rest=$COMP_LINE part found i
  local -a words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    part=\${COMP_WORDS[i]}
    if ((i == 0)) || [[ $rest == [[:space:]]* || ( -z $part && -z $rest ) ]]; then
      rest=\${rest#"\${rest%%[![:space:]]*}"}
      words+=("$part")
    else
      words[\${#words[@]}-1]+=$part
    fi
    rest=\${rest#"$part"}
  done
  COMPREPLY=()
  while IFS= read -r found; do
    COMPREPLY+=("$found")
  done < <("\${words[0]}" completion words bash --breaks="$COMP_WORDBREAKS" -- "\${words[@]:1}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _maildesk maildesk
`,
  zsh: `#compdef maildesk
# Completion of maildesk for zsh.
_maildesk() {
  local -a found open
  found=("\${(@f)$(\${(Q)words[1]} completion words zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( ! $#found )); then
    _files
    return
  fi
  open=(\${(M)found:#*=})
  found=(\${found:#*=})
  (( $#open )) && compadd -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -S '' -- $open
  (( $#found )) && compadd -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -- $found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _maildesk "$@"
else
  compdef _maildesk maildesk
fi
`,
  fish: `# Completion of maildesk for fish.
function __maildesk_words
    set -l typed (commandline -opc)
    set -l found ($typed[1] completion words fish -- $typed[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c maildesk -f -a '(__maildesk_words)'
`,
};
