/** Runs the product's real binary, and writes the configuration that a provider of this fleet would have. */
import {execFile, spawn} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const BINARY = process.env.MAILWITNESS_BIN ?? join(ROOT, 'bin/run.js')
const BATCH = 60

/** @param {string[]} args @returns {Promise<{code: number, stdout: string, stderr: string, ms: number}>} */
export function mailwitness(args, options = {}) {
  const before = performance.now()
  const settings = {encoding: 'utf8', maxBuffer: 1 << 30, env: {...process.env, NO_COLOR: '1'}, ...options}
  return new Promise((settle) => {
    execFile(process.execPath, [BINARY, ...args], settings, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      settle({code, stdout, stderr, ms: performance.now() - before})
    })
  })
}

/** Runs jobs side by side, as many as there are cores. @param {unknown[]} list */
export async function sideBySide(list, job) {
  const queue = [...list]
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await job(one)
  }
  await Promise.all(Array.from({length: availableParallelism()}, work))
}

/** A running `ingest --follow`; `stop()` ends it as a service manager would and gives its exit code. */
export function follow(args) {
  const child = spawn(process.execPath, [BINARY, 'ingest', '--follow', ...args], {env: {...process.env, NO_COLOR: '1'}})
  let stderr = ''
  child.stdout.resume()
  child.stderr.on('data', (bytes) => {
    stderr += bytes
  })
  const ended = new Promise((settle) => {
    child.on('close', (code, signal) => settle({code, signal, stderr}))
  })
  return {
    pid: child.pid,
    ended,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
      const result = await ended
      clearTimeout(timer)
      return result
    },
  }
}

/** One JSON value, or one a line. @param {string} text */
export function jsonOf(text) {
  const trimmed = text.trim()
  if (!trimmed) return []
  try {
    return [JSON.parse(trimmed)]
  } catch {
    return trimmed.split('\n').map((line) => JSON.parse(line))
  }
}

/** Runs a command that must work and gives its JSON. */
export async function answer(args, options) {
  const done = await mailwitness([...args, '--json'], options)
  let values = null
  try {
    values = jsonOf(done.stdout)
  } catch {
    values = null
  }
  if (!values || values.length === 0) {
    const said = (done.stderr || done.stdout).trim().slice(0, 2000)
    throw new Error(`mailwitness ${args.slice(0, 6).join(' ')} … ended with ${done.code} and no JSON:\n${said}`)
  }
  return {...done, values}
}

/** In batches, so that no command line grows beyond the system's limit. */
export function batched(list, size = BATCH) {
  return Array.from({length: Math.ceil(list.length / size)}, (_, index) => list.slice(index * size, (index + 1) * size))
}

/**
 * Writes config.toml, passwd and userdomains for the hosts of a run.
 * @param {'needed' | 'all' | 'none'} zones whether `timezone` is stated: `needed` where neither lines nor queue IDs tell it
 * @param {(host: object) => {logs?: string[], php?: string[]}} paths globs to be read, for `ingest` without PATH
 */
export function writeConfig(folder, hosts, zones = 'needed', paths = () => ({})) {
  mkdirSync(folder, {recursive: true})
  const list = (values) => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
  const blocks = hosts.map((host) => {
    const accounts = host.accounts ?? []
    const passwd = `passwd-${host.host}`
    const domains = `userdomains-${host.host}`
    const users = accounts.map(([user, uid]) => `${user}:x:${uid}:${uid}::/home/${user}:/bin/bash\n`)
    writeFileSync(join(folder, passwd), `root:x:0:0:root:/root:/bin/bash\n${users.join('')}`)
    writeFileSync(join(folder, domains), accounts.map(([user, , domain]) => `${domain}: ${user}\n`).join(''))
    const {logs, php} = paths(host)
    const zone = zones === 'all' || (zones === 'needed' && host.host.startsWith('p'))
    return [
      '[[server]]',
      `name = ${JSON.stringify(host.hostname)}`,
      `addresses = ${list([host.ip, ...(host.addresses ?? [])])}`,
      ...(zone ? [`timezone = ${JSON.stringify(host.tz)}`] : []),
      ...(logs ? [`logs = ${list(logs)}`] : []),
      ...(php ? [`php_mail_logs = ${list(php)}`] : []),
      `passwd = ${JSON.stringify(passwd)}`,
      `userdomains = ${JSON.stringify(domains)}`,
      '',
    ].join('\n')
  })
  const path = join(folder, 'config.toml')
  writeFileSync(path, blocks.join('\n'))
  return path
}
