/** Failure texts that are our own server's decision: limits, size, policy, loops. No remote server said them. */

const WORDS: readonly string[] = [
  'has exceeded the max',
  'max defers and failures per hour',
  'max emails per hour',
  'daily limit',
  'hourly limit',
  'ratelimit exceeded',
  'rate limit exceeded',
  'has lines too long for transport',
  'message size exceeds',
  'size limit exceeded',
  'message is too big',
  'message too big',
  'too large',
  'outgoing mail from',
  'has an outgoing mail suspension',
  'mail relay from',
  'lowest numbered mx record points to local host',
  'mail loop',
  'too many "received" headers',
  'message filtered',
  'classified as spam',
  'sender is suspended',
  'mailbox is full',
  'is not allowed to send',
  'quota exceeded',
  'administrative prohibition',
]

/** True where a failure's text, in which no remote server had a part, is a rule of this server. */
export function isOwnRefusal(text: string): boolean {
  const lower = text.toLowerCase()
  for (const words of WORDS) if (lower.includes(words)) return true
  return false
}
