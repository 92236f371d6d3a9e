/**
 * Look-ups inside one process, without its start: `node bench/look-ups.mjs --db FILE [--look-ups 2000] [--seed 1]`.
 * Random messages of the database are asked for by queue ID and Message-ID, as hits and as IDs that are nowhere, by `trace` and by `verdict`.
 * Printed: the CPU time of each, milliseconds, which other work on the machine does not change, and how much the database was asked for it.
 */

import {parseArgs} from 'node:util'
import {timeInQueueId} from '../dist/mail/queue-id.js'
import {Fleet} from '../dist/question/fleet.js'
import {traceMessages} from '../dist/question/trace.js'
import {judge} from '../dist/question/verdict/judge.js'
import {queryOfFlags} from '../dist/question/verdict/query.js'
import {openStore} from '../dist/store/finder.js'
import {Random} from './logs/random.mjs'

const {values: flags} = parseArgs({
  options: {db: {type: 'string'}, 'look-ups': {type: 'string', default: '2000'}, seed: {type: 'string', default: '1'}},
})
if (!flags.db) {
  console.error('node bench/look-ups.mjs --db FILE [--look-ups 2000] [--seed 1]')
  process.exit(64)
}
const random = new Random(Number(flags.seed))
const count = Number(flags['look-ups'])

const picking = openStore(flags.db)
const last = picking.db.prepare('SELECT max(id) FROM message').pluck().get()
const known = []
while (known.length < count) {
  const [found] = picking.byIds([1 + random.below(last)])
  if (found?.life.queueId && found.life.messageId)
    known.push({
      queueId: found.life.queueId,
      messageId: found.life.messageId,
      recipient: found.life.recipients[0]?.address ?? '',
      at: found.life.arrivedAt ?? found.life.firstAt,
    })
}
const parts = picking.db.prepare('SELECT count(*) AS runs, sum(entries) AS entries FROM segment').get()
picking.close()

const store = openStore(flags.db)
const fleet = new Fleet({configured: [], stored: store.servers, directSmtp: 'unknown'})
const always = {from: null, to: null}
let asked = 0
const statement = Object.getPrototypeOf(store.db.prepare('SELECT 1'))
for (const name of ['get', 'all']) {
  const own = statement[name]
  statement[name] = function (...args) {
    asked++
    return own.apply(this, args)
  }
}

const trace = (key) =>
  traceMessages(store, fleet, {keys: [key], servers: [], window: always, limit: 50}).journeys.length
const nobody = {messageIds: [], queueIds: [], senders: [], recipients: [], subjects: [], at: null, window: always}
const verdict = (more) => judge(store, fleet, queryOfFlags({...nobody, ...more}, timeInQueueId)).messages.length
/** As long as the real one and nowhere in the log. */
const absent = (id) => [...id].reverse().join('')
const questions = {
  'trace, queue ID': [({queueId}) => trace(queueId), 1],
  'trace, queue ID that is nowhere': [({queueId}) => trace(`${absent(queueId.slice(0, 6))}${queueId.slice(6)}`), 0],
  'trace, Message-ID': [({messageId}) => trace(messageId), 1],
  'trace, Message-ID that is nowhere': [({messageId}) => trace(absent(messageId)), 0],
  'verdict, Message-ID': [({messageId}) => verdict({messageIds: [messageId]}), 1],
  'verdict, Message-ID and time, nowhere': [({messageId, at}) => verdict({messageIds: [absent(messageId)], at}), 0],
  'trace, recipient': [({recipient}) => trace(recipient), 1],
}
const results = {}
for (const [name, [ask, least]] of Object.entries(questions)) {
  const took = []
  asked = 0
  let found = 0
  const cases = name === 'trace, recipient' ? known.slice(0, count / 20) : known
  for (const one of cases) {
    const before = process.cpuUsage()
    const answer = ask(one)
    const used = process.cpuUsage(before)
    took.push((used.user + used.system) / 1000)
    if (answer > 0) found++
  }
  if (least === 1 ? found < cases.length : found > cases.length / 100)
    console.error(`${name}: ${found} of ${cases.length} found`)
  took.sort((a, b) => a - b)
  const at = (share) => Number(took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(3))
  results[name] = {p50: at(0.5), p99: at(0.99), slowest: at(1), statements: Math.round(asked / cases.length)}
}
store.close()
console.log(JSON.stringify({messages: last, ...parts, lookUps: count, results, node: process.version}, null, 1))
