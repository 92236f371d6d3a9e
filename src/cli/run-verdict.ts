/** The verdict command's way from files or flags to answers, one by one. */

import {createReadStream} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {timeInQueueId} from '../mail/queue-id.js'
import {byteString} from '../mail/text.js'
import type {VerdictAnswer} from '../mail/verdict.js'
import type {Fleet} from '../question/fleet.js'
import {judge} from '../question/verdict/judge.js'
import {type Query, queryOfFlags, queryOfNotice} from '../question/verdict/query.js'
import {fillTexts} from '../render/wording/fill-texts.js'
import {languageOf} from '../render/wording/languages.js'
import type {Config} from './config.js'
import {
  cannotRead,
  cannotUnderstand,
  EXIT,
  type ExitCode,
  type Failure,
  failureJson,
  toFailure,
  usage,
} from './failures.js'
import {fleetOf} from './fleet.js'
import {storeOrNone} from './stores.js'
import type {Span, When} from './time-span.js'

export interface VerdictRequest {
  readonly files: readonly string[]
  readonly flags: {
    readonly messageIds: readonly string[]
    readonly queueIds: readonly string[]
    readonly senders: readonly string[]
    readonly recipients: readonly string[]
    readonly subjects: readonly string[]
    readonly at: string | null
  }
  readonly window: Span
  readonly when: When
  readonly config: Config
  readonly db: string
  readonly reply: {readonly audience: 'customer' | 'abuse-desk'; readonly templates: string | null} | null
  readonly language: string
}

export interface InputName {
  readonly path: string
  readonly index: number
}

export type VerdictOutput =
  | {
      readonly kind: 'answer'
      readonly answer: VerdictAnswer
      readonly json: object
      readonly input: InputName | null
      readonly several: boolean
    }
  | {
      readonly kind: 'failed'
      readonly json: {readonly input: InputName; readonly error: {readonly code: string; readonly message: string}}
      readonly exit: ExitCode
      readonly several: boolean
    }

/** Bytes of one report file at most; what lies beyond is no report any more. */
const MOST_BYTES = 512 * 1024 * 1024

async function bytesOf(path: string): Promise<Uint8Array> {
  if (path !== '-') {
    try {
      return await readFile(path)
    } catch (error) {
      throw cannotRead('report', path, error as NodeJS.ErrnoException)
    }
  }
  const blocks: Buffer[] = []
  let bytes = 0
  for await (const block of createReadStream('', {fd: 0, autoClose: false}) as AsyncIterable<Buffer>) {
    bytes += block.length
    if (bytes > MOST_BYTES)
      throw cannotUnderstand(`standard input holds more than ${MOST_BYTES} bytes: that is no report`)
    blocks.push(block)
  }
  return Buffer.concat(blocks)
}

/** Answers in the order of the files and of the reports in them. One unreadable report does not stop the others. */
export async function* runVerdicts(request: VerdictRequest): AsyncGenerator<VerdictOutput> {
  const {flags} = request
  const byFlags = flags.messageIds.length + flags.queueIds.length + flags.senders.length + flags.recipients.length > 0
  if (request.files.length === 0 && !byFlags)
    throw usage('nothing to judge: no FILE and none of --message-id, --queue-id, --from, --to was given', [
      'mailwitness verdict bounce.eml',
      'mailwitness verdict --queue-id 1nrvvQ-0002CA-NB',
    ])
  const language = languageOf(request.language)
  if (language === null)
    throw usage(`there are no texts in the language "${request.language}"`, ['--language en or --language de'])
  const templates = request.reply === null ? undefined : await templatesOf(request.reply.templates)
  const store = await storeOrNone(request.db)
  try {
    // The servers of the same state that is asked: another log may bring a new one at any time.
    const judged = (queryOf: (fleet: Fleet) => Query): VerdictAnswer =>
      store.inOneState(() => {
        const fleet = fleetOf(request.config, store)
        return judge(store, fleet, queryOf(fleet))
      })
    const {renderReply} = request.reply === null ? {renderReply: null} : await import('../render/reply.js')
    const finish = (answer: VerdictAnswer): VerdictAnswer => {
      const filled = fillTexts(answer, language)
      if (renderReply === null || request.reply === null) return filled
      return {
        ...filled,
        reply: renderReply(filled, {language, audience: request.reply.audience, ...(templates ? {templates} : {})}),
      }
    }
    if (byFlags && request.files.length === 0) {
      let at: number | null = null
      if (flags.at !== null) {
        const {readMoment} = await import('./time-span.js')
        at = readMoment(flags.at, request.when, false, 'at')
      }
      const query = queryOfFlags(
        {
          ...flags,
          messageIds: flags.messageIds.map((id) => id.trim().replace(/^<(.*)>$/, '$1')),
          at,
          window: request.window,
        },
        (id) => timeInQueueId(byteString(id)),
      )
      const answer = finish(judged(() => query))
      yield {kind: 'answer', answer, json: answer, input: null, several: false}
      return
    }
    const {readNotices} = await import('../notice/read-notices.js')
    for (const path of request.files) {
      let index = 0
      try {
        const bytes = await bytesOf(path)
        if (bytes.length === 0)
          throw cannotUnderstand(`the report ${path} is empty`, [
            'save the bounce with all its headers and give that file',
          ])
        const waiting: VerdictOutput[] = []
        for await (const notice of readNotices(bytes)) {
          const answer = finish(judged((fleet) => queryOfNotice(notice, fleet)))
          const input = {path, index: index++}
          waiting.push({kind: 'answer', answer, json: answer, input, several: false})
          if (waiting.length > 1) yield named(waiting.shift() as VerdictOutput)
        }
        for (const last of waiting) yield index > 1 || request.files.length > 1 ? named(last) : last
        if (index === 0)
          throw cannotUnderstand(`the report ${path} holds nothing that can be read`, [
            'give the bounce as it arrived, with all its headers',
          ])
      } catch (error) {
        const failure: Failure = toFailure(error)
        if (request.files.length === 1 && index === 0) throw failure
        yield {
          kind: 'failed',
          json: {input: {path, index}, ...failureJson(failure)},
          exit: EXIT.data,
          several: true,
        }
      }
    }
  } finally {
    store.close()
  }
}

/** The same answer with `input`, as one of several. */
function named(output: VerdictOutput): VerdictOutput {
  return output.kind === 'answer' ? {...output, json: {...output.json, input: output.input}, several: true} : output
}

async function templatesOf(
  folder: string | null,
): Promise<import('../render/templates/template.js').Templates | undefined> {
  if (folder === null) return undefined
  const {loadTemplates, templateFaultText} = await import('../render/templates/load-templates.js')
  const loaded = loadTemplates(folder)
  if (loaded.kind === 'fault') throw cannotUnderstand(templateFaultText(loaded.fault))
  return loaded.templates
}
