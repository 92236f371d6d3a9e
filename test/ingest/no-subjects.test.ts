/** `[privacy] subjects = false`: no subject is in the database, in a fact or in a line; everything else is as it would be. */

import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {describe, expect, it} from 'vitest'
import {parserFor} from '../../src/dialect/log.js'
import {WithoutSubjects} from '../../src/ingest/without-subjects.js'
import {type Connection, openForReading} from '../../src/store/database.js'
import {EvidenceFinder} from '../../src/store/evidence.js'
import {buildExim} from '../helpers/build-log.js'
import {contentOf, difference} from '../helpers/content.js'
import {inFolder, ingested, ingestInto} from '../helpers/ingest-logs.js'
import {run} from '../helpers/program.js'

const SECRET = 'Geheim'
const EXIM = [
  `2026-11-21 03:00:01 1vMIUP-000000000Aa-1abc <= a@web.example U=web P=local S=900 id=m1@web.example T="${SECRET} \\"one\\" of \\\\ them" from <a@web.example> for b@mail.example`,
  `2026-11-21 03:00:02 1vMIUQ-000000000Ab-1abc <= a@web.example U=web P=local S=900 id="x T=\\"y z"@web.example T="${SECRET} two" for c@mail.example`,
  '2026-11-21 03:00:02 1vMIUP-000000000Aa-1abc => b@mail.example R=dnslookup T=remote_smtp H=mx.mail.example [192.0.2.9] C="250 OK"',
  `2026-11-21 03:00:03 1vMIUR-000000000Ac-1abc <= a@web.example U=web P=local S=900 T="" for c@mail.example`,
  '2026-11-21 03:00:04 1vMIUP-000000000Aa-1abc Completed',
]
const REJECT = [
  '2026-11-21 03:00:01 1vMIUP-000000000Aa-1abc H=mx.partner.example [192.0.2.7] F=<shop@web.example> rejected after DATA: spam',
  'Envelope-from: <shop@web.example>',
  'Envelope-to: <anna@mail.example>',
  `  Subject: ${SECRET} for you`,
  `\tand ${SECRET} folded`,
  'I Message-ID: <anna@web.example>',
]
const POSTFIX = [
  'Nov 21 08:00:00 mx1 postfix/smtpd[11]: 4B1C2D3E4F: client=mail.partner.example[192.0.2.7]',
  `Nov 21 08:00:00 mx1 postfix/cleanup[12]: 4B1C2D3E4F: info: header Subject: ${SECRET} from here from mail.partner.example[192.0.2.7]; from=<x@partner.example> to=<y@mail.example> proto=ESMTP helo=<mail>`,
  'Nov 21 08:00:00 mx1 postfix/cleanup[12]: 4B1C2D3E4F: message-id=<a@partner.example>',
  'Nov 21 08:00:00 mx1 postfix/qmgr[13]: 4B1C2D3E4F: from=<x@partner.example>, size=900, nrcpt=1 (queue active)',
]
const PHP = `[21-Nov-2026 02:00:01 UTC] mail() on [/home/web/public_html/form.php:7]: To: b@mail.example -- Headers: From: a@web.example -- Subject: ${SECRET} order`
const WRAPPED = EXIM.map((line) => `Nov 21 03:00:0${line[18]} mx1 exim[77]: ${line}`)
const JOURNAL = EXIM.map((line, i) =>
  JSON.stringify({
    __REALTIME_TIMESTAMP: String(Date.UTC(2026, 10, 21, 3, 0, i) * 1000),
    _HOSTNAME: 'mx1',
    SYSLOG_IDENTIFIER: 'exim',
    _PID: '77',
    MESSAGE: line,
  }),
)
const PIECES = [
  `Nov 21 03:00:01 mx1 exim[77]: [1/2] ${EXIM[0]?.slice(0, 140)}`,
  `Nov 21 03:00:01 mx1 exim[77]: [2/2] ${EXIM[0]?.slice(140)}`,
]
const LOGS: Readonly<Record<string, readonly string[]>> = {
  exim_mainlog: EXIM,
  exim_rejectlog: REJECT,
  'mail.log': POSTFIX,
  'php_mail.log': [PHP],
  'syslog.log': WRAPPED,
  'journal.log': JOURNAL,
  'pieces.log': PIECES,
}
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
const linesOf = (db: Connection): string[] => {
  const evidence = new EvidenceFinder(db)
  return (db.prepare('SELECT id FROM block').pluck().all() as number[]).flatMap((block) =>
    evidence.wholeBlock(block).map((line) => line.text),
  )
}
const withoutSubject = (content: readonly string[]): string[] =>
  content.map((fact) => fact.replaceAll(/"(?:subject|openSubject)":(?:null|"(?:[^"\\]|\\.)*"),?/g, '')).sort()

describe('without subjects', () => {
  it.each(Object.entries(LOGS))('%s: none is stored, and every other fact is the same', async (name, lines) => {
    await inFolder(async (folder) => {
      const log = join(folder, name)
      writeFileSync(log, text(lines))
      const facts = (db: Connection): string[] => withoutSubject(contentOf(db, {messagesOnly: true}))
      const usual = await ingested(join(folder, 'usual.db'), [[log]], (db) => [facts(db), linesOf(db)] as const)
      expect(usual[1].join('\n')).toContain(SECRET)
      const db = join(folder, 'mail.db')
      const kept = await ingested(db, [[log]], (store) => [facts(store), linesOf(store)] as const, {subjects: false})
      expect(kept[1].length).toBe(usual[1].length)
      expect(kept[1].join('\n')).not.toContain(SECRET)
      expect(difference(usual[0], kept[0])).toEqual([])
      const store = openForReading(db)
      const tables = store.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[]
      for (const table of tables)
        expect(JSON.stringify(store.prepare(`SELECT * FROM "${table}"`).all()), table).not.toContain(SECRET)
      store.close()
    })
  })

  it('changes no word of a stranger that looks like a subject', () => {
    const mask = new WithoutSubjects(parserFor('exim'))
    expect(mask.line(EXIM[1] ?? '')).toContain('id="x T=\\"y z"@web.example T="" for c@mail.example')
    for (const line of [EXIM[2] ?? '', EXIM[3] ?? '', EXIM[4] ?? '']) expect(mask.line(line)).toBe(line)
  })

  it('the same log again, renamed, compressed or read with the other setting, adds nothing', async () => {
    await inFolder(async (folder) => {
      const {main} = buildExim(3, 40, 0)
      const log = join(folder, 'exim_mainlog')
      const moved = join(folder, 'exim_mainlog.1.gz')
      const copy = join(folder, 'copy_mainlog')
      writeFileSync(log, text(main))
      writeFileSync(moved, gzipSync(text(main)))
      // another beginning: a part that is not recognised as a whole
      writeFileSync(copy, text(main.slice(1)))
      for (const [first, then] of [
        [false, false],
        [false, true],
        [true, false],
      ] as const) {
        const db = join(folder, `${first}-${then}.db`)
        const one = await ingestInto(db, [log], {subjects: first})
        expect(one.messages).toBeGreaterThan(20)
        for (const path of [log, moved, copy]) {
          const again = await ingestInto(db, [path], {subjects: then})
          expect([again.lines, again.messages, again.deliveries], `${path} ${first} ${then}`).toEqual([0, 0, 0])
        }
        expect(openForReading(db).prepare('SELECT count(*) FROM message').pluck().get()).toBeGreaterThan(20)
      }
    })
  })

  it('by the flag and by the configuration', async () => {
    await inFolder((folder) => {
      const log = join(folder, 'exim_mainlog')
      writeFileSync(log, text(EXIM))
      writeFileSync(join(folder, 'config.toml'), '[privacy]\nsubjects = false\n')
      for (const [db, more] of [
        ['flag.db', ['--no-subjects']],
        ['config.db', ['--config', join(folder, 'config.toml')]],
      ] as const) {
        const path = join(folder, db)
        expect(run(['ingest', log, '--db', path, '--tz', 'UTC', ...more]).status).toBe(0)
        const shown = run(['trace', '1vMIUP-000000000Aa-1abc', '--db', path, '--json'])
        expect(shown.stdout).not.toContain(SECRET)
        expect((JSON.parse(shown.stdout) as {journeys: unknown[]}).journeys).toHaveLength(1)
        expect(readFileSync(path, 'latin1')).not.toContain(SECRET)
        expect(run(['doctor', '--db', path]).stdout).toContain('subjects are left out')
      }
    })
  })
})
