/** The facts of one case that the ticket texts share, drawn from the answer alone. */

import type {ReasonCode, VerdictAnswer, WordData} from '../../mail/verdict.js'

/** Names, times and places of the case; a key is null where the answer does not hold it. Times are ISO 8601 UTC. */
export function caseData(answer: VerdictAnswer): WordData {
  const host = dataOf(answer, 'foreign-host')
  const script = dataOf(answer, 'foreign-script')
  const [message] = answer.messages
  const sender = message?.sender || (answer.asked.senders.length === 1 ? answer.asked.senders[0] : null) || null
  const path = message?.origin.script ?? textOf(dataOf(answer, 'sent-by-script'), 'script')
  const span = searched(answer)
  return {
    address: sender,
    domain: adviceDomain(answer) ?? sender?.slice(sender.lastIndexOf('@') + 1) ?? null,
    login: message?.origin.login ?? textOf(dataOf(answer, 'sent-by-login'), 'login'),
    account: message?.origin.account ?? textOf(dataOf(answer, 'sent-by-script'), 'account'),
    script: path,
    scriptName: path === null ? (message?.origin.url ?? null) : path.slice(path.lastIndexOf('/') + 1),
    original: textOf(dataOf(answer, 'forwarded-by'), 'original'),
    queueId: message?.queueId ?? null,
    messageId: message?.messageId ?? answer.asked.messageIds[0] ?? null,
    arrivedAt: message?.arrivedAt ?? null,
    foreignHost: textOf(host, 'host') ?? textOf(script, 'host'),
    foreignQueueId: textOf(host, 'queueId'),
    foreignAt: textOf(host, 'at') ?? textOf(script, 'at'),
    site: textOf(script, 'site') ?? siteOf(textOf(script, 'url')),
    foreignVisitor: textOf(script, 'visitorIp'),
    from: span.from,
    to: span.to,
    servers: answer.coverage.servers.map((server) => server.server),
  }
}

/** The facts of the first reason with this code; empty where there is none. */
export const dataOf = (answer: VerdictAnswer, code: ReasonCode): WordData =>
  answer.reasons.find((reason) => reason.code === code)?.data ?? {}

const textOf = (data: WordData, key: string): string | null => {
  const value = data[key]
  return typeof value === 'string' && value !== '' ? value : null
}

/** `amchamec.com` of `amchamec.com/index.php/contactanos`. */
export const siteOf = (url: string | null): string | null =>
  url === null ? null : (/^(?:https?:\/\/)?([^/\s]+\.[^/\s]+)/i.exec(url)?.[1] ?? null)

function adviceDomain(answer: VerdictAnswer): string | null {
  for (const advice of answer.advice) {
    const domain = textOf(advice.data, 'domain')
    if (domain !== null) return domain
  }
  return null
}

/** The span that was searched: the asked window, else the time that all servers cover together. */
function searched(answer: VerdictAnswer): {from: string | null; to: string | null} {
  const {window} = answer.asked
  if (window.from !== null && window.to !== null) return window
  const from = answer.coverage.servers.map((server) => server.from).filter((time) => time !== null)
  const to = answer.coverage.servers.map((server) => server.to).filter((time) => time !== null)
  return {from: window.from ?? from.sort().at(-1) ?? null, to: window.to ?? to.sort()[0] ?? null}
}
