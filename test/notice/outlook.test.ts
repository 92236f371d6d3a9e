import {createRequire} from 'node:module'
import {expect, it} from 'vitest'
import {cluesOf, type Notice} from '../../src/notice/notice.js'
import {readNotices} from '../../src/notice/read-notices.js'

const require = createRequire(import.meta.url)
const {burn} = require('@kenjiuno/msgreader/lib/Burner') as {
  burn(
    entries: {name: string; type: number; length: number; binaryProvider?: () => number[]; children?: number[]}[],
  ): Uint8Array
}

const DIRECTORY = 1
const DOCUMENT = 2
const ROOT = 5

/** An Outlook message file as a mail client saves it: properties as UTF-16 streams of a compound file (MS-OXMSG section 2.1.3). */
function outlookFile(properties: Record<string, string>): Uint8Array {
  const streams = Object.entries(properties).map(([tag, text]) => ({
    name: `__substg1.0_${tag}001F`,
    bytes: Buffer.from(text, 'utf16le'),
  }))
  streams.push({name: '__properties_version1.0', bytes: Buffer.alloc(32)})
  const documents = streams.map(({name, bytes}) => ({
    name,
    type: DOCUMENT,
    length: bytes.length,
    binaryProvider: () => Array.from(bytes),
  }))
  return burn([{name: 'Root Entry', type: ROOT, length: 0, children: documents.map((_, n) => n + 1)}, ...documents])
}

it('reads the transport headers and the body of an Outlook file', async () => {
  expect(DIRECTORY).not.toBe(DOCUMENT)
  const file = outlookFile({
    '007D':
      'Return-Path: <>\r\nReceived: from f1.stranger.example ([198.51.100.90]) by s7.host.example with esmtp (Exim 4.96)\r\n\tid 1tSUMu-0000j2-26; Tue, 31 Dec 2024 00:00:36 -0500\r\nFrom: Mail Delivery System <Mailer-Daemon@f1.stranger.example>\r\nTo: info@shop.example\r\nSubject: Mail delivery failed: returning message to sender\r\nDate: Tue, 31 Dec 2024 05:00:36 +0000\r\n\r\n',
    '0037': 'Mail delivery failed: returning message to sender',
    '1000':
      'A message that you sent could not be delivered.\r\n\r\n  all@wall.example\r\n\r\n------ This is a copy of the message, including all the headers. ------\r\n\r\nReceived: from zoofan by f1.stranger.example with local (Exim 4.96)\r\n\t(envelope-from <info@shop.example>)\r\n\tid 1tSUMu-00003p-1u\r\n\tfor all@wall.example;\r\n\tTue, 31 Dec 2024 05:00:36 +0000\r\nTo: all@wall.example\r\nSubject: Contact\r\nMessage-ID: <KAE0@shop.example>\r\n\r\nhi\r\n',
  })
  const notices: Notice[] = []
  for await (const notice of readNotices(file)) notices.push(notice)
  expect(notices).toHaveLength(1)
  const [notice] = notices
  if (!notice) throw new Error('no notice')
  expect(notice.kind).toBe('failure')
  expect(notice.envelope.hops).toMatchObject([{id: '1tSUMu-0000j2-26'}])
  expect(cluesOf(notice, 'message-id')).toMatchObject([{value: 'KAE0@shop.example'}])
  expect(cluesOf(notice, 'queue-id')).toMatchObject([
    {value: '1tSUMu-00003p-1u', host: 'f1.stranger.example', time: {kind: 'agrees'}},
  ])
})
