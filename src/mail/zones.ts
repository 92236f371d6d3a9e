/** Minutes between UTC and the clocks of a named zone: IANA names by the runtime's own zone data, and the usual abbreviations. */

const MINUTE = 60_000

/**
 * Abbreviations that mean one offset wherever logs are written. IST and CST mean several: they are left out, so that a wrong zone is
 * never assumed.
 */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  UTC: 0, MET: 60, MEST: 120, PRC: 480, ROC: 480, ROK: 540, GMT: 0, UCT: 0, Z: 0, WET: 0, WEST: 60, BST: 60, CET: 60, CEST: 120, MEZ: 60, MESZ: 120, EET: 120, EEST: 180,
  MSK: 180, SAST: 120, EAT: 180, WAT: 60, CAT: 120, EST: -300, EDT: -240, CDT: -300, MST: -420, MDT: -360, PST: -480, PDT: -420,
  AKST: -540, AKDT: -480, HST: -600, JST: 540, KST: 540, HKT: 480, WIB: 420, AWST: 480, ACST: 570, ACDT: 630,
  AEST: 600, AEDT: 660, NZST: 720, NZDT: 780,
} // biome-ignore format: a table

/** Abbreviations that are not in the table: the runtime would take some for a zone (IST for India). */
const ABBREVIATION = /^[A-Z]{2,5}$/

const formatters = new Map<string, Intl.DateTimeFormat | null>()
const offsets = new Map<string, number>()

function formatter(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  let made: Intl.DateTimeFormat | null = null
  try {
    made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    made = null
  }
  if (formatters.size > 500) formatters.clear()
  formatters.set(zone, made)
  return made
}

/** Minutes east of UTC at the instant `ms` (UTC) in an IANA zone. */
function offsetAtInstant(format: Intl.DateTimeFormat, ms: number): number {
  const part: Record<string, number> = {}
  for (const {type, value} of format.formatToParts(ms)) part[type] = Number(value)
  const {year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0} = part
  return Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - ms) / MINUTE)
}

/**
 * Minutes east of UTC that the clocks of `zone` showed at the wall time `wall` (the digits read as if they were UTC, milliseconds).
 * `zone` is an IANA name (`Europe/Berlin`), an offset (`+02:00`, `+0200`, `GMT+2`) or a common abbreviation. A wall time that the clocks
 * showed twice gets the first (summer) offset; one that they skipped gets the offset before the change. null where the zone is not known.
 */
export function zoneOffset(zone: string, wall: number): number | null {
  const fixed = ABBREVIATIONS[zone]
  if (fixed !== undefined && Object.hasOwn(ABBREVIATIONS, zone)) return fixed
  const digits = /^(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?$/.exec(zone)
  if (digits) {
    const minutes = Number(digits[2]) * 60 + Number(digits[3] ?? 0)
    return minutes > 15 * 60 ? null : digits[1] === '-' ? 0 - minutes : minutes
  }
  if (!/^[A-Za-z]/.test(zone) || ABBREVIATION.test(zone) || !Number.isFinite(wall) || Math.abs(wall) > 8e15) return null
  const format = formatter(zone)
  if (!format) return null
  const slot = `${zone} ${Math.floor(wall / (15 * MINUTE))}`
  const known = offsets.get(slot)
  if (known !== undefined) return known
  const before = offsetAtInstant(format, wall - 24 * 60 * MINUTE)
  const offset = offsetAtInstant(format, wall - before * MINUTE) === before ? before : settle(format, wall, before)
  if (offsets.size > 20_000) offsets.clear()
  offsets.set(slot, offset)
  return offset
}

/** The clocks changed in the last day: the offset after the change, if it explains the wall time, else the one before. */
function settle(format: Intl.DateTimeFormat, wall: number, before: number): number {
  const after = offsetAtInstant(format, wall + 24 * 60 * MINUTE)
  return offsetAtInstant(format, wall - after * MINUTE) === after ? after : before
}
