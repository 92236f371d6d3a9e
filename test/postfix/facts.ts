/** Logs changed without changing what happened, and what happened as texts without queue IDs, to compare. */

import type {Found} from '../../src/store/finder.js'

/** A small random generator (Numerical Recipes' LCG): the same seed gives the same numbers. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

/** Lines moved by up to `seconds` against each other, as parallel daemons do; every line keeps its stamp. */
export function shuffled(
  lines: readonly string[],
  stamp: (line: string) => number,
  seconds: number,
  next: () => number,
): string[] {
  return lines
    .map((line, index) => ({line, index, at: stamp(line) + next() * seconds * 1000}))
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({line}) => line)
}

const QUEUED = /: ([0-9A-F]{9,12}): /

/**
 * Gives `share` of the short queue IDs the name of an earlier message that was `removed` before: its inode was free again. Names inside texts
 * (`queued as`, `notification:`, Message-IDs) change with them. Lines must be in order.
 */
export function reused(
  lines: readonly string[],
  share: number,
  next: () => number,
): {lines: string[]; repeats: number} {
  const first = new Map<string, number>()
  const removed = new Map<string, number>()
  lines.forEach((line, index) => {
    const id = QUEUED.exec(line)?.[1]
    if (id === undefined) return
    if (!first.has(id)) first.set(id, index)
    if (line.endsWith(`: ${id}: removed`)) removed.set(id, index)
  })
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const [id, begin] of first) {
    if (next() >= share) continue
    const free = [...removed].find(
      ([other, end]) => end < begin - 40 && other !== id && !taken.has(other) && !names.has(other),
    )
    if (!free || [...removed].some(([other]) => names.get(other) === free[0])) continue
    names.set(id, free[0])
    taken.add(free[0])
    taken.add(id)
  }
  return {
    lines: lines.map((line) => line.replaceAll(/\b[0-9A-F]{9,12}\b/g, (id) => names.get(id) ?? id)),
    repeats: names.size,
  }
}

/**
 * What happened to each message, without its names: sorted texts. Where lines of one second were shuffled, `subjects` must be left out: the
 * subject of an attached message is then no more second than that of the message itself.
 */
export function factsOf(all: readonly Found[], subjects = true): string[] {
  return all
    .map(({life}) =>
      JSON.stringify({
        at: life.arrivedAt,
        state: life.state,
        accepted: life.accepted,
        again: life.reinjected,
        sender: life.sender,
        size: life.size,
        subject: subjects ? life.subject : null,
        kind: life.origin.kind,
        uid: life.origin.uid,
        client: life.origin.client?.ip ?? null,
        login: life.origin.login,
        recipients: life.recipients
          .map((r) => [r.address, r.original, r.outcome, r.at, r.attempts, r.remoteIp, r.status].join(' '))
          .sort(),
        links: life.links.map((l) => `${l.kind} ${l.direction}`).sort(),
        lines: life.references.length,
      }),
    )
    .sort()
}
