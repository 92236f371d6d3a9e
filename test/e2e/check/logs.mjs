/** The log files of a run: which of them one reader is given, what span of time each covers, and a copy "as on disk" with its file times. */
import {copyFileSync, mkdirSync, readFileSync, utimesSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {gunzipSync} from 'node:zlib'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * @typedef {{file: string, kind: 'main' | 'reject' | 'php', stream: string, from: number, to: number}} LogFile
 * `file` relative to the run's folder; `stream` the name without rotation marks; `from` and `to` in Unix seconds (UTC).
 */

/** The text of a plain or gzipped log, one character a byte. @param {string} path */
export function readLog(path) {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
}

/** Offset of a zone from UTC in seconds at a moment. @param {string} zone @param {number} at */
function zoneOffset(zone, at) {
  const parts = new Intl.DateTimeFormat('en-US', {timeZone: zone, timeZoneName: 'longOffset'}).formatToParts(at * 1000)
  const found = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(parts.find((part) => part.type === 'timeZoneName')?.value ?? '')
  if (!found?.[1]) return 0
  return (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 3600 + Number(found[3]) * 60)
}

/** A wall clock's reading in a zone as Unix seconds. */
function fromWall(zone, year, month, day, hour, minute, second) {
  const wall = Date.UTC(year, month, day, hour, minute, second) / 1000
  const first = wall - zoneOffset(zone, wall)
  return wall - zoneOffset(zone, first)
}

/**
 * The time of a line in one of the four forms the lab writes, else null. Written apart from the product on purpose.
 * @param {string} line @param {string} zone IANA name @param {number} start the run's first second: the year of year-less stamps
 */
export function stampOf(line, zone, start) {
  const iso = /^(\d{4})-(\d\d)-(\d\d)([T ])(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?/.exec(line)
  if (iso) {
    if (iso[8]) return Math.floor(Date.parse(iso[0].replace(' ', 'T')) / 1000)
    return fromWall(zone, ...[iso[1], Number(iso[2]) - 1, iso[3], iso[5], iso[6], iso[7]].map(Number))
  }
  const php = /^\[(\d\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([\w/+-]+)\]/.exec(line)
  if (php) {
    const month = MONTHS.indexOf(php[2] ?? '')
    return fromWall(php[7], ...[php[3], month, php[1], php[4], php[5], php[6]].map(Number))
  }
  const old = /^(\w{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) /.exec(line)
  if (!old || !MONTHS.includes(old[1] ?? '')) return null
  const rest = [MONTHS.indexOf(old[1] ?? ''), old[2], old[3], old[4], old[5]].map(Number)
  const year = new Date(start * 1000).getUTCFullYear()
  const same = fromWall(zone, year, ...rest)
  return same < start - 86_400 ? fromWall(zone, year + 1, ...rest) : same
}

/** First and last time in a text. */
function spanOf(text, zone, start) {
  const lines = text.split('\n')
  let from = null
  for (const line of lines) {
    from = stampOf(line, zone, start)
    if (from !== null) break
  }
  let to = null
  for (let index = lines.length - 1; index >= 0 && to === null; index -= 1) to = stampOf(lines[index], zone, start)
  return {from: from ?? start, to: to ?? start}
}

/** @param {string} run the run's folder @param {{files: string[], tz: string}} host @param {number} start @returns {LogFile[]} */
export function describeLogs(run, host, start) {
  return host.files.map((file) => {
    const name = basename(file)
    const kind = name.startsWith('php') ? 'php' : name.includes('reject') ? 'reject' : 'main'
    const stream = name.replace(/([.-]\d+)?(\.gz)?$/, '')
    return {file, kind, stream: join(dirname(file), stream), ...spanOf(readLog(join(run, file)), host.tz, start)}
  })
}

/**
 * Where a host writes the same lines twice (a file of its own and syslog), the files of one copy only.
 * @param {LogFile[]} logs @param {'first' | 'other' | 'both'} copies
 */
export function chooseCopies(logs, copies) {
  const streams = [...new Set(logs.filter((log) => log.kind === 'main').map((log) => log.stream))].sort()
  if (copies === 'both' || streams.length < 2) return logs
  const plain = streams.find((stream) => /exim|maillog/.test(basename(dirname(stream)) + basename(stream)))
  const first = streams.find((stream) => basename(stream).includes('mainlog')) ?? plain ?? streams[0]
  const kept = copies === 'first' ? first : streams.find((stream) => stream !== first)
  return logs.filter((log) => log.kind !== 'main' || log.stream === kept)
}

/** Copies logs below `target` and sets each file's time to its last line's, as on the server's own disk. */
export function stageLogs(run, logs, target) {
  return logs.map((log) => {
    const path = join(target, log.file)
    mkdirSync(dirname(path), {recursive: true})
    copyFileSync(join(run, log.file), path)
    utimesSync(path, log.to, log.to)
    return path
  })
}
