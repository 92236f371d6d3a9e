/** English: what a domain's DNS does against forged senders, and what to change. */

import {behind} from '../facts.js'
import type {Wording} from '../wording.js'

const publish = (record: string): string => behind(' Publish: ', record)

export const domainAdvice: Wording['domainAdvice'] = {
  'domain-not-found': (f) => `The domain ${f.text('domain')} does not exist in the DNS.`,
  'mx-found': (f) => `Mail for the domain goes to ${f.list('exchangers', 3)}.`,
  'mx-null': () => 'The domain says that it takes no mail (null MX, RFC 7505), so no bounce can reach it.',
  'mx-missing': () =>
    'The domain has no MX record. If it takes no mail, publish a null MX ("0 ."); if it does, name its mail server.',
  'mx-target-missing': (f) => `These mail servers of the domain have no address: ${f.list('exchangers')}.`,
  'mx-unchecked': (f) => `The MX records could not be read (${f.text('reason')}).`,
  'spf-unchecked': (f) => `The SPF record could not be read (${f.text('reason')}); ask again.`,
  'spf-missing': (f) =>
    `There is no SPF record, so nobody can know which servers may send for the domain.${publish(f.text('suggested'))} (Add every other server that sends for the domain first.)`,
  'spf-several': (f) =>
    `There are ${f.size('records')} SPF records. Receivers treat that as an error and protect nothing: merge them into one.`,
  'spf-misspelt': (f) =>
    `This record was probably meant to be SPF and is not: "${f.text('record')}". It must begin with "v=spf1 ".`,
  'spf-syntax': (f) => `The SPF record has mistakes, so receivers ignore all of it: ${f.list('terms')}.`,
  'spf-include-missing': (f) =>
    `The SPF record includes domains that have no single SPF record of their own, which is an error for receivers: ${f.list('domains')}.`,
  'spf-too-many-lookups': (f) =>
    `The SPF record needs ${f.text('lookups')} DNS look-ups; more than ${f.text('most')} are an error for receivers. Remove includes that are no longer used, or name addresses instead.`,
  'spf-near-lookup-limit': (f) =>
    `The SPF record needs ${f.text('lookups')} of the ${f.text('most')} DNS look-ups that are allowed: one more include may break it.`,
  'spf-void-lookups': (f) =>
    `The SPF record asks for names that do not answer (more than 2 are an error): ${f.list('names')}.`,
  'spf-tree-unread': (f) =>
    `A part of the SPF record could not be followed (${f.text('reason')}): ${f.list('domains')}. The number of look-ups may be higher.`,
  'spf-allows-all': (f) =>
    `The SPF record ends with "+all": it allows the whole world to send for the domain.${publish(f.text('suggested'))}`,
  'spf-neutral': (f) =>
    `The SPF record ends with "?all", which says nothing about strangers.${publish(f.text('suggested'))}`,
  'spf-no-all': (f) => `The SPF record has no last word, so strangers count as neutral.${publish(f.text('suggested'))}`,
  'spf-softfail': (f) =>
    f.has('suggested')
      ? `The SPF record ends with "~all" (softfail): many receivers still take forged mail, and then bounce it to you. Once every server that sends for the domain is named, publish: ${f.text('suggested')}`
      : `The SPF record ends with "~all" (softfail) at ${f.text('decidedAt')}, which the domain redirects to: ask its operator for "-all".`,
  'spf-fail': () => 'The SPF record ends with "-all": receivers may refuse forged mail at once.',
  'spf-include-open': (f) => `An included record allows the whole world to send for the domain: ${f.list('domains')}.`,
  'spf-wide-networks': (f) => `The SPF record allows very large networks, strangers among them: ${f.list('terms')}.`,
  'spf-ptr': () =>
    'The SPF record uses "ptr", which is slow and must not be used any more (RFC 7208): name addresses instead.',
  'spf-text-behind-all': () =>
    'Whatever stands behind "all" in the SPF record is never read: move it before it or remove it.',
  'spf-long-record': (f) =>
    `The SPF record is ${f.text('length')} characters long; above 450 some receivers cannot read it.`,
  'spf-covers-our-servers': (f) => `The SPF record allows our servers: ${f.list('addresses')}.`,
  'spf-misses-our-servers': (f) =>
    `The SPF record does not allow our servers (${f.list('results')}): mail that is sent through us may be refused.${publish(f.text('suggested'))}`,
  'spf-coverage-unchecked': (f) =>
    `Whether the SPF record allows our servers ${f.list('addresses')} could not be found out${behind(' (', f.text('reason'), ')')}.`,
  'dkim-found': (f) => `DKIM keys are published (${f.list('selectors')}). Make sure that all mail is signed.`,
  'dkim-missing': () =>
    'There is no DKIM key under any name: no mail of the domain can be signed. Switch on DKIM and publish the key.',
  'dkim-not-seen': (f) =>
    `No DKIM key was found under ${f.size('selectors')} usual names. If mail is signed, say the selector (the s= in a DKIM-Signature header); if not, switch on DKIM.`,
  'dkim-unchecked': () => 'DKIM keys could not be asked for.',
  'dkim-weak-key': (f) =>
    `The DKIM key ${f.text('selector')} has ${f.text('bits')} bits: receivers ignore keys below 1024. Make a new one with 2048.`,
  'dkim-short-key': (f) =>
    `The DKIM key ${f.text('selector')} has ${f.text('bits')} bits; it still counts, 2048 is today's measure. Make a new one.`,
  'dkim-testing': (f) =>
    `The DKIM key ${f.text('selector')} is marked as a test (t=y): remove the mark once signing works.`,
  'dkim-malformed': (f) => `The DKIM key ${f.text('selector')} cannot be read, so signatures with it fail.`,
  'dkim-all-revoked': (f) => `All DKIM keys that were found are withdrawn (empty p=): ${f.list('selectors')}.`,
  'dmarc-unchecked': (f) => `The DMARC record could not be read (${f.text('reason')}); ask again.`,
  'dmarc-missing': (f) =>
    `There is no DMARC record, so receivers do not know what to do with forged mail. Begin by watching:${behind(' _dmarc TXT ', f.text('suggested'))}`,
  'dmarc-several': (f) => `There are ${f.text('count')} DMARC records; receivers ignore them all. Keep one.`,
  'dmarc-misspelt': (f) =>
    `This record was probably meant to be DMARC and is not: "${f.text('record')}". It must begin with "v=DMARC1;".`,
  'dmarc-malformed': (f) => `The DMARC record has values that receivers do not understand: ${f.list('tags')}.`,
  'dmarc-none': (f) =>
    `DMARC only watches (p=none): forged mail is still taken, and bounced to you. When the reports show your own mail passing, publish:${behind(' ', f.text('suggested'))} and later p=reject.`,
  'dmarc-quarantine': (f) =>
    f.has('suggested')
      ? `DMARC puts forged mail into the spam folder (p=quarantine). Once the reports are clean for some weeks, publish: ${f.text('suggested')}`
      : 'DMARC puts forged mail into the spam folder (quarantine); once the reports are clean, reject is the next step, to be published by the parent domain.',
  'dmarc-reject': () => 'DMARC asks receivers to refuse forged mail (p=reject).',
  'dmarc-inherited': (f) =>
    `The policy is the one of ${f.text('foundAt')}${behind(' (', f.text('effective'), ' for this domain)')}.`,
  'dmarc-partial': (f) =>
    `The policy applies to only ${f.text('percent')} percent of forged mail (pct): raise it to 100.`,
  'dmarc-no-reports': (f) => `DMARC has no report address: nobody sees whose mail fails. Add ${f.text('suggested')}`,
  'dmarc-reports': (f) =>
    f.has('addresses')
      ? `DMARC reports go to ${f.list('addresses')}. Read them.`
      : 'DMARC reports go to an address that this copy hides. Keep it as it is in the real record.',
  'dmarc-reports-refused': (f) =>
    `The domain of these report addresses has not agreed to take the reports, so none are sent: ${f.list('addresses')}.`,
  'dmarc-subdomains-weaker': (f) =>
    `For subdomains the policy is weaker (sp=${f.text('subdomainPolicy')}) than for the domain (p=${f.text('policy')}): forgers will use made-up subdomains.`,
  'catch-all-on': (f) =>
    `The domain takes in mail to every address (catch-all): ${f.text('localParts')} made-up names were accepted${behind(' since ', f.time('since'))}${behind(', for example ', f.list('examples', 3))}. Turn it off and keep the addresses that are used: bounces to made-up names then stay outside.`,
  'backscatter-received': (f) =>
    `${f.text('messages')} bounces for mail that never left us came in${behind(' since ', f.time('since'))}${behind(', from ', f.list('reporters', 3))}.`,
}
