/** Follow mode: live log streams to lines, until told to stop. Polling decides; the system's file events only wake it earlier. */

import {type FSWatcher, watch} from 'node:fs'
import {dirname} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Position} from './fingerprint.js'
import {type FollowEvent, StreamFollower} from './follow-stream.js'

export type {FollowEvent} from './follow-stream.js'

/** Waits until it is time for the next look; ends early when the signal fires. Never rejects. */
export type Wait = (signal: AbortSignal) => Promise<void>

export interface FollowOptions {
  readonly signal: AbortSignal
  /** Default: {@link pollEvery} one second, woken by changes in the streams' folders. */
  readonly wait?: Wait
  /** Looks without new bytes that end a rotated file once its successor exists. Default 5. */
  readonly quietPolls?: number
  /** Per base: where an earlier run left each part. A base without an entry begins with its active file. */
  readonly resume?: ReadonlyMap<string, readonly Position[]>
}

/** Lines and incidents of all streams (paths of active files, existing or not yet) until the signal fires. */
export async function* follow(bases: readonly string[], options: FollowOptions): AsyncGenerator<FollowEvent, void> {
  const {signal} = options
  const streams = bases.map((base) => new StreamFollower(base, options.quietPolls))
  const hints = options.wait ? null : new FolderHints(bases)
  const wait = options.wait ?? pollEvery(1000, hints ?? undefined)
  try {
    for (const stream of streams) await stream.start(options.resume?.get(stream.base))
    while (!signal.aborted) {
      for (const stream of streams) {
        for await (const event of stream.poll()) {
          yield event
          if (signal.aborted) return
        }
      }
      await wait(signal)
    }
  } finally {
    hints?.close()
    for (const stream of streams) stream.close()
  }
}

/** A wait of `pollMs` milliseconds, cut short by the signal or by a hint. */
export function pollEvery(pollMs: number, hints?: FolderHints): Wait {
  return async (signal) => {
    const stop = new AbortController()
    const end = (): void => stop.abort()
    signal.addEventListener('abort', end, {once: true})
    try {
      await Promise.race([
        sleep(pollMs, undefined, {signal: stop.signal}).catch(() => {}),
        ...(hints ? [hints.next()] : []),
      ])
    } finally {
      signal.removeEventListener('abort', end)
      stop.abort()
    }
  }
}

/** Tells when something changed in the streams' folders; where the system cannot watch, it stays silent and polling goes on. */
export class FolderHints {
  readonly #watchers: FSWatcher[] = []
  #wake = (): void => {}
  #pending = false

  constructor(bases: readonly string[]) {
    for (const folder of new Set(bases.map((base) => dirname(base)))) {
      try {
        const watcher = watch(folder, {persistent: false}, () => this.#changed())
        watcher.on('error', () => watcher.close())
        this.#watchers.push(watcher)
      } catch {
        // no inotify left, or the folder does not exist yet: polling sees to it
      }
    }
  }

  /** Resolves at the next change, 50 ms later so that a burst of writes wakes only once. */
  async next(): Promise<void> {
    if (!this.#pending) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#pending = false
    await sleep(50)
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close()
  }

  #changed(): void {
    this.#pending = true
    this.#wake()
  }
}
