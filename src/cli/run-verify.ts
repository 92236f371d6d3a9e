/** The verify command's way: a bundle by itself, or against a database's own chain; without a file, the database's chain. */

import {readFileSync} from 'node:fs'
import {type BundleCheck, NoBundle, verifyBundle} from '../question/verify-bundle.js'
import {cannotRead, cannotUnderstand} from './failures.js'
import {storeForReading} from './stores.js'

/** @throws Failure (65, 66). */
export function runVerify(path: string): BundleCheck {
  let file: string
  try {
    file = readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw cannotRead('bundle', path, error as NodeJS.ErrnoException)
  }
  try {
    return verifyBundle(file)
  } catch (error) {
    if (error instanceof NoBundle)
      throw cannotUnderstand(`${path} is no evidence bundle: ${error.message}`, [
        'make one with: mailwitness trace KEY --evidence FILE',
      ])
    throw error
  }
}

/** The bundle's blocks compared with the chain of the database that it was made from. */
export async function againstDatabase(check: BundleCheck, db: string): Promise<BundleCheck> {
  const store = await storeForReading(db)
  try {
    const {linkOf} = await import('../store/bundle.js')
    const faults = [...check.faults]
    for (const {block, sha256} of check.links) {
      const own = linkOf(store.db, block)
      if (own !== sha256)
        faults.push({
          place: `block ${block}`,
          what:
            own === null ? 'the database has no such block' : 'the chain of the database has another SHA-256 for it',
        })
    }
    return {...check, faults, proven: faults.length === 0}
  } finally {
    store.close()
  }
}

/** `mailwitness.verify/1` for a whole database: the chain of its evidence. */
export interface ChainAnswer {
  readonly schema: 'mailwitness.verify/1'
  readonly proven: boolean
  readonly blocks: number
  readonly lines: number
  readonly chainHead: {readonly block: number; readonly sha256: string} | null
  readonly faults: readonly {readonly place: string; readonly what: string}[]
}

export async function verifyDatabase(db: string): Promise<ChainAnswer> {
  const store = await storeForReading(db)
  try {
    const {checkChain} = await import('../store/integrity.js')
    const {blocks, lines, head, faults} = checkChain(store.db)
    return {
      schema: 'mailwitness.verify/1',
      proven: faults.length === 0,
      blocks,
      lines,
      chainHead: head,
      faults: faults.map(({place, detail}) => ({place, what: detail})),
    }
  } finally {
    store.close()
  }
}
