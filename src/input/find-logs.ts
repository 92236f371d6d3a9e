/** PATH arguments (files, folders, patterns) to families of rotated parts. Reads names, stats and first bytes; never throws. */

import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import {basename, join, sep} from 'node:path'
import {codecOf, MAGIC_BYTES} from './codec.js'
import {familiesOf} from './family.js'
import {expandGlob, isGlob} from './glob.js'
import {failureOf, type InputFailure} from './input-failure.js'
import type {LogFamily, LogPart} from './log-part.js'
import {rotationName} from './rotation-name.js'

export interface FoundLogs {
  readonly families: readonly LogFamily[]
  readonly failures: readonly InputFailure[]
  /** Files met while walking a folder that do not look like logs, by path: told to `doctor`, not read. */
  readonly passedOver: readonly string[]
}

const DEPTH = 16
/** Names that are no logs although they lie in log folders: configuration, databases, journals of systemd, editors' leavings, pictures. */
const NO_LOG =
  /^queue-at-end\.txt$|\.(?:conf|cfg|cf|ini|toml|ya?ml|json|db|sqlite3?|journal|lock|pid|swp|swo|tmp|part|md|html?|py|pl|sh|c|h|eml|mbox|tar|tgz|zip|png|jpg|pdf|map|cdb|dir|pag|rrd|state|offset)(?:\.(?:gz|bz2|xz|zst))?$|~$/i
/** What SQLite and our own writer put beside a database, whatever it is called. */
const BESIDE_DATABASE = /-(?:wal|shm|journal|writer|writer-journal)$/
/** Accounting databases and readme files of the system's log folder. */
const NO_LOG_WHOLE = /^(?:wtmp|btmp|lastlog|faillog|tallylog|README|truth\.json)(?:[.-]\d+)?(?:\.gz)?$/

/** Finds all parts that the paths name. Paths named by the user are taken as they are; folders are walked with the filter above. */
export function findLogs(paths: readonly string[]): FoundLogs {
  const search = new Search()
  for (const path of paths) search.add(path)
  return {families: familiesOf(search.parts), failures: search.failures, passedOver: search.passedOver}
}

/** The family of one stream as it lies on disk now: its active file and rotated parts in the same folder. */
export function findFamily(base: string): {family: LogFamily; failures: readonly InputFailure[]} {
  const search = new Search()
  const folder = base.includes(sep) ? base.slice(0, base.lastIndexOf(sep)) || sep : '.'
  for (const entry of search.entries(folder)) {
    const {base: stem} = rotationName(entry.name)
    if (stem !== basename(base)) continue
    const path = base.includes(sep) ? join(folder, entry.name) : entry.name
    search.file(path, true)
  }
  const family = familiesOf(search.parts).find((f) => f.parts.length > 0)
  const failures = search.failures.filter((f) => f.code !== 'ENOENT')
  return {family: family ? {...family, base} : {base, parts: [], holes: []}, failures}
}

class Search {
  readonly parts: LogPart[] = []
  readonly failures: InputFailure[] = []
  readonly passedOver: string[] = []
  readonly #seen = new Set<string>()

  add(path: string): void {
    let stat: ReturnType<typeof statSync>
    try {
      stat = statSync(path)
    } catch (error) {
      if (isGlob(path)) this.#glob(path)
      else this.failures.push(failureOf(path, error))
      return
    }
    if (stat?.isDirectory()) this.#walk(path, realpath(path), 0)
    else this.file(path, true)
  }

  #glob(pattern: string): void {
    const before = this.failures.length
    const matches = expandGlob(pattern, (folder, error) => this.failures.push(failureOf(folder, error)))
    for (const path of matches) {
      try {
        lstatSync(path)
      } catch {
        continue // a pattern in a folder's name, and the file is not in this one
      }
      this.add(path)
    }
    if (matches.length === 0 && this.failures.length === before)
      this.failures.push({path: pattern, code: 'NO_MATCH', message: 'no file matches this pattern', offset: null})
  }

  entries(folder: string): Dirent[] {
    try {
      return readdirSync(folder, {withFileTypes: true}).sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      this.failures.push(failureOf(folder, error))
      return []
    }
  }

  #walk(folder: string, root: string, depth: number): void {
    if (depth > DEPTH) {
      this.failures.push({path: folder, code: 'TOO_DEEP', message: `more than ${DEPTH} folders deep`, offset: null})
      return
    }
    for (const entry of this.entries(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.')) this.#walk(path, root, depth + 1)
      } else if (
        entry.name.startsWith('.') ||
        NO_LOG.test(entry.name) ||
        NO_LOG_WHOLE.test(entry.name) ||
        (BESIDE_DATABASE.test(entry.name) && isDatabase(path.replace(BESIDE_DATABASE, '')))
      ) {
        this.passedOver.push(path)
      } else if (entry.isSymbolicLink()) this.#link(path, root)
      else this.file(path, false)
    }
  }

  #link(path: string, root: string): void {
    const target = realpath(path)
    try {
      if (target.startsWith(root.endsWith(sep) ? root : root + sep) && statSync(target).isFile()) this.file(path, false)
      else {
        const message = 'a symbolic link that does not lead to a regular file inside this folder; name it to read it'
        this.failures.push({path, code: 'OUTSIDE_FOLDER', message, offset: null})
      }
    } catch (error) {
      this.failures.push(failureOf(path, error))
    }
  }

  /** Takes one file; `named`: the user asked for it, so a database is not passed over by content. */
  file(path: string, named: boolean): void {
    const real = realpath(path)
    if (this.#seen.has(real)) return
    this.#seen.add(real)
    try {
      const stat = statSync(path)
      if (!stat.isFile()) {
        const kind = stat.isFIFO()
          ? 'a FIFO'
          : stat.isSocket()
            ? 'a socket'
            : stat.isDirectory()
              ? 'a folder'
              : 'a device'
        this.failures.push({
          path,
          code: 'NOT_A_FILE',
          message: `${kind}, not a regular file; it was not read`,
          offset: null,
        })
        return
      }
      const head = firstBytes(path)
      if (!named && /^SQLite format 3|^LPKSHHRH/.test(head.toString('latin1', 0, 16))) {
        this.passedOver.push(path)
        return
      }
      const name = rotationName(basename(path))
      const {size, mtimeMs, dev, ino} = stat
      this.parts.push({
        path,
        codec: codecOf(head, name.codec),
        rotation: name.rotation,
        size,
        mtimeMs,
        dev,
        ino,
        twin: null,
      })
    } catch (error) {
      this.failures.push(failureOf(path, error))
    }
  }
}

function realpath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function isDatabase(path: string): boolean {
  try {
    return firstBytes(path).toString('latin1', 0, 15) === 'SQLite format 3'
  } catch {
    return false
  }
}

/** Opened without waiting, so that a FIFO put in the file's place meanwhile cannot stop us. */
function firstBytes(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const buffer = Buffer.alloc(MAGIC_BYTES)
    return fstatSync(fd).isFile() ? buffer.subarray(0, readSync(fd, buffer, 0, MAGIC_BYTES, 0)) : buffer.subarray(0, 0)
  } finally {
    closeSync(fd)
  }
}
