/** The HTML report's cards of what did not get through: refused, waiting, turned away at our door, and bounces of strangers' mail. */

import {type Cell, card, type Page, paragraph, table} from './html-parts.js'
import {escapeHtml} from './printable.js'

export function refusedCard({answer: {refused}, words, write}: Page): string {
  const {heads} = words
  const sentence = words.refusedSentence({
    recipients: write.number(refused.recipients),
    unknownUser: write.number(refused.unknownUser),
    policy: write.number(refused.policy),
    ownLimit: write.number(refused.ownLimit),
    other: write.number(refused.other),
  })
  if (refused.domains.length === 0) return card(words.sections.refused, paragraph(sentence))
  const rows = refused.domains.map((one) => [one.domain, one.recipients, one.unknownUser, one.policy, one.other])
  return card(
    words.sections.refused,
    paragraph(sentence),
    table([heads.domain, heads.total, heads.unknownUser, heads.policy, heads.other], rows, write),
  )
}

export function deferredCard({answer: {deferred, queue}, words, write}: Page): string {
  const {heads} = words
  const parts = [
    paragraph(
      words.deferredSentence({recipients: write.number(deferred.recipients), retries: write.number(deferred.retries)}),
    ),
  ]
  if (deferred.domains.length > 0)
    parts.push(
      table(
        [heads.domain, heads.recipients],
        deferred.domains.map((one) => [one.domain, one.recipients]),
        write,
      ),
    )
  if (queue.waiting === 0) parts.push(paragraph(words.queueEmpty))
  else
    parts.push(
      paragraph(
        words.queueSentence({
          waiting: write.number(queue.waiting),
          frozen: write.number(queue.frozen),
          oldest: write.time(queue.oldest),
        }),
      ),
      table(
        [heads.age, heads.messages],
        queue.ages.map((age, i) => [words.age(age.upTo, queue.ages[i - 1]?.upTo ?? null), age.messages]),
        write,
      ),
    )
  return card(`${words.sections.deferred}, ${words.sections.queue.toLowerCase()}`, ...parts)
}

export function rejectionsCard({answer: {rejections}, words, write}: Page): string {
  const {heads} = words
  const parts = [
    paragraph(
      words.rejectionSentence({count: write.number(rejections.count), sampled: write.number(rejections.sampled)}),
    ),
  ]
  if (rejections.reasons.length > 0)
    parts.push(
      table(
        [heads.share, heads.reason],
        rejections.reasons.map((one) => [
          {html: write.percent(one.share), className: 'r'},
          {html: escapeHtml(one.text), className: 'name'},
        ]),
        write,
      ),
    )
  if (rejections.clients.length > 0)
    parts.push(
      table(
        [heads.client, heads.refused],
        rejections.clients.map((one) => [one.ip ?? '-', one.rejections]),
        write,
      ),
    )
  return card(words.sections.rejections, ...parts)
}

export function backscatterCard({answer: {backscatter}, words, write}: Page): string {
  const {domains, own} = backscatter
  if (domains.length === 0 && own.length === 0) return ''
  const {heads} = words
  const rows = domains.slice(0, 15).map((one): Cell[] => [
    one.domain,
    one.bounces,
    write.time(one.since),
    one.reporters
      .slice(0, 3)
      .map((reporter) => reporter.name ?? reporter.ip ?? '-')
      .join(', '),
  ])
  return card(
    words.sections.backscatter,
    rows.length === 0 ? '' : table([heads.domain, heads.bounces, heads.since, heads.reporter], rows, write),
    ...domains.flatMap(({domain, catchAll}) =>
      catchAll === null
        ? []
        : [
            paragraph(
              words.catchAll({
                domain,
                localParts: write.number(catchAll.localParts),
                examples: catchAll.examples.slice(0, 3).join(', '),
              }),
            ),
          ],
    ),
    ...own.map(({server, bounces, domains: strangers}) =>
      paragraph(
        words.own({
          server,
          bounces: write.number(bounces),
          domains: strangers
            .slice(0, 5)
            .map((one) => `${one.domain} ${one.bounces}`)
            .join(', '),
        }),
      ),
    ),
    own.length > 0 ? paragraph(words.ownNext) : '',
  )
}
