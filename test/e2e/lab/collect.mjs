/** Gathers a run: logs as on disk, the reports really delivered, and truth.ndjson from what the receivers recorded. */
import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import {gunzipSync} from 'node:zlib'
import {abuseComplaint} from './dsn.mjs'
import {HOSTS} from './plan.mjs'
import {judge, queriesOf, sendersOf} from './truth-rules.mjs'

const TOKEN = /k[0-9a-f]{7}(?:\d{4}|\.[oc]\b)?/gi
const iso = (seconds) => new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z')
const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Queue IDs that a server wrote into the Received lines of a text, oldest first. */
export function receivedIds(text, hostname) {
  const unfolded = text.replaceAll('\r\n', '\n').replaceAll(/\n[ \t]+/g, ' ')
  const by = new RegExp(`\\bby ${escaped(hostname)}\\b`)
  const hops = unfolded
    .split('\n')
    .filter((line) => /^received:/i.test(line) && by.test(line) && !line.includes('with LMTP'))
  return hops
    .map((line) => /\bid ([0-9A-Za-z]+(?:-[0-9A-Za-z]+)*)/.exec(line)?.[1])
    .filter(Boolean)
    .reverse()
}

/** Copies logs, configuration and queues; @returns {Promise<Map<string, string>>} relative path -> text */
async function copyLogs(lab, out) {
  const texts = new Map()
  for (const name of lab.names) {
    const folder = join(out, 'logs', `${name}-${HOSTS[name].hostname}`)
    for (const path of lab.logs(name)) {
      const bytes = readFileSync(path)
      if (bytes.length === 0) continue
      const target = join(folder, path.split('/var/log/')[1])
      mkdirSync(join(target, '..'), {recursive: true})
      writeFileSync(target, bytes)
      texts.set(relative(out, target), (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1'))
    }
    if (HOSTS[name].foreign) continue
    writeFileSync(join(folder, 'queue-at-end.txt'), await lab.queue(name))
  }
  return texts
}

/** @returns {Promise<object[]>} every row of truth.ndjson, also written to `out` */
export async function collect(lab, ledger, out, name) {
  mkdirSync(join(out, 'bounces'), {recursive: true})
  mkdirSync(join(out, 'reports'), {recursive: true})
  const texts = await copyLogs(lab, out)
  const records = readFileSync(lab.records, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const {list} = ledger
  const byToken = new Map(list.map((entry) => [entry.token.toLowerCase(), entry]))
  const find = (text) => {
    const hits = [...text.matchAll(TOKEN)].map(([token]) => byToken.get(token.toLowerCase())).filter(Boolean)
    return hits.find((entry) => entry.forged) ?? hits[0]
  }
  const ours = (entry) => entry.host && !entry.forged
  for (const entry of list) Object.assign(entry, {deliveries: [], queue_ids: [], id_source: null})

  // what the receivers saw
  const relays = lab.names.filter((one) => HOSTS[one].foreign).map((one) => HOSTS[one].ip)
  for (const record of records.filter((one) => one.stage === 'data')) {
    const entry = find(record.headers)
    if (!entry || record.from === '' || (entry.forged && relays.includes(record.client))) continue
    const via = record.kind === 'lmtp' ? 'local' : record.listener
    entry.deliveries.push({
      t: record.t,
      to: record.recipients.map(([address]) => address),
      via,
      client: record.client,
      reply: record.recipients[0][1],
    })
    if (!ours(entry)) continue
    for (const id of receivedIds(record.headers, HOSTS[entry.host].hostname))
      if (!entry.queue_ids.includes(id)) entry.queue_ids.push(id)
    if (entry.queue_ids.length > 0) entry.id_source = 'received-header'
  }
  // refusals before DATA carry no header: by envelope, the latest message that fits
  for (const record of records.filter((one) => ['rcpt', 'mail', 'drop'].includes(one.stage))) {
    for (const [address, reply] of record.recipients.length > 0 ? record.recipients : [[null, record.reply]]) {
      const fits = (entry) =>
        ours(entry) &&
        entry.env_from.toLowerCase() === record.from.toLowerCase() &&
        entry.t - 2 <= record.t &&
        entry.rcpts.some((one) => one.toLowerCase() === address?.toLowerCase())
      const entry = list.findLast(fits)
      if (entry) entry.deliveries.push({t: record.t, to: [address], via: record.listener, client: record.client, reply})
    }
  }
  // handed to a real foreign server: its own log says so
  for (const entry of list.filter(ours)) {
    const foreign = {'@oldclub.example': 'f1', '@lists.example': 'f2'}
    for (const [place, host] of Object.entries(foreign)) {
      if (!entry.rcpts[0]?.endsWith(place)) continue
      const seen = [...texts].some(([path, text]) => path.startsWith(`logs/${host}-`) && text.includes(entry.token))
      if (seen)
        entry.deliveries.push({
          t: entry.t + 1,
          to: entry.rcpts,
          via: HOSTS[host].hostname,
          client: HOSTS[entry.host].ip,
          reply: '250 (its own log)',
        })
    }
    if (entry.queue_ids.length === 0 && entry.smtp_id)
      Object.assign(entry, {queue_ids: [entry.smtp_id], id_source: 'smtp-250'})
  }
  const reports = collectReports(records, {find, list, out, ours})
  findLoggedIds(list.filter(ours), texts)
  for (const entry of list) judge(entry, texts)
  const known = new Map(list.map((entry) => [entry.id, entry]))
  for (const report of reports)
    report.expected = report.about ? {verdict: known.get(report.about).expected.verdict, about: report.about} : null
  reports.push(...complaints(records, list, out, reports.length))
  const span = {first: iso(lab.began), last: iso(lab.clock.now())}
  const coverage = lab.ours.map((host) => {
    const {hostname, ip, tz, accounts} = HOSTS[host]
    const files = [...texts.keys()].filter((path) => path.startsWith(`logs/${host}-`)).sort()
    return {type: 'coverage', host, hostname, ip, tz, ...span, files, accounts}
  })
  const rows = [
    {type: 'run', name, start: span.first},
    ...coverage,
    ...list,
    ...reports,
    ...queriesOf(lab, list, iso),
    ...sendersOf(list),
  ]
  writeFileSync(join(out, 'truth.ndjson'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  copyFileSync(lab.records, join(out, 'world.ndjson'))
  return rows
}

/** Every mail with a null sender that reached a mailbox here, or (our own bounces to strangers) out there. */
function collectReports(records, {find, list, out, ours}) {
  const reports = []
  for (const record of records) {
    if (record.stage !== 'data' || record.from !== '' || !record.file) continue
    const text = readFileSync(record.file, 'latin1')
    let entry = find(text)
    if (!entry) {
      // a text without a copy: known by the recipient it names
      const made = records.find((one) => one.kind === 'dsn' && text.includes(one.dsnMessageId))
      entry = made && list.find((one) => one.rcpts.includes(made.recipient))
    }
    const subject = /^subject: *(.*)/im.exec(text)?.[1] ?? ''
    const kind = /^(Warning: message|Delayed Mail)/.test(subject)
      ? 'delay'
      : subject.startsWith('Out of office')
        ? 'autoreply'
        : /rejected by (the )?local/.test(subject)
          ? 'rejected-locally'
          : 'failure'
    const number = String(reports.length + 1).padStart(4, '0')
    const file = `bounces/${record.host ?? 'remote'}-${number}.eml`
    writeFileSync(join(out, file), text, 'latin1')
    const [mailbox] = record.recipients[0]
    const head = text.replaceAll('\r\n', '\n').split('\n\n', 1)[0]
    const inbound = record.host ? receivedIds(head, HOSTS[record.host].hostname) : []
    reports.push({
      type: 'report',
      id: `r${number}`,
      file,
      kind,
      host: record.host ?? null,
      mailbox,
      t: record.t,
      inbound_queue_ids: inbound,
      about: entry?.id ?? null,
      scenario: entry?.scenario ?? null,
    })
    if (entry && ours(entry) && entry.queue_ids.length === 0) {
      const ids = receivedIds(text.replaceAll('\r\n', '\n').slice(head.length), HOSTS[entry.host].hostname)
      if (ids.length > 0) Object.assign(entry, {queue_ids: ids, id_source: 'bounce-copy'})
    }
  }
  return reports
}

/** IDs that only the log knows (refused everywhere, no bounce kept), and the second ID behind a content filter. */
function findLoggedIds(entries, texts) {
  for (const entry of entries) {
    const own = [...texts].filter(([path]) => path.startsWith(`logs/${entry.host}-`)).map(([, text]) => text)
    for (const text of entry.queue_ids.length === 0 ? own : []) {
      const line = new RegExp(`^.*${entry.token}.*$`, 'm').exec(text)?.[0] ?? ''
      const id =
        /(?:^|\s)((?:\w{6}-\w{6}-\w{2})|(?:\w{6}-\w{11}-\w{4})) /.exec(line)?.[1] ??
        /cleanup\[\d+\]: (\w+): message-id/.exec(line)?.[1]
      if (id) Object.assign(entry, {queue_ids: [id], id_source: 'log'})
      if (id) break
    }
    if (!HOSTS[entry.host].longIds) continue
    for (const id of [...entry.queue_ids])
      for (const text of own)
        for (const [, next] of text.matchAll(new RegExp(` ${id}: to=.*?:10024,.*queued as (\\w+)\\)`, 'g')))
          if (!entry.queue_ids.includes(next)) entry.queue_ids.push(next)
  }
}

/** Abuse complaints about mail that really reached the big provider: two of each kind. */
function complaints(records, list, out, before) {
  const made = []
  const kinds = [
    'script-burst',
    'compromised-account',
    'contact-form-abuse',
    'forged-reported-as-abuse',
    'script-local-smtp',
  ]
  for (const entry of list.filter((one) => kinds.includes(one.scenario))) {
    const scenario = `arf:${entry.scenario}`
    if (made.filter((one) => one.scenario === scenario).length >= 2) continue
    const record = records.find(
      (one) =>
        one.stage === 'data' &&
        one.from !== '' &&
        one.listener === 'mx1.bigmail.example' &&
        one.file &&
        one.headers.includes(entry.token),
    )
    if (!record) continue
    const file = `reports/arf-${entry.id}.eml`
    const facts = {
      site: 'bigmail.example',
      to: `abuse@${HOSTS[entry.host].hostname}`,
      client: record.client,
      helo: record.helo,
      receipt: record.receipt,
      from: record.from,
      at: record.t,
    }
    writeFileSync(
      join(out, file),
      abuseComplaint(facts, readFileSync(record.file, 'latin1').replaceAll('\r\n', '\n')),
      'latin1',
    )
    const id = `r${String(before + made.length + 1).padStart(4, '0')}`
    made.push({
      type: 'report',
      id,
      file,
      kind: 'arf',
      host: entry.host,
      t: record.t + 3600,
      about: entry.id,
      scenario,
      expected: {verdict: entry.expected.verdict, about: entry.id},
    })
  }
  return made
}
