/** What an ingest run is told, and what it tells back. */

import type {InputFailure} from '../input/input-failure.js'

export interface IngestOptions {
  /** Files, folders and patterns. */
  readonly paths: readonly string[]
  /** `auto`, or a dialect's name for every path. */
  readonly format: string
  /** --server: all lines belong to it, whatever host they name. */
  readonly server: string | null
  /** The server whose configuration names this path; null where none does. */
  readonly serverOfPath: (path: string) => string | null
  /** A host as lines name it -> the configured server's name. */
  readonly serverOfHost: (host: string) => string
  /** For lines that name no host where nothing else tells: this machine's name. */
  readonly defaultServer: string
  /** --tz, else the configured zone of a server; null: from the IDs. */
  readonly zoneOf: (server: string) => string | null
  /** The zone of this machine. */
  readonly assumedZone: string
  readonly year: number | null
  /** False: no subject is stored, neither as a fact nor in a line. Default: true. */
  readonly subjects?: boolean
  /** True: whoever runs the ingest counts the hourly volumes that it leaves due. Default: false. */
  readonly leaveVolumes?: boolean
  readonly onProgress?: (progress: IngestProgress) => void
  readonly signal?: AbortSignal
}

export interface IngestProgress {
  readonly path: string
  /** Bytes on disk read so far and in all. */
  readonly bytes: number
  readonly totalBytes: number
  readonly lines: number
}

export interface SourceSummary {
  readonly path: string
  readonly dialect: string
  readonly server: string | null
  readonly lines: number
  readonly unknown: number
  /** UTC milliseconds. */
  readonly from: number | null
  readonly to: number | null
  /** The reader's words on the choice of dialect and clock. */
  readonly why: string
}

export interface IngestResult {
  readonly lines: number
  readonly bytes: number
  readonly events: number
  readonly ignored: number
  readonly unknown: number
  /** Continuation lines and pieces that belong to another line's event. */
  readonly continuation: number
  /** Lines that the store held already, from another file. */
  readonly repeated: number
  readonly truncated: number
  readonly messages: number
  readonly deliveries: number
  readonly rejections: number
  readonly sources: readonly SourceSummary[]
  readonly failures: readonly InputFailure[]
  /** Parts that held nothing new. */
  readonly unchanged: number
}

/** `mailwitness.ingest/1`: times as ISO 8601 UTC. */
export interface IngestJson extends Omit<IngestResult, 'sources' | 'failures'> {
  readonly schema: 'mailwitness.ingest/1'
  readonly elapsedMs: number
  readonly sources: readonly (Omit<SourceSummary, 'from' | 'to' | 'why'> & {
    readonly from: string | null
    readonly to: string | null
  })[]
  readonly failures: readonly {
    readonly path: string
    readonly code: string
    readonly message: string
    readonly offset: number | null
  }[]
}
