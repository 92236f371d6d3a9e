/** Colours on a terminal that wants them, plain text everywhere else. */

export type Paint = (text: string) => string

/** The few styles that the texts use. */
export interface Colours {
  readonly on: boolean
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly cyan: Paint
}

const plain: Paint = (text) => text
const paint =
  (open: number, close: number): Paint =>
  (text) =>
    text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`

const OFF: Colours = {on: false, bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain}
const ON: Colours = {
  on: true,
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  cyan: paint(36, 39),
}

/** The styles, or their plain stand-ins. */
export function colours(on: boolean): Colours {
  return on ? ON : OFF
}

/**
 * Whether a stream gets colours: NO_COLOR (https://no-color.org, any non-empty value) wins, then FORCE_COLOR (non-empty and not 0),
 * then TERM=dumb, then whether it is a terminal.
 */
export function wantsColour(stream: {readonly isTTY?: boolean | undefined}, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0'
  return env['TERM'] !== 'dumb' && stream.isTTY === true
}
