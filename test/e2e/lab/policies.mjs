/** What the servers of the outside world answer to RCPT and DATA: by the recipient's local part first, by their own policy second. */

const SPAM = ['wondergirl', 'cheap-pills', 'Donna just viewed']
const GREY_SECONDS = 300
const firstSeen = new Map()

/**
 * @param {{name: string, policy: string}} listener @param {{from: string}} session
 * @param {string} address @param {number} now lab time, Unix seconds @returns {string} the reply, several lines joined by \n
 */
export function replyToRecipient(listener, session, address, now) {
  const {name, policy} = listener
  const local = address.split('@')[0].toLowerCase()
  if (local.startsWith('nouser'))
    return [
      '550-5.1.1 The email account that you tried to reach does not exist. Please try',
      "550-5.1.1 double-checking the recipient's email address for typos or",
      '550-5.1.1 unnecessary spaces. Learn more at',
      `550 5.1.1  https://support.${name}/?p=NoSuchUser - gsmtp`,
    ].join('\n')
  if (local.startsWith('full')) return `552 5.2.2 <${address}>: user is over quota`
  if (local.startsWith('grey') || policy === 'greylist') {
    const key = `${name} ${session.from} ${address}`
    if (!firstSeen.has(key)) firstSeen.set(key, now)
    if (now - firstSeen.get(key) < GREY_SECONDS) return '451 4.7.1 Greylisting in action, please come back in 00:05:00'
  }
  if (policy === 'defer451') return '451 4.3.2 System not accepting network messages, please try later'
  if (policy === 'rcpt550')
    return `550 5.7.1 <${address}>: Recipient address rejected: Access denied. AS(201806281) [${name}]`
  if (policy === 'tempsession')
    return '421 4.7.0 [TSS04] Messages from this host temporarily deferred due to unexpected volume or user complaints'
  return '250 2.1.5 Ok'
}

/** The refusal after DATA, or null. @param {string} body latin1 */
export function refusalOfData({policy}, body, receipt) {
  const spam = SPAM.some((word) => body.includes(word))
  if (policy === 'data554' || (policy === 'spamfilter' && spam))
    return `554 5.7.1 Message rejected as spam by content filter (score 14.2, ref ${receipt})`
  if (policy === 'dmarc')
    return [
      "550-5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy.",
      '550 5.7.26 Please contact the administrator of the domain',
    ].join('\n')
  return null
}
