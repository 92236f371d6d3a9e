/** A reject log's blocks, cut where rotation, a batch or a broken-off reading may cut them, still belong to their refusals. */

import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {contentOf, difference} from '../helpers/content.js'
import {inFolder, ingested} from '../helpers/ingest-logs.js'

const HEADERS = (name: string): string[] => [
  'Envelope-from: <shop@web.example>',
  `Envelope-to: <${name}@mail.example>`,
  'P Received: from web by mx.example.net with local (Exim 4.98)',
  '\t(envelope-from <shop@web.example>)',
  `I Message-ID: <${name}@web.example>`,
  `  Subject: Order for ${name}`,
]
const LOG = [
  '2026-11-21 03:00:01 1vMIUP-000000000Aa-1abc H=mx.partner.example [192.0.2.7] F=<shop@web.example> rejected after DATA: spam',
  ...HEADERS('anna'),
  '2026-11-21 03:00:09 H=(evil) [192.0.2.8] F=<x@evil.example> rejected RCPT <bob@mail.example>: relay not permitted',
  '2026-11-21 03:00:11 1vMIUZ-000000000Ab-2abc H=mx.partner.example [192.0.2.7] F=<shop@web.example> rejected after DATA: spam',
  ...HEADERS('carl'),
]
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

describe('a reject log cut at line', () => {
  it.each(LOG.slice(1).map((_, i) => i + 1))('%i', async (cut) => {
    await inFolder(async (folder) => {
      const whole = join(folder, 'exim_rejectlog')
      writeFileSync(whole, text(LOG))
      const expected = await ingested(join(folder, 'whole.db'), [[whole]], contentOf)
      expect(expected.join('\n')).toContain('Order for carl')

      const older = join(folder, 'cut_rejectlog.1')
      const newer = join(folder, 'cut_rejectlog')
      writeFileSync(older, text(LOG.slice(0, cut)))
      writeFileSync(newer, text(LOG.slice(cut)))
      const oneRun = await ingested(join(folder, 'one.db'), [[older, newer]], contentOf)
      expect(difference(expected, oneRun), 'rotated').toEqual([])
      // A part without any stamp does not say where in its log it belongs.
      if (LOG.slice(cut).some((line) => line.startsWith('2026'))) {
        const twoRuns = await ingested(join(folder, 'two.db'), [[older], [newer]], contentOf)
        expect(difference(expected, twoRuns), 'each part in its own run').toEqual([])
      }

      const grown = join(folder, 'grown_rejectlog')
      writeFileSync(grown, text(LOG.slice(0, cut)))
      await ingested(join(folder, 'grown.db'), [[grown]], () => 0)
      writeFileSync(grown, text(LOG))
      const later = await ingested(join(folder, 'grown.db'), [[grown]], contentOf)
      expect(difference(expected, later), 'grown between two runs').toEqual([])
    })
  })
})
