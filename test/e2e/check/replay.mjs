/** Writes a run's logs again, in uneven pieces and with their rotations, while `ingest --follow` reads them; the answers must be the same. */
import {appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {compareLive, waitUntilQuiet} from './live.mjs'
import {chooseCopies, describeLogs, readLog} from './logs.mjs'
import {follow, writeConfig} from './tool.mjs'

const PIECES = 12

/** Year-less stamps are dated by the file's time, which is today here: such a host is replayed from its other copy. */
function streamsOf(truth, host) {
  const all = describeLogs(truth.run, host, truth.start)
  const yearless = (logs) =>
    logs.some((log) => log.kind === 'main' && /^[A-Z][a-z]{2} [ \d]\d /.test(readLog(join(truth.run, log.file))))
  const first = chooseCopies(all, 'first')
  const logs = yearless(first) ? chooseCopies(all, 'other') : first
  const streams = new Map()
  for (const log of logs.sort((a, b) => a.from - b.from)) {
    if (log.kind === 'reject') continue
    streams.set(log.stream, [...(streams.get(log.stream) ?? []), readLog(join(truth.run, log.file))])
  }
  return streams
}

/** Pieces of about equal size that end in the middle of lines as often as not. */
function piecesOf(text) {
  const size = Math.max(1, Math.ceil(text.length / PIECES))
  return Array.from({length: Math.ceil(text.length / size)}, (_, index) => text.slice(index * size, (index + 1) * size))
}

/** @returns {Promise<number>} faults found */
export async function replayRun(truth, work, outcome, flags) {
  const folder = join(work, 'replay')
  mkdirSync(folder)
  const plan = truth.hosts.map((host) => ({host, streams: streamsOf(truth, host)}))
  const config = writeConfig(folder, truth.hosts, flags.zones, (host) => {
    const names = [...(plan.find((one) => one.host === host)?.streams.keys() ?? [])].map((name) => join(folder, name))
    const php = names.filter((name) => name.includes('php'))
    return {
      logs: names.filter((name) => !name.includes('php')).map((name) => `${name}*`),
      ...(php.length > 0 ? {php: php.map((name) => `${name}*`)} : {}),
    }
  })
  const base = ['--config', config, '--db', join(folder, 'mail.db')]
  const rounds = Math.max(...plan.flatMap(({streams}) => [...streams.values()].map((parts) => parts.length)))
  for (const {streams} of plan)
    for (const name of streams.keys()) {
      mkdirSync(dirname(join(folder, name)), {recursive: true})
      writeFileSync(join(folder, name), '')
    }
  const running = follow(base)
  await sleep(1500)
  let lines = 0
  for (let round = 0; round < rounds; round += 1) {
    const open = plan.flatMap(({streams}) =>
      [...streams].map(([name, parts]) => ({path: join(folder, name), pieces: piecesOf(parts[round] ?? '')})),
    )
    for (let piece = 0; piece < PIECES; piece += 1) {
      for (const {path, pieces} of open) if (pieces[piece]) appendFileSync(path, pieces[piece], 'latin1')
      await sleep(80)
    }
    for (const {pieces} of open) lines += pieces.join('').split('\n').length - 1
    if (round < rounds - 1) for (const {path} of open) rotate(path)
  }
  const held = await waitUntilQuiet(base)
  if (held < lines) console.log(`  live: ${lines} lines were written, ${held} are held`)
  const ended = await running.stop()
  return (await compareLive(truth, base, outcome, ended, held)) + (held < lines ? 1 : 0)
}

/** `log` becomes `log.1`, `log.1` becomes `log.2`, as logrotate does; the writer opens a new file. */
function rotate(path) {
  for (let number = 8; number >= 1; number -= 1)
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`)
  renameSync(path, `${path}.1`)
  writeFileSync(path, '')
}
