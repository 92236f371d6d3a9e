import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import fc from 'fast-check'
import {expect, it} from 'vitest'
import {StreamFollower} from '../../src/input/follow-stream.js'

type Action =
  | 'write'
  | 'partial'
  | 'rename'
  | 'rename-late-create'
  | 'copytruncate'
  | 'compress'
  | 'late'
  | 'delete-oldest'
  | 'read'

class World {
  readonly dir = mkdtempSync(join(tmpdir(), 'rotation-'))
  readonly base = join(this.dir, 'mainlog')
  readonly written: string[] = []
  readonly read: string[] = []
  readonly failures: string[] = []
  #partial = ''
  #count = 0
  #lateAllowed = false
  readonly follower = new StreamFollower(this.base, 2)

  #shift(): void {
    for (let n = 20; n >= 1; n--)
      for (const end of ['', '.gz'])
        if (existsSync(`${this.base}.${n}${end}`)) renameSync(`${this.base}.${n}${end}`, `${this.base}.${n + 1}${end}`)
  }
  async act(action: Action): Promise<void> {
    if (action === 'read') return this.look()
    if (action === 'write' || action === 'partial') {
      const id = `2026-11-21 line ${this.#count++}`
      if (this.#partial !== '') {
        appendFileSync(this.base, `${this.#partial}\n`)
        this.#partial = ''
      }
      if (action === 'write') appendFileSync(this.base, `${id}\n`)
      else {
        appendFileSync(this.base, id.slice(0, 12))
        this.#partial = id.slice(12)
      }
      this.written.push(id)
    } else if (!existsSync(this.base)) return
    else if (action === 'late') {
      if (this.#lateAllowed && existsSync(`${this.base}.1`)) {
        const id = `2026-11-21 late ${this.#count++}`
        appendFileSync(`${this.base}.1`, `${id}\n`)
        this.written.push(id)
      }
    } else if (action === 'compress') {
      for (let n = 2; n <= 21; n++)
        if (existsSync(`${this.base}.${n}`)) {
          writeFileSync(`${this.base}.${n}.gz`, gzipSync(readFileSync(`${this.base}.${n}`)))
          unlinkSync(`${this.base}.${n}`)
        }
    } else if (action === 'delete-oldest') {
      for (let i = 0; i < 5; i++) await this.look() // rotation keeps files for days, not for less than a poll
      const parts = readdirSync(this.dir)
        .filter((n) => n !== 'mainlog')
        .sort()
      const oldest = parts.at(-1)
      if (oldest) unlinkSync(join(this.dir, oldest))
    } else {
      if (this.#partial !== '') appendFileSync(this.base, `${this.#partial}\n`)
      this.#partial = ''
      this.#shift()
      if (action === 'copytruncate') {
        copyFileSync(this.base, `${this.base}.1`)
        truncateSync(this.base, 0)
        this.#lateAllowed = false
      } else {
        renameSync(this.base, `${this.base}.1`)
        this.#lateAllowed = true
        if (action === 'rename') writeFileSync(this.base, '')
      }
    }
  }
  async look(): Promise<void> {
    for await (const event of this.follower.poll()) {
      if (event.kind === 'lines') this.read.push(...event.lines.map((l) => l.text))
      if (event.kind === 'failure') this.failures.push(`${event.failure.code} ${event.failure.message}`)
    }
  }
  async end(): Promise<void> {
    if (this.#partial !== '') appendFileSync(this.base, `${this.#partial}\n`)
    for (let i = 0; i < 8; i++) await this.look()
    this.follower.close()
    rmSync(this.dir, {recursive: true})
  }
}

const action = fc.oneof(
  {weight: 8, arbitrary: fc.constant<Action>('write')},
  {weight: 5, arbitrary: fc.constant<Action>('read')},
  {
    weight: 4,
    arbitrary: fc.constantFrom<Action>(
      'partial',
      'rename',
      'rename-late-create',
      'copytruncate',
      'compress',
      'late',
      'delete-oldest',
    ),
  },
)

it('whatever happens to the files, nothing is lost and nothing is read twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, {minLength: 1, maxLength: 60}), async (actions) => {
      const world = new World()
      await world.follower.start()
      for (const step of actions) await world.act(step)
      await world.end()
      expect([...world.read].sort()).toEqual([...world.written].sort())
      expect(world.failures).toEqual([])
    }),
    {numRuns: Number(process.env.ROTATION_RUNS ?? 60)},
  )
})
