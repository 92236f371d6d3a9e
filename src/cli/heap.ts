/** How the memory of a long load is kept small. */

import {setFlagsFromString} from 'node:v8'

/**
 * V8 lets the old generation grow several times over what lives in it before it collects. A load makes much that dies with its batch:
 * 70 % is enough, for a third of the memory and about 8 % of the CPU time (docs/performance.md).
 */
export function growHeapSlowly(): void {
  setFlagsFromString('--heap-growing-percent=70')
}
