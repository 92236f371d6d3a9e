/** The bounce corpus and the lab run beside the repository, where they are. */

import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Notice} from '../../src/notice/notice.js'
import {readNotices} from '../../src/notice/read-notices.js'

const shared = join(import.meta.dirname, '../../../shared')
export const corpusRoot = join(shared, 'corpus/bounces')
export const labRoot = join(shared, 'lab/run-2')
export const hasCorpus = existsSync(join(corpusRoot, 'truth.tsv'))
export const hasLab = existsSync(join(labRoot, 'truth.ndjson'))

export interface Sample {
  readonly name: string
  readonly bytes: Buffer
  readonly messageIds: ReadonlySet<string>
  readonly queueIds: ReadonlySet<string>
}

/**
 * The files of truth.tsv. Its queue IDs are regex finds; those that no Received line holds (`id: unknown`, quoted-printable stumps,
 * anonymised words of addresses) are left out, so that a hit means a hop's ID.
 */
export function samples(): Sample[] {
  const [head = '', ...rows] = readFileSync(join(corpusRoot, 'truth.tsv'), 'utf8').trimEnd().split('\n')
  const names = head.split('\t')
  const files = new Map<string, {messageIds: Set<string>; queueIds: Set<string>}>()
  for (const row of rows) {
    const cells = row.split('\t')
    const cell = (name: string): string => cells[names.indexOf(name)] ?? ''
    const name = `${cell('corpus')}/${cell('file')}`
    const entry = files.get(name) ?? {messageIds: new Set<string>(), queueIds: new Set<string>()}
    for (const id of cell('gt_message_ids').split(' ')) if (id && !id.startsWith('&lt;')) entry.messageIds.add(id)
    for (const id of cell('gt_queue_ids').split(' ')) if (id) entry.queueIds.add(id)
    files.set(name, entry)
  }
  return [...files].map(([name, {messageIds, queueIds}]) => {
    const bytes = readFileSync(join(corpusRoot, name))
    return {name, bytes, messageIds, queueIds: new Set([...queueIds].filter((id) => inHop(bytes, id)))}
  })
}

function inHop(bytes: Buffer, id: string): boolean {
  const text = bytes.toString('latin1').replaceAll('\r\n', '\n').replaceAll('=\n', '')
  const body = text.slice(text.indexOf('\n\n'))
  const at = body.search(new RegExp(`\\bid\\s+<?${id.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.@=-])`, 'i'))
  return (
    at >= 0 && /(?:^|\n)[>|\s]*(?:received:|\(?Received)[\s\S]{0,600}$/i.test(body.slice(Math.max(0, at - 700), at))
  )
}

/** Every bounce file of the corpus, those without truth too. */
export function bounceFiles(): string[] {
  return readdirSync(corpusRoot, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && /\.(?:eml|txt|mbox)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

export async function noticesOf(bytes: Uint8Array): Promise<Notice[]> {
  const notices: Notice[] = []
  for await (const notice of readNotices(bytes)) notices.push(notice)
  return notices
}
