import {describe, expect, it} from 'vitest'
import {colours, wantsColour} from '../../src/render/colour.js'
import {escapeHtml, printable, printableLines} from '../../src/render/printable.js'
import {renderTable} from '../../src/render/table.js'

describe('renderTable', () => {
  it('aligns columns, puts numbers at the right and leaves no blanks at the end of a line', () => {
    const text = renderTable(
      [
        ['contact.php', '1200'],
        ['a.php', '7'],
      ],
      {head: ['script', 'sent'], right: [1]},
    )
    expect(text).toBe('script       sent\ncontact.php  1200\na.php           7')
  })

  it('holds a given width by wrapping the widest column', () => {
    const text = renderTable([['x'.repeat(100), 'kept whole']], {width: 60})
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
    expect(text.replaceAll(/[^x]/g, '')).toBe('x'.repeat(100))
    expect(text).toContain('kept whole')
  })

  it('makes what strangers wrote visible and writes no escape sequence when colours are off', () => {
    const text = renderTable([['\u001b[31mred\u202e', 'b']], {head: ['h', 'i']})
    expect(text).not.toMatch(/[\u001b\u202e]/)
    expect(text).toContain('\\u{1b}[31mred\\u{202e}')
  })

  it('styles the head only, and only when asked', () => {
    expect(renderTable([['a']], {head: ['h'], colours: colours(true)})).toBe('\u001b[1mh\u001b[22m\na')
    expect(renderTable([])).toBe('')
  })
})

describe('wantsColour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, {NO_COLOR: '1'}, false],
    [true, {NO_COLOR: '', TERM: 'xterm'}, true],
    [true, {NO_COLOR: '1', FORCE_COLOR: '1'}, false],
    [false, {FORCE_COLOR: '1'}, true],
    [true, {FORCE_COLOR: '0'}, false],
    [true, {TERM: 'dumb'}, false],
  ])('a stream with isTTY %s under %j: %s', (isTTY, env, expected) => {
    expect(wantsColour({isTTY}, env)).toBe(expected)
  })
})

describe('printable', () => {
  it.each([
    ['plain äöü 邮件', 'plain äöü 邮件'],
    ['bell\u0007', 'bell\\u{7}'],
    ['two\nlines', 'two\\u{a}lines'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['c1\u009b31m', 'c1\\u{9b}31m'],
    ['lone\ud800', 'lone\\u{d800}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
  ])('%j becomes %j', (given, expected) => expect(printable(given)).toBe(expected))

  it('keeps our own line breaks in texts of several lines', () => {
    expect(printableLines('a\n\tb\u001b')).toBe('a\n\tb\\u{1b}')
  })

  it('escapes HTML', () => {
    expect(escapeHtml(`<a href="x" title='y'>&\u202e`)).toBe(
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;\\u{202e}',
    )
  })
})
