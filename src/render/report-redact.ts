/** `--redact`: what is printed without the local parts of addresses, without subjects and without visitors. */

import {maskedAddress} from './wording/facts.js'

const ADDRESS = /[^\s<>"'(),:;=[\]]{1,128}@[^\s<>"'(),:;\]]{1,255}/g
/** Subjects as Exim (T="…") and Postfix (Subject: …) log them. */
const EXIM_SUBJECT = / T="(?:[^"\\]|\\.)*"/g
const SUBJECT = /(\bSubject: ).*$/i

/** One text of ours or from a log without personal data; IPv4 addresses keep their network. */
export const redactText = (text: string): string =>
  text
    .replace(EXIM_SUBJECT, ' T="…"')
    .replace(SUBJECT, '$1…')
    .replace(ADDRESS, maskedAddress)
    .replace(/(?<![\d.])(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}(?![\d.])/g, '$1.x')

/** Every text of an answer redacted, its shape kept; as it is where `redact` is false. */
export function redactAnswer<T>(answer: T, redact: boolean): T {
  return redact ? (redacted(answer) as T) : answer
}

function redacted(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redacted)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redacted(one)]))
  return value
}
