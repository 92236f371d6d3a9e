/**
 * Keeps compiled code beside the program, as Python does: compiling is most of a look-up. It is trusted as the program's own files are: written by
 * their owner only, and used only where nobody but him or root could have written it.
 */

import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {cachedDataVersionTag} from 'node:v8'
import {Script, constants as vm} from 'node:vm'
import {crc32} from 'node:zlib'
import {ANSWER, EXIT} from './failures.js'

/** So many runs add what they compiled, and then it is left alone: the first may have found nothing, and what a hit takes was not compiled. */
const RUNS_THAT_ADD = 4
/** Exit codes of runs that were answered: a misspelt flag compiles little of its command. */
const ANSWERED: readonly unknown[] = [EXIT.done, ...Object.values(ANSWER)]
/** More files than this in the folder are leftovers of other Node.js releases and of killed runs. */
const MOST_FILES = 60
/** V8 copies compiled code that does not begin at such a multiple. */
const ALIGNED = 8

/** Compiled code of one file of the program. */
interface Part {
  /** CRC-32 of the source and of the compiled code: V8 looks at no more than the length of the one, and breaks on damage of the other. */
  readonly sums: Sums
  readonly code: Buffer
}

interface Compiled {
  readonly script: Script
  readonly source: Buffer
}

type Sums = readonly [number, number]

const sumsOf = (source: Buffer, code: Buffer): Sums => [crc32(source), crc32(code)]

const isOf = ({sums: [ofSource, ofCode], code}: Part, source: Buffer): boolean =>
  crc32(source) === ofSource && crc32(code) === ofCode

const aligned = (length: number): number => Math.ceil(length / ALIGNED) * ALIGNED

/** Whether nobody else can have written it. */
const isOwn = (stats: Stats, owner: number): boolean =>
  (stats.uid === owner || stats.uid === 0) && (stats.mode & 0o022) === 0

/** The compiled code of one command: read at its start, added to at its end. Nothing here ever throws. */
export class CompiledCode {
  private readonly compiled = new Map<string, Compiled>()
  private readonly tag = cachedDataVersionTag()
  private readonly file: string | null
  private parts = new Map<string, Part>()
  /** Runs that added to the file; 0 where there is none that can be used. */
  private runs = 0
  /** Whether something was compiled that the file does not have. */
  private incomplete = false

  /** `folder` need not exist; no command: nothing is read or kept; `owner` is the user number of the program's files. */
  constructor(
    private readonly folder: string,
    command: string | null,
    private readonly owner: number,
  ) {
    const {version, arch} = process
    this.file = command === null ? null : join(folder, `${command}-${version}-${arch}-${this.tag.toString(16)}`)
    try {
      if (this.file !== null) this.read(this.file)
    } catch {
      // Missing, damaged or forbidden: everything is compiled as ever.
      this.parts = new Map()
      this.runs = 0
    }
  }

  /** The script of a file of the program, which is ASCII; its compiled code is taken where it is of this very source. */
  script(name: string, path: string, source: Buffer): Script {
    const known = this.parts.get(name)
    const cachedData = known && isOf(known, source) ? known.code : undefined
    const script = new Script(
      `(function (exports, require, module, __filename, __dirname) {${source.toString('latin1')}\n})`,
      {
        filename: path,
        importModuleDynamically: vm.USE_MAIN_CONTEXT_DEFAULT_LOADER,
        ...(cachedData ? {cachedData} : {}),
      },
    )
    if (cachedData === undefined) this.incomplete = true
    this.compiled.set(name, {script, source})
    return script
  }

  /** To be called when the program ends: only then is what it uses compiled. */
  keep(exitCode: unknown): void {
    if (this.file === null || !ANSWERED.includes(exitCode)) return
    if (!this.incomplete && this.runs >= RUNS_THAT_ADD) return
    if (process.geteuid?.() !== this.owner) return
    // A load tells V8 other things than a start does: what it compiled since would be refused at the next start.
    if (cachedDataVersionTag() !== this.tag) return
    try {
      this.write(this.file)
    } catch {
      // A file system that cannot be written to, or is full.
    }
  }

  private read(path: string): void {
    if (!this.isOwnFolder()) return
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      if (!isOwn(fstatSync(file), this.owner)) return
      const bytes = readFileSync(file)
      const begin = ALIGNED + bytes.readUInt32LE(0)
      const head: Head = JSON.parse(bytes.toString('latin1', ALIGNED, begin))
      let offset = begin
      for (const [name, sums, length] of head.parts) {
        this.parts.set(name, {sums, code: bytes.subarray(offset, offset + length)})
        offset += aligned(length)
      }
      this.runs = head.runs
    } finally {
      closeSync(file)
    }
  }

  private isOwnFolder(): boolean {
    const stats = lstatSync(this.folder)
    return stats.isDirectory() && isOwn(stats, this.owner)
  }

  private write(path: string): void {
    if (mkdirSync(this.folder, {recursive: true}) !== undefined) chmodSync(this.folder, 0o755)
    if (!this.isOwnFolder()) return
    const files = readdirSync(this.folder)
    if (files.length > MOST_FILES) for (const name of files) rmSync(join(this.folder, name), {force: true})
    for (const [name, {script, source}] of this.compiled) {
      const code = script.createCachedData()
      this.parts.set(name, {sums: sumsOf(source, code), code})
    }
    const temporary = `${path}.${process.pid}`
    try {
      writeFileSync(temporary, packed(this.parts, this.incomplete ? 1 : this.runs + 1), {flag: 'wx'})
      chmodSync(temporary, 0o644)
      renameSync(temporary, path)
    } catch (error) {
      rmSync(temporary, {force: true})
      throw error
    }
  }
}

/** What a file begins with, after its length. */
interface Head {
  readonly runs: number
  /** Name, sums and length. */
  readonly parts: readonly (readonly [string, Sums, number])[]
}

function packed(parts: ReadonlyMap<string, Part>, runs: number): Buffer {
  const head: Head = {runs, parts: [...parts].map(([name, {sums, code}]) => [name, sums, code.length])}
  const text = JSON.stringify(head)
  const begin = aligned(text.length)
  const out = Buffer.alloc([...parts.values()].reduce((sum, {code}) => sum + aligned(code.length), ALIGNED + begin))
  out.writeUInt32LE(begin, 0)
  out.write(text.padEnd(begin), ALIGNED, 'latin1')
  let offset = ALIGNED + begin
  for (const {code} of parts.values()) {
    code.copy(out, offset)
    offset += aligned(code.length)
  }
  return out
}
