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

/** @returns {{found: object[], missed: object[], small: object[], wrong: object[]}} senders found, missed, too small; alerts about nobody guilty */
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
    wrong: alerts.filter((alert) => !guilty.some((sender) => speaksOf(alert, sender, host.get(sender.host)))),
  }
}
