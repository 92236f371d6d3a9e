/** Parts to families: the parts of one log stream oldest first, and the places where one is missing. */

import {basename, dirname, join} from 'node:path'
import type {Hole, LogFamily, LogPart} from './log-part.js'
import {rotationName} from './rotation-name.js'

const DAY = 86_400_000

/** The stream a path belongs to: its path without rotation and codec suffix. */
export function baseOf(path: string): string {
  return join(dirname(path), rotationName(basename(path)).base)
}

/** Groups parts by stream and orders them. Families come sorted by base. */
export function familiesOf(parts: readonly LogPart[]): LogFamily[] {
  const groups = new Map<string, LogPart[]>()
  for (const part of parts) {
    const base = baseOf(part.path)
    const group = groups.get(base)
    if (group) group.push(part)
    else groups.set(base, [part])
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([base, group]) => {
      const paired = group.map((part) => ({...part, twin: twinOf(part, group)}))
      const ordered = paired.sort(oldestFirst)
      return {base, parts: ordered, holes: [...numberHoles(ordered), ...dateHoles(ordered)]}
    })
}

function twinOf(part: LogPart, group: readonly LogPart[]): string | null {
  if (part.codec === 'plain') return null
  return group.find((other) => other.codec === 'plain' && other.rotation.raw === part.rotation.raw)?.path ?? null
}

/**
 * Dated parts and `other` ones by date or mtime, numbered ones from the highest number down, the active part last.
 * Where the habit changed, dated parts come before numbered ones; the lines' own times have the last word.
 */
export function oldestFirst(a: LogPart, b: LogPart): number {
  const activeA = a.rotation.kind === 'active' ? 1 : 0
  const activeB = b.rotation.kind === 'active' ? 1 : 0
  if (activeA !== activeB) return activeA - activeB
  if (a.rotation.kind === 'number' && b.rotation.kind === 'number') {
    const difference = (b.rotation.number ?? 0) - (a.rotation.number ?? 0)
    if (difference !== 0) return difference
  } else if (a.rotation.kind === 'date' && b.rotation.kind === 'date') {
    const difference =
      (a.rotation.date ?? 0) - (b.rotation.date ?? 0) || (a.rotation.number ?? 0) - (b.rotation.number ?? 0)
    if (difference !== 0) return difference
  } else if (a.rotation.kind !== b.rotation.kind) {
    const rank = {date: 0, other: 1, number: 2, active: 3}
    return rank[a.rotation.kind] - rank[b.rotation.kind]
  }
  return a.mtimeMs - b.mtimeMs || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
}

/** `.1` missing while `.2` exists. Some habits start at .0 (newsyslog) or have .1 as the newest: either start is whole. */
function numberHoles(ordered: readonly LogPart[]): Hole[] {
  const numbered = ordered.filter((p) => p.rotation.kind === 'number')
  const holes: Hole[] = []
  for (const [i, part] of numbered.entries()) {
    const next = numbered[i + 1]
    const number = part.rotation.number ?? 0
    const expected = next?.rotation.number ?? 0
    if (next ? number - expected <= 1 : number <= 1) continue
    const missing = next ? `${expected + 1}` : '1'
    const last = number - 1
    const span = Number(missing) === last ? `number ${missing} is` : `numbers ${missing} to ${last} are`
    const active = ordered.find((p) => p.rotation.kind === 'active')?.path ?? ''
    holes.push({after: part.path, before: next?.path ?? active, certain: true, reason: `${span} missing`})
  }
  return holes
}

/**
 * Dated parts further apart than the family's usual step. Only a hint (`notifempty` skips empty days): the lines'
 * own times decide, so `certain` is false.
 */
function dateHoles(ordered: readonly LogPart[]): Hole[] {
  const dates = ordered.filter((p) => p.rotation.kind === 'date' && p.rotation.date !== null)
  const steps = dates.slice(1).map((p, i) => (p.rotation.date ?? 0) - (dates[i]?.rotation.date ?? 0))
  const usual = [...steps.filter((s) => s > 0)].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0
  if (usual === 0 || steps.length < 2) return []
  return steps.flatMap((step, i): Hole[] => {
    if (step < usual * 1.75 || (usual >= 28 * DAY && step < 32 * DAY)) return []
    const days = (step / DAY).toFixed(step % DAY === 0 ? 0 : 1)
    const reason = `${days} days lie between these parts, ${(usual / DAY).toFixed(usual % DAY === 0 ? 0 : 1)} are usual`
    return [{after: dates[i]?.path ?? '', before: dates[i + 1]?.path ?? '', certain: false, reason}]
  })
}
