/**
 * Compresses and chains blocks while the caller goes on: a large load's blocks go to a worker thread, a small one's are packed at
 * once. Either way the results come back in order and the calls are synchronous, because a transaction must not be left half way.
 */

import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {MessageChannel, type MessagePort, receiveMessageOnPort, Worker} from 'node:worker_threads'
import {type PackedBlock, type PlainBlock, packPlain} from './block.js'

/** Blocks of one packer after which a thread is worth its start. */
const MANY = 24
/** A thread that says nothing for this long is broken, milliseconds. */
const PATIENCE = 120_000

/** What the thread is sent. `before` is null where the block follows the one sent before it. */
export interface BlockJob {
  readonly lines: number
  readonly text: Uint8Array
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

export class BlockPacker {
  private count = 0
  private readonly ready: PackedBlock[] = []
  private thread: {port: MessagePort; finished: Int32Array; sent: number; got: number} | null = null

  /** Takes one block; `before` is the chain's hash before the first block since `take`. */
  add(block: PlainBlock, before: Uint8Array): void {
    this.count++
    if (this.thread === null && this.ready.length === 0 && this.count > MANY) this.thread = startThread()
    const {thread} = this
    if (thread === null) {
      this.ready.push(packPlain(block, this.ready.at(-1)?.sha256 ?? before))
      return
    }
    const text = new Uint8Array(block.text)
    const job: BlockJob = {...block, text, before: thread.sent === thread.got ? before : null}
    thread.port.postMessage(job, [text.buffer])
    thread.sent++
  }

  /** All blocks since the last call, packed, in order. Waits for the thread. */
  take(): PackedBlock[] {
    const {thread} = this
    while (thread !== null && thread.got < thread.sent) {
      const seen = Atomics.load(thread.finished, 0)
      const answer = receiveMessageOnPort(thread.port) as {message: BlockDone} | undefined
      if (answer === undefined) {
        if (Atomics.wait(thread.finished, 0, seen, PATIENCE) === 'timed-out')
          throw new Error('the thread that compresses blocks does not answer')
        continue
      }
      thread.got++
      if ('failure' in answer.message) throw new Error(answer.message.failure)
      const {packed} = answer.message
      this.ready.push({
        lines: packed.lines,
        meta: Buffer.from(packed.meta),
        data: Buffer.from(packed.data),
        sha256: Buffer.from(packed.sha256),
      })
    }
    return this.ready.splice(0)
  }
}

/** A thread of its own, ended with the process; null where the program was not built (tests run from the sources). */
function startThread(): {port: MessagePort; finished: Int32Array; sent: number; got: number} | null {
  const file = new URL('./block-worker.js', import.meta.url)
  if (!existsSync(fileURLToPath(file))) return null
  const {port1, port2} = new MessageChannel()
  const finished = new SharedArrayBuffer(4)
  const data: BlockThread = {port: port2, finished}
  const worker = new Worker(file, {workerData: data, transferList: [port2], execArgv: []})
  worker.unref()
  port1.unref()
  return {port: port1, finished: new Int32Array(finished), sent: 0, got: 0}
}
