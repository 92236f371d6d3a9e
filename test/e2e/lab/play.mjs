/** The days of the lab: every scenario on every server of ours, retries, rotations, and queues that really grow old. */
import {Ledger} from './ledger.mjs'
import {insideScenarios} from './scenarios-inside.mjs'
import {outsideScenarios} from './scenarios-outside.mjs'

const HOUR = 3600
const DAY = 24 * HOUR
/** From the first second to the last; the lab begins this long before the real now, so that file times and stamps agree. */
export const LENGTH = 6 * DAY + 20 * HOUR
const FULL = {partners: 3, customers: 5, contact: 2, simple: 3, abusedForm: 16, burst: 40, stolen: 30}
const SMALL = {partners: 2, customers: 3, contact: 1, simple: 2, abusedForm: 3, burst: 30, stolen: 5}
const sizeOf = (name) => (name.endsWith('1') ? FULL : SMALL)

/** @param {import('./lab.mjs').Lab} lab @param {number} seed @returns {Promise<Ledger>} */
export async function play(lab, seed, say) {
  const ledger = new Ledger(seed, () => lab.clock.now())
  const actors = lab.ours.map((name) => ({
    name,
    size: sizeOf(name),
    inside: insideScenarios(lab, ledger, name),
    outside: outsideScenarios(lab, ledger, name),
  }))
  // servers act side by side; each server's own scenarios one after the other
  const each = (what) => Promise.all(actors.map(what))
  const phase = async (title, at, options) => {
    await lab.jump(at, options)
    say(`${new Date(lab.clock.now() * 1000).toISOString().slice(0, 19)}Z ${title}`)
  }
  const ordinary =
    ({inside, outside, size}) =>
    async () => {
      await outside.partners(size.partners)
      await inside.customers(size.customers)
      await inside.contact(size.contact)
      await inside.simple(size.simple)
    }

  say(`${new Date(lab.clock.now() * 1000).toISOString().slice(0, 19)}Z ordinary traffic`)
  await each(async (actor) => {
    await ordinary(actor)()
    await actor.inside.shell()
  })
  await lab.settle()
  await phase('abused web sites', lab.began + 3 * HOUR)
  await each(async ({inside, size}) => {
    await inside.contact(size.abusedForm, true)
    await inside.burst(size.burst)
    await inside.localSmtp()
    await inside.scannedOut()
  })
  await lab.settle()
  await phase('logins, forwarders, refusals, forgeries', lab.began + 5 * HOUR)
  await each(async ({name, inside, outside, size}) => {
    await inside.stolen(size.stolen)
    await inside.several()
    await outside.forwards()
    await outside.rejects()
    await inside.deferred()
    await inside.bouncedLate()
    await inside.reusedMessageId()
    await inside.hostile()
    await inside.operator()
    await outside.backscatter()
    await outside.fakeReport()
    if (name === 'e1' && lab.hosts.f1) await outside.foreignForm()
  })
  await lab.settle()
  await phase('retries', lab.clock.now() + 900)
  await lab.queueRun()
  await phase('day 2, logs rotated, ordinary traffic', lab.began + DAY, {rotate: true})
  await each((actor) => ordinary(actor)())
  await lab.queueRun()
  await phase('queues expire, logs rotated', lab.began + 6 * DAY + 12 * HOUR, {rotate: true})
  await lab.queueRun(true)
  await phase('last ordinary traffic', lab.began + LENGTH - 2 * HOUR)
  await each((actor) => ordinary(actor)())
  await lab.settle()
  return ledger
}
