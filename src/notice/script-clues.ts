/** Clues that web hosting leaves in a header: PHP's script headers, cPanel's and Plesk's. All of them are claims of the host that wrote them. */

import type {Field} from './fields.js'
import type {Part, Sure} from './notice.js'
import {glued} from './seam.js'
import {addFrom, type Sink} from './sink.js'

const IP = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w.:]*[\w:])/g

type Reader = (field: Field, text: string, part: Part, sure: Sure, sink: Sink) => void

const plain =
  (type: 'source' | 'source-args' | 'source-dir'): Reader =>
  (field, value, part, sure, sink) =>
    addFrom(sink, field, part, sure, {type, value})

const READERS = new Map<string, Reader>([
  ['x-php-script', phpScript],
  ['x-php-originating-script', originatingScript],
  ['x-antiabuse', antiAbuse],
  ['x-get-message-sender-via', senderVia],
  ['x-authenticated-sender', login],
  ['x-authenticated-user', login],
  ['x-authenticated-by', login],
  ['x-source', plain('source')],
  ['x-source-args', plain('source-args')],
  ['x-source-dir', plain('source-dir')],
])

/** Adds the clues of one `X-` field; nothing for fields that are not of this kind. */
export function scriptClues(field: Field, part: Part, sure: Sure, sink: Sink): void {
  const text = glued(field.value)
  if (text === '') return
  const read = READERS.get(field.name)
  if (read) read(field, text, part, sure, sink)
  else if (field.name.startsWith('x-ppp-'))
    addFrom(sink, field, part, sure, {type: 'plesk', value: `${field.name}: ${text}`})
}

/** `site/path for ip[, ip]` (cPanel's PHP patch and its imitations). */
function phpScript(field: Field, text: string, part: Part, sure: Sure, sink: Sink): void {
  const at = text.lastIndexOf(' for ')
  const value = (at < 0 ? text : text.slice(0, at)).trim()
  const visitors = at < 0 ? [] : [...text.slice(at + 5).matchAll(IP)].map((match) => match[0]).slice(0, 20)
  if (value !== '') addFrom(sink, field, part, sure, {type: 'php-script', value, visitors: [...new Set(visitors)]})
}

/** `uid:file`, where code run by eval() reads `file.php(2) : eval()'d code` (php-src ext/standard/mail.c). */
function originatingScript(field: Field, text: string, part: Part, sure: Sure, sink: Sink): void {
  const found = /^(\d{1,10}):(.*)$/.exec(text)
  const written = (found?.[2] ?? text).trim()
  const evaluated = /eval\(\)'d code|assert code|runtime-created function/.test(written)
  const file = written.replace(/\(\d{1,9}\) ?: ?(?:eval\(\)'d code|assert code|runtime-created function).*$/, '').trim()
  const duplicate = sink.clues.some((clue) => clue.type === 'php-originating-script' && clue.where.part === part)
  addFrom(sink, field, part, duplicate ? 'guess' : sure, {
    type: 'php-originating-script',
    value: text,
    uid: found ? Number(found[1]) : null,
    file,
    evaluated,
    duplicate,
  })
}

const ANTI_ABUSE = [
  ['primary-hostname', /^Primary Hostname ?- ?(.*)$/i],
  ['original-domain', /^Original Domain ?- ?(.*)$/i],
  ['uid-gid', /^Originator\/Caller UID\/GID ?- ?(.*)$/i],
  ['sender-domain', /^Sender Address Domain ?- ?(.*)$/i],
] as const

function antiAbuse(field: Field, text: string, part: Part, sure: Sure, sink: Sink): void {
  for (const [name, pattern] of ANTI_ABUSE) {
    const found = pattern.exec(text)
    if (!found) continue
    const value = (found[1] ?? '').trim()
    const uid = name === 'uid-gid' ? /^\[(\d{1,10}) /.exec(value) : null
    if (value !== '')
      addFrom(sink, field, part, sure, {type: 'anti-abuse', name, value, uid: uid ? Number(uid[1]) : null})
    return
  }
  addFrom(sink, field, part, sure, {type: 'anti-abuse', name: 'note', value: text.slice(0, 300), uid: null})
}

/** `host: authenticated_id: user`, `host: sender_ident via received_protocol == local: user`, or the login alone. */
function senderVia(field: Field, text: string, part: Part, sure: Sure, sink: Sink): void {
  const split = text.indexOf(': ')
  const host = split > 0 && !text.slice(0, split).includes(' ') ? text.slice(0, split).toLowerCase() : null
  const via = host === null ? text : text.slice(split + 2)
  const user =
    /(?:authenticated_id|sender_ident|uid via [^:]*|acl_c_authenticated_local_user|redirect\/forwarder owner)[^:]*: ?([^\s/]{1,255})/.exec(
      via,
    )?.[1]
  addFrom(sink, field, part, sure, {type: 'sender-via', value: text, host, via, user: user ?? null})
}

function login(field: Field, text: string, part: Part, sure: Sure, sink: Sink): void {
  const split = /^([A-Za-z0-9.-]{1,255}): ?(.*)$/.exec(text)
  const value = (split ? (split[2] ?? '') : text).trim().split(/\s/, 1)[0] ?? ''
  if (value === '' || value === '@' || value === ':') return
  addFrom(sink, field, part, sure, {type: 'login', value, host: split?.[1]?.toLowerCase() ?? null})
}
