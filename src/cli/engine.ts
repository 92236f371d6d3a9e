/** How the JavaScript engine is told what a load is: much that lives shortly, in a process that mostly reads a few new lines. */

import {setFlagsFromString} from 'node:v8'

/** Node.js releases from this one on have a compiler between the quick and the thorough one: the thorough one waits long enough by itself. */
const WITH_MAGLEV = 22

/**
 * V8 lets the old generation grow several times over what lives in it before it collects. A load and a judgement make much that dies soon:
 * 70 % is enough, for a third of the memory and about 8 % of the CPU time (docs/performance.md).
 */
export function growHeapSlowly(): void {
  setFlagsFromString('--heap-growing-percent=70')
}

/**
 * V8 also compiles what looks busy, every function with copies of those that it calls. Compiling cost a second and a half of CPU time, which is most
 * of what a few new lines take: waiting longer and copying less takes a third off such a run, and costs a long one nothing.
 */
export function tuneForLoad(): void {
  growHeapSlowly()
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=300')
  // Later versions do not know it, and would say so on standard error.
  if (Number.parseInt(process.versions.node, 10) < WITH_MAGLEV) setFlagsFromString('--interrupt-budget=250000')
}
