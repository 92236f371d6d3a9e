import {describe, expect, it} from 'vitest'
import {FORGOTTEN_DOMAIN, maskOf} from '../../src/store/forget-mask.js'
import {cpuTime} from '../helpers/cpu-time.js'

const mask = maskOf('jane@a-b.example', Buffer.alloc(32, 7))
if (mask === null) throw new Error('jane@a-b.example is an address')
const name = mask.token.slice(0, mask.token.indexOf('@'))

describe('the mask of an address', () => {
  it.each([
    ['<jane@a-b.example>', `<${mask.token}>`],
    ['JANE@A-B.Example', mask.token],
    ['F=<jane@a-b.example> S=jane@a-b.example', `F=<${mask.token}> S=${mask.token}`],
    ['/usr/sbin/sendmail -t -i -fjane@a-b.example', `/usr/sbin/sendmail -t -i -f${mask.token}`],
    ['A=dovecot_login:jane@a-b.example', `A=dovecot_login:${mask.token}`],
    ['sasl_username=jane@a-b.example, x', `sasl_username=${mask.token}, x`],
    ['prvs=1234abcd=jane@a-b.example', `prvs=1234abcd=${mask.token}`],
    ['jane+tag@a-b.example', mask.token],
    ['list-bounces+jane=a-b.example@l.example', `list-bounces+${name}=${FORGOTTEN_DOMAIN}@l.example`],
    ['SRS0=ha=sh=a-b.example=jane@fwd.example', `SRS0=ha=sh=${FORGOTTEN_DOMAIN}=${name}@fwd.example`],
    ['GET /u?m=jane%40a-b.example HTTP', `GET /u?m=${name}%40${FORGOTTEN_DOMAIN} HTTP`],
    ['is jane@a-b.example. Yes', `is ${mask.token}. Yes`],
  ])('%s', (text, masked) => {
    expect(mask.found(text)).toBe(true)
    expect(mask.apply(text)).toBe(masked)
    expect(mask.apply(masked)).toBe(masked)
  })

  it.each([
    'mary.jane@a-b.example',
    'maryjane@a-b.example',
    'mary-jane@a-b.example',
    'jane@a-b.example.org',
    'jane@a-b.examples',
    'jane@sub.a-b.example',
    'jane@aXb.example',
    'jane at a-b.example',
  ])('is not in %s', (text) => {
    expect(mask.found(text)).toBe(false)
    expect(mask.apply(text)).toBe(text)
  })

  it.each(['', 'jane', '@a.example', 'jane@', 'a b@c.example', 'jane@x\0y', `${'x'.repeat(400)}@a.example`])(
    '%j is no address',
    (text) => {
      expect(maskOf(text)).toBe(null)
    },
  )

  it('has a token of one length, which another key does not give', () => {
    const other = maskOf('jane@a-b.example')
    expect(other?.token).not.toBe(mask.token)
    expect(maskOf('a@very-long-domain-name.example')?.token.length).toBe(mask.token.length)
  })

  it('stays linear on text made to slow it down', () => {
    const text = 'jane+'.repeat(200_000)
    const started = cpuTime()
    mask.apply(`${text}@a-b.exampl a-b.example`)
    expect(cpuTime() - started).toBeLessThan(2_000)
  })
})
