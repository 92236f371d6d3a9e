/** What is true of a message, from what its receivers answered; and the questions and sums that follow from it. */
import {HOSTS} from './plan.mjs'

const STATES = {2: 'accepted', 4: 'deferred', 5: 'refused'}

/** Final state of each address, and the verdict; an expectation that reality does not bear out is an error of the lab itself. */
export function judge(entry, texts) {
  const final = {}
  for (const delivery of [...entry.deliveries].sort((a, b) => a.t - b.t))
    for (const address of delivery.to) {
      if (['accepted', 'local'].includes(final[address])) continue
      final[address] = delivery.via === 'local' ? 'local' : (STATES[delivery.reply?.[0]] ?? 'deferred')
    }
  entry.final = final
  const states = Object.values(final)
  const meant = entry.expected.verdict
  if (['left_us', 'left_us?', 'ours_not_left'].includes(meant)) {
    const refused =
      meant === 'left_us?' &&
      entry.queue_ids.length === 0 &&
      states.length === 0 &&
      entry.submit_reply &&
      !entry.submit_reply.startsWith('250')
    const real = refused
      ? 'rejected_by_us'
      : states.includes('accepted')
        ? 'left_us'
        : states.includes('local')
          ? 'local_only'
          : 'ours_not_left'
    if (meant !== 'left_us?' && real !== meant) entry.odd = `meant ${meant}, was ${real}`
    entry.expected.verdict = real
  } else if (meant === 'local_only' && states.includes('accepted'))
    entry.odd = 'meant local_only, an outside server took it'
  const remote = entry.forged ? [] : Object.keys(final).filter((address) => final[address] === 'accepted')
  entry.expected.remote_accepted = remote.sort()
  entry.expected.origin = entry.origin
  delete entry.origin
  entry.time = new Date(Math.floor(entry.t) * 1000).toISOString().replace('.000Z', 'Z')
  const holds = ([path, text]) =>
    path.startsWith(`logs/${entry.host}-`) && entry.queue_ids.some((id) => text.includes(id))
  entry.log_files = [...texts]
    .filter(holds)
    .map(([path]) => path)
    .sort()
  if (!entry.forged && entry.expected.verdict !== 'rejected_by_us' && entry.queue_ids.length === 0)
    entry.odd = 'no queue ID'
  if (entry.queue_ids.length > 0 && entry.log_files.length === 0) entry.odd = 'its queue ID is in no log'
}

/** Questions by key, and some that have no answer here. */
export function queriesOf(lab, list, iso) {
  const queries = []
  for (const name of lab.ours) {
    const domain = HOSTS[name].accounts[1][2]
    const add = (fields, verdict) => queries.push({type: 'query', host: name, ...fields, expected: {verdict}})
    add({message_id: `<never.${name}@${domain}>`}, 'never_here')
    add({sender: `bob@${domain}`, rcpt: 'nobody.ever@bigmail.example', time: iso(lab.began + 5 * 3600)}, 'never_here')
    add({sender: `bob@${domain}`, rcpt: 'client1@bigmail.example', time: iso(lab.began - 5 * 86_400)}, 'inconclusive')
  }
  for (const entry of list) {
    if (!['customer', 'script-burst', 'forwarded', 'rejected-data-spam'].includes(entry.scenario)) continue
    if (entry.queue_ids.length === 0 || Number(entry.id.slice(1)) % 9 !== 0) continue
    const expected = {verdict: entry.expected.verdict, about: entry.id}
    queries.push({type: 'query', host: entry.host, queue_id: entry.queue_ids[0], expected})
    queries.push({
      type: 'query',
      host: entry.host,
      sender: entry.env_from,
      rcpt: entry.rcpts[0],
      time: entry.time,
      expected,
    })
  }
  return queries
}

/** Who sends how much: what an alert about scripts and logins should say. */
export function sendersOf(list) {
  const groups = new Map()
  const abuses = ['script-burst', 'compromised-account', 'contact-form-abuse', 'script-local-smtp']
  for (const entry of list) {
    const origin = entry.expected.origin ?? {}
    if (entry.forged || !['php-mail', 'sasl', 'smtp-localhost', 'sendmail'].includes(origin.kind)) continue
    const name = origin.script ?? origin.login ?? origin.user
    const key = `${entry.host} ${origin.kind} ${name}`
    const sum = groups.get(key) ?? {
      type: 'sender',
      host: entry.host,
      kind: origin.kind,
      name,
      messages: 0,
      recipients: 0,
      refused: 0,
      first: entry.time,
      abusive: false,
    }
    sum.messages += 1
    sum.recipients += entry.rcpts.length
    sum.refused += Object.values(entry.final).filter((state) => state === 'refused').length
    sum.last = entry.time
    sum.abusive ||= abuses.includes(entry.scenario)
    groups.set(key, sum)
  }
  return [...groups.values()]
}
