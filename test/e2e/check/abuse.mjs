/** Abuse alerts against the truth: who really sent what they should not, and who was only at work. */
import {dirname} from 'node:path'

/** Below this many messages no honest rule can tell a stranger's burst from a busy morning. */
const ENOUGH = 25

/** Does an alert speak of this sender? A script may be named by its file, folder or account, a login by itself or its domain. */
function speaksOf(alert, sender, host) {
  const {subject} = alert
  if (subject.server && subject.server !== host.hostname) return false
  const name = String(subject.name).toLowerCase()
  const account = host.accounts?.find(
    ([user, , domain]) => sender.name.includes(`/${user}/`) || sender.name.endsWith(`@${domain}`),
  )
  const [user, uid, domain] = account ?? []
  if (subject.kind === 'domain') return name === domain
  if (subject.kind === 'account') return name === user || name === String(uid)
  if (subject.kind === 'login') return sender.kind === 'sasl' && name === sender.name.toLowerCase()
  const folder = dirname(sender.name).toLowerCase()
  return name === sender.name.toLowerCase() || name === folder || name.startsWith(`${folder}/`)
}

/** Five days: after them every MTA here has given up. Seconds. */
const GIVEN_UP = 5 * 86_400
/** A message is handed in a moment before its line is written, perhaps in the second before. Seconds. */
const HANDED_IN_BEFORE = 2
const seconds = (time) => Math.floor(Date.parse(time) / 1000)

/**
 * What an alert must count: the truth's messages of its sender from the alert's first to its last one. A sender's row in the truth is of the whole
 * run, so a form that worked for days before it was abused has more there. Recipients are those that mail was delivered to or tried for, behind
 * aliases; `failed` is everybody who neither took it nor got it locally, refused or given up, and null where an MTA may still have been trying.
 */
export function countsOf(alert, sender, truth) {
  const [from, to] = [seconds(alert.from), seconds(alert.to)]
  const own = [...truth.messages.values()].filter((message) => {
    const origin = message.expected?.origin
    const name = origin?.script ?? origin?.login
    const at = seconds(message.time)
    return (
      message.host === sender.host &&
      origin?.kind === sender.kind &&
      name === sender.name &&
      at >= from - HANDED_IN_BEFORE &&
      at <= to
    )
  })
  const sum = (count) => own.reduce((total, message) => total + count(message), 0)
  const finals = (message) => Object.values(message.final ?? {})
  const recipients = sum((message) => Math.max(finals(message).length, message.rcpts.length))
  const took = sum((message) => finals(message).filter((end) => end === 'accepted' || end === 'local').length)
  const end = Math.max(...[...truth.messages.values()].map((message) => seconds(message.time)))
  return {messages: own.length, recipients, failed: end - to > GIVEN_UP ? recipients - took : null}
}

/** Alerts about one guilty sender whose counts are not the truth's. */
function miscounted(alerts, guilty, host, truth) {
  return alerts.flatMap((alert) => {
    const spoken = guilty.filter((one) => speaksOf(alert, one, host.get(one.host)))
    const named = spoken.filter(({name}) => name === alert.subject.name)
    const [sender, another] = named.length > 0 ? named : spoken
    // An account's or a folder's alert may be of several senders.
    if (sender === undefined || another !== undefined || sender.kind === 'smtp-localhost') return []
    const want = countsOf(alert, sender, truth)
    const wrong = Object.entries(want).some(([name, count]) => count !== null && alert[name] !== count)
    return wrong ? [{alert, want}] : []
  })
}

/**
 * @returns {{found: object[], missed: object[], small: object[], wrong: object[], miscounted: object[]}} senders found, missed, too small; alerts about
 * nobody guilty; alerts with other counts than the truth's
 */
export function compareAbuse(alerts, truth) {
  const host = new Map(truth.hosts.map((row) => [row.host, row]))
  const nameable = truth.senders.filter((sender) => host.has(sender.host) && sender.kind !== 'smtp-localhost')
  const guilty = truth.senders.filter((sender) => host.has(sender.host) && sender.abusive)
  const named = (sender) => alerts.some((alert) => speaksOf(alert, sender, host.get(sender.host)))
  const asked = nameable.filter((sender) => sender.abusive && sender.messages >= ENOUGH)
  return {
    found: asked.filter(named),
    missed: asked.filter((sender) => !named(sender)),
    small: nameable.filter((sender) => sender.abusive && sender.messages < ENOUGH && named(sender)),
    miscounted: miscounted(alerts, guilty, host, truth),
    wrong: alerts.filter((alert) => !guilty.some((sender) => speaksOf(alert, sender, host.get(sender.host)))),
  }
}
