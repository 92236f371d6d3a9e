// Measures the start of the program against bare Node.js: node scripts/start-up.mjs [RUNS]. Medians, taken in turns.
import {spawnSync} from 'node:child_process'
import {cpus} from 'node:os'
import {build, root} from './install.mjs'

build()
const runs = Number(process.argv[2] ?? 20)
const db = ['--db', '/nonexistent/mail.db']
const cases = {
  'bare node': ['-e', '0'],
  '`mailwitness --version`': ['bin/run.js', '--version'],
  '`mailwitness help`': ['bin/run.js', 'help'],
  '`mailwitness coverage`, no database': ['bin/run.js', 'coverage', ...db],
}
const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]))
for (let i = 0; i < runs; i++)
  for (const [name, args] of Object.entries(cases)) {
    const began = performance.now()
    spawnSync(process.execPath, args, {cwd: root, stdio: 'ignore'})
    times[name].push(performance.now() - began)
  }
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
const bare = median(times['bare node'])
console.log(
  `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, medians of ${runs} runs\n\n| | ms | × bare node |\n|---|---|---|`,
)
for (const [name, list] of Object.entries(times))
  console.log(`| ${name} | ${median(list).toFixed(0)} | ${(median(list) / bare).toFixed(2)} |`)
