/** The syslog line of PHP sendmail wrappers that name the script (onlime/sendmail-wrapper and copies of it). */

import type {EventBase, Parsed} from '../../mail/event.js'
import {addressesIn, bareAddress} from './addresses.js'

/**
 * `sendmail-wrapper-php: uid=web1, msgid=…, from=…, to="…", cc="…", bcc="…", subject="…", site=…, client=…, script=/path, throttleStatus=0`.
 * `uid` is the name of the account. The wrapper's `msgid` is its own and stands in no Message-ID header, so it is left out; `throttleStatus`
 * above 0 means that nothing was sent, which a later line of the MTA would show. null where the text is none.
 */
export function parseSendmailWrapper(text: string, base: EventBase): Parsed | null {
  const start = text.indexOf('uid=')
  if (start < 0 || start > 64 || (start > 0 && text.charCodeAt(start - 1) !== 32)) return null
  const msgid = text.indexOf(', msgid=', start)
  const from = text.indexOf(', from=', start)
  const to = text.indexOf(', to="', from)
  const throttle = text.lastIndexOf(', throttleStatus=')
  const script = text.lastIndexOf(', script=', throttle < 0 ? undefined : throttle)
  if (msgid < 0 || from < 0 || to < 0 || throttle < 0 || script < 0) return null
  const site = text.lastIndexOf('", site=', script)
  const subject = text.indexOf('", subject="', to)
  const quoted = (name: string): string => {
    const at = text.indexOf(`, ${name}="`, from)
    if (at < 0) return ''
    const value = at + name.length + 4
    const end = text.indexOf('", ', value)
    return end < 0 ? '' : text.slice(value, end)
  }
  const uid = Number(text.slice(start + 4, msgid))
  const sender = text.slice(from + 7, to)
  return {
    kind: 'event',
    times: 1,
    event: {
      ...base,
      type: 'script-mailed',
      script: text.slice(script + 9, throttle),
      line: 0,
      evaluated: false,
      recipients: [quoted('to'), quoted('cc'), quoted('bcc')].flatMap(addressesIn),
      headers: '',
      messageId: null,
      from: sender === '' ? null : bareAddress(sender),
      subject: subject < 0 || site <= subject ? null : text.slice(subject + 12, site),
      uid: Number.isInteger(uid) ? uid : null,
    },
  }
}
