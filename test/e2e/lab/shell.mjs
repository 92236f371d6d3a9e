/** Runs the system's own programs; every failure tells what was run and what it said. */
import {execFile} from 'node:child_process'

/**
 * @param {string} program @param {string[]} args
 * @param {{check?: boolean, input?: string, timeout?: number}} options `check` false: a failure is an answer too
 * @returns {Promise<{code: number, out: string, err: string}>}
 */
export function run(program, args = [], {check = true, input, timeout = 120_000, ...rest} = {}) {
  return new Promise((settle, refuse) => {
    const options = {encoding: 'utf8', maxBuffer: 1 << 26, timeout, ...rest}
    const child = execFile(program, args, options, (error, out, err) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      if (error && check)
        refuse(new Error(`${program} ${args.join(' ').slice(0, 300)}: ended with ${code}\n${err}${out}`))
      else settle({code, out, err})
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input ?? '')
  })
}

/** Whether a program can be found. */
export const has = async (program) => (await run('sh', ['-c', `command -v ${program}`], {check: false})).code === 0
