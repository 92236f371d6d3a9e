/** Prints the outcome of a check; the worst first. */

const percent = (part, whole) => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(part === whole ? 0 : 2)} %`)
const cut = (text, width = 300) => {
  const line = text.replaceAll('\n', ' ')
  return line.length > width ? `${line.slice(0, width)}…` : line
}
const LISTED = 60

function list(title, rows, render, shown = LISTED) {
  if (rows.length === 0) return
  console.log(`\n${title} (${rows.length}):`)
  for (const row of rows.slice(0, shown)) console.log(`  ${cut(render(row))}`)
  if (rows.length > shown) console.log(`  … and ${rows.length - shown} more (--json FILE has all of the verdicts)`)
}

const countBy = (rows, key) => {
  const counts = new Map()
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}

/** One line about a question whose verdict differs. */
export function differenceLine({question, verdict, got}) {
  const reasons = (got?.reasons ?? []).map((reason) => reason.code).join(',')
  const what = question.file ?? question.flags?.join(' ')
  const about = question.message ? ` about ${question.message.id} ${question.message.queue_ids?.[0] ?? ''}` : ''
  return `${question.id} ${question.host ?? '-'} ${question.scenario} ${question.kind}: want ${question.want.join('|')}, got ${verdict} [${got?.certainty ?? ''} ${reasons}]  ${what}${about}`
}

/** @returns {number} how many findings must be mended */
export function printOutcome(outcome, _truth, flags) {
  const {origins, recipients, abuse} = outcome
  for (const {host, code, ms, summary} of outcome.session.ingests)
    console.log(
      `ingest ${host}: exit ${code}, ${(ms / 1000).toFixed(2)} s, ${summary.lines} lines, ${summary.messages} messages, ${summary.deliveries} deliveries, ${summary.rejections} rejections, unknown ${summary.unknown}`,
    )
  const bad = outcome.differences
  if (!flags.quiet) {
    const order = ({verdict}) =>
      verdict === 'never-here' ? 0 : verdict === 'left' ? 1 : verdict === 'inconclusive' ? 3 : 2
    list(
      'VERDICTS THAT DIFFER',
      [...bad].sort((a, b) => order(a) - order(b)),
      differenceLine,
    )
    list(
      '… by scenario',
      countBy(
        bad,
        (row) => `${row.question.scenario} ${row.question.kind}: want ${row.question.want[0]}, got ${row.verdict}`,
      ),
      ([key, count]) => `${count}  ${key}`,
      80,
    )
    list(
      'CAUSES THAT DIFFER',
      countBy(
        outcome.causes.wrong,
        (row) => `${row.question.scenario}: want ${row.causes.join('|')}, got ${row.cause}`,
      ),
      ([key, count]) => `${count}  ${key}`,
    )
    for (const level of ['wrong', 'less'])
      list(
        `ORIGINS ${level === 'wrong' ? 'WRONG' : 'vaguer than the logs allow'}`,
        origins[level],
        ({message, why}) => `${message.id} ${message.host} ${message.scenario} ${message.queue_ids[0]}: want ${why}`,
        25,
      )
    list(
      'RECIPIENTS THAT DIFFER',
      recipients.wrong,
      ({message, why}) => `${message.id} ${message.host} ${message.scenario} ${message.queue_ids.join(' ')}: ${why}`,
      25,
    )
    if (abuse) {
      list(
        'ABUSE MISSED',
        abuse.missed,
        (s) => `${s.host} ${s.kind} ${s.name}: ${s.messages} messages, ${s.recipients} recipients`,
      )
      list(
        'ABUSE ALERTS ABOUT NOBODY GUILTY',
        abuse.wrong,
        (a) => `${JSON.stringify(a.subject)} ${a.messages} messages, score ${a.score}`,
      )
      list(
        'ABUSE COUNTED OTHERWISE THAN THE TRUTH',
        abuse.miscounted,
        ({alert: {subject, messages, recipients, failed}, want}) =>
          `${JSON.stringify(subject)}: want ${JSON.stringify(want)}, got ${JSON.stringify({messages, recipients, failed})}`,
      )
    }
  }
  for (const message of outcome.broken) console.log(`\nBROKEN: ${message}`)
  const known = origins.right + origins.less.length + origins.wrong.length
  const causes = outcome.causes.right + outcome.causes.wrong.length
  console.log(
    `\nverdicts    ${outcome.right} of ${outcome.total} right (${percent(outcome.right, outcome.total)}) in ${(outcome.asked / 1000).toFixed(1)} s`,
  )
  console.log(
    `            WRONG never-here: ${outcome.neverWrong}   wrong left/forwarded: ${outcome.leftWrong}   inconclusive where the truth is known: ${outcome.inconclusive}`,
  )
  console.log(`causes      ${outcome.causes.right} of ${causes} right (${percent(outcome.causes.right, causes)})`)
  console.log(
    `origins     ${origins.right} of ${known} right (${percent(origins.right, known)}), vaguer ${origins.less.length}, wrong ${origins.wrong.length}`,
  )
  console.log(`recipients  ${recipients.right} of ${recipients.right + recipients.wrong.length} messages right`)
  if (abuse)
    console.log(
      `abuse       ${abuse.found.length} of ${abuse.found.length + abuse.missed.length} found, ${abuse.wrong.length} alerts about nobody guilty, ${abuse.small.length} small ones found too, ${abuse.miscounted.length} counted otherwise`,
    )
  return (
    bad.length +
    origins.wrong.length +
    recipients.wrong.length +
    (abuse ? abuse.missed.length + abuse.wrong.length + abuse.miscounted.length : 0)
  )
}
