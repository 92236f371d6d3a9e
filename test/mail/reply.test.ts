import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {receiptIn, replyCode, statusIn} from '../../src/mail/reply.js'

describe('receiptIn', () => {
  it.each([
    ['250 OK id=1nrmJl-00001e-0f', '1nrmJl-00001e-0f'],
    ['250- 1809 byte chunk, total 1809\n250 OK id=1nrmJl-000000000AL-1k4J', '1nrmJl-000000000AL-1k4J'],
    ['250- 1809 byte chunk, total 1809\\n250 OK id=1nrmJl-00001e-0f', '1nrmJl-00001e-0f'],
    ['250 2.0.0 Ok: queued as 4L3tMB48pCzNkvl', '4L3tMB48pCzNkvl'],
    ['250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 1000531E486', '1000531E486'],
    ['250 2.0.0 Ok: queued on mx1.example.net as 1653027350-abc', '1653027350-abc'],
    ['250 2.0.0 OK  1653027350 a1-20020a05600c.123 - gsmtp', 'a1-20020a05600c.123'],
    [
      '250 2.6.0 <x@y.example> [InternalId=12345, Hostname=A.prod.example] 9 bytes in 0.1, 7 KB/sec Queued mail for delivery',
      '12345',
    ],
    ['250 2.6.0 <x@y.example> Queued mail for delivery', 'x@y.example'],
    ['250 2.0.0 24K1abcd012345 Message accepted for delivery', '24K1abcd012345'],
    ['250 ok 1653027350 qp 12345', '1653027350 qp 12345'],
    ['250 2.0.0 <info@shop.example> cBrJJxEAh2Ku8gAA+1 Saved', 'cBrJJxEAh2Ku8gAA+1'],
    ['250 2.0.0 <info@shop.example> Saved', null],
    [
      '250 Ok 0100017c1d2e3f40-11111111-2222-3333-4444-555555555555-000000',
      '0100017c1d2e3f40-11111111-2222-3333-4444-555555555555-000000',
    ],
    ['250 Message Queued (9B4E4D2A-1111-2222-3333-444455556666.1)', '9B4E4D2A-1111-2222-3333-444455556666.1'],
    ['250 SmtpThread-1-2@relay.example Received OK [abc.uk12]', 'abc.uk12'],
    ['250 ok:  Message 123456789 accepted', '123456789'],
    ['250 Requested mail action okay, completed: id=0M5Kq8-1nXJ', '0M5Kq8-1nXJ'],
    ['250 ok dirdel', null],
    ['250 Message accepted for delivery', null],
    ['250 2.0.0 Message accepted for delivery', null],
    ['', null],
  ])('%s', (reply, expected) => expect(receiptIn(reply)).toBe(expected))
})

describe('replyCode and statusIn', () => {
  it.each([
    ['250 2.0.0 Ok: queued as X', 250, '2.0.0'],
    ['550-5.1.1 The account\n550 5.1.1 does not exist', 550, '5.1.1'],
    ['host mx.example[192.0.2.1] said: 451 4.7.1 Try later (in reply to RCPT TO command)', 451, '4.7.1'],
    ['SMTP error from remote mail server after RCPT TO:<a@b.example>: 550 No such user', 550, null],
    ['SMTP error from remote mail server after end of data: 554 rejected (#5.7.1)', 554, '5.7.1'],
    ['5.1.1 <a@b.example>: Recipient address rejected', null, '5.1.1'],
    ['Connection to 192.0.2.1 refused', null, null],
    ['TLS version 5.1.1-rc not possible from 4.4.4.4', null, null],
    ['Connection refused', null, null],
    ['', null, null],
  ])('%s', (reply, code, status) => {
    expect(replyCode(reply)).toBe(code)
    expect(statusIn(reply)).toBe(status)
  })

  it('never throws and answers the same twice', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), (reply) => {
        expect([receiptIn(reply), replyCode(reply), statusIn(reply)]).toEqual([
          receiptIn(reply),
          replyCode(reply),
          statusIn(reply),
        ])
      }),
    )
  })
})
