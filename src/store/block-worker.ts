/** The thread behind BlockPacker: packs one block after the other, each chained to the one before. */

import {workerData} from 'node:worker_threads'
import {packPlain} from './block.js'
import type {BlockDone, BlockJob, BlockThread} from './block-packer.js'

const {port, finished} = workerData as BlockThread
const counter = new Int32Array(finished)
let chain: Uint8Array = new Uint8Array(0)

port.on('message', ({lines, slot, bytes, meta, before}: BlockJob) => {
  let done: BlockDone
  try {
    const packed = packPlain({lines, text: new Uint8Array(slot, 0, bytes), meta}, before ?? chain)
    chain = packed.sha256
    done = {packed}
  } catch (error) {
    done = {failure: error instanceof Error ? error.message : String(error)}
  }
  port.postMessage(done)
  Atomics.add(counter, 0, 1)
  Atomics.notify(counter, 0)
})
