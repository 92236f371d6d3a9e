/** `report --compat pflogsumm` beside the real pflogsumm, on a lab's logs with probes, a proxy filter's own service and a refused submission. */

import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {compatTotals} from '../../src/question/daily-compat.js'
import {read, shared} from './store.js'

const FOLDER = 'corpus/postfix/lab-postfix37'
const root = shared(FOLDER)
const missing = spawnSync('pflogsumm', ['--version']).error !== undefined

describe('--compat pflogsumm', () => {
  test
    .skipIf(root === null || missing)
    .each(['short-ids.log', 'long-ids.log', 'phpmail-short.log', 'phpmail-long.log'])(
    `every total of %s (skips 12 numbers without ../shared/${FOLDER} or pflogsumm)`,
    async (name) => {
      const path = join(root ?? '', name)
      const printed = spawnSync('pflogsumm', ['--detail', '0', path], {encoding: 'latin1'}).stdout
      const {store} = await read([[path]], {year: 2026})
      const {totals} = compatTotals(store, 'pflogsumm', 0, Date.UTC(2030, 0, 1))
      const theirs = Object.keys(totals).map((word) => {
        const pattern = word === 'deferrals' ? /\((\d+) {2}deferrals\)/ : new RegExp(`^ *(\\d+) +${word}`, 'm')
        return [word, Number(pattern.exec(printed)?.[1] ?? (word === 'deferrals' ? 0 : Number.NaN))]
      })
      expect(totals).toEqual(Object.fromEntries(theirs))
    },
  )
})
