/** Typed reading of parsed TOML tables; mistakes are collected, so that one run shows them all. */

import {isIP} from 'node:net'
import {resolve} from 'node:path'
import {TomlDate, type TomlTable, type TomlValue} from 'smol-toml'
import {closest} from './closest.js'
import {EXIT, Failure} from './failures.js'
import type {TomlLines} from './toml-lines.js'

interface Place {
  readonly path: string
  readonly folder: string
  readonly lines: TomlLines
}

type Test = (text: string) => boolean

const isTable = (value: TomlValue | undefined): value is TomlTable =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof TomlDate)

function isNetwork(text: string): boolean {
  const [ip = '', bits, more] = text.split('/')
  const family = isIP(ip)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function kindOf(value: TomlValue): string {
  if (Array.isArray(value)) return 'a list'
  if (value instanceof TomlDate) return 'a date'
  if (typeof value === 'object') return 'a table'
  if (typeof value === 'string') return `the text "${value}"`
  return `the ${typeof value} ${String(value)}`
}

/** One table of the file. Each reading method names its key as known; `end()` then reports the unknown ones. */
export class ConfigReader {
  readonly #known = new Set<string>()

  private constructor(
    private readonly values: TomlTable,
    private readonly at: string,
    private readonly place: Place,
    private readonly mistakes: string[],
  ) {}

  static root(values: TomlTable, place: Place): ConfigReader {
    return new ConfigReader(values, '', place, [])
  }

  /** Reports a mistake at a key (a path inside this table). */
  wrong(key: string, what: string): void {
    const path = [this.at, key].filter(Boolean).join('.')
    const line = this.place.lines.get(path) ?? this.place.lines.get(this.at)
    this.mistakes.push(`${this.place.path}${line === undefined ? '' : `:${line}`}: ${what}`)
  }

  /** @throws Failure CONFIG_INVALID (65) with all mistakes found so far. */
  throwIfWrong(): void {
    if (this.mistakes.length === 0) return
    throw new Failure(this.mistakes.join('\n'), {
      code: 'CONFIG_INVALID',
      exit: EXIT.data,
      suggestions: ['mend the configuration; share/config.toml of this package shows every key with its default'],
    })
  }

  #value(key: string): TomlValue | undefined {
    this.#known.add(key)
    return this.values[key]
  }

  #expected(key: string, value: TomlValue, allowed: string): null {
    this.wrong(key, `"${key}" must be ${allowed}, not ${kindOf(value)}`)
    return null
  }

  /** A value that must be there. */
  required<T>(key: string, value: T | null, stand: T): T {
    if (value !== null) return value
    if (this.values[key] === undefined) this.wrong(key, `"${key}" is missing in ${this.#name()}`)
    return stand
  }

  text(key: string, test: Test = (text) => text !== '', allowed = 'a text that is not empty'): string | null {
    const value = this.#value(key)
    if (value === undefined) return null
    return typeof value === 'string' && test(value) ? value : this.#expected(key, value, allowed)
  }

  /** One text or a list of texts. */
  texts(key: string, test: Test = (text) => text !== '', allowed = 'a text that is not empty'): string[] {
    const value = this.#value(key)
    if (value === undefined) return []
    const list = Array.isArray(value) ? value : [value]
    const bad = list.find((item) => typeof item !== 'string' || !test(item))
    if (bad !== undefined) this.#expected(key, bad, `${allowed}, or a list of such`)
    return list.filter((item) => typeof item === 'string')
  }

  networks(key: string): string[] {
    return this.texts(key, isNetwork, 'an IP address or a network such as 203.0.113.0/24')
  }

  /** A path, made absolute against the file's folder. */
  path(key: string): string | null {
    const text = this.text(key)
    return text === null ? null : resolve(this.place.folder, text)
  }

  paths(key: string): string[] {
    return this.texts(key).map((text) => resolve(this.place.folder, text))
  }

  choice<const T extends string>(key: string, options: readonly T[]): T | null {
    const value = this.#value(key)
    if (value === undefined) return null
    const found = options.find((option) => option === value)
    return found ?? this.#expected(key, value, `one of ${options.map((option) => `"${option}"`).join(', ')}`)
  }

  flag(key: string): boolean | null {
    const value = this.#value(key)
    if (value === undefined) return null
    return typeof value === 'boolean' ? value : this.#expected(key, value, 'true or false')
  }

  number(key: string, limits: {above: number; upTo?: number; whole?: boolean}): number | null {
    const value = this.#value(key)
    if (value === undefined) return null
    const fits =
      typeof value === 'number' &&
      value > limits.above &&
      value <= (limits.upTo ?? Number.MAX_SAFE_INTEGER) &&
      (limits.whole !== true || Number.isInteger(value))
    const allowed = `a ${limits.whole === true ? 'whole ' : ''}number above ${limits.above}${limits.upTo === undefined ? '' : ` and up to ${limits.upTo}`}`
    return fits ? value : this.#expected(key, value, allowed)
  }

  /** A number of days: `90`, `"90d"`, `"12w"`. */
  days(key: string): number | null {
    const value = this.#value(key)
    if (value === undefined) return null
    const match = /^(\d{1,5})\s*(d|days?|w|weeks?)$/.exec(String(value))
    const days = match ? Number(match[1]) * (match[2]?.startsWith('w') ? 7 : 1) : value
    return typeof days === 'number' && Number.isInteger(days) && days > 0
      ? days
      : this.#expected(key, value, 'a number of days, such as 90 or "90d"')
  }

  /** A moment; a day counts to its end, in UTC. Returns UTC milliseconds. */
  dayEnd(key: string): number | null {
    const value = this.#value(key)
    if (value === undefined) return null
    const text = value instanceof TomlDate ? value.toISOString() : String(value)
    const day = /^\d{4}-\d\d-\d\d$/.test(text)
    const at = Date.parse(day ? `${text}T00:00:00Z` : /[Zz]|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`)
    return Number.isNaN(at) ? this.#expected(key, value, 'a date such as 2027-01-31') : at + (day ? 86_400_000 : 0)
  }

  /** A sub-table; an empty one where it is absent. */
  table(key: string): ConfigReader {
    const value = this.#value(key)
    if (value !== undefined && !isTable(value)) this.#expected(key, value, `a table, written as [${key}]`)
    return new ConfigReader(isTable(value) ? value : {}, this.#under(key), this.place, this.mistakes)
  }

  /** A list of tables, written as `[[key]]`. */
  tables(key: string): ConfigReader[] {
    const value = this.#value(key)
    if (value === undefined) return []
    if (!Array.isArray(value) || !value.every(isTable)) {
      this.#expected(key, value, `a list of tables, each written as [[${this.#under(key)}]]`)
      return []
    }
    return value.map((table, i) => new ConfigReader(table, `${this.#under(key)}[${i}]`, this.place, this.mistakes))
  }

  /** Reports the keys that nobody read. */
  end(): void {
    for (const key of Object.keys(this.values)) {
      if (this.#known.has(key)) continue
      const near = closest(key, [...this.#known])
      const allowed = [...this.#known].join(', ')
      this.wrong(
        key,
        `unknown key "${key}" in ${this.#name()}${near === null ? '' : ` (did you mean "${near}"?)`}; allowed: ${allowed}`,
      )
    }
  }

  #under(key: string): string {
    return this.at === '' ? key : `${this.at}.${key}`
  }

  #name(): string {
    if (this.at === '') return 'the top level'
    return this.at.endsWith(']') ? `[[${this.at.replaceAll(/\[\d+\]/g, '')}]]` : `[${this.at}]`
  }
}
