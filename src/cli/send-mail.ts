/** Mail by the local sendmail: a MIME message of text and HTML on its standard input. */

import {spawn} from 'node:child_process'
import {EXIT, Failure, usage} from './failures.js'

export interface Mail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  /** UTC milliseconds. */
  readonly at: number
  /** Right side of the Message-ID. */
  readonly host: string
}

/** An address or local user that cannot be mistaken for an option or a second header. @throws Failure (64). */
export function mailAddress(text: string): string {
  if (!/^[^\s@<>",;:()[\]\\-][^\s@<>",;:()[\]\\]*(@[^\s@<>",;:()[\]\\]+)?$/.test(text))
    throw usage(`cannot send to "${text}": it is no mail address`, ['write it bare: abuse@example.net'])
  return text
}

/** RFC 2047 where it is not plain ASCII. */
const header = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`

/** RFC 5322 date in UTC. */
const mailDate = (at: number): string => new Date(at).toUTCString().replace('GMT', '+0000')

const part = (type: string, body: string, boundary: string): string =>
  [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    (
      Buffer.from(body, 'utf8')
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\n'),
    '',
  ].join('\n')

/** The whole message, lines ending in LF as sendmail wants them (RFC 2045, RFC 2046 multipart/alternative, RFC 3834 Auto-Submitted). */
export function mimeMessage({to, subject, text, html, at, host}: Mail): string {
  const boundary = `mailwitness-${at.toString(36)}`
  return [
    `To: ${to.join(', ')}`,
    `Subject: ${header(subject)}`,
    `Date: ${mailDate(at)}`,
    `Message-ID: <report.${at.toString(36)}.${process.pid}@${host}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    part('text/plain', text, boundary) + part('text/html', html, boundary),
    `--${boundary}--`,
    '',
  ].join('\n')
}

/** Hands the message to `sendmail`. @throws Failure (1) with what it said, (66) where it cannot be started. */
export async function sendMail(sendmail: string, mail: Mail): Promise<void> {
  const child = spawn(sendmail, ['-i', '--', ...mail.to.map(mailAddress)], {stdio: ['pipe', 'ignore', 'pipe']})
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => {
    if (said.length < 2_000) said += bytes.toString('utf8')
  })
  // It may end without reading: its exit code tells why.
  child.stdin.on('error', () => undefined)
  const ended = new Promise<number>((settle, fail) => {
    child.on('error', fail)
    child.on('close', (code, signal) => settle(code ?? (signal === null ? 1 : 128)))
  })
  child.stdin.end(mimeMessage(mail))
  let code: number
  try {
    code = await ended
  } catch (error) {
    throw new Failure(`cannot start ${sendmail}: ${error instanceof Error ? error.message : String(error)}`, {
      code: 'SENDMAIL_MISSING',
      exit: EXIT.noInput,
      suggestions: ['name it with --sendmail', 'or print the report and send it otherwise'],
      cause: error,
    })
  }
  if (code !== 0)
    throw new Failure(
      `${sendmail} refused the report with exit code ${code}${said.trim() === '' ? '' : `: ${said.trim()}`}`,
      {
        code: 'SENDMAIL_FAILED',
        exit: EXIT.failure,
        suggestions: ['check the mail log', 'print the report instead: mailwitness report'],
      },
    )
}
