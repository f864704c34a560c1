/**
 * The scripts only carry words between the shell and `hotpass --get-completions`, which answers a line
 * `value<TAB>meaning` for each candidate, or `:files` where the shell should offer file names.
 */

/** For bash 3.2 (macOS) and later: no mapfile, no compopt, no associative arrays. */
export const bashScript = `# bash completion of hotpass
_hotpass() {
  local word line cur files='' joined='' i
  local -a words
  words=()
  COMPREPLY=()
  # bash splits words at = and :, which hotpass does not.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ \${#words[@]} -gt 0 && ( $word == = || $word == : ) ]]; then
      words[\${#words[@]}-1]+=$word
      joined=1
    elif [[ -n $joined ]]; then
      words[\${#words[@]}-1]+=$word
      joined=''
    else
      words[\${#words[@]}]=$word
    fi
  done
  cur=\${COMP_WORDS[COMP_CWORD]}
  [[ $cur == = || $cur == : ]] && cur=''
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
      continue
    fi
    line=\${line%%$'\\t'*}
    [[ $line == "$cur"* ]] && COMPREPLY[\${#COMPREPLY[@]}]=$line
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" --get-completions -- "\${words[@]}" 2>/dev/null)
  if [[ -n $files ]]; then
    type compopt >/dev/null 2>&1 && compopt -o filenames
    while IFS= read -r line; do
      COMPREPLY[\${#COMPREPLY[@]}]=$line
    done < <(compgen -f -- "$cur")
  fi
}
complete -F _hotpass hotpass
`;

/** For zsh, sourced or as a file `_hotpass` on fpath. */
export const zshScript = `#compdef hotpass
_hotpass() {
  local line files
  local -a typed found
  typed=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")
  for line in "\${(@f)$("\${(Q)words[1]/#\\~/$HOME}" --get-completions -- "\${typed[@]}" 2>/dev/null)}"; do
    if [[ $line == ':files' ]]; then
      files=1
    elif [[ -n $line ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  [[ $PREFIX == --*=* ]] && compset -P '*='
  (( $#found )) && _describe -V hotpass found
  [[ -n $files ]] && _files
  return 0
}
if [[ \${funcstack[1]} == _hotpass ]]; then
  _hotpass "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _hotpass hotpass
fi
`;
