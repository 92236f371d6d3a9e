/** The real program as a process of its own. */

import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'run.js')

export interface Ran {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

type Environment = Readonly<Record<string, string>>

const environment = (env: Environment): NodeJS.ProcessEnv => {
  const {MAILWITNESS_CONFIG: _, MAILWITNESS_DB: __, ...own} = process.env
  return {...own, NO_COLOR: '1', TZ: 'UTC', ...env}
}

/** Runs it to its end. */
export function run(args: readonly string[], env: Environment = {}): Ran {
  const {status, signal, stdout, stderr} = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    env: environment(env),
    maxBuffer: 1 << 28,
  })
  return {status, signal, stdout, stderr}
}

/** Starts it, with an open standard input where that is a pipe; `done` tells how it ended. */
export function start(
  args: readonly string[],
  env: Environment = {},
  stdin: 'ignore' | 'pipe' = 'ignore',
): {child: ChildProcess; done: Promise<Ran>} {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: [stdin, 'pipe', 'pipe'],
    env: environment(env),
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()))
  const done = new Promise<Ran>((resolve) =>
    child.on('close', (status, signal) => resolve({status, signal, stdout, stderr})),
  )
  return {child, done}
}

/** Waits until `check` holds, at most some milliseconds; returns whether it came. */
export async function until(check: () => boolean, most: number): Promise<boolean> {
  for (const end = performance.now() + most; performance.now() < end; ) {
    if (check()) return true
    await sleep(20)
  }
  return check()
}
