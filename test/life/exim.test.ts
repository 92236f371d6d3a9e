/** Lives of Exim's queue entries: what the lines of one ID together say. */

import {describe, expect, it} from 'vitest'
import {parseExim} from '../../src/dialect/exim/log.js'
import {foldLife} from '../../src/life/fold.js'
import type {Entry, Life} from '../../src/life/life.js'

const ID = '1nrvvQ-0002CA-NB'

function lifeOf(...texts: readonly string[]): Life {
  const entries = texts.map((text, i): Entry => {
    const parsed = parseExim(`2022-05-20 06:15:${String(48 + i).padStart(2, '0')} ${ID} ${text}`)
    if (parsed.kind !== 'event') throw new Error(text)
    return {at: Date.UTC(2022, 4, 20, 6, 15, 48 + i), reference: i + 1, event: parsed.event}
  })
  return foldLife(ID, entries)
}

const ARRIVAL = '<= s@far.example H=mx.far.example [192.0.2.6]:4711 P=esmtp S=4321'

describe('an Exim queue entry', () => {
  it('an unseen router delivers the same address twice: two recipients', () => {
    const life = lifeOf(
      ARRIVAL,
      '=> office <office@d.example> R=copy T=appendfile',
      '=> office <office@d.example> R=deliver T=appendfile',
      'Completed',
    )
    expect(life.recipients.map((r) => [r.address, r.outcome, r.attempts])).toEqual([
      ['office@d.example', 'delivered-locally', 1],
      ['office@d.example', 'delivered-locally', 1],
    ])
  })

  it('the same delivery line in two copies of the log is one delivery', () => {
    const line = '=> office <office@d.example> R=deliver T=appendfile'
    const parsed = parseExim(`2022-05-20 06:15:48 ${ID} ${line}`)
    if (parsed.kind !== 'event') throw new Error(line)
    const at = Date.UTC(2022, 4, 20, 6, 15, 48)
    const life = foldLife(ID, [
      {at, reference: 1, event: parsed.event},
      {at, reference: 2, event: parsed.event},
    ])
    expect(life.recipients).toHaveLength(1)
  })

  it('a recipient thrown away before there was an entry is a refusal of that client, no message', () => {
    const parsed = parseExim(
      '2022-05-20 06:15:48 H=mx.far.example [192.0.2.6] F=<s@far.example> RCPT <r@d.example>: discarded by RCPT ACL',
    )
    if (parsed.kind !== 'event') throw new Error('no event')
    const life = foldLife(null, [{at: Date.UTC(2022, 4, 20, 6, 15, 48), reference: 1, event: parsed.event}])
    expect(life).toMatchObject({accepted: false, state: 'completed', sender: 's@far.example'})
    expect(life.origin).toMatchObject({kind: 'relay-in', client: {ip: '192.0.2.6'}})
    expect(life.recipients).toMatchObject([{address: 'r@d.example', outcome: 'discarded'}])
  })

  it("cPanel's forwarder alias is the original address where the delivery names none", () => {
    const identified = (alias: string): string =>
      `SMTP connection identification D=d.example O=${alias} M=${ID} U=shop ID=1004 B=redirect_resolver`
    const delivered = '=> x@bigmail.example R=dkim_lookuphost T=dkim_remote_smtp H=mx.bigmail.example [192.0.2.9]'
    expect(lifeOf(ARRIVAL, identified('info@d.example'), delivered, 'Completed').recipients).toMatchObject([
      {address: 'x@bigmail.example', original: 'info@d.example', outcome: 'delivered'},
    ])
    expect(
      lifeOf(ARRIVAL, identified('info@d.example'), identified('sales@d.example'), delivered).recipients,
    ).toMatchObject([{address: 'x@bigmail.example', original: null}])
  })
})
