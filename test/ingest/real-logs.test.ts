/** The law of order on real logs: any order of files, any split, any wrapping, once or twice, gives the same database content. */

import {existsSync, mkdirSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {describe, expect, it} from 'vitest'
import {findLogs} from '../../src/input/find-logs.js'
import {linesOf} from '../dialect/corpus.js'
import {contentOf, difference} from '../helpers/content.js'
import {inFolder, ingested} from '../helpers/ingest-logs.js'

const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared')

const files = (folder: string): string[] =>
  existsSync(folder)
    ? (readdirSync(folder, {recursive: true}) as string[])
        .map((name) => join(folder, name))
        .filter((path) => statSync(path).isFile() && /log/.test(path.slice(path.lastIndexOf('/'))))
        .sort()
    : []

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

const LAB = join(SHARED, 'lab/run-2/logs')
/** One server's logs; where the same log lies there in two forms, one form of it. */
const servers = (existsSync(LAB) ? readdirSync(LAB).sort() : []).flatMap((server) =>
  readdirSync(join(LAB, server)).includes('mail.iso.log') ? [`${server} mail.iso`, `${server} maillog`] : [server],
)
const logsOf = (server: string): string[] => {
  const [name = '', form] = server.split(' ')
  const other = form === 'maillog' ? 'mail.iso' : 'maillog'
  return files(join(LAB, name)).filter((path) => form === undefined || !path.includes(`/${other}`))
}

describe.skipIf(servers.length === 0)(`each server of the lab (${servers.length})`, () => {
  it.each(servers)('%s: files apart, backwards, twice, shuffled', async (server) => {
    await inFolder(async (folder) => {
      const whole = await ingested(join(folder, 'whole.db'), [logsOf(server)], contentOf)
      expect(whole.length).toBeGreaterThan(0)
      const all = logsOf(server)
      const twice = await ingested(join(folder, 'whole.db'), [all, all], contentOf)
      expect(difference(whole, twice)).toEqual([])
      const backwards = await ingested(
        join(folder, 'back.db'),
        [...all].reverse().map((path) => [path]),
        contentOf,
      )
      expect(difference(whole, backwards)).toEqual([])
      const forwards = await ingested(
        join(folder, 'forth.db'),
        all.map((path) => [path]),
        contentOf,
      )
      expect(difference(whole, forwards)).toEqual([])
    })
  })

  it.each(servers)('%s: cut at random lines into rotated parts, fed in random order', async (server) => {
    await inFolder(async (folder) => {
      const next = random(server.length * 7919)
      const cut: string[] = []
      mkdirSync(join(folder, 'cut'))
      for (const {base, parts} of findLogs(logsOf(server)).families) {
        const pieces = parts.flatMap(({path}) => {
          const lines = linesOf(path)
          // A reject log's block is written in one call, so rotation never cuts it.
          const start = (at: number): number =>
            /reject/.test(path)
              ? Math.max(
                  0,
                  lines.findIndex((line, i) => i >= at && /^\d{4}-/.test(line)),
                )
              : at
          const inner = Array.from({length: 3}, () => start(Math.floor(next() * lines.length))).sort((a, b) => a - b)
          return [0, ...inner]
            .map((from, i) => lines.slice(from, inner[i] ?? lines.length))
            .filter((piece) => piece.length > 0)
        })
        const name = join(folder, 'cut', base.slice(LAB.length + 1).replaceAll('/', '_'))
        for (const [i, piece] of pieces.entries()) {
          const text = Buffer.from(`${piece.join('\n')}\n`, 'latin1')
          const number = pieces.length - 1 - i
          const path = number === 0 ? name : i % 3 === 1 ? `${name}.${number}.gz` : `${name}.${number}`
          writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text)
          cut.push(path)
        }
      }
      const whole = await ingested(join(folder, 'whole.db'), [logsOf(server)], contentOf)
      const inOneRun = await ingested(join(folder, 'one.db'), [[join(folder, 'cut')]], contentOf)
      expect(difference(whole, inOneRun)).toEqual([])
      const order = cut.map((path) => ({path, key: next()})).sort((a, b) => a.key - b.key)
      const apart = await ingested(
        join(folder, 'apart.db'),
        order.map(({path}) => [path]),
        contentOf,
      )
      expect(difference(whole, apart)).toEqual([])
    })
  })
})
