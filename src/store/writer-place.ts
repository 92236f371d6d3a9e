/** The one writer's place, given to others between two commits: what they changed meanwhile is noticed. */

import {setTimeout as sleep} from 'node:timers/promises'
import {type Connection, holdWriterPlace, StoreError} from './database.js'

/** Between two tries to get the place back, milliseconds. */
const TRY_EVERY = 50

export class WriterPlace {
  private version = 0

  /** `free` gives up the place that is held now. */
  constructor(
    private readonly db: Connection,
    private readonly path: string,
    private free: (() => void) | null,
  ) {}

  /** Lets others write. Nothing may wait for a commit, and nothing may be written until `take`. */
  give(): void {
    if (this.free === null) return
    this.version = this.dataVersion()
    this.free()
    this.free = null
  }

  /** Waits for the place: `changed` where somebody else wrote meanwhile, so that nothing remembered of the store holds; `stopped` where the signal came first. */
  async take(signal: AbortSignal): Promise<'same' | 'changed' | 'stopped'> {
    while (this.free === null) {
      try {
        this.free = holdWriterPlace(this.path, 0)
      } catch (error) {
        if (!(error instanceof StoreError) || error.problem !== 'busy') throw error
        if (signal.aborted) return 'stopped'
        await sleep(TRY_EVERY, undefined, {signal}).catch(() => {})
      }
    }
    return this.dataVersion() === this.version ? 'same' : 'changed'
  }

  /** Changes when another connection has written. */
  private dataVersion(): number {
    return this.db.pragma('data_version', {simple: true}) as number
  }
}
