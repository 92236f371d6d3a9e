import {describe, expect, it} from 'vitest'
import {parseLog} from '../../../src/dialect/log.js'
import type {MailEvent, Parsed} from '../../../src/mail/event.js'
import {corpus} from '../corpus.js'
import {parse} from './read.js'

const lightmeter = corpus('corpus/postfix/lightmeter', /./)
const lab = corpus('corpus/postfix/lab-postfix37', /ids\.log$/)
const shapes = corpus('corpus/postfix/lab-shapes', /^(?!j\.export)/)
const runs = corpus('lab/run-2/logs', /^(?:p\d|f2)[^/]*\/(?:mail|php)[^/]*log[^/]*$/)
const fail2ban = corpus('corpus/postfix/fail2ban', /log$/)
const whyscream = corpus('corpus/postfix/whyscream', /\.yaml$/)

const events = (lines: readonly string[]): MailEvent[] =>
  lines.map(parseLog).flatMap((p) => (p.kind === 'event' ? [p.event] : []))
const unknown = (lines: readonly string[]): string[] => lines.filter((line) => parseLog(line).kind === 'unknown')

/** A suite that is skipped by name, with the number of files that it would have read, where the corpus is missing. */
const suite = (name: string, files: readonly unknown[], body: () => void): void => {
  describe.skipIf(files.length === 0)(`${name} (${files.length} files)`, body)
}

suite('real logs', [...lightmeter, ...lab, ...runs], () => {
  it('every line is an event, ignored, unknown, a piece or a continuation', () => {
    for (const file of [...lightmeter, ...lab, ...runs, ...shapes, ...fail2ban]) {
      const counts = new Map<Parsed['kind'], number>()
      for (const line of file.lines) {
        const {kind} = parseLog(line)
        counts.set(kind, (counts.get(kind) ?? 0) + 1)
      }
      expect(
        [...counts.values()].reduce((a, b) => a + b, 0),
        file.name,
      ).toBe(file.lines.length)
    }
  })
  it('lab runs hold no unknown line', () => {
    for (const file of [...lab, ...runs]) expect(unknown(file.lines), file.name).toEqual([])
  })
  it('the two-day host holds no unknown line, the situations only broken ones', () => {
    const strange = lightmeter.flatMap((file) => unknown(file.lines))
    expect(strange).toEqual(['ir/)'])
  })
  it('the same traffic in two templates gives the same events but for the stamps', () => {
    const bare = (name: RegExp): unknown[] =>
      runs
        .filter((file) => name.test(file.name))
        .flatMap((file) => events(file.lines))
        .map(({stamp: _, ...event}) => event)
    expect(bare(/p1[^/]*\/maillog/)).toEqual(bare(/p1[^/]*\/mail\.iso/))
  })
})

suite('lab with known truth', lab, () => {
  const all = lab.map((file) => events(file.lines))
  it('24 recipients left and 10 were delivered here, in short and in long IDs', () => {
    for (const list of all) {
      const delivered = list.filter((e) => e.type === 'recipient-attempted' && e.result === 'delivered')
      const queueIds = new Set(list.flatMap((e) => (e.queueId === null ? [] : [e.queueId])))
      const remote = delivered.filter(
        (e) =>
          e.type === 'recipient-attempted' &&
          e.channel === 'remote' &&
          !(e.receipt !== null && queueIds.has(e.receipt)),
      )
      const local = delivered.filter(
        (e) => e.type === 'recipient-attempted' && e.channel !== 'remote' && e.forwardedAs === null,
      )
      expect([remote.length, local.length]).toEqual([24, 10])
    }
  })
  it('26 submissions were accepted: local ones that are no requeue, and clients that are neither our filter nor refused nor gone', () => {
    for (const list of all) {
      const picked = list.filter((e) => e.type === 'message-picked-up' && e.originalQueueId === null)
      const kept = new Set(
        list.flatMap((e) =>
          e.type === 'message-activated' || (e.type === 'header-recorded' && e.verb === 'discard') ? [e.queueId] : [],
        ),
      )
      const clients = list.filter(
        (e) => e.type === 'client-accepted' && e.originalQueueId === null && kept.has(e.queueId),
      )
      expect([picked.length, clients.length]).toEqual([10, 16])
      expect(
        list.filter((e) => e.type === 'message-rejected' && e.action === 'reject' && e.queueId !== null),
      ).toHaveLength(1)
    }
  })
  it('one sweep by an administrator took three messages that no line names', () => {
    for (const list of all)
      expect(list.filter((e) => e.type === 'queue-swept' && e.action === 'deleted')).toMatchObject([{count: 3}])
  })
})

