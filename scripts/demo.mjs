// npm run demo: sufficient alone on a fresh clone. Reads the samples into a temporary database and answers three real bounces.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {build, install, root} from './install.mjs'

// Everything that the demo does, in order. `exit` is the code that the command must end with.
const STEPS = [
  {say: 'Read the logs of four servers: two with Exim, two with Postfix', run: ['ingest']},
  {say: 'What time do they cover?', run: ['coverage']},
  {
    say: 'A bounce about mail that our server never saw: the address was forged',
    run: ['verdict', 'samples/notices/foreign-contact-form.txt', '--exit-code'],
    exit: 10,
  },
  {
    say: 'A bounce about mail that a web site of ours did send: its contact form was abused',
    run: ['verdict', 'samples/notices/contact-form-mail-left-then-bounced.eml', '--exit-code'],
  },
  {
    say: 'A bounce about spam that only passed through us, by a forwarder',
    run: ['verdict', 'samples/notices/forwarded-spam-refused.eml', '--exit-code'],
  },
]

install()
build()
const folder = mkdtempSync(join(tmpdir(), 'mailwitness-demo-'))
const env = {
  ...process.env,
  MAILWITNESS_DB: join(folder, 'mail.db'),
  MAILWITNESS_CONFIG: join(root, 'samples/config.toml'),
}
let failed = 0
try {
  for (const {say, run, exit = 0} of STEPS) {
    console.log(`\n# ${say}\n$ mailwitness ${run.join(' ')}`)
    const {status} = spawnSync(process.execPath, ['bin/run.js', ...run], {cwd: root, env, stdio: 'inherit'})
    if (status === exit) continue
    failed++
    console.log(`! this ended with ${status}, not with ${exit}`)
  }
} finally {
  rmSync(folder, {recursive: true, force: true})
}
console.log(
  failed === 0 ? '\nAsk it about your own: mailwitness ingest /var/log/…, then mailwitness verdict bounce.eml' : '',
)
process.exitCode = failed === 0 ? 0 : 1
