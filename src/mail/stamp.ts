/** A time stamp as a log line wrote it, before anybody has decided on year or zone. */

/** A stamp's digits plus what the line itself says about its zone. */
export interface Stamp {
  /**
   * The wall-clock digits read as if they were UTC, in milliseconds since 1970-01-01.
   * A yearless stamp (RFC 3164) uses the leap year 1972, so that 29 February exists.
   */
  readonly wall: number
  /** Minutes east of UTC where the line says so (`Z` is 0); null where it does not. */
  readonly offset: number | null
  /** True where the line has no year (`Nov 21 03:16:13`). */
  readonly yearless: boolean
}

/** The year that stands in for the missing one in a yearless stamp. */
export const YEARLESS = 1972
