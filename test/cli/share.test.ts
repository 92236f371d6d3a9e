import {execFileSync, spawnSync} from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Config} from '@oclif/core/config'
import {beforeAll, describe, expect, it} from 'vitest'

const share = (name: string): string => join('share', name)
const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const CALLS = [
  'systemd/mailwitness-follow.service',
  'systemd/mailwitness-report.service',
  'cron.d/mailwitness',
  'logrotate.d/mailwitness-example',
]

let config: Config
beforeAll(async () => {
  config = await Config.load({root: process.cwd()})
})

describe('the files for operation', () => {
  it.each(CALLS)('%s calls commands and flags that exist', (name) => {
    const calls = [
      ...readFileSync(share(name), 'utf8').matchAll(
        /(?<=env |mailwitness {2}|')mailwitness (?<id>[a-z]+)(?<rest>[^'\n]*)/g,
      ),
    ]
    expect(calls.length).toBeGreaterThan(0)
    for (const {groups} of calls) {
      const command = config.findCommand(groups?.['id'] ?? '')
      expect(command, `there is no command ${groups?.['id']}`).toBeDefined()
      const flags = (groups?.['rest'] ?? '').match(/--[a-z-]+/g) ?? []
      for (const flag of flags)
        expect(Object.keys(command?.flags ?? {}), `${groups?.['id']} ${flag}`).toContain(flag.slice(2))
    }
  })

  it('cron’s reading job prints nothing, so that cron mails nothing, in the bare environment that cron gives', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mailwitness-cron-'))
    const program = join(folder, 'mailwitness')
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(process.cwd(), 'bin/run.js')}' "$@"\n`, {
      mode: 0o755,
    })
    const jobs = readFileSync(share('cron.d/mailwitness'), 'utf8')
      .split('\n')
      .filter((line) => /^[*\d]/.test(line))
      .map((line) => line.split(/\s+/).slice(6).join(' '))
    expect(jobs.map((job) => job.split(' ')[1])).toEqual(['ingest', 'report'])
    const run = (job = '') =>
      spawnSync('/bin/sh', ['-c', job], {
        encoding: 'utf8',
        cwd: folder,
        env: {
          HOME: folder,
          LOGNAME: 'mailwitness',
          SHELL: '/bin/sh',
          PATH: `${folder}:/usr/bin:/bin`,
          MAILWITNESS_CONFIG: join(process.cwd(), 'samples/config.toml'),
          MAILWITNESS_DB: join(folder, 'mail.db'),
        },
      })
    expect(run(jobs[0])).toMatchObject({status: 0, stdout: '', stderr: ''})
    expect(statSync(join(folder, 'mail.db')).mode & 0o777, 'the database is its owner’s only').toBe(0o600)
    expect(run(jobs[1])).toMatchObject({status: 0, stderr: ''})
    rmSync(folder, {recursive: true})
  })

  it.skipIf(!has('systemd-analyze'))('systemd accepts the units without a remark [needs systemd-analyze]', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mailwitness-units-'))
    for (const unit of readdirSync(share('systemd'))) copyFileSync(share(`systemd/${unit}`), join(folder, unit))
    const {status, stderr} = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', ...readdirSync(folder).map((unit) => join(folder, unit))],
      {
        encoding: 'utf8',
      },
    )
    rmSync(folder, {recursive: true})
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it('the man page and the completions are what the commands say now', () => {
    const {status, stderr} = spawnSync(process.execPath, ['scripts/share.mjs', '--check'], {encoding: 'utf8'})
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it.skipIf(!has('man'))('the man page is formatted without a warning [needs man]', () => {
    const {stdout, stderr} = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', share('man/man1/mailwitness.1')], {
      encoding: 'utf8',
      env: {...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8'},
    })
    expect(stderr).toBe('')
    for (const id of config.commandIDs) expect(stdout).toContain(`mailwitness ${id}`)
  })

  it.skipIf(!has('bash'))('bash completes commands and flags [needs bash]', () => {
    const complete = (...typed: string[]): string[] => {
      const script = `. ${share('completions/mailwitness.bash')}; COMP_WORDS=(mailwitness ${typed.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${typed.length}; _mailwitness; printf '%s\\n' "\${COMPREPLY[@]}"`
      return execFileSync('bash', ['-c', script], {encoding: 'utf8'}).trim().split('\n')
    }
    for (const {id, hidden} of config.commands) if (!hidden) expect(complete(id.slice(0, -1))).toContain(id)
    expect(complete('help', '--nes')).toEqual(['--nested-commands'])
    expect(complete('help', 'packag')).toContain('package.json')
  })

  it.each([
    ['zsh', 'completions/_mailwitness'],
    ['fish', 'completions/mailwitness.fish'],
  ])(
    '%s completions name every command and every flag, and the shell can read them where it is installed',
    (shell, name) => {
      const text = readFileSync(share(name), 'utf8')
      for (const command of config.commands.filter(({hidden}) => !hidden)) {
        expect(text).toContain(command.id)
        for (const flag of Object.keys(command.flags)) expect(text).toContain(flag)
      }
      if (has(shell)) expect(spawnSync(shell, ['-n', share(name)]).status).toBe(0)
    },
  )

  it('everything is in the package', () => {
    const {files} = JSON.parse(readFileSync('package.json', 'utf8')) as {files: string[]}
    expect(files).toContain('share')
    for (const name of [...CALLS, 'config.toml', 'man/man1/mailwitness.1'])
      expect(existsSync(share(name)), name).toBe(true)
  })
})
