/** One run, read and asked: ingest per host, every report and query, every message's trace, the abuse alerts. */
import {join} from 'node:path'
import {compareAbuse} from './abuse.mjs'
import {compareOrigin, compareRecipients, ownMessages, rightCauses} from './compare.mjs'
import {chooseCopies, describeLogs, stageLogs} from './logs.mjs'
import {answer, batched, sideBySide, writeConfig} from './tool.mjs'
import {questionsOf, rightVerdicts, tracedMessages} from './truth.mjs'

export const isoOf = (seconds) => new Date(seconds * 1000).toISOString().replace(/\.000Z$/, 'Z')

/**
 * Copies the logs with their file times, writes the configuration and reads each host into the database.
 * @param {{copies: string, zones: string, skip?: boolean, without?: Set<string>}} options `without`: files left out
 */
export async function ingestRun(truth, work, database, options) {
  const config = writeConfig(work, truth.hosts, options.zones)
  const hosts = truth.hosts.map((host) => {
    const logs = chooseCopies(describeLogs(truth.run, host, truth.start), options.copies)
    return {host, logs: logs.filter((log) => !options.without?.has(log.file))}
  })
  const ingests = []
  for (const {host, logs} of options.skip ? [] : hosts) {
    const paths = stageLogs(truth.run, logs, join(work, 'staged'))
    if (paths.length === 0) continue
    const zone = options.zones === 'none' || !host.host.startsWith('p') ? [] : ['--tz', host.tz]
    const done = await answer([
      'ingest',
      '--config',
      config,
      '--db',
      database,
      '--server',
      host.hostname,
      ...zone,
      ...paths,
    ])
    ingests.push({host: host.host, code: done.code, ms: done.ms, summary: done.values[0], stderr: done.stderr})
  }
  return {config, database, hosts, ingests, base: ['--config', config, '--db', database]}
}

/** Asks every question; each gets its answer object, or the error it ended with. */
export async function askAll(truth, session, questions) {
  const answers = new Map()
  const ask = async (keys) => (await answer(['verdict', ...session.base, ...keys], {cwd: truth.run})).values
  const alone = async (question) => {
    try {
      answers.set(question.id, (await ask(question.flags ?? [question.file]))[0])
    } catch (error) {
      answers.set(question.id, {error: {code: 'failed', message: error.message.split('\n')[1] ?? error.message}})
    }
  }
  await sideBySide(batched(questions.filter((question) => question.file)), async (batch) => {
    try {
      const values = await ask(batch.map((question) => question.file))
      for (const question of batch)
        answers.set(question.id, batch.length === 1 ? values[0] : pick(values, question.file))
    } catch {
      // one report that ends the process must not hide what the others would have got
      for (const question of batch) await alone(question)
    }
  })
  await sideBySide(
    questions.filter((question) => question.flags),
    alone,
  )
  return answers
}

/** The first answer about a file: a report is one notice, even where it quotes another. */
function pick(values, file) {
  const own = values.filter((value) => value.input?.path === file || value.input?.path?.endsWith(`/${file}`))
  return own[0] ?? {error: {code: 'no-answer', message: 'no object about this file'}}
}

/** Every message's life, by its queue IDs. @returns {Map<string, object[]>} truth id -> messages */
async function traceAll(truth, session, list) {
  const found = new Map(list.map((message) => [message.id, []]))
  for (const batch of batched(list)) {
    const keys = [...new Set(batch.flatMap((message) => message.queue_ids))]
    const done = await answer(['trace', ...session.base, '--limit', '100000', ...keys])
    const messages = done.values.flatMap((value) => value.journeys ?? []).flatMap((journey) => journey.messages)
    const hostname = (id) => truth.hosts.find((host) => host.host === id)?.hostname
    const unique = [...new Map(messages.map((m) => [`${m.server} ${m.queueId} ${m.arrivedAt}`, m])).values()]
    for (const message of batch) {
      const own = ownMessages(unique, message).filter((one) => one.server === hostname(message.host))
      found.set(message.id, own)
    }
  }
  return found
}

