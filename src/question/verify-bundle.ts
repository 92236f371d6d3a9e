/** Checks an evidence bundle by itself: every hash is computed again, every cited line is looked up in its block. No database. */

import {deflateRawSync} from 'node:zlib'
import {readable} from '../mail/text.js'
import {chainHash, unpackBlock} from '../store/block.js'
import {BUNDLE_SCHEMA, recordHash} from './bundle.js'
import {iso} from './message.js'

export interface BundleFault {
  /** Where: a line of the file, and what stands there. */
  readonly place: string
  readonly what: string
}

/** `mailwitness.verify/1`. */
export interface BundleCheck {
  readonly schema: 'mailwitness.verify/1'
  readonly proven: boolean
  readonly blocks: number
  readonly lines: number
  readonly messages: number
  readonly tool: string | null
  readonly createdAt: string | null
  /** The chain's last block when the bundle was made; compare it with the server's own. */
  readonly chainHead: {readonly block: number; readonly sha256: string} | null
  readonly links: readonly {readonly block: number; readonly sha256: string}[]
  readonly faults: readonly BundleFault[]
}

type Json = Readonly<Record<string, unknown>>

interface Held {
  readonly source: string
  readonly lines: readonly {readonly text: string; readonly offset: number; readonly at: number}[]
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN)
const hex = (value: unknown): Buffer => Buffer.from(text(value), 'hex')

/** Thrown where a file is no bundle at all, rather than a damaged one. */
export class NoBundle extends Error {}

/** Checks the text of a bundle. @throws NoBundle where its first line does not say that it is one. */
export function verifyBundle(file: string): BundleCheck {
  const lines = file.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const check = new Check()
  for (const [i, line] of lines.entries()) check.record(line, i + 1)
  return check.result(lines)
}

class Check {
  private readonly faults: BundleFault[] = []
  private readonly held = new Map<number, Held>()
  private readonly cited = new Set<string>()
  private readonly links: {block: number; sha256: string}[] = []
  private lastBlock: {block: number; link: Buffer} | null = null
  private header: Json = {}
  private ended: Json | null = null
  private lines = 0
  private messages = 0

  private fault(place: string, what: string): void {
    this.faults.push({place, what})
  }

  record(line: string, at: number): void {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      value = null
    }
    if (at === 1) {
      if (!isObject(value) || value['schema'] !== BUNDLE_SCHEMA)
        throw new NoBundle(`it does not begin as ${BUNDLE_SCHEMA}`)
      this.header = value
      return
    }
    if (!isObject(value)) this.fault(`line ${at}`, 'it is no JSON object: the file is cut off or changed there')
    else if (this.ended) this.fault(`line ${at}`, 'it stands behind the end of the bundle')
    else if (value['record'] === 'block') this.block(value, at)
    else if (value['record'] === 'line') this.line(value, at)
    else if (value['record'] === 'journey') this.journey(value, at)
    else if (value['record'] === 'end') this.ended = value
    else if (value['record'] !== 'coverage') this.fault(`line ${at}`, 'it is no record of a bundle')
  }

  private block(value: Json, at: number): void {
    const block = number(value['block'])
    const place = `line ${at}, block ${block}`
    const body = Buffer.from(text(value['text']), 'base64')
    const meta = Buffer.from(text(value['meta']), 'base64')
    const before = hex(value['before'])
    const link = hex(value['sha256'])
    const masked = isObject(value['masked']) ? hex(value['masked']['sha256']) : null
    if (!chainHash(before, body, meta).equals(masked ?? link))
      this.fault(place, 'its lines, offsets or times do not give its SHA-256')
    if (this.lastBlock !== null && block <= this.lastBlock.block) this.fault(place, 'it is out of order')
    if (this.lastBlock !== null && block === this.lastBlock.block + 1 && !before.equals(this.lastBlock.link))
      this.fault(place, 'it is not chained to the block before it')
    this.lastBlock = {block, link}
    this.links.push({block, sha256: link.toString('hex')})
    const raw = (bytes: Buffer): Buffer => deflateRawSync(bytes, {level: 0})
    this.held.set(block, {source: text(value['source']), lines: unpackBlock(raw(meta), raw(body))})
  }

  private line(value: Json, at: number): void {
    this.lines++
    const block = number(value['block'])
    const index = number(value['index'])
    const place = `line ${at}, log line ${index} of block ${block}`
    const held = this.held.get(block)
    const stored = held?.lines[index]
    if (!held || !stored) {
      this.fault(place, 'the bundle holds no such line')
      return
    }
    if (readable(stored.text) !== value['line']) this.fault(place, 'its text is not the text in the block')
    if (stored.offset !== value['offset']) this.fault(place, 'its offset is not the offset in the block')
    if (iso(stored.at) !== value['at']) this.fault(place, 'its time is not the time in the block')
    if (held.source !== value['source']) this.fault(place, 'its source is not the source of the block')
    this.cited.add(`${held.source}\n${stored.offset}\n${readable(stored.text)}`)
  }

  private journey(value: Json, at: number): void {
    const messages = Array.isArray(value['messages']) ? value['messages'] : []
    for (const message of messages) {
      this.messages++
      if (!isObject(message)) {
        this.fault(`line ${at}`, 'a message of it is no object')
        continue
      }
      const evidence = Array.isArray(message['evidence']) ? message['evidence'] : []
      if (evidence.length === 0) this.fault(`line ${at}, message ${text(message['queueId'])}`, 'it has no evidence')
      for (const one of evidence)
        if (!isObject(one) || !this.cited.has(`${text(one['source'])}\n${number(one['offset'])}\n${text(one['line'])}`))
          this.fault(
            `line ${at}, message ${text(message['queueId'])}`,
            `it cites a line that the blocks do not hold (offset ${isObject(one) ? String(one['offset']) : '?'})`,
          )
    }
  }

  result(lines: readonly string[]): BundleCheck {
    const {ended} = this
    if (ended === null) this.fault(`line ${lines.length}`, 'the bundle has no end: the file is cut off')
    else {
      const sealed = Array.isArray(ended['sha256']) ? ended['sha256'] : []
      if (ended['records'] !== lines.length - 1 || sealed.length !== lines.length - 1)
        this.fault(
          `line ${lines.length}`,
          `it speaks of ${String(ended['records'])} records, the file has ${lines.length - 1}`,
        )
      lines.slice(0, -1).forEach((line, i) => {
        if (sealed[i] !== undefined && recordHash(line) !== sealed[i])
          this.fault(`line ${i + 1}`, 'it does not give the SHA-256 in the last line')
      })
    }
    const {tool, createdAt, chainHead} = this.header
    const head = isObject(chainHead) ? {block: number(chainHead['block']), sha256: text(chainHead['sha256'])} : null
    return {
      schema: 'mailwitness.verify/1',
      proven: this.faults.length === 0,
      blocks: this.held.size,
      lines: this.lines,
      messages: this.messages,
      tool: isObject(tool) ? `${text(tool['name'])} ${text(tool['version'])}` : null,
      createdAt: typeof createdAt === 'string' ? createdAt : null,
      chainHead: head,
      links: this.links,
      faults: this.faults,
    }
  }
}
