/** One part's parsed lines to where they belong: the thread of their queue ID, the refusals, the lines without an ID, the queue's sweeps, gaps. */

import {Assembler} from '../dialect/assembler.js'
import type {Entry} from '../life/life.js'
import type {MailEvent, Parsed} from '../mail/event.js'
import {EXIM_ID_IN_TEXT} from '../mail/queue-id.js'
import type {LooseKind} from '../store/codes.js'
import {isAdminLine} from './line-facts.js'
import {refusalText} from './refusal.js'
import type {Session} from './session.js'

type OpenEntry = {-readonly [K in keyof Entry]: Entry[K]}

/** The shortest text that an Exim ID fits in. */
const SHORTEST_ID = 16

export class Router {
  private readonly assembler = new Assembler()
  /** The entry that lines to come may add to. */
  private latest: OpenEntry | null = null

  constructor(
    private readonly session: Session,
    private readonly stream: number,
  ) {}

  /** Takes up a line that was stored before, so that the next ones can go on with it. */
  prime(parsed: Parsed, text: string, at: number, reference: number): void {
    const {assembler} = this
    const step = assembler.push(parsed, reference, text)
    const {event, more, times} = assembler
    if (event === null) return
    if (step === 'event') this.latest = {at, reference, more, times, event}
    else if (step === 'added' && this.latest) Object.assign(this.latest, {event, more, times})
  }

  /** The times of lines before were worked out anew: nothing is added to the last entry any more. */
  retimed(): void {
    this.latest = null
  }

  route(one: Parsed, text: string, server: number, at: number, reference: number): void {
    const {assembler, session} = this
    const step = assembler.push(one, reference, text)
    const {event} = assembler
    if (step === 'event' && event !== null) {
      const entry = {at, reference, more: assembler.more, times: assembler.times, event}
      this.latest = entry
      this.event(entry, server)
    } else if (step === 'added') this.added(server, at, reference)
    else if (one.kind === 'unknown' && one.queueId !== null) {
      const {stamp, host, queueId} = one
      const noted: MailEvent = {
        type: 'text-noted',
        stamp,
        host,
        pid: null,
        queueId,
        mta: null,
        instance: null,
        text,
      }
      session.threads.add(session.threads.open(server, queueId, at), {at, reference, event: noted})
    }
  }

  private added(server: number, at: number, reference: number): void {
    const {assembler, session, latest: entry} = this
    if (entry === null || assembler.event === null) return
    const before = {...entry}
    entry.event = assembler.event
    entry.more = assembler.more
    entry.times = assembler.times
    if (entry.event.queueId !== null) session.threads.add(session.threads.open(server, entry.event.queueId, at), entry)
    else if (entry.event.type === 'message-rejected') session.refusalGrew(server, before, entry)
    else if (entry.event.type === 'command-run' && entry.event.submission)
      session.writer.putLoose(server, entry.at, reference, 'command-run')
  }

  private event(entry: Entry, server: number): void {
    const {session} = this
    const {event, at} = entry
    if (event.queueId !== null) {
      session.threads.add(session.threads.open(server, event.queueId, at), entry)
      if (isAdminLine(event)) {
        session.writer.putLoose(server, at, entry.reference, 'queue-swept')
        session.addSweep(server, entry)
      }
      return
    }
    switch (event.type) {
      case 'message-rejected': {
        const key = session.isNewRefusal(server, at, refusalText(entry))
        if (key !== null) session.refusals.push({server, key, entry})
        return
      }
      case 'command-run':
        if (event.submission && event.parent === null) this.loose(server, entry, 'command-run')
        else
          for (const arg of event.args)
            if (arg.length >= SHORTEST_ID && arg.includes('-'))
              for (const id of arg.match(EXIM_ID_IN_TEXT) ?? [])
                session.threads.add(session.threads.open(server, id, at), entry)
        return
      case 'script-mailed':
      case 'origin-identified':
      case 'page-requested':
      case 'client-accepted':
        this.loose(server, entry, event.type)
        return
      case 'queue-swept':
        session.writer.putLoose(server, at, entry.reference, 'queue-swept')
        session.addSweep(server, entry)
        return
      case 'lines-lost':
        session.parts.gap(server, this.stream, at - 60_000, at, 'lines-lost')
        return
      default:
        return
    }
  }

  private loose(server: number, entry: Entry, kind: LooseKind): void {
    this.session.writer.putLoose(server, entry.at, entry.reference, kind)
    // Pieces that syslog cut a line into are read again together or not at all.
    for (const piece of entry.more ?? []) this.session.writer.putLoose(server, entry.at, piece, kind)
    if (kind !== 'page-requested') this.session.newLoose.push({server, entry})
  }
}
