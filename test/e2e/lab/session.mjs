/** One run of the lab from boot to truth. */
import {collect} from './collect.mjs'
import {freshFolder, Lab} from './lab.mjs'
import {LENGTH, play} from './play.mjs'

/**
 * @param {{out: string, work: string, seed: number, names: string[], start?: number, say: (line: string) => void,
 *   live?: (lab: Lab) => Promise<() => Promise<void>>}} options `live`: called when the servers are up; what it gives is called before the end
 * @returns {Promise<number>} messages whose fate was not the one meant: the lab's own faults
 */
export async function record({out, work, seed, names, start, say, live, script = play}) {
  const began = performance.now()
  const stamped = (line) => say(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`)
  const lab = await Lab.boot({start: start ?? Math.floor(Date.now() / 1000) - LENGTH, names, work})
  stamped(`servers up: ${names.join(' ')}`)
  try {
    const done = await live?.(lab)
    const ledger = await script(lab, seed, stamped)
    await done?.()
    const rows = await collect(lab, ledger, freshFolder(out), `lab-${seed}`)
    const reports = rows.filter((row) => row.type === 'report')
    const odd = ledger.list.filter((entry) => entry.odd)
    const sums = [...new Set(ledger.list.map((entry) => entry.expected.verdict))].map(
      (verdict) => `${verdict} ${ledger.list.filter((entry) => entry.expected.verdict === verdict).length}`,
    )
    stamped(`${ledger.list.length} messages, ${reports.length} reports; ${sums.join(', ')}`)
    const lost = reports.filter((report) => !report.about)
    stamped(`reports about no known message: ${lost.length}; fates other than meant: ${odd.length}`)
    for (const report of lost.slice(0, 10)) stamped(`  unknown ${report.file} ${report.kind}`)
    for (const entry of odd.slice(0, 30))
      stamped(`  odd ${entry.id} ${entry.host} ${entry.scenario}: ${entry.odd} ${JSON.stringify(entry.final)}`)
    return odd.length + lost.length
  } finally {
    await lab.halt()
  }
}
