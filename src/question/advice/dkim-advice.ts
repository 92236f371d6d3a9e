/** From the DKIM keys that were found to coded advice. */

import {type DomainAdviceItem, item} from './codes.js'
import type {DkimKey, DkimSurvey} from './dkim.js'

/** RFC 8301: shorter keys must not be used; this long they should be at least. */
const SHORTEST_KEY = 1024
const GOOD_KEY = 2048

export function dkimAdvice(domain: string, survey: DkimSurvey): DomainAdviceItem[] {
  const items: DomainAdviceItem[] = []
  const usable = survey.keys.filter((key) => !key.revoked && !key.malformed)
  const revoked = survey.keys.filter((key) => key.revoked)
  for (const key of survey.keys) items.push(...keyAdvice(domain, key))
  if (usable.length > 0) items.push(item('dkim-found', 'fine', {domain, selectors: usable.map((key) => key.selector)}))
  else if (revoked.length > 0)
    items.push(item('dkim-all-revoked', 'problem', {domain, selectors: revoked.map((key) => key.selector)}))
  else if (survey.anySelector === 'no') items.push(item('dkim-missing', 'problem', {domain}))
  else if (survey.failed.length > 0 && survey.missing.length === 0)
    items.push(item('dkim-unchecked', 'unchecked', {domain, selectors: survey.failed}))
  else if (survey.keys.length === 0) items.push(item('dkim-not-seen', 'improve', {domain, selectors: survey.missing}))
  return items
}

function keyAdvice(domain: string, key: DkimKey): DomainAdviceItem[] {
  const {selector, bits} = key
  if (key.revoked) return []
  if (key.malformed) return [item('dkim-malformed', 'problem', {domain, selector})]
  const items: DomainAdviceItem[] = []
  const rsa = key.algorithm === 'rsa' && bits !== null
  if (rsa && bits < SHORTEST_KEY) items.push(item('dkim-weak-key', 'problem', {domain, selector, bits}))
  else if (rsa && bits < GOOD_KEY) items.push(item('dkim-short-key', 'improve', {domain, selector, bits}))
  if (key.testing) items.push(item('dkim-testing', 'improve', {domain, selector}))
  return items
}
