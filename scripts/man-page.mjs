// mailwitness(1) in man(7) macros, from the commands' own summaries, flags and examples.

const roff = (text) =>
  String(text ?? '')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1')
const filled = (text, config, command) =>
  String(text ?? '')
    .replaceAll('<%= config.bin %>', config.bin)
    .replaceAll('<%= command.id %>', command?.id ?? '')

const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'failure'],
  ['64', 'the command line could not be understood'],
  ['65', 'the input could not be understood'],
  ['66', 'a file could not be opened'],
  ['75', 'the database is busy'],
  ['10, 20', 'only with \\-\\-exit\\-code: verdict 10 never here, 20 inconclusive; abuse 10 alerts'],
]

function flagLines(flag) {
  const value = flag.type === 'option' ? ` \\fI${roff(flag.helpValue ?? flag.name.toUpperCase())}\\fR` : ''
  const name = flag.allowNo ? `\\-\\-[no\\-]${roff(flag.name)}` : `\\-\\-${roff(flag.name)}`
  const notes = [
    flag.options ? `One of: ${flag.options.join(', ')}.` : '',
    flag.default !== undefined && flag.default !== false && typeof flag.default !== 'function'
      ? `Default: ${flag.default}.`
      : '',
    flag.env ? `Environment: ${flag.env}.` : '',
  ]
  const text = [flag.summary ?? flag.description ?? '', ...notes].filter(Boolean).join(' ')
  return ['.TP', `${flag.char ? `\\fB\\-${flag.char}\\fR, ` : ''}\\fB${name}\\fR${value}`, roff(text)]
}

function usage(command) {
  const args = command.args.map((arg) => {
    const name = `\\fI${roff(arg.name.toUpperCase())}\\fR${command.strict === false || arg.multiple ? '...' : ''}`
    return arg.required ? name : `[${name}]`
  })
  return [`\\fBmailwitness ${roff(command.id)}\\fR`, ...args, '[\\fIflags\\fR]'].join(' ')
}

function examples(command, config) {
  const lines = []
  for (const example of [command.examples ?? []].flat()) {
    const {description, command: line} = typeof example === 'string' ? {command: example} : example
    if (description) lines.push('.PP', roff(filled(description, config, command)))
    lines.push('.PP', '.RS 4', '.nf', roff(filled(line, config, command)), '.fi', '.RE')
  }
  return lines
}

/** The whole page. No date, so that it changes only when the commands do. */
export function manPage(config, commands) {
  const common =
    commands.find((command) => command.id !== 'help')?.flags.filter((flag) => flag.helpGroup === 'GLOBAL') ?? []
  const lines = [
    `.TH MAILWITNESS 1 "" "mailwitness ${config.version}" "User Commands"`,
    '.SH NAME',
    `mailwitness \\- ${roff(String(config.pjson.description).replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '\\fBmailwitness\\fR \\fIcommand\\fR [\\fIarguments\\fR] [\\fIflags\\fR]',
    '.SH DESCRIPTION',
    roff(
      'mailwitness reads the logs of Exim and Postfix into one SQLite file and answers from it: did this message ever leave our servers,',
    ),
    roff(
      'what happened to it, who sends abnormally, and what happened yesterday. Every answer carries its evidence, and says when it cannot know.',
    ),
    '.SH COMMANDS',
  ]
  for (const command of commands) {
    lines.push(`.SS ${roff(command.id)}`, usage(command), '.PP', roff(filled(command.summary, config, command)))
    if (command.description && command.description !== command.summary)
      lines.push('.PP', ...filled(command.description, config, command).split('\n').map(roff))
    for (const arg of command.args)
      lines.push('.TP', `\\fI${roff(arg.name.toUpperCase())}\\fR`, roff(arg.description ?? ''))
    for (const flag of command.flags) if (flag.helpGroup !== 'GLOBAL') lines.push(...flagLines(flag))
    lines.push(...examples(command, config))
  }
  lines.push('.SH GLOBAL FLAGS', ...common.flatMap(flagLines))
  lines.push('.SH EXIT STATUS', ...EXIT_CODES.flatMap(([code, text]) => ['.TP', `\\fB${code}\\fR`, text]))
  lines.push(
    '.SH ENVIRONMENT',
    ...[
      ['MAILWITNESS_DB', 'the database, as \\-\\-db'],
      ['MAILWITNESS_CONFIG', 'the configuration, as \\-\\-config'],
      ['MAILWITNESS_DEBUG', 'set: print the stack of an error'],
      ['MAILWITNESS_NOW', 'ISO 8601; stands in for the clock'],
      ['NO_COLOR', 'set: no colours'],
      ['TZ', 'the zone that words such as yesterday are read in'],
    ].flatMap(([name, text]) => ['.TP', `\\fB${name}\\fR`, text]),
    '.SH FILES',
    ...[
      ['/etc/mailwitness/config.toml', 'configuration'],
      ['/var/lib/mailwitness/mail.db', 'database, where the user may write there'],
      ['~/.local/share/mailwitness/mail.db', 'database otherwise'],
    ].flatMap(([name, text]) => ['.TP', `\\fI${roff(name)}\\fR`, text]),
    '.SH SEE ALSO',
    '\\fBexigrep\\fR(8), \\fBeximstats\\fR(8), \\fBmailq\\fR(1), \\fBpflogsumm\\fR(1), \\fBsystemd.timer\\fR(5)',
  )
  return `${lines.join('\n')}\n`
}
