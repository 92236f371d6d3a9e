import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {cluesOf} from '../../src/notice/notice.js'
import {hasLab, labRoot, noticesOf} from './corpus.js'

interface Truth {
  type: string
  id: string
  file: string
  kind: string
  about: string
  scenario: string
  message_id: string | null
  queue_ids: string[]
  inbound_queue_ids?: string[]
  foreign_id?: string
  rcpts: string[]
}

const KINDS: Record<string, string> = {
  failure: 'failure',
  delay: 'delay',
  autoreply: 'vacation',
  'rejected-locally': 'rejected-locally',
  arf: 'abuse-report',
}

describe.skipIf(!hasLab)(
  'reports of real MTAs (531 of one lab run; skipped as a whole where ../shared/lab/run-2 is missing)',
  () => {
    const rows: Truth[] = hasLab
      ? readFileSync(join(labRoot, 'truth.ndjson'), 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Truth)
      : []
    const messages = new Map(rows.filter((row) => row.type === 'message').map((row) => [row.id, row]))
    const reports = rows.filter((row) => row.type === 'report')

    it('names kind, Message-ID, queue IDs and recipient of every one, and never its own queue ID as the original’s', async () => {
      const missed: string[] = []
      expect(reports.length).toBeGreaterThan(0)
      for (const report of reports) {
        const bytes = readFileSync(join(labRoot, report.file))
        const [notice, ...more] = await noticesOf(bytes)
        const message = messages.get(report.about)
        if (!notice || !message || more.length > 0) {
          missed.push(`${report.file}: not one notice`)
          continue
        }
        const miss = (what: string): number => missed.push(`${report.file}: ${what}`)
        if (notice.kind !== KINDS[report.kind]) miss(`kind ${notice.kind}`)
        const own = cluesOf(notice, 'queue-id').map((clue) => clue.value)
        for (const id of report.inbound_queue_ids ?? []) if (own.includes(id)) miss(`own ID ${id}`)
        // a forged report is itself the message it is about: its own header is no clue to an original
        if (message.scenario === 'fake-dsn') continue
        const text = bytes.toString('latin1').replaceAll('\r', '')
        const below = text.slice(text.indexOf('\n\n'))
        const messageId = message.message_id?.replace(/[<>]/g, '')
        if (
          messageId &&
          text.includes(messageId) &&
          !cluesOf(notice, 'message-id').some((clue) => clue.value === messageId)
        )
          miss(`Message-ID ${messageId}`)
        const ids = [...own, ...cluesOf(notice, 'reporter-queue-id').map((clue) => clue.value)]
        for (const id of [...message.queue_ids, message.foreign_id ?? ''])
          if (id && below.includes(id) && !ids.includes(id)) miss(`queue ID ${id}`)
        const named = (['recipient', 'original-recipient', 'failed-recipient', 'to'] as const).flatMap((type) =>
          cluesOf(notice, type).map((clue) => clue.value?.toLowerCase()),
        )
        const visible = message.rcpts.filter((address) => below.toLowerCase().includes(address.toLowerCase()))
        if (visible.length > 0 && !visible.some((address) => named.includes(address.toLowerCase()))) miss('recipient')
      }
      expect(missed).toEqual([])
    })
  },
)
