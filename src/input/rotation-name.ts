/** A file name to base, rotation and codec: logrotate (numbers, dateext, dateformat), exicyclog, postlogd, newsyslog, Exim's %D and %M. */

import type {Codec, Rotation} from './log-part.js'

export interface RotationName {
  /** The name without rotation and codec suffix. */
  readonly base: string
  readonly rotation: Rotation
  readonly codec: Codec
}

const CODECS: readonly (readonly [string, Codec])[] = [
  ['.gz', 'gz'],
  ['.gzip', 'gz'],
  ['.z', 'gz'],
  ['.bz2', 'bz2'],
  ['.bz', 'bz2'],
  ['.xz', 'xz'],
  ['.lzma', 'xz'],
  ['.zst', 'zst'],
  ['.zstd', 'zst'],
]

const NONE = {number: null, date: null, unit: null}
const NUMBER = /^(.+?)([.-])(\d{1,4})$/
/** YYYY-MM[-DD[-HH[MM[SS]]]] with `-`, `_`, `.`, `T` or nothing between, and a separator (or nothing, as Exim's `mainlog%D`) before. */
const DATE =
  /^(.*?)([._-]?)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])(?:\4(0[1-9]|[12]\d|3[01])(?:[-_.T]?([01]\d|2[0-3])(?:[-_.:]?([0-5]\d)(?:[-_.:]?([0-5]\d|60))?)?)?)?$/
const WEEK = /^(.+?)[._-]((?:19|20)\d\d)[-_.]?W([0-5]\d)$/i
/** Day first, as `dateformat -%d%m%Y` writes; only where month first and year first cannot be meant. */
const DAY_FIRST = /^(.+?)[._-](0[1-9]|[12]\d|3[01])[-_.]?(0[1-9]|1[0-2])[-_.]?((?:19|20)\d\d)$/
/** `dateformat .%s`: seconds since 1970. */
const EPOCH = /^(.+?)[._-](1\d{9})$/
const OTHER = /^(.+?)([._-](?:old|prev|bak|save|orig|[a-z]*rotated[a-z]*))$/i

/** What a file name (without folder) says about its place in a family. Never fails: a name without a suffix is an active part. */
export function rotationName(name: string): RotationName {
  const lower = name.toLowerCase()
  const [suffix, codec] = CODECS.find(([ending]) => lower.endsWith(ending) && name.length > ending.length) ?? [
    '',
    'plain',
  ]
  const stem = suffix === '' ? name : name.slice(0, name.length - suffix.length)
  const found = dated(stem) ?? counted(stem) ?? other(stem)
  if (!found) return {base: stem, rotation: {kind: 'active', ...NONE, raw: ''}, codec}
  return {base: found.base, rotation: found.rotation, codec}
}

type Found = Omit<RotationName, 'codec'>

/** logrotate's `extension .log` puts the date before the extension: mail-20261121.log belongs to mail.log. */
function dated(stem: string): Found | null {
  const extension = /\.(?:log|txt)$/i.exec(stem)?.[0] ?? ''
  const inner = extension === '' ? stem : stem.slice(0, stem.length - extension.length)
  const found = datedAtEnd(inner)
  // logrotate may add a number to a date when it ran twice: maillog-20261121.1
  if (!found && extension === '') {
    const twice = /^(.+)\.(\d{1,2})$/.exec(stem)
    const first = twice?.[1] === undefined ? null : datedAtEnd(twice[1])
    if (first && twice?.[2] !== undefined)
      return {
        base: first.base,
        rotation: {...first.rotation, number: Number(twice[2]), raw: `${first.rotation.raw}.${twice[2]}`},
      }
  }
  return found ? {base: found.base + extension, rotation: found.rotation} : null
}

function datedAtEnd(stem: string): Found | null {
  const week = WEEK.exec(stem)
  if (week) {
    const [, base = '', year = '', number = ''] = week
    const date = Date.UTC(Number(year), 0, 1 + (Number(number) - 1) * 7)
    return {base, rotation: {kind: 'date', number: null, date, unit: 'week', raw: stem.slice(base.length)}}
  }
  const epoch = EPOCH.exec(stem)
  if (epoch) {
    const [, base = '', seconds = ''] = epoch
    const date = Number(seconds) * 1000
    return {base, rotation: {kind: 'date', number: null, date, unit: 'second', raw: stem.slice(base.length)}}
  }
  const match = DATE.exec(stem)
  if (match) {
    const [, base = '', , year = '', separator = '', month = '', day, hour, minute, second] = match
    // `foo2026.11` and `foo202611` are months only with a separator before them or between.
    if (
      base === '' ||
      (day === undefined && (separator === '' ? !/[._-]$/.test(stem.slice(0, base.length + 1)) : false))
    )
      return null
    const date = utc(
      Number(year),
      Number(month),
      Number(day ?? 1),
      Number(hour ?? 0),
      Number(minute ?? 0),
      Number(second ?? 0),
    )
    if (date === null) return null
    const unit =
      second !== undefined
        ? 'second'
        : minute !== undefined
          ? 'minute'
          : hour !== undefined
            ? 'hour'
            : day !== undefined
              ? 'day'
              : 'month'
    return {base, rotation: {kind: 'date', number: null, date, unit, raw: stem.slice(base.length)}}
  }
  const dayFirst = DAY_FIRST.exec(stem)
  if (!dayFirst) return null
  const [, base = '', day = '', month = '', year = ''] = dayFirst
  const date = utc(Number(year), Number(month), Number(day), 0, 0, 0)
  return date === null
    ? null
    : {base, rotation: {kind: 'date', number: null, date, unit: 'day', raw: stem.slice(base.length)}}
}

function counted(stem: string): Found | null {
  const match = NUMBER.exec(stem)
  if (!match) return null
  const [, base = '', separator, digits = ''] = match
  if (separator === '-') return null // web-1 is a host, not a rotation
  return {
    base,
    rotation: {kind: 'number', number: Number(digits), date: null, unit: null, raw: stem.slice(base.length)},
  }
}

function other(stem: string): Found | null {
  const match = OTHER.exec(stem)
  if (!match) return null
  const [, base = '', raw = ''] = match
  return {base, rotation: {kind: 'other', ...NONE, raw}}
}

function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number | null {
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  return new Date(ms).getUTCDate() === day || second === 60 ? ms : null
}
