/**
 * Which folder handed a message in: many sendmail processes of one user at once, in the shape that real Exims 4.96 and 4.98.2 wrote them (a thousand
 * submissions from eight folders in 23 s: with +pid the folder of all thousand, without it all thousand ambiguous with the right one among
 * the candidates). Generated here at several rates, with the calls that are no submissions between them.
 */

import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {SqliteStore} from '../../src/store/finder.js'
import {inFolder, ingested} from '../helpers/ingest-logs.js'
import {random} from '../postfix/facts.js'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base62 = (n: number, width: number): string => {
  let text = ''
  for (let i = 0; i < width; i++) {
    text = DIGITS.charAt(n % 62) + text
    n = Math.floor(n / 62)
  }
  return text
}
const START = Date.UTC(2026, 10, 21, 7, 35, 32)
const folder = (site: number): string => `/home/shop/site${site}/public_html`

/** The log of a thousand submissions, `seconds` long. A process logs its cwd up to 1.5 s before the ID's second begins. */
function log(seed: number, seconds: number, withPid: boolean): string {
  const next = random(seed)
  const lines: {at: number; text: string}[] = []
  const add = (at: number, pid: number, text: string): void => {
    const stamp = new Date(at).toISOString().slice(0, 19).replace('T', ' ')
    lines.push({at, text: `${stamp} ${withPid ? `[${pid}] ` : ''}${text}`})
  }
  for (let n = 0; n < 1000; n++) {
    const site = 1 + Math.floor(next() * 8)
    const pid = 1500 + n * 5
    const began = START + Math.floor(next() * seconds * 1000)
    const received = began + Math.floor(next() * 1500)
    const written = received + Math.floor(next() * 3000)
    const id = `${base62(Math.floor(received / 1000), 6)}-${base62(pid, 6)}-${base62(Math.floor((received % 1000) / 5), 2)}`
    add(began, pid, `cwd=${folder(site)} 3 args: /usr/sbin/sendmail -t -i`)
    add(
      written,
      pid,
      `${id} <= shop@web1.hoster.example U=shop P=local S=311 id=s${site}.${n}@t T="hi" for a@dest.example`,
    )
    add(written + 1, pid + 2, `cwd=/var/spool/exim4 3 args: /usr/sbin/exim4 -Mc ${id}`)
    add(written + 2, pid + 2, `${id} => :blackhole: <a@dest.example> R=all`)
    add(written + 3, pid + 2, `${id} Completed`)
    if (n % 25 === 0) add(began, pid + 3, 'cwd=/root 2 args: exim -bpc')
  }
  return `${lines
    .sort((a, b) => a.at - b.at)
    .map(({text}) => text)
    .join('\n')}\n`
}

interface Answers {
  right: number
  wrong: number
  ambiguous: number
  without: number
}

async function answers(text: string): Promise<Answers> {
  return inFolder(async (at) => {
    const path = join(at, 'exim_mainlog')
    writeFileSync(path, text)
    return ingested(join(at, 'mail.db'), [[path]], (db) => {
      const found: Answers = {right: 0, wrong: 0, ambiguous: 0, without: 0}
      for (const {life} of new SqliteStore(db).between(-8e15, 8e15, 1_000_000)) {
        const truth = folder(Number(/^s(\d)\./.exec(life.messageId ?? '')?.[1]))
        const {scriptDirectory, certainty, candidates} = life.origin
        if (scriptDirectory !== null && certainty !== 'ambiguous')
          found[scriptDirectory === truth ? 'right' : 'wrong']++
        else if (candidates.includes(truth)) found.ambiguous++
        else found.without++
      }
      return found
    })
  })
}

describe('a thousand parallel submissions from eight folders of one user', () => {
  it.each([1, 2])('with +pid every folder is right (seed %i)', async (seed) => {
    for (const seconds of [5, 23, 600])
      expect(await answers(log(seed, seconds, true))).toEqual({right: 1000, wrong: 0, ambiguous: 0, without: 0})
  })

  it.each([1, 2])(
    'without it no wrong folder is proven or likely, and the right one is a candidate (seed %i)',
    async (seed) => {
      for (const seconds of [5, 23, 600, 7200]) {
        const found = await answers(log(seed, seconds, false))
        expect(found, `${seconds} s`).toMatchObject({wrong: 0, without: 0})
        expect(found.right + found.ambiguous).toBe(1000)
      }
    },
  )
})
