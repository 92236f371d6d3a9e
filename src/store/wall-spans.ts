/**
 * Blocks by the span of their stamps' digits. An index of where a span begins would have to be read up to its end for each question, which is all of
 * the database for the newest lines; so spans are indexed by how long they are at most, and of each length only those that can reach are read.
 */

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Spans shorter than these, milliseconds; a last class has all others. Part of the schema: another list needs another migration. */
const SHORTER = [HOUR, DAY, 7 * DAY, 31 * DAY, 366 * DAY]

const LENGTH = `CASE ${SHORTER.map((limit, i) => `WHEN wall_last - wall_first < ${limit} THEN ${i}`).join(' ')} ELSE ${SHORTER.length} END`

/** The index, which has all that {@link OVERLAPPING} reads. */
export const WALL_INDEX = `CREATE INDEX block_wall ON block(${LENGTH}, wall_first, wall_last, part)`

/** Number and part of the blocks whose stamps' digits overlap [@first, @last]. */
export const OVERLAPPING = [...SHORTER, null]
  .map(
    (limit, i) => `SELECT id, part FROM block INDEXED BY block_wall WHERE ${LENGTH} = ${i}
AND wall_first <= @last ${limit === null ? '' : `AND wall_first > @first - ${limit} `}AND wall_last >= @first`,
  )
  .join(' UNION ALL ')
