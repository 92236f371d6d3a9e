/** Why a recipient's server said no, in three words: the address is dead, the mail is unwanted, or anything else. */

const DEAD_ADDRESS =
  /user unknown|unknown (?:user|recipient|mailbox|local part)|no such (?:user|recipient|mailbox|address|person|account|domain)|(?:does not|doesn'?t) (?:exist|have an? [a-z.]+ account)|not exist|mailbox (?:not found|unavailable|is unavailable|disabled|inactive)|(?:recipient|address|account|user|mailbox) (?:is )?(?:not found|unknown|invalid|disabled|inactive|closed|deactivated|expired)|invalid (?:recipient|mailbox|address|user)|recipient address rejected|not (?:our|a local) (?:customer|user)|relay(?:ing)? (?:access )?(?:denied|not permitted|not allowed)|unable to relay|unrouteable|host (?:or domain name )?not found|domain (?:not found|does not)|all relevant mx records point to non-existent|no mailbox here/i
const UNWANTED =
  /spam|junk|unsolicited|bulk mail|black ?list|block ?list|blocked|denylist|listed (?:in|at|by|on)|\brbl\b|dnsbl|reputation|rejected due to content|content (?:rejected|classified|filter)|poli(?:cy|cies)|dmarc|\bspf\b|\bdkim\b|unauthenticated|virus|malware|phish|suspicious|abus|too many complaints|poor|unusual rate/i
const DEAD_STATUS = /^5\.(?:1\.(?:0|1|2|3|6|10)|2\.1|4\.1|4\.4)$/

/**
 * The kind of a final refusal, from the reply's words and its enhanced status (RFC 3463; 5.1.x address, 5.7.x policy; Outlook says
 * 5.4.1 for unknown recipients). Addresses inside the reply are not read: their owners chose them. `other` where neither fits.
 */
export function refusalKind(reply: string, status: string | null): 'unknown-user' | 'policy' | 'other' {
  const said = reply.length > 600 ? reply.slice(0, 600) : reply
  const words = said.replace(/<[^<>]{0,320}>/g, '<>')
  const dead = DEAD_ADDRESS.test(words)
  const unwanted = UNWANTED.test(words)
  if (status !== null && DEAD_STATUS.test(status) && (dead || !unwanted)) return 'unknown-user'
  if (unwanted) return 'policy'
  if (dead) return 'unknown-user'
  return status?.startsWith('5.7.') ? 'policy' : 'other'
}
