/** How the JavaScript engine and the system are told what a load is: much that lives shortly, and nothing that anybody waits for. */

import {constants, getPriority, setPriority} from 'node:os'
import {getHeapSpaceStatistics, setFlagsFromString} from 'node:v8'

/** Node.js releases from this one on have a compiler between the quick and the thorough one: the thorough one waits long enough by itself. */
const WITH_MAGLEV = 22

/**
 * V8 lets the old generation grow several times over what lives in it before it collects. A load and a judgement make much that dies soon:
 * 70 % is enough, for a third of the memory and about 8 % of the CPU time (docs/performance.md).
 */
export function growHeapSlowly(): void {
  setFlagsFromString('--heap-growing-percent=70')
}

const release = Number.parseInt(process.versions.node, 10)

/**
 * The young generation at most, bytes: both of its halves. Node.js 20 and 22 let it grow to 32 MB, 24 to 128 MB; as 24 needs more memory beside it,
 * it gets half of that.
 */
const YOUNG_BYTES = (release < 24 ? 32 : 16) * 1024 * 1024

/**
 * Keeps the young generation from growing beyond {@link YOUNG_BYTES}: a load peaked at 420 MB on Node.js 24 instead of 260, for 8 % less CPU time.
 * Its greatest size can only be given when a process starts, but each growth asks for the factor anew. Call the function that is returned
 * now and then; where the young generation has shrunk meanwhile, it may grow again.
 */
export function youngGenerationHold(): () => void {
  let held = false
  return () => {
    const size = getHeapSpaceStatistics().find(({space_name}) => space_name === 'new_space')?.space_size ?? 0
    if (size >= YOUNG_BYTES === held) return
    held = !held
    setFlagsFromString(`--semi-space-growth-factor=${held ? 1 : 2}`)
  }
}

/**
 * V8 also compiles what looks busy, every function with copies of those that it calls. Compiling cost a second and a half of CPU time, which is most
 * of what a few new lines take: waiting longer and copying less takes a third off such a run, and costs a long one nothing.
 */
export function tuneForLoad(): void {
  growHeapSlowly()
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=300')
  // Later versions do not know it, and would say so on standard error.
  if (release < WITH_MAGLEV) setFlagsFromString('--interrupt-budget=250000')
}

/**
 * Questions, and the mail server itself, go first where the cores are taken: a load is as nice as `nice` makes a command, 10 of 19, and never
 * less than it was started. Its threads that are started later follow it; what is alone on the machine is not slower for it.
 */
export function letOthersFirst(): void {
  try {
    if (getPriority() < constants.priority.PRIORITY_BELOW_NORMAL) setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // A container may forbid even this: the load is as fast as it is, and as right.
  }
}
