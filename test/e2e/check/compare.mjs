/** Compares what the product says with what really happened: verdict, origin and recipients, each with the reason of a difference. */
import {dirname} from 'node:path'

const SMTP_LOCALHOST = new Set(['127.0.0.1', '::1'])
const plain = (address) =>
  String(address ?? '')
    .replaceAll(/[<>"]/g, '')
    .toLowerCase()

/** The messages of an answer that are the one meant by the truth. @param {object[]} messages @param {object} truth */
export function ownMessages(messages, truth) {
  return messages.filter((message) => truth.queue_ids?.includes(message.queueId))
}

/**
 * Origin: `right`, `less` (true but vaguer than the logs allow), or `wrong` (names somebody else), with the reason.
 * The first queue entry counts: the second one of a content filter has none of its own.
 * @param {object[]} messages those of one truth @param {object} truth
 */
export function compareOrigin(messages, truth) {
  const want = truth.expected.origin
  const first = truth.queue_ids.map((id) => messages.find((message) => message.queueId === id)).find(Boolean)
  if (!first) return {level: 'wrong', why: 'the message is not in the answer'}
  const got = first.origin
  if (!got) return {level: 'wrong', why: 'no origin'}
  const say = (level, why) => ({level, why: `${why} (said ${JSON.stringify(got)})`})
  switch (want.kind) {
    case 'sasl':
      if (got.kind !== 'authenticated') return say('wrong', `authenticated as ${want.login}`)
      if (plain(got.login) !== plain(want.login)) return say('wrong', `login ${want.login}`)
      if (got.client?.ip !== want.client_ip) return say('wrong', `client ${want.client_ip}`)
      return {level: 'right'}
    case 'php-mail':
      return compareScript(got, want, say)
    case 'sendmail':
      // a shell's `sendmail -t` looks like PHP's: to say "likely" or "ambiguous" is no error, to say "proven" is one
      if (got.kind === 'script' && got.certainty !== 'proven') return say('less', 'a shell, no script')
      if (got.kind === 'script') return say('wrong', 'a shell, no script')
      if (got.kind !== 'local') return say('wrong', `local user ${want.user}`)
      return sameAccount(got, want) ?? say(got.account || got.uid ? 'wrong' : 'less', `user ${want.user}`)
    case 'smtp-localhost':
      if (!['local', 'script', 'relay-in'].includes(got.kind)) return say('wrong', 'SMTP from this machine')
      if (got.account && got.account !== want.user) return say('wrong', 'no log names the user')
      if (got.kind === 'relay-in' && !SMTP_LOCALHOST.has(got.client?.ip)) return say('wrong', 'from this machine')
      return {level: 'right'}
    case 'smtp-in':
      if (!['relay-in', 'forward'].includes(got.kind)) return say('wrong', `SMTP from ${want.client_ip}`)
      return got.client?.ip === want.client_ip ? {level: 'right'} : say('wrong', `client ${want.client_ip}`)
    default:
      return say('wrong', `unknown kind ${want.kind} in the truth`)
  }
}

/** null when another account, or none, is named. */
function sameAccount(got, want) {
  return got.account === want.user || (!got.account && got.uid === want.uid) ? {level: 'right'} : null
}

/** A script's mail: the account must be right; the folder or the script must be right where one is named. */
function compareScript(got, want, say) {
  const named = got.account || typeof got.uid === 'number'
  if (!sameAccount(got, want)) return say(named ? 'wrong' : 'less', `account ${want.user}`)
  if (got.kind !== 'script') return say(want.cli ? 'right' : 'less', `script ${want.script}`)
  const folder = dirname(want.script)
  const home = `/home/${want.user}`
  if (got.scriptDirectory && got.scriptDirectory !== folder && !(want.cli && got.scriptDirectory === home))
    if (!got.scriptDirectory.startsWith(`${folder}/`)) return say('wrong', `folder ${folder}`)
  const script = got.script ?? ''
  const here = script.startsWith(`${folder}/`) || (want.url && script.includes(want.url)) || want.cli
  if (script && !here) return say('wrong', `script ${want.script}`)
  return script || got.scriptDirectory ? {level: 'right'} : say('less', `script ${want.script}`)
}

/**
 * Recipients: the addresses that a server outside said 250 to must be exactly those with outcome `delivered`,
 * and no address that was refused or reached a mailbox here may be called otherwise. Empty when all agree.
 * @returns {string[]} the differences
 */
export function compareRecipients(messages, truth) {
  const all = messages.flatMap((message) => message.recipients.map((r) => ({...r, key: plain(r.address)})))
  const keyed = (outcomes) => new Set(all.filter((r) => outcomes.includes(r.outcome)).map((r) => r.key))
  const delivered = keyed(['delivered'])
  const accepted = new Set(truth.expected.remote_accepted.map(plain))
  const differences = []
  for (const address of accepted) if (!delivered.has(address)) differences.push(`${address} was accepted outside`)
  for (const address of delivered) if (!accepted.has(address)) differences.push(`${address} was never accepted outside`)
  const allowed = {
    refused: ['failed', 'deferred', 'removed'],
    // Exim 4.98 may write Completed without a word about a recipient when the peer hangs up before DATA
    deferred: ['failed', 'deferred', 'removed', 'unknown'],
    local: ['delivered-locally', 'handed-on', 'discarded'],
  }
  for (const [address, state] of Object.entries(truth.final)) {
    const outcomes = allowed[state]
    const said = all.filter((r) => r.key === plain(address) || plain(r.original) === plain(address))
    if (!outcomes || said.length === 0) continue
    if (!said.some((r) => outcomes.includes(r.outcome)))
      differences.push(`${address} was ${state}, said ${said.map((r) => r.outcome).join('/')}`)
  }
  return differences
}

/** The cause that fits an origin of the truth, for the verdicts that have one; null where several would be fair. */
export function rightCauses(question) {
  const {message, want} = question
  if (!message || ['inconclusive', 'not-a-bounce'].includes(want[0])) return null
  if (want[0] === 'never-here') return ['forged-sender']
  if (want[0] === 'forwarded') return ['forwarder']
  const kind = message.expected.origin?.kind
  if (kind === 'php-mail') return message.expected.origin.cli ? ['web-script', 'local-user'] : ['web-script']
  if (kind === 'sendmail' || kind === 'smtp-localhost') return ['local-user', 'web-script', 'unknown']
  if (kind === 'smtp-in') return ['inbound']
  if (kind === 'sasl') {
    if (message.scenario !== 'compromised-account') return ['customer', 'customer-machine']
    // from one network, or with a handful of mails, a stolen login cannot be told from its owner or his infected machine
    return question.networks > 2 && question.sent >= 25
      ? ['account-compromised']
      : ['account-compromised', 'customer-machine', 'customer']
  }
  return null
}