/** Messages of all kinds asked by queue ID: one of each program, scenario and fate, or every one. */
function messageQuestions(truth, all) {
  const seen = new Set()
  const questions = []
  for (const message of tracedMessages(truth)) {
    const key = `${message.host[0]} ${message.scenario} ${message.expected.verdict}`
    if (!all && seen.has(key)) continue
    seen.add(key)
    questions.push({
      id: `m${message.id}`,
      scenario: `message:${message.scenario}`,
      kind: 'message',
      host: message.host,
      at: message.t,
      message,
      want: rightVerdicts(truth, message.expected, message, 'message'),
      flags: ['--queue-id', message.queue_ids[0]],
    })
  }
  return questions
}

/** The first questions of each host, scenario, kind and right verdict: what asks the same thing again costs time and proves nothing more. */
export function oneOfEach(questions, most = 1) {
  const seen = new Map()
  return questions.filter((question) => {
    const key = `${question.host} ${question.scenario} ${question.kind} ${question.want[0]}`
    seen.set(key, (seen.get(key) ?? 0) + 1)
    return seen.get(key) <= most
  })
}

/** How a login was used in the whole run: messages, and /24 networks. */
function useOf(truth, login) {
  const origins = login ? [...truth.messages.values()].map((message) => message.expected.origin ?? {}) : []
  const used = origins.filter((origin) => origin.login === login)
  return {sent: used.length, networks: new Set(used.map((origin) => origin.client_ip.replace(/\.\d+$/, ''))).size}
}

/** @returns {{total: number, right: number, differences: object[], answers: Map<string, object>, questions: object[], …}} */
export async function checkRun(truth, session, flags) {
  const wanted = (question) =>
    !flags.only || `${question.id} ${question.scenario} ${question.file ?? ''}`.includes(flags.only)
  const questions = [...questionsOf(truth), ...messageQuestions(truth, flags.messages)].filter(wanted)
  for (const question of questions) Object.assign(question, useOf(truth, question.message?.expected.origin?.login))
  const before = performance.now()
  const answers = await askAll(truth, session, questions)
  const asked = performance.now() - before
  const outcome = {...judgeVerdicts(questions, answers), questions, answers, session, asked}
  const traced = tracedMessages(truth).filter((message) => !flags.only || message.scenario.includes(flags.only))
  let lives = new Map()
  outcome.broken = []
  try {
    lives = await traceAll(truth, session, traced)
  } catch (error) {
    outcome.broken.push(error.message)
  }
  outcome.origins = {right: 0, less: [], wrong: []}
  outcome.recipients = {right: 0, wrong: []}
  for (const message of traced) {
    const own = lives.get(message.id) ?? []
    const origin = compareOrigin(own, message)
    if (origin.level === 'right') outcome.origins.right += 1
    else outcome.origins[origin.level].push({message, why: origin.why})
    const differences = own.length === 0 ? ['the message is not in the answer'] : compareRecipients(own, message)
    if (differences.length === 0) outcome.recipients.right += 1
    else outcome.recipients.wrong.push({message, why: differences.join('; ')})
  }
  const last = Math.max(...session.hosts.flatMap(({logs}) => logs.map((log) => log.to)))
  const span = ['--since', isoOf(truth.start - 86_400), '--until', isoOf(last + 86_400)]
  outcome.abuse = null
  if (flags.only) return outcome
  try {
    outcome.abuse = compareAbuse((await answer(['abuse', ...session.base, ...span])).values[0].alerts ?? [], truth)
  } catch (error) {
    outcome.broken.push(error.message)
  }
  return outcome
}

/** Verdicts and causes against the truth. */
export function judgeVerdicts(questions, answers) {
  const result = {
    total: 0,
    right: 0,
    differences: [],
    neverWrong: 0,
    leftWrong: 0,
    inconclusive: 0,
    causes: {right: 0, wrong: []},
  }
  for (const question of questions) {
    const got = answers.get(question.id)
    const verdict = got?.verdict ?? `error ${got?.error?.code}: ${got?.error?.message}`
    result.total += 1
    if (question.want.includes(verdict)) result.right += 1
    else {
      result.differences.push({question, verdict, got})
      if (verdict === 'never-here') result.neverWrong += 1
      if (verdict === 'left' || verdict === 'forwarded') result.leftWrong += 1
      if (verdict === 'inconclusive') result.inconclusive += 1
    }
    const causes = rightCauses(question)
    if (!causes || !question.want.includes(verdict) || ['inconclusive', 'not-a-bounce'].includes(verdict)) continue
    if (causes.includes(got.cause)) result.causes.right += 1
    else result.causes.wrong.push({question, cause: got.cause, causes})
  }
  return result
}
