/** Who asked for the page that sent a message: candidates from the web server's log, scored and never picked from in silence. */

import type {PageRequested} from '../mail/event.js'
import type {Entry, LifeOrigin} from './life.js'

/** A request takes at most this long from its first byte to the call of mail() (the log's stamp is its beginning), milliseconds. */
export const REQUEST_BEFORE = 5_000
/** Stamps of whole seconds, milliseconds. */
export const REQUEST_AFTER = 1_000
/** Candidates given at most. */
const MOST = 20

export type Request = Entry & {readonly event: PageRequested}

export interface Visitor {
  readonly request: Request
  readonly score: number
}

/** Pages that every URL of a site can lead to. */
const FRONT = /^\/(?:[^?]*\/)?(?:index\.php|admin-ajax\.php|wp-json\/[^?]*|xmlrpc\.php|app\.php)?(?:$|\?)/

/** Scripts and folders that may have sent it: what is known, or what could have been. */
const pathsOf = ({script, scriptDirectory, candidates}: LifeOrigin): string[] => {
  const known = [script, scriptDirectory].filter((path) => path !== null)
  return known.length > 0 ? known : candidates.filter((path) => path.startsWith('/'))
}

/** True where requests can be compared with anything: a script or folder is named. */
export const mayHaveVisitors = (origin: LifeOrigin): boolean => pathsOf(origin).length > 0

/** The site's directory name that a virtual host must be found in, where the script's path names one at all. */
function hostFits(vhost: string | null, paths: readonly string[]): number {
  if (vhost === null) return 0
  const host = vhost.toLowerCase().replace(/^www\./, '')
  const sites = paths.map((path) =>
    path
      .toLowerCase()
      .split('/')
      .find((word) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}$/.test(word) && !word.endsWith('.php')),
  )
  if (sites.some((site) => site?.replace(/^www\./, '') === host)) return 2
  return sites.includes(undefined) ? 0 : -1
}

function scoreOf({event, at}: Request, paths: readonly string[], arrived: number): number {
  const path = event.path.split('?')[0] ?? ''
  let score = 0
  if (path.endsWith('.php') && paths.some((known) => known.endsWith(path))) score += 4
  else if (path.lastIndexOf('/') > 0 && paths.some((known) => known.includes(path.slice(0, path.lastIndexOf('/')))))
    score += 2
  else if (FRONT.test(event.path)) score += 1
  if (event.httpStatus === 200 || event.httpStatus === 302 || event.httpStatus === 303) score += 1
  if (Math.abs(arrived - at) <= REQUEST_AFTER) score += 1
  return score + hostFits(event.vhost, paths)
}

/**
 * The requests that may have made a message sent by a script: begun in [arrival - 5 s, arrival + 1 s], not refused by the web server, of the same
 * site where the paths tell. POST requests, and only where there is none GET requests; the best first. Empty where the origin is no script.
 */
export function visitorsOf(origin: LifeOrigin, arrivedAt: number | null, requests: readonly Request[]): Visitor[] {
  const paths = pathsOf(origin)
  if (arrivedAt === null || paths.length === 0) return []
  const open = requests.filter(
    ({event, at}) =>
      at >= arrivedAt - REQUEST_BEFORE &&
      at <= arrivedAt + REQUEST_AFTER &&
      (event.httpStatus < 400 || event.httpStatus >= 500) &&
      hostFits(event.vhost, paths) >= 0,
  )
  const posts = open.filter(({event}) => event.method === 'POST')
  return (posts.length > 0 ? posts : open)
    .map((request) => ({request, score: scoreOf(request, paths, arrivedAt)}))
    .sort(
      (a, b) =>
        b.score - a.score ||
        Math.abs(arrivedAt - a.request.at) - Math.abs(arrivedAt - b.request.at) ||
        a.request.reference - b.request.reference,
    )
    .slice(0, MOST)
}
