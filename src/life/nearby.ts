/** What lies in time near a message without a queue ID of its own, and how near it must lie to say something of the message. */

import type {ClientAccepted, CommandRun, OriginIdentified, ScriptMailed} from '../mail/event.js'
import type {Entry} from './life.js'

/** How long before the ID's second a cwd= line may stand (process start to reading the message), milliseconds. */
export const COMMAND_BEFORE = 3_000
/** PHP writes its line before it runs sendmail; the message is picked up within this time, milliseconds. */
export const CALL_BEFORE = 3_000
/** Stamps of one second against stamps with fractions, milliseconds. */
export const ROUNDING = 1_000

/** What lies in time near a message on the same server and has no queue ID of its own. */
export interface Nearby {
  readonly commands: readonly (Entry & {readonly event: CommandRun})[]
  readonly calls: readonly (Entry & {readonly event: ScriptMailed})[]
  /** Lines that name the owner of a local socket (cPanel), joined by address and port. */
  readonly sockets: readonly (Entry & {readonly event: OriginIdentified})[]
  /** `NOQUEUE: client=` lines: sessions that a before-queue filter stands behind, joined by process and time. */
  readonly clients?: readonly (Entry & {readonly event: ClientAccepted})[]
  /** Who owns a path, from the server's passwd file; null where none was read. */
  readonly accounts?: Accounts | null
}

/** A server's accounts as its passwd file names them. */
export interface Accounts {
  nameOf(uid: number): string | null
  /** The account whose home holds the path. */
  ownerOf(path: string): string | null
  /** The accounts that a domain belongs to, by the panel's map of domains or a home named after it; usually one. */
  ownersOfDomain?(domain: string): readonly string[]
}

export const NOTHING_NEARBY: Nearby = {commands: [], calls: [], sockets: []}

/** The span around a message's arrival in which `Nearby` must be searched. */
export const NEARBY_BEFORE = Math.max(COMMAND_BEFORE, CALL_BEFORE) + ROUNDING
export const NEARBY_AFTER = 2 * ROUNDING
/** How long before a before-queue filter's acceptance its client line may stand (the whole message comes in between), milliseconds. */
export const PROXY_BEFORE = 300_000

/** All lines of an entry: pieces that syslog cut are told again only together. */
export const linesOf = (entry: Entry | undefined): readonly number[] =>
  entry === undefined ? [] : [...(entry.more ?? []), entry.reference]
