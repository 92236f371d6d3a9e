/** A disk that kills, is full or loses its power at an exact operation of SQLite's: disk.c put before the C library. */

import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Dice} from './build-log.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-disk-'))
process.once('exit', () => rmSync(folder, {recursive: true, force: true}))

function build(): string | null {
  const library = join(folder, 'disk.so')
  const source = join(import.meta.dirname, 'disk.c')
  const {status} = spawnSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, source, '-ldl'])
  return status === 0 ? library : null
}

/** The library; null where it cannot be built here (no C compiler, no Linux). */
export const DISK = process.platform === 'linux' ? build() : null

/** Said in the name of what is skipped without it. */
export const WANTED = DISK === null ? ' (skipped: it needs Linux and a C compiler)' : ''

export interface Failing {
  /** File names that hold this are watched. */
  readonly name: string
  readonly killAt?: number
  readonly fullAt?: number
  /** From this operation on the process stops before each, until somebody continues it. */
  readonly stopFrom?: number
  readonly log?: string
  readonly count?: string
}

/** Environment of a process whose disk fails so. */
export function failing({name, killAt, fullAt, stopFrom, log, count}: Failing): Record<string, string> {
  return {
    LD_PRELOAD: DISK ?? '',
    DISK_NAME: name,
    ...(killAt === undefined ? {} : {DISK_KILL_AT: String(killAt)}),
    ...(fullAt === undefined ? {} : {DISK_FULL_AT: String(fullAt)}),
    ...(stopFrom === undefined ? {} : {DISK_STOP_FROM: String(stopFrom)}),
    ...(log === undefined ? {} : {DISK_LOG: log}),
    ...(count === undefined ? {} : {DISK_COUNT: count}),
  }
}

/** W: bytes written at an offset; T: truncated to an offset; S: synced; U: removed. */
export interface Operation {
  readonly kind: 'W' | 'T' | 'S' | 'U'
  readonly name: string
  readonly offset: number
  readonly bytes: Buffer
}

/** What a DISK_LOG holds. */
export function operationsOf(path: string): Operation[] {
  const log = readFileSync(path)
  const found: Operation[] = []
  for (let at = 0; at < log.length; ) {
    const end = log.indexOf(10, at)
    const [kind = '', name = '', offset = '', length = ''] = log.toString('latin1', at, end).split(' ')
    const bytes = log.subarray(end + 1, end + 1 + Number(length))
    found.push({kind: kind as Operation['kind'], name, offset: Number(offset), bytes})
    at = end + 1 + bytes.length
  }
  return found
}

type Files = Map<string, Buffer>

function done(files: Files, {kind, name, offset, bytes}: Operation): void {
  const file = files.get(name) ?? Buffer.alloc(0)
  if (kind === 'U') files.delete(name)
  else if (kind === 'T')
    files.set(name, offset <= file.length ? file.subarray(0, offset) : Buffer.concat([file], offset))
  else if (kind === 'W') {
    const grown = Buffer.alloc(Math.max(file.length, offset + bytes.length))
    file.copy(grown)
    bytes.copy(grown, offset)
    files.set(name, grown)
  }
}

const SECTOR = 512

/**
 * The files after the power went at operation `cut`: what was synced is there; of what was written to a file after its last sync any part may be,
 * in whole sectors. `before`: the files as they were at the first operation.
 */
export function afterPowerCut(before: Files, operations: readonly Operation[], cut: number, dice: Dice): Files {
  const files: Files = new Map([...before].map(([name, bytes]) => [name, Buffer.from(bytes)]))
  const unsynced = new Map<string, number>()
  for (let i = 0; i < cut; i++) if (operations[i]?.kind === 'S') unsynced.set(operations[i]?.name ?? '', i)
  const share = dice.pick([0, 0.2, 0.5, 0.9, 1])
  for (let i = 0; i < cut; i++) {
    const one = operations[i]
    if (!one) break
    const synced = i < (unsynced.get(one.name) ?? -1)
    if (synced || dice.chance(share)) done(files, one)
    else if (one.kind === 'W' && dice.chance(0.3)) {
      const sectors = Math.floor(one.bytes.length / SECTOR)
      const torn = one.bytes.subarray(0, dice.below(sectors + 1) * SECTOR)
      if (torn.length > 0) done(files, {...one, bytes: torn})
    }
  }
  return files
}

export function write(folder: string, files: Files): void {
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes)
}
