/** --passwd without --server names the uids of every host that the lines are of. */
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, it} from 'vitest'
import {Ingest} from '../../src/ingest/ingest.js'
import {openForWriting} from '../../src/store/database.js'
import {volumesOf} from '../../src/store/volumes.js'
import {DEFAULTS, inFolder} from '../helpers/ingest-logs.js'

const message = (host: string, id: string): string =>
  [
    `pickup[11]: ${id}: uid=1007 from=<web@${host}.example.net>`,
    `cleanup[12]: ${id}: info: header X-PHP-Originating-Script: 1007:contact.php from local; from=<web@${host}.example.net>`,
    `cleanup[12]: ${id}: message-id=<${id}@${host}.example.net>`,
    `qmgr[13]: ${id}: from=<web@${host}.example.net>, size=500, nrcpt=1 (queue active)`,
    `smtp[14]: ${id}: to=<kim@far.example>, relay=mx.far.example[203.0.113.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 Ok)`,
    `qmgr[13]: ${id}: removed`,
  ]
    .map((text) => `Nov 20 09:00:00 ${host} postfix/${text}\n`)
    .join('')

it('names the uids of every host of the lines, and counts their scripts by the name in PHP’s header', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'mail.log')
    writeFileSync(path, message('web1', 'A1B2C3D4E5') + message('web2', 'B1B2C3D4E5'))
    const db = openForWriting(join(folder, 'mail.db'))
    const ingest = new Ingest(db, {...DEFAULTS, paths: [path], year: 2026})
    ingest.session.accounts.given = 'root:x:0:0:root:/root:/bin/sh\nshop:x:1007:1007::/home/shop:/bin/false\n'
    await ingest.run()
    for (const server of ['web1', 'web2'])
      expect(volumesOf(db, {kind: 'script', server, name: 'shop:contact.php'}, 0, Date.UTC(2030, 0))).toMatchObject([
        {messages: 1, recipients: 1, delivered: 1},
      ])
    db.close()
  })
})
