/** What every command has: --json with the exit code kept, --db, --config, --redact, and errors that say what to do next. */

import {Command} from '@oclif/core/command'
import {type Colours, colours, wantsColour} from '../render/colour.js'
import {printable} from '../render/printable.js'
import type {Redactor} from '../render/redact.js'
import type {Config} from './config.js'
import {databasePath} from './database-path.js'
import {failureJson, toFailure} from './failures.js'
import {commonFlags} from './flags.js'
import {jsonLine} from './json-line.js'
import {loadConfig} from './load-config.js'
import {printFailure} from './print-failure.js'
import type {Span, When} from './time-span.js'

/** What the shared flags and the configuration say together. */
export interface Settings {
  readonly config: Config
  /** Absolute path of the database; it need not exist yet. */
  readonly db: string
  readonly redact: boolean
}

interface CommonFlags {
  readonly db?: string | undefined
  readonly config?: string | undefined
  readonly redact?: boolean | undefined
}

/**
 * A command parses, asks, renders: `const {args, flags} = await this.parse(X)`, `const {config, db} = await this.settings(flags)`, text with
 * `this.log`, and `return` the answer: it is printed under --json, as one line. A command with several answers prints each with
 * `this.answer(value)` and returns nothing. An exit code other than 0 without an error: set `process.exitCode`.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = commonFlags
  private redactor: Redactor | null = null

  /** The configuration and the database's path. @throws Failure (65, 66). */
  protected async settings(flags: CommonFlags): Promise<Settings> {
    const config = await loadConfig(flags.config)
    const db = databasePath({named: flags.db, configured: config.db, env: process.env})
    const redact = flags.redact ?? config.privacy.redact
    if (redact) this.redactor = await (await import('./redaction.js')).redactorFor(db)
    return {config, db, redact}
  }

  /** The answer as it may be shown: with --redact every string in it is. Render and return what this gives. */
  protected shown<T>(answer: T): T {
    return this.redactor === null ? answer : this.redactor.value(answer)
  }

  /** Text on standard output; nothing under --json. With --redact nothing unredacted gets out, whatever a command forgot. */
  override log(message = ''): void {
    if (this.jsonEnabled()) return
    process.stdout.write(`${this.redactor === null ? message : this.redactor.text(message)}\n`)
  }

  /** The clock (MAILWITNESS_NOW, ISO 8601, stands in for it) and the zone that words such as `yesterday` are read in (TZ). */
  protected when(): When {
    const set = Date.parse(process.env['MAILWITNESS_NOW'] ?? '')
    return {
      now: Number.isNaN(set) ? Date.now() : set,
      // Asked for only where a day or a local time is meant: the library behind it takes 15 ms to start.
      get zone(): string {
        return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
      },
    }
  }

  /** --since and --until as UTC milliseconds; null is an open end. @throws Failure (64). */
  protected async span(flags: {
    readonly since?: string | undefined
    readonly until?: string | undefined
  }): Promise<Span> {
    if (flags.since === undefined && flags.until === undefined) return {from: null, to: null}
    const {readSpan} = await import('./time-span.js')
    return readSpan(flags, this.when())
  }

  /** Styles for standard output. */
  protected get colours(): Colours {
    return colours(wantsColour(process.stdout, process.env))
  }

  /** Prints one JSON object of several (NDJSON); nothing without --json. */
  protected answer(value: unknown): void {
    if (this.jsonEnabled()) this.logJson(value)
  }

  /** A remark beside the answer, on standard error, with --json too. */
  protected remark(text: string): void {
    const shown = this.redactor === null ? text : this.redactor.text(text)
    process.stderr.write(`mailwitness: ${shown.split('\n').map(printable).join('\n')}\n`)
  }

  /** One object, one line: any number of answers is NDJSON. Strings inside are JSON-escaped, C1 controls and overrides too. */
  override logJson(json: unknown): void {
    process.stdout.write(`${jsonLine(this.shown(json))}\n`)
  }

  /** Arguments never come from standard input, as oclif would have it: that belongs to the logs and notices which `-` names. */
  protected override async init(): Promise<void> {
    await super.init()
    for (const arg of Object.values(this.ctor.args)) arg.ignoreStdin = true
  }

  protected override async catch(error: unknown): Promise<void> {
    this.parsed = true // a command that stopped before its end is no programming error that oclif would have to warn of
    if (isExit(error)) {
      process.exitCode = error.oclif.exit
      return
    }
    const failure = toFailure(error)
    process.exitCode = failure.exit
    if (this.jsonEnabled()) this.logJson(failureJson(failure))
    else printFailure(failure)
  }
}

/** oclif's `this.exit(n)`: a wish, not an error. */
function isExit(error: unknown): error is Error & {oclif: {exit: number}} {
  return error instanceof Error && 'code' in error && error.code === 'EEXIT' && 'oclif' in error
}
