/** The two days that samples/ are made of: 19 and 20 May 2022, the morning of the hosters' question included, and one bounce from before. */
import {Ledger} from './ledger.mjs'
import {compose, insideScenarios} from './scenarios-inside.mjs'
import {outsideScenarios} from './scenarios-outside.mjs'

const at = (text) => Date.parse(text) / 1000
export const SAMPLES_START = at('2022-05-17T09:00:00Z')
/** Lines at least this often in the night and morning of 20 May. Seconds. */
const STEP = 420

/** @param {import('./lab.mjs').Lab} lab @param {number} seed */
export async function playSamples(lab, seed, say) {
  const ledger = new Ledger(seed, () => lab.clock.now())
  const actors = Object.fromEntries(
    lab.ours.map((name) => [name, {...insideScenarios(lab, ledger, name), ...outsideScenarios(lab, ledger, name)}]),
  )
  let steps = 0
  const each = (what) => Promise.all(Object.entries(actors).map(([name, actor]) => what(actor, name)))
  const phase = async (title, moment, options) => {
    await lab.jump(at(moment), options)
    say(`${new Date(lab.clock.now() * 1000).toISOString().slice(0, 19)}Z ${title}`)
  }

  say('17 May: what the logs no longer hold')
  await each((actor) => actor.partners(1))
  await beforeTheLogs(actors.e1, ledger)
  await lab.settle()
  await phase('19 May, ordinary traffic', '2022-05-19T18:00:00Z', {rotate: true})
  await each(async (actor) => {
    await actor.partners(2)
    await actor.customers(2)
    await actor.simple(2)
    await actor.shell()
  })
  await actors.e1.contact(2)
  await actors.e1.contact(3, true, 'late-full')
  await each((actor, name) =>
    name === 'p2'
      ? actor.submit('bob@tax.example', ['sam@slowpoke.example'], 'defer-then-expire', {verdict: 'ours_not_left'})
      : null,
  )
  await lab.settle()
  await phase('19 May, an uploads folder and a stolen login', '2022-05-19T20:30:00Z')
  await Promise.all([actors.p1.burst(40), actors.e1.stolen(30)])
  await each((actor) => actor.partners(1))
  await lab.settle()
  await phase('19 May, bounces, forwards, refusals, forgeries', '2022-05-19T21:40:00Z')
  await each(async (actor) => {
    await actor.forwards()
    await actor.rejects()
    await actor.scannedOut()
    await actor.backscatter()
  })
  await actors.e1.foreignForm()
  await lateCustomer(actors.e2, ledger)
  await actors.p1.submit('dave@legal.example', ['uma@strictmx.example'], 'refused-by-remote', {
    verdict: 'ours_not_left',
  })
  await refusedPartner(lab, ledger)
  await lab.settle()
  await lab.quieten()
  for (let moment = at('2022-05-19T22:00:00Z'); moment < at('2022-05-20T04:20:00Z'); moment += 2 * STEP)
    await quiet(moment)
  await phase('20 May, logs rotated', '2022-05-20T04:30:00Z', {rotate: true})
  await lab.queueRun()
  await lab.quieten()
  for (let moment = at('2022-05-20T04:36:00Z'); moment < at('2022-05-20T08:00:00Z'); moment += STEP) await quiet(moment)
  await phase('20 May, the end', '2022-05-20T08:30:00Z')
  await each((actor) => actor.customers(1))
  await lab.settle()
  return ledger

  /** A few minutes of quiet servers: a mail out, a mail in; the first server has the most to do. */
  async function quiet(moment) {
    await lab.drift(moment)
    steps += 1
    await each(async (actor, name) => {
      if (name !== 'e1' && steps % 2 === 0) return
      if (steps % 4 < 2) await actor.submit(`bob@${domainOf(name)}`, [`client${ledger.random(900)}@bigmail.example`])
      else await actor.partners(1)
    })
  }

  function domainOf(name) {
    return {e1: 'cafe.example', e2: 'dental.example', p1: 'legal.example', p2: 'tax.example'}[name]
  }
}

/** A real bounce about mail that left before the first line that is kept. */
async function beforeTheLogs(actor, ledger) {
  const token = ledger.token()
  await actor.submit('bob@cafe.example', [`zoe.${token.toLowerCase()}@late-full.example`], 'before-the-logs', {token})
}

async function lateCustomer(actor, ledger) {
  const token = ledger.token()
  await actor.submit('bob@dental.example', [`zoe.${token.toLowerCase()}@late-qmail.example`], 'late-bounce', {token})
}

/** A partner's own Postfix cannot hand its mail to us, and bounces to its user. */
async function refusedPartner(lab, ledger) {
  const token = ledger.token()
  const from = 'writer@sender-ok.example'
  const to = 'nobody.here@flora.example'
  const id = `<${token}@mta9.elsewhere.example>`
  const origin = {kind: 'smtp-in', client_ip: lab.hosts.f2.ip}
  const subject = `Question ${token}`
  ledger.add('e1', 'rejected-by-us-bounced-elsewhere', 'rejected_by_us', token, {
    origin,
    env_from: from,
    message_id: id,
    subject,
    rcpts: [to],
  })
  const message = compose({lab, from, to: [to], subject, id})
  await lab.hosts.f2.run('/usr/sbin/sendmail', ['-i', '-f', from, to], {input: message})
}