suite('one traffic in twelve shapes', shapes, () => {
  const lost = (event: MailEvent): unknown => {
    const {stamp: _s, host: _h, pid: _p, ...rest} = event
    return {...rest, uid: undefined, who: undefined}
  }
  const of = (file: {lines: readonly string[]}): unknown[] => events(file.lines).map(lost)
  it('files of rsyslog agree', () => {
    const files = shapes.filter((file) => !/\/j\./.test(file.name))
    const [first, ...rest] = files
    expect(rest.length).toBeGreaterThanOrEqual(4)
    for (const file of rest) expect(of(file), file.name).toEqual(of(first ?? file))
  })
  it('forms of journalctl agree', () => {
    const [first, ...rest] = shapes.filter((file) => /\/j\./.test(file.name))
    expect(rest.length).toBeGreaterThanOrEqual(5)
    for (const file of rest) expect(of(file), file.name).toEqual(first ? of(first) : [])
  })
  it('journald knows the user of the PHP process', () => {
    const json = shapes.find((file) => file.name.endsWith('j.json'))
    expect(events(json?.lines ?? []).filter((e) => e.type === 'script-mailed')).toMatchObject([
      {uid: 0, script: 'Command line code', line: 1},
      {uid: 0},
    ])
  })
  it('stamps agree to the second', () => {
    const utc = (file: {lines: readonly string[]}): number[] =>
      file.lines
        .map(parseLog)
        .map((p) =>
          p.kind === 'event' ? p.event.stamp : p.kind === 'ignored' || p.kind === 'unknown' ? p.stamp : null,
        )
        .map((s) => Math.floor(((s?.wall ?? 0) - (s?.offset ?? 0) * 60_000) / 1000))
    const named = (name: string): number[] => utc(shapes.find((file) => file.name.endsWith(name)) ?? {lines: []})
    expect(named('j.short-iso')).toEqual(named('j.short-full'))
    expect(named('j.short-iso-precise')).toEqual(named('j.json'))
    expect(named('iso.log')).toEqual(named('p23.log'))
  })
})

suite('fail2ban', fail2ban, () => {
  it('finds the address of every line that its filters ban for', () => {
    const missing: string[] = []
    for (const {lines} of fail2ban)
      lines.forEach((line, index) => {
        const wanted = /"match": true.*"host": "([^"]+)"/.exec(lines[index - 1] ?? '')?.[1]
        const parsed = parseLog(line)
        if (!wanted || !/: (?:reject|warning: [^ ]+\[.*SASL)/.test(line)) return
        const event = parsed.kind === 'event' ? parsed.event : null
        if ((event?.type !== 'message-rejected' && event?.type !== 'login-failed') || event.client?.ip !== wanted)
          missing.push(line)
      })
    expect(missing).toEqual([])
  })
  it('every log line is understood', () => {
    for (const {lines} of fail2ban)
      expect(unknown(lines.filter((line) => line !== '' && !line.startsWith('#')))).toEqual([])
  })
})

