// Shell completions: commands, their flags, the flags' values; files everywhere else.

const words = (flag) => [
  `--${flag.name}`,
  ...(flag.allowNo ? [`--no-${flag.name}`] : []),
  ...(flag.char ? [`-${flag.char}`] : []),
]
const quoted = (text) => String(text ?? '').replaceAll("'", "'\\''")
const plain = (text) =>
  String(text ?? '')
    .replaceAll(/<%=.*?%>/g, '')
    .replaceAll(/[[\]:]/g, ' ')

/** For bash-completion: share/completions/mailwitness.bash. */
export function bash(commands) {
  const cases = commands.map(
    (command) => `    ${command.id}) flags='${[...command.flags.flatMap(words), '--help'].join(' ')}' ;;`,
  )
  const values = new Map()
  for (const command of commands)
    for (const flag of command.flags)
      if (flag.options) values.set(`${command.id}:--${flag.name}`, flag.options.join(' '))
  const valueCases = [...values].map(
    ([key, list]) => `    ${key}) COMPREPLY=($(compgen -W '${list}' -- "$current")); return ;;`,
  )
  return `# bash completion of mailwitness; written by scripts/share.mjs
_mailwitness() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} flags=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map((command) => command.id).join(' ')} --help --version' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}:$previous" in
${valueCases.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _mailwitness mailwitness
`
}

/** For zsh: share/completions/_mailwitness, in a folder of $fpath. */
export function zsh(commands) {
  const value = (flag) => {
    if (flag.type !== 'option') return ''
    return flag.options ? `:${flag.name}:(${flag.options.join(' ')})` : `:${flag.name}:_files`
  }
  const spec = (flag) =>
    words(flag).map(
      (word) =>
        `      '${flag.multiple ? '*' : ''}${word}[${quoted(plain(flag.summary ?? flag.description))}]${value(flag)}' \\`,
    )
  const cases = commands.map(
    (command) =>
      `    ${command.id})\n      _arguments \\\n${command.flags.flatMap(spec).join('\n')}\n      '*:file:_files'\n      ;;`,
  )
  return `#compdef mailwitness
# zsh completion of mailwitness; written by scripts/share.mjs
_mailwitness() {
  local -a commands
  commands=(
${commands.map((command) => `    '${command.id}:${quoted(plain(command.summary))}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
_mailwitness "$@"
`
}

/** For fish: share/completions/mailwitness.fish. */
export function fish(commands) {
  const lines = ['# fish completion of mailwitness; written by scripts/share.mjs']
  for (const command of commands)
    lines.push(
      `complete -c mailwitness -f -n __fish_use_subcommand -a ${command.id} -d '${quoted(plain(command.summary))}'`,
    )
  for (const command of commands)
    for (const flag of command.flags) {
      const value = flag.type !== 'option' ? '' : flag.options ? ` -x -a '${flag.options.join(' ')}'` : ' -r'
      const names = [flag.name, ...(flag.allowNo ? [`no-${flag.name}`] : [])]
      for (const name of names)
        lines.push(
          `complete -c mailwitness -n '__fish_seen_subcommand_from ${command.id}' -l ${name}${flag.char && name === flag.name ? ` -s ${flag.char}` : ''}${value} -d '${quoted(plain(flag.summary ?? flag.description))}'`,
        )
    }
  return `${lines.join('\n')}\n`
}
