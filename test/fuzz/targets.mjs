// What is fuzzed, and what must hold. Runs on the built program (dist).
import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {jsonLine} from '../../dist/cli/json-line.js'
import {emptyTally, selectorsShown, tallied} from '../../dist/dialect/exim/selectors.js'
import {dialects} from '../../dist/dialect/log.js'
import {Ingest} from '../../dist/ingest/ingest.js'
import {addressesIn} from '../../dist/mail/address.js'
import {byteString, readable} from '../../dist/mail/text.js'
import {readNotices} from '../../dist/notice/read-notices.js'
import {exportRecords} from '../../dist/question/bundle-export.js'
import {coverageAnswer} from '../../dist/question/coverage.js'
import {storeHealth} from '../../dist/question/doctor/doctor.js'
import {Fleet} from '../../dist/question/fleet.js'
import {colours} from '../../dist/render/colour.js'
import {printable} from '../../dist/render/printable.js'
import {Redactor} from '../../dist/render/redact.js'
import {renderTrace} from '../../dist/render/trace.js'
import {openForWriting} from '../../dist/store/database.js'
import {openStore} from '../../dist/store/finder.js'
import {maskOf} from '../../dist/store/forget-mask.js'
import {checkChain} from '../../dist/store/integrity.js'
import {checkDerived} from '../../dist/store/integrity-derived.js'

/** Milliseconds of this process that one case may take: a busy machine makes nothing slow. */
const SLOWEST = 1_000
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/
const KINDS = new Set(['event', 'ignored', 'unknown', 'piece', 'continuation'])
const redactor = new Redactor('fuzz')
const mask = maskOf('info@example.com', Buffer.alloc(32))

/** CPU milliseconds of this process so far. */
function spent() {
  const {user, system} = process.cpuUsage()
  return (user + system) / 1000
}

function must(condition, what) {
  if (!condition) throw new Error(what)
}

function quick(what, started) {
  const took = spent() - started
  must(took < SLOWEST, `${what} took ${Math.round(took)} ms`)
}

/** One line through every dialect and every text function. */
export function checkParsers(line) {
  for (const {name, parse} of dialects) {
    const started = spent()
    const parsed = parse(line)
    quick(name, started)
    must(KINDS.has(parsed.kind), `${name} gave ${parsed.kind}`)
    must(JSON.stringify(parse(line)) === JSON.stringify(parsed), `${name} gave two answers`)
    if (parsed.kind === 'event' && parsed.event.stamp)
      must(Number.isFinite(parsed.event.stamp.wall), `${name} gave an endless time`)
    selectorsShown(tallied(emptyTally, line, parsed), 1)
  }
  const started = spent()
  const text = readable(line)
  must(!UNSAFE.test(printable(text).replaceAll('\n', '')), 'printable let something through')
  must(!UNSAFE.test(jsonLine({text})), 'jsonLine let something through')
  const shown = printable(text)
  const redacted = redactor.text(shown).toLowerCase()
  // what follows another @ is that address's domain; a local part in the form of a pseudonym is taken for one
  for (const address of addressesIn(shown))
    if (!/["=%]|^.{1,2}@|^~[a-z2-7]{8}@/.test(address) && !domainOfAnother(shown.toLowerCase(), address.toLowerCase()))
      must(!redacted.includes(address.toLowerCase()), `redaction left ${address}`)
  must(mask.apply(mask.apply(line)) === mask.apply(line), 'the mask changed its own output')
  must(byteString(text).length >= 0, 'no bytes')
  quick('text functions', started)
}

/** One report: it may be refused, never fail. */
export async function checkNotice(bytes) {
  const started = spent()
  let count = 0
  for await (const notice of readNotices(bytes)) {
    must(typeof notice === 'object', 'a notice that is none')
    if (++count > 1_000) break
  }
  const took = spent() - started
  must(took < 5 * SLOWEST, `the report took ${Math.round(took)} ms`)
}

const OPTIONS = {
  format: 'auto',
  server: 'fuzz.example',
  serverOfPath: () => null,
  serverOfHost: (host) => host,
  defaultServer: 'fuzz.example',
  zoneOf: () => 'UTC',
  assumedZone: 'UTC',
  year: 2022,
}

async function ingest(db, paths) {
  const connection = openForWriting(db)
  try {
    return await new Ingest(connection, {...OPTIONS, paths}).run()
  } finally {
    connection.close()
  }
}

/** What the store says, without numbers that depend on the order. */
function contents(store, fleet) {
  const records = []
  for (const {evidence, ...record} of exportRecords(store, fleet, {
    address: null,
    window: {from: null, to: null},
    servers: [],
  }))
    records.push(JSON.stringify({...record, lines: evidence?.map(({line}) => line).sort()}))
  return records.sort()
}

/** A log through ingest, checks and answers; then the same log cut in two files. */
export async function checkPipeline(log, folder) {
  const path = join(folder, 'fuzz.log')
  const db = join(folder, 'a.db')
  const second = join(folder, 'b.db')
  const clean = () => {
    for (const file of [db, second])
      for (const suffix of ['', '-wal', '-shm', '-writer']) rmSync(`${file}${suffix}`, {force: true})
  }
  clean()
  writeFileSync(path, Buffer.from(log, 'latin1'))
  const result = await ingest(db, [path])
  must(result.failures.length === 0, `not read: ${result.failures[0]?.message}`)
  must(
    result.lines === result.events + result.ignored + result.unknown + result.continuation,
    'a line was counted twice or not at all',
  )
  const store = openStore(db)
  try {
    const fleet = new Fleet({configured: [], stored: store.servers, directSmtp: 'unknown'})
    const chain = checkChain(store.db)
    must(chain.faults.length === 0, `chain: ${chain.faults[0]?.place}: ${chain.faults[0]?.detail}`)
    const derived = checkDerived(store.db, null)
    must(derived.faults.length === 0, `derived rows: ${derived.faults[0]?.place}: ${derived.faults[0]?.detail}`)
    const health = storeHealth(store, Date.UTC(2026, 0, 1))
    must(!UNSAFE.test(jsonLine({...health, coverage: coverageAnswer(store, [])})), 'doctor let something through')
    for (const record of exportRecords(store, fleet, {address: null, window: {from: null, to: null}, servers: []})) {
      must(!UNSAFE.test(jsonLine(record)), 'export let something through')
      if (record.kind !== 'message') continue
      const text = renderTrace(
        {
          schema: 'mailwitness.trace/1',
          journeys: [{messages: [record]}],
          coverage: {schema: 'mailwitness.coverage/1', servers: []},
          more: false,
        },
        {lines: true, colours: colours(false)},
      )
      must(!UNSAFE.test(text), 'trace let something through')
    }
    const again = await ingest(second, [path])
    must(again.messages === result.messages, 'another database has other messages')
    const other = openStore(second)
    try {
      must(
        JSON.stringify(contents(other, fleet)) === JSON.stringify(contents(store, fleet)),
        'the same log gave another content',
      )
    } finally {
      other.close()
    }
  } finally {
    store.close()
    clean()
  }
}

/** Whether an address stands, at its first place, in what follows another @: a domain that long is read as a local part from its 64th letter on. */
function domainOfAnother(text, address) {
  return /@[\w.-]*$/.test(text.slice(0, Math.max(0, text.indexOf(address))))
}
