// Writes the man page and the completions of share/ from the commands themselves. With --check: fails when they are stale.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Config} from '@oclif/core'
import {bash, fish, zsh} from './completions.mjs'
import {build, root} from './install.mjs'
import {manPage} from './man-page.mjs'

build()
const config = await Config.load({root})
const commands = config.commands
  .filter((command) => !command.hidden)
  .map((command) => ({
    ...command,
    flags: Object.values(command.flags)
      .filter((flag) => !flag.hidden)
      .sort((a, b) => a.name.localeCompare(b.name)),
    args: Object.values(command.args),
  }))
  .sort((a, b) => a.id.localeCompare(b.id))

const files = {
  'man/man1/mailwitness.1': manPage(config, commands),
  'completions/mailwitness.bash': bash(commands),
  'completions/_mailwitness': zsh(commands),
  'completions/mailwitness.fish': fish(commands),
}
const check = process.argv.includes('--check')
let stale = 0
for (const [name, text] of Object.entries(files)) {
  const path = join(root, 'share', name)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale++
  if (check) console.error(`stale: share/${name} (mend it: npm run share)`)
  else {
    mkdirSync(join(path, '..'), {recursive: true})
    writeFileSync(path, text)
    console.log(`wrote share/${name}`)
  }
}
if (check && stale > 0) process.exit(1)
