/**
 * Bundles the built program into dist/bundle: most of a look-up's time is the finding, reading and compiling of files, and oclif alone has over a
 * hundred. What a look-up needs of other packages goes in, with its licence; the rest is loaded from node_modules when it is used. CommonJS, so that
 * src/cli/chunks.ts can compile it with what an earlier run has compiled.
 */

import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {rolldown} from 'rolldown'

/** Native, large or never reached by the program: oclif finds neither plugins (src/cli/own-plugin.ts) nor TypeScript here. */
const EXTERNAL = [
  /\.node$/,
  'better-sqlite3-napi',
  '@kenjiuno/msgreader',
  'cli-table3',
  'ndjson',
  'split2',
  'get-package-type',
  'lilconfig',
  'minimatch',
  'tinyglobby',
  'typescript',
]

/**
 * oclif requires all of itself at its start (readline, child processes, templates of its help) to use little. Here each of its files
 * is required at its first use: `const x_1 = require("x")` becomes a function, and `x_1.y` a call of it.
 */
const lazyOclif = {
  name: 'lazy-oclif',
  transform(code, id) {
    if (!/@oclif\/core\/lib\/.*\.js$/.test(id)) return null
    const heads = []
    let rest = code
    const statement = /^const (\w+) = (?:(__importDefault|__importStar)\()?require\("([^"]+)"\)\)?;$/gm
    for (const [whole, name, helper, wanted] of code.matchAll(statement)) {
      const get = `lazy_${name}`
      const value = helper ? `${helper}(require("${wanted}"))` : `require("${wanted}")`
      heads.push(`var ${get}_value; function ${get}() { return ${get}_value ??= ${value} }`)
      rest = rest
        .replace(whole, '')
        .replaceAll(new RegExp(`\\bnew ${name}((?:\\.\\w+)+)\\(`, 'g'), `new (${get}()$1)(`)
        .replaceAll(new RegExp(`(?<![\\w$.])${name}(?![\\w$])`, 'g'), `${get}()`)
    }
    return heads.length === 0 ? null : {code: `${heads.join('\n')}\n${rest}`, map: null}
  },
}

/** Whether this is Linux within Windows, oclif asks six files and the file system for: a word in a version line that the program writes itself. */
const neverWsl = {
  name: 'never-wsl',
  resolveId: (wanted) => (wanted === 'wsl-utils' ? '\0wsl-utils' : null),
  load: (id) => (id === '\0wsl-utils' ? 'export const isWsl = false' : null),
}

const LATE = new Set(['node:crypto', 'node:fs/promises', 'node:child_process', 'node:worker_threads', 'node:readline'])

/** The licences of the packages whose files are in the bundle. */
function licences(files) {
  const folders = new Set(files.map((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean))
  const texts = [...folders].sort().map((folder) => {
    const {name, version, license} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${license}`
    return `${name} ${version}\n\n${text}\n`
  })
  return `The files of this folder hold parts of these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

const SILENT_DEBUG = '\0debug'

/** oclif's log messages, which only the environment variable DEBUG shows: their library looks at the terminal and its colours at every start. */
const silentDebug = {
  name: 'silent-debug',
  resolveId: (wanted, importer) => (wanted === 'debug' && importer !== SILENT_DEBUG ? SILENT_DEBUG : null),
  async load(id) {
    if (id !== SILENT_DEBUG) return null
    const real = await this.resolve('debug', fileURLToPath(import.meta.url), {skipSelf: true})
    return `module.exports = process.env.DEBUG ? require(${JSON.stringify(real.id)}) : () => () => {}`
  },
}

/** The package `bindings` asks a dozen places for the binary that lies in one. */
const oneBinary = {
  name: 'one-binary',
  transform(code, id) {
    if (!id.endsWith('better-sqlite3/lib/database.js')) return null
    const search = "require('bindings')('better_sqlite3.node')"
    if (!code.includes(search)) throw new Error(`${id} looks for its binary in another way`)
    const take = `(() => {
  try {
    return require('better-sqlite3/build/Release/better_sqlite3.node')
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') error.message = 'Could not locate the bindings file: ' + error.message
    throw error
  }
})()`
    return {code: code.replace(search, () => take), map: null}
  },
}

/** Of what Node.js provides: what a look-up does not need and takes long to load is required at its first use. */
const lateBuiltins = {
  name: 'late-builtins',
  renderChunk(code) {
    let out = code
    for (const [whole, name, module] of code.matchAll(/^let (\w+) = require\("(node:[\w/]+)"\);$/gm)) {
      if (!LATE.has(module)) continue
      const rest = out
        .replace(whole, '')
        .replaceAll(new RegExp(`\\bnew ${name}\\.`, 'g'), `new (${name}()).`)
        .replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `${name}().`)
      if (new RegExp(`\\b${name}\\b(?!\\(\\))`).test(rest)) throw new Error(`${module} is used as a whole`)
      out = `let ${name}_value; const ${name} = () => ${name}_value ??= require("${module}");\n${rest}`
    }
    return out
  },
}

/** ASCII is decoded faster, and takes one byte a character in memory; src/cli/chunks.ts counts on it. */
function escaped(code) {
  if (/(?<!\\)(?:\\\\)*\\[^\x00-\x7f]/.test(code))
    throw new Error('a backslash before a character that has to be escaped')
  return code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function failOnWarning(level, log) {
  if (level === 'warn') throw new Error(log.message)
}

/** Writes dist/bundle of the package in `root`, whose dist is built. */
export async function bundle(root) {
  const at = (...path) => join(root, 'dist', ...path)
  const build = await rolldown({
    input: {program: at('program.js'), 'block-worker': at('store/block-worker.js')},
    platform: 'node',
    external: EXTERNAL,
    plugins: [lazyOclif, neverWsl, silentDebug, oneBinary, lateBuiltins],
    onLog: failOnWarning,
  })
  const {output} = await build.write({
    dir: at('bundle'),
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        {
          name: 'command-line',
          test: /dist\/cli\/(base-command|flags|run-command-line)\.js$|@oclif\/core\/lib\/(args|flags)\.js$/,
          priority: 2,
        },
        {name: 'look-up', test: /dist\/(store\/finder|cli\/fleet|question\/trace|render\/trace)\.js$/, priority: 1},
      ],
    },
    comments: {legal: true, annotation: true, jsdoc: false},
  })
  const chunks = output.filter((file) => file.type === 'chunk')
  for (const {fileName, code} of chunks) writeFileSync(at('bundle', fileName), escaped(code))
  // Alone, because nothing that it needs can be loaded by it.
  const first = await rolldown({input: at('start.js'), platform: 'node', onLog: failOnWarning})
  await first.write({
    file: at('bundle', 'start.js'),
    format: 'cjs',
    comments: {legal: true, annotation: true, jsdoc: false},
  })
  writeFileSync(at('bundle', 'package.json'), '{"type": "commonjs"}\n')
  writeFileSync(at('bundle', 'LICENSES.txt'), licences(chunks.flatMap((chunk) => chunk.moduleIds)))
  return chunks
}
