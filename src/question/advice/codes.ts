/** What can be said about a domain's DNS: one code a finding, how grave it is, and the facts its words need. */

import type {WordData} from '../../mail/verdict.js'

/** `problem` harms mail or lets forgers in now; `improve` is the next step; `fine` is right already; `unchecked` we could not find out. */
export type Severity = 'problem' | 'improve' | 'fine' | 'unchecked'

/** In brackets: the keys of `data`. Every item carries `domain` too. */
export const DOMAIN_ADVICE_CODES = [
  'domain-not-found', // {}
  'mx-found', // {exchangers: string[]}
  'mx-null', // {} RFC 7505
  'mx-missing', // {}
  'mx-target-missing', // {exchangers: string[]}
  'mx-unchecked', // {reason}
  'spf-unchecked', // {reason}
  'spf-missing', // {suggested}
  'spf-several', // {records: string[]}
  'spf-misspelt', // {record}
  'spf-syntax', // {terms: string[]}
  'spf-include-missing', // {domains: string[]}
  'spf-too-many-lookups', // {lookups, most}
  'spf-near-lookup-limit', // {lookups, most}
  'spf-void-lookups', // {names: string[]}
  'spf-tree-unread', // {domains: string[], reason}
  'spf-allows-all', // {record, suggested}
  'spf-neutral', // {record, suggested}
  'spf-no-all', // {record, suggested}
  'spf-softfail', // {record, suggested, decidedAt}
  'spf-fail', // {record}
  'spf-include-open', // {domains: string[]}
  'spf-wide-networks', // {terms: string[]}
  'spf-ptr', // {record}
  'spf-text-behind-all', // {record}
  'spf-long-record', // {length}
  'spf-covers-our-servers', // {addresses: string[]}
  'spf-misses-our-servers', // {addresses: string[], results: string[], suggested}
  'spf-coverage-unchecked', // {addresses: string[], reason}
  'dkim-found', // {selectors: string[]}
  'dkim-missing', // {} proven: nothing exists below _domainkey
  'dkim-not-seen', // {selectors: string[]} none of the asked ones
  'dkim-unchecked', // {selectors: string[]}
  'dkim-weak-key', // {selector, bits} below 1024
  'dkim-short-key', // {selector, bits} 1024 to 2047
  'dkim-testing', // {selector}
  'dkim-malformed', // {selector}
  'dkim-all-revoked', // {selectors: string[]}
  'dmarc-unchecked', // {reason}
  'dmarc-missing', // {suggested}
  'dmarc-several', // {count}
  'dmarc-misspelt', // {record}
  'dmarc-malformed', // {tags: string[], record}
  'dmarc-none', // {record, suggested}
  'dmarc-quarantine', // {record, suggested}
  'dmarc-reject', // {record}
  'dmarc-inherited', // {foundAt, effective}
  'dmarc-partial', // {percent, record}
  'dmarc-no-reports', // {suggested}
  'dmarc-reports', // {addresses: string[], hidden}
  'dmarc-reports-refused', // {addresses: string[]}
  'dmarc-subdomains-weaker', // {policy, subdomainPolicy}
  'catch-all-on', // {localParts, since, examples: string[], bounces}
  'backscatter-received', // {messages, since, until, reporters: string[]}
] as const
export type DomainAdviceCode = (typeof DOMAIN_ADVICE_CODES)[number]

export interface DomainAdviceItem {
  readonly code: DomainAdviceCode
  readonly severity: Severity
  readonly data: WordData
}

export const item = (code: DomainAdviceCode, severity: Severity, data: WordData): DomainAdviceItem => ({
  code,
  severity,
  data,
})
