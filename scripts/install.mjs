// Makes a fresh clone ready: installs what is missing, builds what is stale. Imported by the commands that must suffice alone.
import {spawnSync} from 'node:child_process'
import {existsSync, lstatSync, readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...path) => join(root, ...path)
const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** Runs a program to its end with our output; ends this one with its exit code when it fails. */
export function must(program, args, options = {}) {
  const {status, error} = spawnSync(program, args, {cwd: root, stdio: 'inherit', ...options})
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

/** `npm ci` where node_modules is missing or older than the lock file; never through a link, for it empties the folder first. */
export function install() {
  if (lstatSync(at('node_modules'), {throwIfNoEntry: false})?.isSymbolicLink()) {
    console.log('node_modules is a link to another folder: taken as it is, nothing is installed')
    return
  }
  if (changed(at('node_modules/.package-lock.json')) >= changed(at('package-lock.json')) && bindingWorks()) return
  console.log(
    'Installing the dependencies (better-sqlite3 is compiled when no prebuilt binary can be had: about 75 s) …',
  )
  must('npm', ['ci', '--no-audit', '--no-fund'], {shell: process.platform === 'win32'})
  if (!bindingWorks())
    must('npm', ['rebuild', 'better-sqlite3', '--foreground-scripts'], {shell: process.platform === 'win32'})
}

function bindingWorks() {
  const open = "new (require('better-sqlite3'))(':memory:')"
  return spawnSync(process.execPath, ['-e', open], {cwd: root, stdio: 'ignore'}).status === 0
}

/** Builds dist where a source is newer than it. */
export function build() {
  const built = changed(at('oclif.manifest.json'))
  const newest = readdirSync(at('src'), {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => changed(join(entry.parentPath ?? entry.path, entry.name)))
  if (built > Math.max(changed(at('package.json')), changed(at('tsconfig.json')), ...newest)) return
  must(process.execPath, [at('scripts/build.mjs')])
}
