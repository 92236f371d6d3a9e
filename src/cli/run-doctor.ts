/** The doctor's way from the installation, the configuration and the store to one answer. */

import {accessSync, closeSync, constants, existsSync, openSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {findLogs} from '../input/find-logs.js'
import {type Platform, type StoreHealth, storeHealth} from '../question/doctor/doctor.js'
import {type Finding, finding} from '../question/doctor/finding.js'
import {configurationFor, type DoctorAnswer, type DoctorCheck} from '../render/doctor.js'
import {told} from '../render/doctor-words.js'
import type {SqliteStore} from '../store/finder.js'
import type {Fault} from '../store/integrity.js'
import type {DerivedCheck} from '../store/integrity-derived.js'
import type {Config} from './config.js'
import {cannotUnderstand, usage, whyErrno} from './failures.js'
import {lookupsPath} from './lookups.js'
import {storeFailure, storeForReading} from './stores.js'
import type {When} from './time-span.js'

export interface DoctorRequest {
  readonly config: Config
  readonly db: string
  readonly when: When
  readonly version: string
  /** null: only look; `sample`, `full`: also check. */
  readonly check: 'sample' | 'full' | null
  /** BLOCK:SHA256 as an earlier check printed it. */
  readonly anchor: string | null
  readonly rebuild: boolean
  readonly platforms: readonly Platform[]
}

/** Messages that a check compares when it need not be full. */
const SAMPLE = 1_000

export async function runDoctor(request: DoctorRequest): Promise<DoctorAnswer> {
  const {db, config, when} = request
  const findings: Finding[] = [...logFindings(config), ...modeFindings(db)]
  let health: StoreHealth | null = null
  let check: DoctorCheck | null = null
  const checking = request.check !== null || request.rebuild
  if (!existsSync(db) && !checking) findings.push(finding('no-database', {path: db}))
  else {
    const anchor = anchorOf(request.anchor)
    const rederived = request.rebuild ? await rebuild(db) : 0
    const store = await storeForReading(db)
    try {
      if (checking) {
        const done = await checkStore(store, request.check === 'full', anchor, rederived)
        check = done.check
        findings.push(...done.faults.map(({code, place, detail}) => finding('evidence-fault', {code, place, detail})))
      }
      if (findings.every(({code}) => code !== 'evidence-fault')) health = storeHealth(store, when.now)
    } catch (error) {
      throw storeFailure((await import('../store/database.js')).asStoreError(error, db))
    } finally {
      store.close()
    }
  }
  if (health !== null) {
    findings.push(...health.findings)
    for (const {name} of config.servers)
      if (!health.coverage.servers.some((span) => span.server === name && span.from !== null))
        findings.push(finding('server-without-logs', {server: name}))
  }
  if (config.privacy.keep === null) findings.push(finding('retention-unset'))
  const order = {problem: 0, warning: 1, hint: 2}
  findings.sort((a, b) => order[a.level] - order[b.level])
  return {
    schema: 'mailwitness.doctor/1',
    healthy: findings.every(({level}) => level !== 'problem'),
    tool: {
      version: request.version,
      node: process.version.slice(1),
      platform: `${process.platform}-${process.arch}`,
      uid: process.getuid?.() ?? null,
      zone: when.zone,
    },
    config: {path: config.path, servers: config.servers.length},
    database: {
      path: db,
      exists: existsSync(db),
      mode: modeOf(db),
      folderMode: modeOf(dirname(db)),
      writable: mayWrite(db),
      sqlite: health?.file.sqlite ?? null,
      schema: health?.file.schema ?? null,
      bytes: health === null ? null : health.file.pages * health.file.pageSize,
      messages: health?.file.messages ?? null,
      blocks: health?.file.blocks ?? null,
      journal: lookupsPath(db, process.env),
    },
    streams: health?.streams ?? [],
    unknown: health?.unknown ?? [],
    coverage: health?.coverage ?? null,
    check,
    findings: findings.map(told),
    configuration: configurationFor(request.platforms.length > 0 ? request.platforms : (health?.platforms ?? [])),
  }
}

async function checkStore(
  store: SqliteStore,
  full: boolean,
  anchor: {block: number; sha256: string} | null,
  rederived: number,
): Promise<{check: DoctorCheck; faults: Fault[]}> {
  const {checkChain, checkStructure} = await import('../store/integrity.js')
  const {checkDerived} = await import('../store/integrity-derived.js')
  const faults = checkStructure(store.db)
  const chain = checkChain(store.db, anchor)
  faults.push(...chain.faults)
  let derived: DerivedCheck = {messages: 0, compared: 0, faults: []}
  try {
    derived = checkDerived(store.db, full ? null : SAMPLE)
  } catch (error) {
    faults.push({
      code: 'database-structure',
      place: 'derived rows',
      detail: error instanceof Error ? error.message : String(error),
    })
  }
  faults.push(...derived.faults)
  const {blocks, lines, pruned, masked, head} = chain
  return {
    check: {
      full,
      blocks,
      lines,
      pruned,
      masked,
      messages: derived.messages,
      compared: derived.compared,
      rederived,
      head,
    },
    faults,
  }
}

async function rebuild(path: string): Promise<number> {
  const {storeForWriting} = await import('./stores.js')
  const {rebuildMessages} = await import('../store/rebuild.js')
  const {db, release} = await storeForWriting(path, 10_000)
  try {
    return rebuildMessages(db)
  } catch (error) {
    throw storeFailure((await import('../store/database.js')).asStoreError(error, path))
  } finally {
    release()
  }
}

function anchorOf(text: string | null): {block: number; sha256: string} | null {
  if (text === null) return null
  const found = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text)
  if (!found?.[1] || !found[2])
    throw usage(`--anchor must be BLOCK:SHA256 as \`doctor --check\` prints it, not "${text}"`)
  return {block: Number(found[1]), sha256: found[2]}
}

