/** One traffic written in twelve shapes: the same messages, less what the shape itself has lost. */

import {describe, expect, test} from 'vitest'
import type {Found} from '../../src/store/finder.js'
import {read, shared} from './store.js'

const FOLDER = 'corpus/postfix/lab-shapes'
const root = shared(FOLDER)

/** What every shape keeps: all but the fraction of the second, and the uid of PHP's process. */
const kept = (all: readonly Found[]): unknown[] =>
  all.map(({life}) => ({
    id: life.queueId,
    state: life.state,
    accepted: life.accepted,
    second: Math.floor((life.arrivedAt ?? 0) / 1000),
    sender: life.sender,
    messageId: life.messageId,
    size: life.size,
    kind: life.origin.kind,
    uid: life.origin.uid,
    recipients: life.recipients.map((r) => [r.address, r.outcome, r.reply, Math.floor((r.at ?? 0) / 1000)]),
    links: life.links,
  }))

const FILES = ['trad.log', 'iso.log', 'withpri.log', 'rfc5424.log', 'p23.log']
const JOURNAL = ['j.json', 'j.export', 'j.short', 'j.short-iso', 'j.short-iso-precise', 'j.short-full', 'j.with-unit']

describe('lab-shapes', () => {
  for (const group of [FILES, JOURNAL]) {
    const [first, ...others] = group as [string, ...string[]]
    test.skipIf(root === null).for(others)(
      `%s tells what ${first} tells (skipped without ../shared/${FOLDER})`,
      async (name) => {
        const one = await read([[`${root}/${first}`]])
        const other = await read([[`${root}/${name}`]])
        expect(one.all()).toHaveLength(7)
        expect(kept(other.all())).toEqual(kept(one.all()))
        expect(other.result).toMatchObject({messages: 7, deliveries: 4, failures: []})
      },
    )
  }

  test.skipIf(root === null)(
    `the journal knows the uid of PHP's process (skipped without ../shared/${FOLDER})`,
    async () => {
      const origins = async (name: string) =>
        (await read([[`${root}/${name}`]]))
          .all()
          .filter(({life}) => life.origin.kind === 'script')
          .map(({life}) => life.origin.certainty)
      expect(await origins('j.export')).toEqual(['likely', 'likely'])
      expect(await origins('j.short')).toEqual(['ambiguous', 'ambiguous'])
    },
  )
})
