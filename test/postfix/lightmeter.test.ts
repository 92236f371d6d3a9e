/** A real host of two days behind amavis: every message once, and pflogsumm's own numbers where they are asked for. */

import {spawnSync} from 'node:child_process'
import {describe, expect, test} from 'vitest'
import {linesOf} from '../dialect/corpus.js'
import {logs, read, shared} from './store.js'

const FOLDER = 'corpus/postfix/lightmeter/complete/logs_sample'
const root = shared(FOLDER)
const text = (): string =>
  root === null ? '' : `${[...linesOf(`${root}/mail.log.1`), ...linesOf(`${root}/mail.log`)].join('\n')}\n`

/** docs/dialects/postfix.md: what pflogsumm counts, from the store (outcomes: 1 delivered, 2 delivered locally, 3 handed on, 5 failed; flag 1: accepted). */
const PFLOGSUMM = `SELECT
  (SELECT count(*) FROM message WHERE flags & 1) AS received,
  (SELECT count(*) FROM recipient WHERE outcome IN (1, 2, 3)) AS delivered,
  (SELECT count(*) FROM recipient WHERE outcome = 5 AND attempts > 0) AS bounced,
  (SELECT count(DISTINCT message) FROM recipient WHERE outcome = 4 OR attempts > 1) AS deferred`

describe('lightmeter/complete', () => {
  test.skipIf(root === null)(
    `each message once, in two halves that the filter makes (skips 1 without ../shared/${FOLDER})`,
    async () => {
      const {result, all} = await read([[root ?? '']], {year: 2020})
      expect(result).toMatchObject({unknown: 0, messages: 156, deliveries: 186, rejections: 8})
      const halves = all().filter(({life}) => life.reinjected)
      expect(halves).toHaveLength(155)
      expect(new Set(halves.map(({life}) => life.messageId)).size).toBe(155)
    },
  )

  const missing = spawnSync('pflogsumm', ['--version']).error !== undefined
  test.skipIf(root === null || missing)(
    `pflogsumm's totals (skips 5 numbers without ../shared/${FOLDER} or pflogsumm)`,
    async () => {
      const [path] = logs({'mail.log': text()}) as [string]
      const printed = spawnSync('pflogsumm', [path], {encoding: 'latin1'}).stdout
      const number = (word: string): number => Number(new RegExp(`(\\d+) {3}${word}`).exec(printed)?.[1])
      const {store, result} = await read([[path]], {year: 2020})
      const totals = store.db.prepare(PFLOGSUMM).get()
      expect({...(totals as object), rejected: result.rejections}).toEqual({
        received: number('received'),
        delivered: number('delivered'),
        bounced: number('bounced'),
        deferred: number('deferred'),
        rejected: number('rejected'),
      })
    },
  )
})
