import {appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {expect, it} from 'vitest'
import {findLogs} from '../../src/input/find-logs.js'
import type {Position} from '../../src/input/fingerprint.js'
import {follow} from '../../src/input/follow.js'
import {LineSplitter} from '../../src/input/line-splitter.js'
import {readBlocks} from '../../src/input/read-part.js'

const LINES = Array.from({length: 40}, (_, i) => `2026-11-21 01:02:${String(i).padStart(2, '0')} line ${i}`)
const text = (from: number, to: number): string =>
  LINES.slice(from, to)
    .map((l) => `${l}\n`)
    .join('')

it('goes on after a restart: the rest of the file that was renamed and compressed, parts never seen, the new active file', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'resume-'))
  const base = join(dir, 'mainlog')
  const run = async (looks: number, resume?: Position[]): Promise<{lines: string[]; position: Position | null}> => {
    const stop = new AbortController()
    const lines: string[] = []
    let position: Position | null = null
    let left = looks
    const wait = async (): Promise<void> => {
      if (--left <= 0) stop.abort()
    }
    const options = resume ? {resume: new Map([[base, resume]])} : {}
    for await (const event of follow([base], {signal: stop.signal, wait, ...options})) {
      if (event.kind !== 'lines') continue
      lines.push(...event.lines.map((l) => l.text))
      position = event.position
    }
    return {lines, position}
  }
  writeFileSync(`${base}.5`, text(0, 3))
  writeFileSync(base, `${text(3, 10)}2026-11-21 par`)
  const first = await run(2)
  expect(first.lines).toEqual(LINES.slice(3, 10))
  writeFileSync(base, text(3, 20))
  renameSync(base, `${base}.2`)
  writeFileSync(`${base}.2.gz`, gzipSync(readFileSync(`${base}.2`)))
  unlinkSync(`${base}.2`)
  writeFileSync(`${base}.1`, text(20, 30))
  appendFileSync(base, text(30, 40))
  const second = await run(4, first.position ? [first.position] : [])
  expect([...second.lines].sort()).toEqual(LINES.slice(10))
  // and in one go, in family order, the parts are the one log they came from
  const all: string[] = []
  for (const part of findLogs([dir]).families[0]?.parts ?? []) {
    const splitter = new LineSplitter()
    for await (const block of readBlocks(part)) all.push(...splitter.push(block).map((l) => l.text))
  }
  expect(all).toEqual(LINES)
  rmSync(dir, {recursive: true})
})