/** Platforms by name, for --platform. @throws Failure (65). */
export function platformsOf(names: readonly string[]): Platform[] {
  return names.map((name) => {
    if (name === 'cpanel' || name === 'directadmin' || name === 'debian' || name === 'postfix' || name === 'php')
      return name
    throw cannotUnderstand(`there is no platform "${name}"`)
  })
}

/** Every configured log is opened once. */
function logFindings(config: Config): Finding[] {
  const out: Finding[] = []
  let named = 0
  for (const server of config.servers)
    for (const pattern of [
      ...server.logs,
      ...server.phpMailLogs,
      ...server.accessLogs,
      ...[server.passwd, server.userdomains].filter((path) => path !== null),
    ]) {
      named++
      const found = findLogs([pattern])
      for (const {path, message, code} of found.failures)
        if (code === 'ENOENT' || code === 'NO_MATCH') out.push(finding('pattern-empty', {server: server.name, pattern}))
        else out.push(finding('log-unreadable', {path, error: message}))
      const parts = found.families.flatMap((family) => family.parts)
      if (
        parts.length === 0 &&
        found.failures.length === 0 &&
        pattern !== server.passwd &&
        pattern !== server.userdomains
      )
        out.push(finding('pattern-empty', {server: server.name, pattern}))
      for (const {path} of parts)
        try {
          closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
        } catch (error) {
          out.push(finding('log-unreadable', {path, error: whyErrno(error as NodeJS.ErrnoException)}))
        }
    }
  if (named === 0) out.push(finding('no-logs-configured'))
  return out
}

function modeOf(path: string): string | null {
  try {
    return (statSync(path).mode & 0o7777).toString(8).padStart(4, '0')
  } catch {
    return null
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Others must neither read the database nor be able to put another one in its place; a group that may read is the owner's choice. */
function modeFindings(path: string): Finding[] {
  if (!existsSync(path)) return []
  const out: Finding[] = []
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const mode = modeOf(file)
    if (mode !== null && Number.parseInt(mode, 8) & 0o027)
      out.push(finding('database-mode', {path: file, mode, wanted: '0600'}))
  }
  const folder = dirname(path)
  const mode = modeOf(folder)
  if (mode !== null && Number.parseInt(mode, 8) & 0o022 && !(Number.parseInt(mode, 8) & 0o1000))
    out.push(finding('folder-mode', {path: folder, mode, wanted: '0700'}))
  const {uid} = statSync(path)
  if (process.getuid !== undefined && process.getuid() !== 0 && process.getuid() !== uid)
    out.push(finding('database-foreign-owner', {path, uid}))
  return out
}
