/** bz2, xz and zst by the system's own tools through a pipe: no shell, the file as standard input, its complaints checked. */

import {type ChildProcess, spawn} from 'node:child_process'
import type {Damage} from './decompress.js'

const TOOLS = {
  bz2: {command: 'bzip2', args: ['-dc'], install: 'bzip2'},
  xz: {command: 'xz', args: ['-dc', '-q'], install: 'xz-utils (Debian, Ubuntu) or xz (Red Hat, SUSE, Alpine)'},
  zst: {command: 'zstd', args: ['-dcq'], install: 'zstd'},
} as const

export interface ToolMissing {
  readonly code: 'TOOL_MISSING'
  readonly message: string
}

/** The decompressed content of an open file; the return value says how it ended, null where all went well. */
export async function* throughTool(
  fd: number,
  codec: keyof typeof TOOLS,
): AsyncGenerator<Buffer, Damage | ToolMissing | null> {
  const tool = TOOLS[codec]
  const child = spawn(tool.command, tool.args, {stdio: [fd, 'pipe', 'pipe'], env: {...process.env, LC_ALL: 'C'}})
  const ended = endOf(child)
  const {stdout, stderr} = child
  if (!stdout || !stderr) return {code: 'TOOL_MISSING', message: `no pipe to ${tool.command} could be made`}
  let said = ''
  stderr.setEncoding('latin1').on('data', (text: string) => {
    if (said.length < 4096) said += text
  })
  try {
    for await (const block of stdout) yield block as Buffer
    const end = await ended
    if (end.missing)
      return {
        code: 'TOOL_MISSING',
        message: `the program ${tool.command} is needed to read this file; install ${tool.install}`,
      }
    if (end.code === 0) return null
    const words = said.trim().split('\n')[0] ?? ''
    const cut = /unexpected end|premature end|truncated|ends unexpectedly|file ends|read error.*input/i.test(said)
    const why = words === '' ? `ended with ${end.signal ?? end.code}` : words
    return {
      code: cut ? 'COMPRESSED_TRUNCATED' : /trailing garbage/i.test(said) ? 'TRAILING_GARBAGE' : 'CORRUPT',
      message: `${tool.command}: ${why.slice(0, 300)}`,
    }
  } finally {
    stdout.destroy()
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
}

interface End {
  readonly code: number | null
  readonly signal: string | null
  readonly missing: boolean
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({code: null, signal: null, missing: child.pid === undefined}))
    child.once('close', (code, signal) => resolve({code, signal, missing: false}))
  })
}
