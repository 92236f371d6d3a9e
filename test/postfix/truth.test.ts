/** What really happened in the lab (corpus/postfix/lab-postfix37/truth.tsv) against what the logs of it, read and traced, say. */

import {describe, expect, test} from 'vitest'
import type {Message} from '../../src/mail/message.js'
import {read, shared} from './store.js'

const FOLDER = 'corpus/postfix/lab-postfix37'
const root = shared(FOLDER)

/** `outcome address` of every recipient of every queue entry of a journey, last hop only; the lab's outside is a port of this machine. */
const ends = (messages: readonly Message[]): string[] =>
  messages
    .flatMap((message) =>
      message.recipients
        .filter(
          (r) =>
            !(
              r.outcome === 'handed-on' &&
              message.links.some((l) => l.direction === 'to' && l.kind !== 'bounce-of') &&
              r.remoteHost === null
            ) && !(r.outcome === 'handed-on' && /queued as/.test(r.reply ?? '')),
        )
        .map((r) => `${r.outcome} ${r.address}`),
    )
    .sort()

interface Row {
  readonly key: string
  readonly kind: string
  readonly ends: readonly string[]
  readonly more?: Partial<Message>
}

const BY_ID: readonly Row[] = [
  {key: 'through.filter@client', kind: 'local', ends: ['handed-on x@filt.test', 'handed-on y@filt.test']},
  {key: 'through.proxy@client', kind: 'local', ends: ['handed-on x@remote.test']},
  {key: 'will.bounce@client', kind: 'local', ends: ['delivered-locally bob@lab.test', 'failed nosuch@reject.test']},
  {key: 'double.bounce@client', kind: 'local', ends: ['failed nosuch@reject.test']},
  {key: 'will.defer@client', kind: 'local', ends: ['removed x@defer.test']},
  {key: 'dot.forward@client', kind: 'local', ends: ['handed-on someone@remote.test']},
  {key: 'alias.remote@client', kind: 'local', ends: ['handed-on x@remote.test']},
  {key: 'virtual.multi@client', kind: 'local', ends: ['handed-on a@remote.test', 'handed-on b@remote.test']},
  {
    key: 'locals@client',
    kind: 'local',
    ends: [
      'delivered-locally bob@lab.test',
      'delivered-locally fileit@lab.test',
      'delivered-locally pipeit@lab.test',
      'failed failit@lab.test',
      'removed ext@ext.test',
    ],
  },
  {key: 'nouser@lab.test', kind: 'local', ends: ['failed nouser@lab.test'], more: {state: 'rejected', queueId: ''}},
  {key: 'hold.me@client', kind: 'local', ends: ['handed-on x@remote.test'], more: {state: 'completed'}},
  {key: 'discard.me@client', kind: 'local', ends: ['discarded x@remote.test'], more: {state: 'completed'}},
  {key: 'redirect.me@client', kind: 'local', ends: ['delivered-locally bob@lab.test']},
  {key: 'rejectme@client', kind: 'local', ends: ['failed x@remote.test'], more: {state: 'rejected'}},
  {key: 'hdrs@client', kind: 'local', ends: ['delivered-locally bob@lab.test', 'handed-on x@remote.test']},
  {
    key: 'quoted.sender@client',
    kind: 'local',
    ends: ['delivered-locally bob@lab.test'],
    more: {sender: '"a b"@ext.test'},
  },
  {key: 'aborted@lab.test', kind: 'local', ends: ['unknown bob@lab.test'], more: {state: 'unknown'}},
  {key: 'will.be.deleted@client', kind: 'local', ends: ['removed x@defer.test'], more: {state: 'removed'}},
]

describe.for(['long', 'short'])('%s queue IDs', (ids) => {
  const files = root === null ? [] : [`${root}/${ids}-ids.log`, `${root}/phpmail-${ids}.log`]
  test.skipIf(root === null)(
    `every message of truth.tsv, one by one (skips ${BY_ID.length} rows without ../shared/${FOLDER})`,
    async () => {
      const {journey} = await read([files])
      for (const row of BY_ID) {
        const messages = journey(row.key)
        expect(ends(messages), row.key).toEqual([...row.ends].sort())
        expect(messages[0]?.origin, row.key).toMatchObject({kind: row.kind, client: {ip: '127.0.0.1'}})
        if (row.more) expect(messages[0], row.key).toMatchObject(row.more)
      }
    },
  )

  test.skipIf(root === null)(
    `the totals: 26 submissions, 24 external and 10 local deliveries (skips 3 totals without ../shared/${FOLDER})`,
    async () => {
      const {all, result} = await read([files])
      const submitted = all().filter(
        ({life}) =>
          life.accepted && !life.reinjected && life.origin.kind !== 'bounce' && life.origin.kind !== 'forward',
      )
      expect(submitted).toHaveLength(26)
      expect(result.deliveries).toBe(34)
      expect(result.messages).toBe(32)
      const local = all().flatMap(({life}) => life.recipients.filter((r) => r.outcome === 'delivered-locally'))
      expect(local).toHaveLength(10)
    },
  )

  test.skipIf(root === null)(
    `the scripts behind PHP's messages (skips 8 messages without ../shared/${FOLDER})`,
    async () => {
      const {all} = await read([files])
      const sent = all().filter(({life}) => life.origin.uid === 10007)
      expect(sent).toHaveLength(8)
      for (const {life} of sent) {
        expect(life.origin).toMatchObject({kind: 'script', script: '/home/web1/www/contact.php'})
        expect(life.origin.evaluated).toBe(life.subject === 'evil subject')
      }
      expect(sent.filter(({life}) => life.messageId === 'abc@phpmailer')).toHaveLength(2)
      expect(sent.flatMap(({life}) => life.recipients)).toHaveLength(2 * (1 + 1 + 1 + 3))
    },
  )

  test.skipIf(root === null)(
    `links both ways, a requeued message once (skips 1 without ../shared/${FOLDER})`,
    async () => {
      const {all, journey} = await read([files])
      const again = all().find(({life}) => life.links.some((l) => l.kind === 'requeued'))
      const old = again?.life.links[0]?.queueId ?? ''
      expect(again?.life.reinjected).toBe(true)
      const [before, ...after] = journey(again?.life.queueId ?? '').filter(
        ({queueId}) => queueId === old || queueId === again?.life.queueId,
      )
      expect(before).toMatchObject({queueId: old, state: 'completed', recipients: [{outcome: 'handed-on'}]})
      expect(before?.links).toContainEqual({
        kind: 'requeued',
        direction: 'to',
        server: 'lab',
        queueId: again?.life.queueId,
      })
      expect(after).toMatchObject([
        {state: 'removed', origin: {kind: before?.origin.kind}, recipients: [{outcome: 'removed'}]},
      ])
      const probe = all().find(({life}) => life.subject === 'probe')
      expect(probe?.life.recipients.map((r) => [r.address, r.outcome])).toEqual([
        ['x@remote.test', 'discarded'],
        ['nosuch@reject.test', 'failed'],
      ])
    },
  )
})
