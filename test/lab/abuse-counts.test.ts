/** The lab's check of abuse alerts: what it holds an alert's counts against. */

import {describe, expect, it} from 'vitest'

interface Compared {
  readonly found: readonly unknown[]
  readonly miscounted: readonly {readonly want: unknown}[]
}

const {compareAbuse} = (await import(new URL('../e2e/check/abuse.mjs', import.meta.url).href)) as {
  compareAbuse: (alerts: readonly object[], truth: object) => Compared
}

const HOST = {host: 'e1', hostname: 'web1.example.net', accounts: [['shop', 1001, 'shop.example']]}
const FORM = '/home/shop/public_html/contact.php'
const SHELL = '/home/shop/public_html/wp-content/uploads/x.php'

const message = (id: string, name: string, time: string, final: Record<string, string>) => [
  id,
  {host: 'e1', time, rcpts: [`${id}@dest.example`], final, expected: {origin: {kind: 'php-mail', script: name}}},
]

const truth = {
  hosts: [HOST],
  senders: [
    {host: 'e1', kind: 'php-mail', name: FORM, messages: 40, recipients: 40, abusive: true},
    {host: 'e1', kind: 'php-mail', name: SHELL, messages: 30, recipients: 30, abusive: true},
  ],
  messages: new Map([
    message('before', FORM, '2026-01-01T08:00:00Z', {'before@dest.example': 'accepted'}),
    message('alias', FORM, '2026-01-02T08:00:00Z', {'a@shop.example': 'local', 'b@dest.example': 'accepted'}),
    message('refused', FORM, '2026-01-02T08:00:01Z', {'refused@dest.example': 'refused'}),
    message('shell', SHELL, '2026-01-02T08:00:01Z', {'shell@dest.example': 'deferred'}),
    message('silent', SHELL, '2026-01-02T08:00:02Z', {}),
    message('end', '/home/shop/public_html/simple.php', '2026-01-20T00:00:00Z', {'end@dest.example': 'accepted'}),
  ] as [string, object][]),
}

const alert = (name: string, counts: {messages: number; recipients: number; failed: number}) => ({
  subject: {kind: 'script', server: HOST.hostname, name},
  from: '2026-01-02T08:00:00Z',
  to: '2026-01-02T08:00:02Z',
  ...counts,
})

describe("the lab's check of an alert's counts", () => {
  it('takes the messages of its span, recipients behind aliases, and everybody whom nothing reached', () => {
    const library = alert('/home/shop/public_html/lib/class.phpmailer.php', {messages: 2, recipients: 3, failed: 1})
    const uploads = alert(SHELL, {messages: 2, recipients: 2, failed: 2})
    const compared = compareAbuse([library, uploads], truth)
    expect(compared.found).toHaveLength(2)
    expect(compared.miscounted).toEqual([])
  })

  it('tells every other count', () => {
    for (const [name, off] of [
      ['messages', {messages: 3, recipients: 2, failed: 2}],
      ['recipients', {messages: 2, recipients: 3, failed: 2}],
      ['failed', {messages: 2, recipients: 2, failed: 1}],
    ] as const) {
      const {miscounted} = compareAbuse([alert(SHELL, off)], truth)
      expect(miscounted, name).toMatchObject([{want: {messages: 2, recipients: 2, failed: 2}}])
    }
  })
})
