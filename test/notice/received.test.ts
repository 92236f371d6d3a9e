import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {readHop, timeAgreement} from '../../src/notice/received.js'
import {SEAM} from '../../src/notice/seam.js'
import {cpuTime} from '../helpers/cpu-time.js'

const at = (iso: string): number => Date.parse(iso)

describe('readHop', () => {
  it.for([
    [
      'Exim, local user',
      'from shop by s7.host.example with local (Exim 4.96)\n\t(envelope-from <info@shop.example>)\n\tid 1tSNeD-00007z-28\n\tfor v@x.example;\n\tMon, 30 Dec 2024 16:50:01 -0500',
      {
        user: 'shop',
        by: 's7.host.example',
        protocol: 'local',
        id: '1tSNeD-00007z-28',
        idForm: 'exim-old',
        for: 'v@x.example',
        envelopeFrom: 'info@shop.example',
        software: {name: 'Exim', version: '4.96'},
        date: {ms: at('2024-12-30T21:50:01Z'), offset: -300},
        time: {kind: 'agrees', seconds: 0},
        from: {helo: null, rdns: null, ip: null},
      },
    ],
    [
      'Exim, SMTP with TLS',
      'from mx1.x.example ([198.51.100.16]:48987 helo=mail.x.example) by s7.host.example with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.98.2) id 1tSUMm-000000000Bu-32sT for d@y.example; Tue, 31 Dec 2024 16:00:28 +1100',
      {
        from: {helo: 'mail.x.example', rdns: 'mx1.x.example', ip: '198.51.100.16', port: 48987},
        protocol: 'esmtps',
        tls: 'TLS1.3 TLS_AES_256_GCM_SHA384',
        idForm: 'exim-new',
        time: {kind: 'agrees', seconds: 0},
      },
    ],
    [
      'Exim, literal and HELO',
      'from [192.0.2.67] (port=33657 helo=ylmf-pc) by m.example with esmtp (Exim 4.100.1) (envelope-from <>) id 1tSUMh-0000000008T-0cuA; Tue, 31 Dec 2024 16:00:23 +1100',
      {from: {helo: 'ylmf-pc', rdns: null, ip: '192.0.2.67', port: 33657}, envelopeFrom: ''},
    ],
    [
      'Postfix, pickup',
      'by web.host.example (Postfix, from userid 10031)\n\tid D23D631E395; Mon, 30 Dec 2024 22:50:11 +0100 (CET)',
      {
        uid: 10031,
        id: 'D23D631E395',
        idForm: 'postfix-short',
        software: {name: 'Postfix', version: null},
        time: {kind: 'no-time'},
      },
    ],
    [
      'Postfix, login and TLS',
      'from [192.168.1.20] (host1.isp.example [192.0.2.51])\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n\t key-exchange X25519)\n\t(No client certificate requested)\n\t(Authenticated sender: bob@shop.example)\n\tby mx-a.host.example (Postfix) with ESMTPSA id 4YMglP5Q3DzSd5d\n\tfor <sam@slow.example>; Tue, 31 Dec 2024 06:00:33 +0100 (CET)',
      {
        from: {rdns: 'host1.isp.example', ip: '192.0.2.51'},
        login: 'bob@shop.example',
        protocol: 'esmtpsa',
        id: '4YMglP5Q3DzSd5d',
        idForm: 'postfix-long',
        for: 'sam@slow.example',
        time: {kind: 'agrees', seconds: 0},
      },
    ],
    [
      'qmail, invoked',
      '(qmail 20117 invoked by uid 89); 27 Jul 2012 06:51:01 -0000',
      {uid: 89, by: null, date: {ms: at('2012-07-27T06:51:01Z'), offset: null}},
    ],
    [
      'qmail, SMTP',
      'from ex.example (HELO psmtp.example) (64.18.2.92)\n  by rsmx2.example with SMTP; 27 Jul 2012 06:51:01 -0000',
      {from: {helo: 'psmtp.example', ip: '64.18.2.92'}, by: 'rsmx2.example'},
    ],
    [
      'Sendmail',
      'from a.example (b.example [203.0.113.9]) (authenticated bits=0) by c.example (8.14.5/8.14.5) with ESMTP id q9V9kR9q006695 for <x@y.example>; Wed, 31 Oct 2012 18:46:27 +0900',
      {
        software: {name: 'Sendmail', version: '8.14.5'},
        id: 'q9V9kR9q006695',
        from: {helo: 'a.example', rdns: 'b.example'},
      },
    ],
    [
      'Courier',
      'from [127.0.0.1] (c1.example [192.0.2.20])\n  by m.example with SMTP; Sat, 11 Dec 2010 12:19:17 +0900\n  id 0EFECD4E.4D02EDD9.0000C5BA',
      {id: '0EFECD4E.4D02EDD9.0000C5BA', date: {offset: 540}},
    ],
    [
      'an ID in brackets',
      'from a by b with ESMTP id <0P9600GR49O01I70@b.example> for x@y.example; Wed, 23 May 2018 08:16:48 +0000 (GMT)',
      {id: '0P9600GR49O01I70@b.example'},
    ],
    [
      'a HELO that spells a clause',
      'from by (h.example [192.0.2.9]) by b.example with ESMTP id 4F0A11E2B3; Wed, 23 May 2018 08:16:48 +0000',
      {from: {helo: 'by', ip: '192.0.2.9'}, by: 'b.example', id: '4F0A11E2B3'},
    ],
    [
      'IPv6',
      'from h.example ([IPv6:2001:db8::7]) by b.example with ESMTP id 4F0A11E2B3; Wed, 23 May 2018 08:16:48 +0000',
      {from: {ip: '2001:db8::7'}},
    ],
    [
      'masks',
      'from shop by h.example with local (Exim 4.95) (envelope-from [email protected]) id 1nrvvQ-0002CA-NB for [email protected]; Thu, 19 May 2022 23:15:48 -0700',
      {hidden: true, for: null, envelopeFrom: null, id: '1nrvvQ-0002CA-NB'},
    ],
    [
      'an altered date',
      'by h.example with local id 1nrvvQ-0002CA-NB; Thu, 19 May 2022 22:15:48 -0700',
      {time: {kind: 'differs', seconds: 3600}},
    ],
  ] as const)('%s', ([, value, hop]) => {
    expect(readHop(value)).toMatchObject(hop)
  })

  it('tries a seam glued, then as a blank', () => {
    expect(readHop(`by h.example with local id 1nrv${SEAM}vQ-0002CA-NB; Thu, 19 May 2022 23:15:48 -0700`).id).toBe(
      '1nrvvQ-0002CA-NB',
    )
    expect(readHop(`by h.example with local id${SEAM}1nrvvQ-0002CA-NB; Thu, 19 May 2022 23:15:48 -0700`).id).toBe(
      '1nrvvQ-0002CA-NB',
    )
    expect(readHop('by h.example with local id 1nrvvQ- 0002CA-NB; Thu, 19 May 2022 23:15:48 -0700').id).toBe(
      '1nrvvQ-0002CA-NB',
    )
  })

  it('never throws and takes the same time for any text', () => {
    const part = fc.constantFrom(
      'from ',
      'by ',
      'with ',
      'id ',
      'for ',
      '(',
      ')',
      '[',
      ']',
      '<',
      '>',
      ';',
      '"',
      '\\',
      'a.example ',
      '192.0.2.1',
      SEAM,
    )
    fc.assert(
      fc.property(fc.array(part, {maxLength: 400}), (parts) => {
        expect(readHop(parts.join('')).time.kind).toBeTypeOf('string')
      }),
    )
    const started = cpuTime()
    for (const unit of ['(', '[', '<', '"', ' id', ';', 'a:', '1.', '(a ']) readHop(unit.repeat(8000 / unit.length))
    expect(cpuTime() - started).toBeLessThan(1500)
  })
})

it('compares the second inside an ID with a date', () => {
  expect(timeAgreement('1nrvvQ-0002CA-NB', at('2022-05-20T06:15:51Z'))).toEqual({kind: 'agrees', seconds: -3})
  expect(timeAgreement('1nrvvQ-0002CA-NB', null)).toEqual({kind: 'no-time'})
  expect(timeAgreement('D23D631E395', 0)).toEqual({kind: 'no-time'})
})
