/**
 * Compresses and chains blocks while the caller goes on: a large load's blocks go to a worker thread, a small one's are packed at
 * once. Either way the results come back in order and the calls are synchronous, because a transaction must not be left half way.
 */

import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {MessageChannel, type MessagePort, receiveMessageOnPort, Worker} from 'node:worker_threads'
import {BYTES_A_BLOCK, type PackedBlock, type PlainBlock, packPlain} from './block.js'

/** Blocks of one packer after which a thread is worth its start. */
const MANY = 24
/** A thread that says nothing for this long is broken, milliseconds. */
const PATIENCE = 120_000
/** A block's text and the line that goes beyond its size, mostly. */
const SLOT_BYTES = BYTES_A_BLOCK + 64 * 1024
/** Blocks of a batch, about: so much shared memory is kept. */
const MOST_SLOTS = 8

/** The thread's young generation: what it makes is dead as soon as it is sent. */
const YOUNG_MB = 2

/** What the thread is sent. `before` is null where the block follows the one sent before it. */
export interface BlockJob {
  readonly lines: number
  /** Holds the text in its first bytes. */
  readonly slot: SharedArrayBuffer
  readonly bytes: number
  readonly meta: Uint8Array
  readonly before: Uint8Array | null
}

/** What it answers. */
export type BlockDone = {readonly packed: PackedBlock} | {readonly failure: string}

/** Set in the thread's `workerData`. */
export interface BlockThread {
  readonly port: MessagePort
  readonly finished: SharedArrayBuffer
}

interface Thread {
  readonly port: MessagePort
  readonly finished: Int32Array
}

export class BlockPacker {
  private count = 0
  private readonly ready: PackedBlock[] = []
  private thread: Thread | null = null
  /** Texts that the thread has not answered for, oldest first. */
  private readonly sent: SharedArrayBuffer[] = []
  /** Memory for texts to come. Memory that is given away with its text comes back only when the thread collects its garbage, which is late. */
  private readonly free: SharedArrayBuffer[] = []

  /** Takes one block; `before` is the chain's hash before the first block since `take`. */
  add(block: PlainBlock, before: Uint8Array): void {
    this.count++
    if (this.thread === null && this.ready.length === 0 && this.count > MANY) this.thread = startThread()
    const {thread, sent} = this
    if (thread === null) {
      this.ready.push(packPlain(block, this.ready.at(-1)?.sha256 ?? before))
      return
    }
    const {lines, text, meta} = block
    const slot = this.slotFor(text.length)
    new Uint8Array(slot).set(text)
    const job: BlockJob = {lines, slot, bytes: text.length, meta, before: sent.length === 0 ? before : null}
    thread.port.postMessage(job)
    sent.push(slot)
  }

  /** All blocks since the last call, packed, in order. Waits for the thread. */
  take(): PackedBlock[] {
    const {thread, sent, free} = this
    while (thread !== null && sent.length > 0) {
      const seen = Atomics.load(thread.finished, 0)
      const answer = receiveMessageOnPort(thread.port) as {message: BlockDone} | undefined
      if (answer === undefined) {
        if (Atomics.wait(thread.finished, 0, seen, PATIENCE) === 'timed-out')
          throw new Error('the thread that compresses blocks does not answer')
        continue
      }
      const slot = sent.shift()
      if (slot !== undefined && slot.byteLength === SLOT_BYTES && free.length < MOST_SLOTS) free.push(slot)
      if ('failure' in answer.message) throw new Error(answer.message.failure)
      const {lines, meta, data, sha256} = answer.message.packed
      this.ready.push({lines, meta: asBuffer(meta), data: asBuffer(data), sha256: asBuffer(sha256)})
    }
    return this.ready.splice(0)
  }

  /** Ends the thread and frees its memory. Call when all blocks were taken; a large load that follows starts another one. */
  rest(): void {
    this.thread?.port.close()
    this.thread = null
    this.count = 0
    this.free.length = 0
  }

  private slotFor(bytes: number): SharedArrayBuffer {
    if (bytes > SLOT_BYTES) return new SharedArrayBuffer(bytes)
    return this.free.pop() ?? new SharedArrayBuffer(SLOT_BYTES)
  }
}

/** Buffers arrive from a thread as plain bytes. */
const asBuffer = ({buffer, byteOffset, byteLength}: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

/** A thread of its own, ended with the process; null where the program was not built (tests run from the sources). */
function startThread(): Thread | null {
  const file = new URL('./block-worker.js', import.meta.url)
  if (!existsSync(fileURLToPath(file))) return null
  const {port1, port2} = new MessageChannel()
  const finished = new SharedArrayBuffer(4)
  const data: BlockThread = {port: port2, finished}
  const worker = new Worker(file, {
    workerData: data,
    transferList: [port2],
    execArgv: [],
    resourceLimits: {maxYoungGenerationSizeMb: YOUNG_MB},
  })
  worker.unref()
  port1.unref()
  return {port: port1, finished: new Int32Array(finished)}
}
