/** The HTML report as a browser shows it, light and dark. The pictures stay in node_modules/.cache/screenshots, to be looked at. */
import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {inflateSync} from 'node:zlib'
import {afterAll, describe, expect, it} from 'vitest'
import Report from '../../src/commands/report.js'
import {burst, DAY, ordinary, readServer, runCommand} from '../commands/busy-server.js'
import {START} from '../commands/world.js'

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const kept = fileURLToPath(new URL('../../node_modules/.cache/screenshots/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mailwitness-screenshot-'))
afterAll(() => rmSync(folder, {recursive: true, force: true}))

interface Picture {
  readonly width: number
  readonly height: number
  /** Colours with their numbers of pixels, `#rrggbb`. */
  readonly colours: ReadonlyMap<string, number>
}

const paeth = (a: number, b: number, c: number): number => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}

/** An 8-bit RGB or RGBA picture without interlace (PNG specification, sections 9 and 11). */
function readPng(file: Buffer): Picture {
  expect(file.subarray(1, 4).toString('latin1')).toBe('PNG')
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)]
  const bytes = file[25] === 6 ? 4 : 3
  const data: Buffer[] = []
  for (let at = 8; at < file.length; at += file.readUInt32BE(at) + 12)
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)))
  const raw = inflateSync(Buffer.concat(data))
  const row = width * bytes
  const pixels = Buffer.alloc(row * height)
  const colours = new Map<string, number>()
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)]
    for (let x = 0; x < row; x++) {
      const left = x >= bytes ? (pixels[y * row + x - bytes] ?? 0) : 0
      const up = y > 0 ? (pixels[(y - 1) * row + x] ?? 0) : 0
      const corner = x >= bytes && y > 0 ? (pixels[(y - 1) * row + x - bytes] ?? 0) : 0
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0
      pixels[y * row + x] = ((raw[y * (row + 1) + 1 + x] ?? 0) + guess) & 255
    }
    for (let x = 0; x < row; x += bytes) {
      const colour = `#${pixels.toString('hex', y * row + x, y * row + x + 3)}`
      colours.set(colour, (colours.get(colour) ?? 0) + 1)
    }
  }
  return {width, height, colours}
}

describe('the HTML report in a browser', () => {
  it.skipIf(chromium === undefined)(
    `shows its page, its alarm and its bars in the reader's colours, light and dark${chromium === undefined ? ' (skipped: no chromium)' : ''}`,
    async () => {
      const db = await readServer(folder, [...ordinary(22), ...burst()])
      const html = join(folder, 'report.html')
      const day = new Date(START + 20 * DAY).toISOString().slice(0, 10)
      await runCommand(Report, ['--db', db, '--day', day, '--format', 'html', '--output', html], {
        MAILWITNESS_NOW: new Date(START + 21 * DAY).toISOString(),
      })
      mkdirSync(kept, {recursive: true})
      const pictures = new Map<string, Picture>()
      // Chromium's own numbers: dark 0, light 1.
      for (const [scheme, number] of [
        ['light', 1],
        ['dark', 0],
      ] as const) {
        const path = join(folder, `${scheme}.png`)
        execFileSync(
          chromium ?? '',
          [
            '--headless',
            '--no-sandbox',
            '--disable-gpu',
            '--hide-scrollbars',
            `--user-data-dir=${join(folder, 'profile')}`,
            `--blink-settings=preferredColorScheme=${number}`,
            '--window-size=900,1800',
            `--screenshot=${path}`,
            `file://${html}`,
          ],
          {stdio: 'ignore', timeout: 90_000},
        )
        const file = readFileSync(path)
        writeFileSync(join(kept, `report-${scheme}.png`), file)
        pictures.set(scheme, readPng(file))
      }
      const least = (scheme: string, wanted: Readonly<Record<string, number>>): void => {
        const picture = pictures.get(scheme)
        expect(picture).toMatchObject({width: 900, height: 1800})
        for (const [colour, pixels] of Object.entries(wanted))
          expect(picture?.colours.get(colour) ?? 0, `${scheme} ${colour}`).toBeGreaterThan(pixels)
      }
      // Page, card, alarm, an outcome bar's good part, the volume by hour.
      least('light', {'#f4f6f9': 20_000, '#ffffff': 100_000, '#fdecee': 20_000, '#2f9e6b': 200, '#2f6fde': 200})
      least('dark', {'#12151b': 20_000, '#1b2029': 100_000, '#3b1d24': 20_000, '#46c28b': 200, '#6aa1ff': 200})
    },
    180_000,
  )
})
