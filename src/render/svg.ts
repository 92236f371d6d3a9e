/** Small plots as inline SVG: no script, no font, no reference to anything outside. Colours are classes of the report's style sheet. */

import {escapeHtml} from './printable.js'

/** One series of bars: a class of the style sheet and a colour for readers without one. */
export interface Series {
  readonly label: string
  readonly className: string
  readonly colour: string
  readonly values: readonly number[]
}

/** Two digits are enough, and keep the file small. */
const n = (value: number): string => String(Math.round(value * 100) / 100)

/** The next round number: 1, 2 or 5 times a power of ten. */
export function niceCeiling(value: number): number {
  if (value <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 2.5, 4, 5, 8, 10].find((one) => one * power >= value) ?? 10
  return step * power
}

const rect = (
  x: number,
  y: number,
  width: number,
  height: number,
  {className, colour}: Pick<Series, 'className' | 'colour'>,
  title: string,
): string =>
  height <= 0 || width <= 0
    ? ''
    : `<rect class="${className}" fill="${colour}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="1"><title>${escapeHtml(title)}</title></rect>`

export interface BarPlot {
  readonly title: string
  /** Names of the columns: shown under every `every`th, and in the tips. */
  readonly labels: readonly string[]
  readonly series: readonly Series[]
  readonly every: number
  readonly number: (value: number) => string
}

/** Columns of bars side by side over a scale from 0. */
export function barPlot({title, labels, series, every, number}: BarPlot): string {
  const width = 720
  const height = 190
  const left = 46
  const bottom = 22
  const top = 8
  const plot = {width: width - left - 4, height: height - top - bottom}
  const most = niceCeiling(Math.max(0, ...series.flatMap((one) => one.values)))
  const y = (value: number): number => top + plot.height * (1 - value / most)
  const column = plot.width / Math.max(1, labels.length)
  const bar = (column * 0.8) / Math.max(1, series.length)
  const parts: string[] = []
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const at = n(y(most * share))
    parts.push(`<line class="grid" stroke="#d9dee7" x1="${left}" x2="${width - 4}" y1="${at}" y2="${at}"/>`)
    if (share % 0.5 === 0)
      parts.push(
        `<text class="axis" fill="#5b6472" x="${left - 6}" y="${n(y(most * share) + 4)}" text-anchor="end">${number(most * share)}</text>`,
      )
  }
  for (const [i, label] of labels.entries()) {
    const x = left + column * i
    if (i % every === 0)
      parts.push(
        `<text class="axis" fill="#5b6472" x="${n(x + column * 0.1)}" y="${height - 6}">${escapeHtml(label)}</text>`,
      )
    for (const [j, one] of series.entries()) {
      const value = one.values[i] ?? 0
      // A little is never drawn as nothing.
      const tall = value > 0 ? Math.max(1, (plot.height * value) / most) : 0
      parts.push(
        rect(
          x + column * 0.1 + bar * j,
          top + plot.height - tall,
          bar * 0.92,
          tall,
          one,
          `${label}: ${number(value)} ${one.label}`,
        ),
      )
    }
  }
  return `<svg role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 ${width} ${height}" width="100%" xmlns="http://www.w3.org/2000/svg" font-size="11" font-family="inherit">${parts.join('')}</svg>`
}

/** One line of parts of a whole, `most` wide at 100 %. */
export function shareBar(title: string, series: readonly (Series & {readonly tip: string})[], most: number): string {
  const width = 300
  const height = 14
  let x = 0
  const parts = series.map((one) => {
    const value = one.values[0] ?? 0
    const wide = value > 0 ? Math.max(1.5, (width * value) / Math.max(1, most)) : 0
    const drawn = rect(x, 0, wide, height, one, one.tip)
    x += wide
    return drawn
  })
  return `<svg role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 ${n(Math.max(width, x))} ${height}" width="100%" height="${height}" preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg">${parts.join('')}</svg>`
}

/** A day of one sender in a hundred pixels. */
export function sparkline(
  title: string,
  values: readonly number[],
  {className, colour}: Pick<Series, 'className' | 'colour'>,
): string {
  if (values.length === 0) return ''
  const width = 110
  const height = 22
  const most = Math.max(1, ...values)
  const step = width / values.length
  const bars = values.map((value, i) => {
    const tall = value > 0 ? Math.max(1.5, ((height - 1) * value) / most) : 0
    return rect(i * step, height - 1 - tall, step * 0.8, tall, {className, colour}, String(value))
  })
  return `<svg role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg"><line class="grid" stroke="#d9dee7" x1="0" x2="${width}" y1="${height - 0.5}" y2="${height - 0.5}"/>${bars.join('')}</svg>`
}
