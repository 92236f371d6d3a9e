/** The words of the input floor: a family of rotated parts, oldest first, and what is missing between them. Values only. */

export type Codec = 'plain' | 'gz' | 'bz2' | 'xz' | 'zst'

/** Where in its family a part stands, as its name says. */
export interface Rotation {
  /** `active`: no suffix. `number`: 1 is the newest. `date`: stamped by logrotate, postlogd or Exim's `%D`. `other`: a suffix we cannot order. */
  readonly kind: 'active' | 'number' | 'date' | 'other'
  readonly number: number | null
  /** The digits of the date read as if they were UTC, in milliseconds (wall time of the host, zone unknown). */
  readonly date: number | null
  /** Precision of the date; two dated parts are neighbours when they differ by one step of the habit. */
  readonly unit: 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | null
  /** The suffix as written, without the codec's (`.1`, `-20261121`); '' for the active part. */
  readonly raw: string
}

/** One file of a family. */
export interface LogPart {
  readonly path: string
  /** By content where the first bytes tell, else by name. */
  readonly codec: Codec
  readonly rotation: Rotation
  /** Bytes on disk (compressed size). */
  readonly size: number
  readonly mtimeMs: number
  readonly dev: number
  readonly ino: number
  /** A plain part of the same rotation beside a compressed one: compression is running, was broken off, or the habit changed. */
  readonly twin: string | null
}

/** A place in a family where a part is missing or may be missing. */
export interface Hole {
  /** Path of the part (the older one) after which the hole lies; '' where nothing older is left. */
  readonly after: string
  /** Path of the next newer part; '' where none. */
  readonly before: string
  readonly certain: boolean
  readonly reason: string
}

/** One log stream: its active file and everything rotated away from it. */
export interface LogFamily {
  /** Path without rotation and codec suffix: /var/log/exim_mainlog. */
  readonly base: string
  readonly parts: readonly LogPart[]
  readonly holes: readonly Hole[]
}