/** Fields that whyscream's patterns give and our events carry; the others belong to lines that are only counted (anvil, postscreen, TLS, connects). */
function ours(event: MailEvent, field: string, line: string): unknown {
  const e = {...event} as Record<string, unknown>
  const client = (e['client'] ?? null) as {name: string | null; ip: string | null; port: number | null} | null
  switch (field) {
    case 'queueid':
      return e['queueId'] ?? 'NOQUEUE'
    case 'client_ip':
      return client?.ip ?? undefined
    case 'client_hostname':
      return client ? (client.name ?? 'unknown') : undefined
    case 'client_port':
      return client?.port ?? undefined
    case 'relay_hostname':
      return e['remoteHost']
    case 'relay_ip':
      return e['remoteIp'] ?? undefined
    case 'relay_port':
      return event.type === 'recipient-attempted' ? event.remotePort : undefined
    case 'action':
      return e['stage'] === 'milter'
        ? `milter-${String(e['action'])}`
        : e['stage'] === 'proxy'
          ? undefined
          : e['action']
    case 'smtp_stage':
      return e['stage'] === 'milter' || e['stage'] === 'proxy' || event.type !== 'message-rejected'
        ? undefined
        : (
            {mail: 'MAIL', rcpt: 'RCPT', vrfy: 'VRFY', data: 'DATA', connect: 'CONNECT', helo: 'EHLO'} as Record<
              string,
              string
            >
          )[String(e['stage'])]
    case 'status_code':
      return event.type === 'message-rejected' ? event.text.slice(0, 3) : undefined
    case 'status_code_enhanced':
      return event.type === 'message-rejected' ? event.status : undefined
    case 'status':
      return event.type === 'recipient-attempted'
        ? ({delivered: 'sent', discarded: 'sent', deferred: 'deferred', failed: 'bounced'} as const)[event.result]
        : undefined
    case 'smtp_response':
      return event.type === 'recipient-attempted' ? event.reply : undefined
    case 'bounce_queueid':
      return event.type === 'notification-made' ? event.notificationQueueId : undefined
    case 'postsuper_summary_count':
      return event.type === 'queue-swept' ? event.count : undefined
    case 'from':
      return /from=<([^>]*)>/.exec(line)?.[1]
    default:
      return undefined
  }
}

suite('whyscream', whyscream, () => {
  const cases = whyscream.flatMap(({name, lines}) => {
    const daemon = /POSTFIX_([A-Z_]+)\}/
      .exec(lines[0] ?? '')?.[1]
      ?.toLowerCase()
      .replace('trivial_rewrite', 'trivial-rewrite')
      .replace('script', 'postfix-script')
    const raw = /^data: (.*)$/.exec(lines.find((line) => line.startsWith('data: ')) ?? '')?.[1] ?? ''
    const text = raw.startsWith('"') ? (JSON.parse(raw) as string) : raw.replace(/^'|'$/g, '')
    const fields = lines.flatMap((line) => {
      const found = /^ +postfix_([a-z_]+): ?(.*)$/.exec(line)
      return found ? [[found[1] ?? '', (found[2] ?? '').replace(/^["']|["']$/g, '')] as const] : []
    })
    return daemon && !['relay', 'delays', 'tls_features', 'command_counter_data'].includes(daemon)
      ? [{name, daemon, text, fields}]
      : []
  })
  it('every line is understood', () => {
    expect(cases.length).toBeGreaterThan(50)
    expect(cases.filter(({daemon, text}) => parse(daemon, text).kind === 'unknown').map(({name}) => name)).toEqual([])
  })
  it('every comparable field agrees', () => {
    let compared = 0
    const differences: string[] = []
    for (const {name, daemon, text, fields} of cases) {
      const parsed = parse(daemon, text)
      if (parsed.kind !== 'event') continue
      for (const [field, wanted] of fields) {
        const found = ours(parsed.event, field, text)
        if (found === undefined) continue
        compared++
        if (String(found) !== wanted) differences.push(`${name} ${field}: ${String(found)} for ${wanted}`)
      }
    }
    expect(compared).toBeGreaterThan(80)
    expect(differences).toEqual([])
  })
})
