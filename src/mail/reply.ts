/** SMTP replies as logs quote them: reply code, enhanced status code, and the receipt by which the next server knows the message. */

const SPACE = 32
const isDigit = (c: number): boolean => c >= 48 && c <= 57

/** True where a reply code can begin: at the start, or after blank, colon, bracket, newline, or an escaped newline (`\n`). */
function startsWord(reply: string, at: number): boolean {
  if (at === 0) return true
  const before = reply.charCodeAt(at - 1)
  if (before === SPACE || before === 10 || before === 40 || before === 58) return true
  return before === 110 && reply.charCodeAt(at - 2) === 92
}

/** Where the last three-digit reply code of the first run of `ddd-` lines begins; -1 where the text quotes none. */
function codeAt(reply: string): number {
  for (let i = 0; i + 3 <= reply.length; i++) {
    const c = reply.charCodeAt(i)
    if (c < 50 || c > 53 || !isDigit(reply.charCodeAt(i + 1)) || !isDigit(reply.charCodeAt(i + 2))) continue
    if (!startsWord(reply, i)) continue
    const after = i + 3 < reply.length ? reply.charCodeAt(i + 3) : SPACE
    if (after === SPACE || after === 45 || after === 10 || after === 92) return i
  }
  return -1
}

/**
 * The three-digit reply code (RFC 5321 section 4.2) of a reply as a log quotes it: at its start (`250 2.0.0 Ok`), or after the
 * server's name (`host mx[192.0.2.1] said: 550 5.1.1 …`, `SMTP error from remote mail server after RCPT TO:<a>: 451 …`); null where none stands.
 */
export function replyCode(reply: string): number | null {
  const at = codeAt(reply)
  return at < 0 ? null : Number(reply.slice(at, at + 3))
}

/** Reads X.Y.Z (RFC 3463: one digit, then one to three digits each) at `at`; null where none stands whole there. */
function statusAt(reply: string, at: number): string | null {
  const first = reply.charCodeAt(at)
  if ((first !== 50 && first !== 52 && first !== 53) || reply.charCodeAt(at + 1) !== 46) return null
  let i = at + 2
  const subject = i
  while (isDigit(reply.charCodeAt(i))) i++
  if (i === subject || i - subject > 3 || reply.charCodeAt(i) !== 46) return null
  const detail = ++i
  while (isDigit(reply.charCodeAt(i))) i++
  if (i === detail || i - detail > 3) return null
  const after = reply.charCodeAt(i)
  if (after === 46 && isDigit(reply.charCodeAt(i + 1))) return null
  return after === 45 || (after >= 65 && after <= 90) || (after >= 97 && after <= 122) ? null : reply.slice(at, i)
}

/**
 * The enhanced status code X.Y.Z (RFC 3463) of a reply: right after the reply code where there is one, otherwise the first that
 * stands alone in the text (`(#5.7.1)`, `5.1.1 <a>: …`). Never part of an IP address or a version number. null where none stands.
 */
export function statusIn(reply: string): string | null {
  const code = codeAt(reply)
  if (code >= 0) {
    const near = statusAt(reply, code + 4)
    if (near) return near
  }
  for (let dot = reply.indexOf('.'); dot > 0; dot = reply.indexOf('.', dot + 1)) {
    const before = dot === 1 ? SPACE : reply.charCodeAt(dot - 2)
    if (before === SPACE || before === 35 || before === 40 || before === 10 || before === 58 || before === 45) {
      const status = statusAt(reply, dot - 1)
      if (status) return status
    }
  }
  return null
}

/** The word that begins at `from`: up to white space, a backslash (escaped newline) or one of `)],;>`. */
function word(reply: string, from: number): string | null {
  let i = from
  for (; i < reply.length; i++) {
    const c = reply.charCodeAt(i)
    if (c <= SPACE || c === 92 || c === 41 || c === 93 || c === 44 || c === 59 || c === 62) break
  }
  while (i > from && reply.charCodeAt(i - 1) === 46) i--
  return i > from ? reply.slice(from, i) : null
}

/** The word that ends right before `to` (one blank already skipped). */
function wordBefore(reply: string, to: number): string | null {
  let i = to
  while (i > 0 && reply.charCodeAt(i - 1) > SPACE && reply.charCodeAt(i - 1) !== 92) i--
  return i < to ? reply.slice(i, to) : null
}

/** Words that stand where other servers put their ID but are none. */
const hasDigit = /\d/

const isStatusOrCode = (text: string): boolean => /^(?:\d{3}|\d\.\d{1,3}\.\d{1,3})$/.test(text)

const QMAIL = /\b(\d{9,11} qp \d+)/
const SES = /^(?:250 )?[Oo][Kk] ([0-9a-f]{16}-[0-9a-f-]{20,}-000000)\b/
const BARE_UUID = /\b([0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}(?:\.\d+)?)\b/i
const MIMECAST = /Received OK \[([^\]\s]+)\]/
const IRONPORT = /\bMessage (\d{4,}) accepted\b/

/**
 * What the next server called the message when it accepted it, out of its reply: Exim `OK id=X`, Postfix `queued as X`, Google
 * `X - gsmtp`, Outlook `InternalId=X` (or `<X> Queued mail`), sendmail/OpenSMTPD/Proofpoint `X Message accepted for delivery`, qmail
 * `1653027350 qp 1234`, Dovecot LMTP `<a> X Saved`, Amazon SES, Haraka, Mimecast, IronPort. null where the reply names nothing. Only a
 * search key: another server wrote it and it proves nothing about ours. Multi-line replies may have real or escaped newlines.
 */
export function receiptIn(reply: string): string | null {
  const id = reply.indexOf('id=')
  if (id >= 0 && (id === 0 || reply.charCodeAt(id - 1) <= SPACE || reply.charCodeAt(id - 1) === 40)) {
    const found = word(reply, id + 3)
    if (found) return found
  }
  const queued = reply.lastIndexOf('ueued ')
  if (queued >= 0) {
    const as = reply.startsWith('as ', queued + 6) ? queued + 9 : reply.indexOf(' as ', queued) + 4
    if (as > 3) {
      const found = word(reply, as)
      if (found) return found
    }
  }
  const google = reply.indexOf(' - gsmtp')
  if (google > 0) return wordBefore(reply, google)
  const internal = reply.indexOf('InternalId=')
  if (internal >= 0) return word(reply, internal + 11)
  if (queued >= 0) {
    const open = reply.indexOf('<')
    if (reply.startsWith('mail', queued + 6) && open >= 0 && open < queued) return word(reply, open + 1)
  }
  const accepted = reply.search(/ (?:[Mm]essage|mail) accepted for delivery/)
  if (accepted > 0) {
    const found = wordBefore(reply, accepted)
    if (found && hasDigit.test(found) && !isStatusOrCode(found)) return found
  }
  const saved = reply.indexOf(' Saved')
  if (saved > 0) {
    const found = wordBefore(reply, saved)
    return found && !isStatusOrCode(found) && !found.endsWith('>') ? found : null
  }
  if (reply.includes(' qp ')) {
    const found = QMAIL.exec(reply)?.[1]
    if (found) return found
  }
  const other = SES.exec(reply) ?? MIMECAST.exec(reply) ?? IRONPORT.exec(reply) ?? BARE_UUID.exec(reply)
  return other?.[1] ?? null
}
