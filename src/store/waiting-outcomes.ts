/** Outcomes that come after later messages: a queue in the order of time (binary heap). */

import type {OutcomeFact} from '../mail/send-fact.js'

interface Waiting {
  readonly fact: OutcomeFact
  /** The row that it stands in, and the how manieth it is: outcomes of one time have one order, whoever waits beside them. */
  readonly row: number
  readonly turn: number
}

const isBefore = (a: Waiting, b: Waiting): boolean =>
  a.fact.at !== b.fact.at ? a.fact.at < b.fact.at : a.row !== b.row ? a.row < b.row : a.turn < b.turn

export class WaitingOutcomes {
  private readonly heap: Waiting[] = []
  private turns = 0

  put(fact: OutcomeFact | null, row: number): void {
    if (fact === null) return
    const {heap} = this
    const own: Waiting = {fact, row, turn: this.turns++}
    let i = heap.push(own) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent]
      if (above === undefined || isBefore(above, own)) break
      heap[i] = above
      i = parent
    }
    heap[i] = own
  }

  /** True where one is due at `at` (UTC milliseconds) or before. */
  before(at: number): boolean {
    const first = this.heap[0]
    return first !== undefined && first.fact.at <= at
  }

  /** The next one. Ask `before` first. */
  take(): OutcomeFact {
    const {heap} = this
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined) throw new Error('nobody waits')
    if (heap.length === 0) return top.fact
    let i = 0
    for (;;) {
      const left = 2 * i + 1
      const l = heap[left]
      const r = heap[left + 1]
      if (l === undefined) break
      const [child, next] = r !== undefined && isBefore(r, l) ? [left + 1, r] : [left, l]
      if (isBefore(last, next)) break
      heap[i] = next
      i = child
    }
    heap[i] = last
    return top.fact
  }
}
