/** The lab as a whole: boot, move the clock, rotate logs, act from outside, halt. */
import {spawn} from 'node:child_process'
import {copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import {Clock, clean, Host, Network, notePid, RUN} from './host.mjs'
import {CLIENTS, DEAD, DNS, exchangers, HOSTS, REMOTE} from './plan.mjs'
import {mailboxSocket, runQueue, serveWithoutDaemon, setUp, start, stop} from './servers.mjs'
import {run} from './shell.mjs'

const LOGS = /^(exim_|mail|syslog|php)/

export class Lab {
  children = []
  waiting = new Map()
  lastCall = 0

  /** @param {{start: number, names: string[], work: string}} options `start`: lab time of the first second; `work`: an empty folder */
  static async boot({start: at, names, work}) {
    await clean()
    const lab = new Lab()
    lab.work = work
    lab.names = names
    lab.records = join(work, 'sink.ndjson')
    writeFileSync(lab.records, '')
    lab.clock = await Clock.start()
    lab.clock.set(at)
    lab.began = at
    lab.network = await Network.start()
    const outside = [DNS, DEAD['deadhost.example'], ...Object.values(REMOTE).map(([address]) => address), ...CLIENTS]
    lab.space = await lab.network.add('inet', outside)
    lab.hosts = {}
    await run('openssl', ['genrsa', '-out', `${RUN}/key.pem`, '2048'])
    for (const name of names) lab.hosts[name] = await Host.boot(lab.network, {name, dns: DNS, ...HOSTS[name]})
    await lab.serveNames()
    await lab.all(setUp)
    await lab.openWorld()
    await lab.all(start)
    return lab
  }

  get ours() {
    return this.names.filter((name) => !HOSTS[name].foreign)
  }

  all(what) {
    return Promise.all(Object.values(this.hosts).map((host) => what(host)))
  }

  /** DNS: mail exchangers, reverse names, and a block list with one address. */
  async serveNames() {
    const lines = [
      'no-resolv',
      'no-hosts',
      'bind-interfaces',
      `listen-address=${DNS}`,
      'local=/#/',
      'pid-file=',
      'user=root',
    ]
    for (const [domain, address] of Object.entries({
      ...Object.fromEntries(Object.entries(REMOTE).map(([k, [a]]) => [k, a])),
      ...DEAD,
    }))
      lines.push(`host-record=mx1.${domain},${address}`, `mx-host=${domain},mx1.${domain},10`)
    this.mx = exchangers(this.names)
    for (const name of this.names) {
      const {hostname, ip} = HOSTS[name]
      lines.push(`host-record=${hostname},${ip}`)
      for (const [domain, address] of Object.entries(this.mx))
        if (address === ip && domain !== hostname) lines.push(`mx-host=${domain},${hostname},10`)
    }
    for (const [index, address] of CLIENTS.entries())
      if (index % 3) lines.push(`host-record=host${index}.isp${index % 2}.example,${address}`)
    lines.push(
      'address=/66.2.0.192.zen.dnsbl.example/127.0.0.2',
      'txt-record=66.2.0.192.zen.dnsbl.example,"https://dnsbl.example/query/ip/192.0.2.66"',
    )
    lines.push('mx-host=sender-ok.example,mx1.bigmail.example,10')
    const path = join(this.work, 'dnsmasq.conf')
    writeFileSync(path, `${lines.join('\n')}\n`)
    this.keep(spawn('ip', ['netns', 'exec', this.space, 'dnsmasq', '-k', '-C', path], {stdio: 'ignore'}))
  }

  keep(child) {
    this.children.push(child)
    notePid(child.pid)
    return child
  }

  /** Starts the outside world, the mailboxes of our servers, and the content filter. */
  async openWorld() {
    const [key, certificate] = [join(this.work, 'sink.key'), join(this.work, 'sink.crt')]
    copyFileSync(`${RUN}/key.pem`, key)
    await run('openssl', [
      'req',
      '-x509',
      '-key',
      key,
      '-days',
      '9000',
      '-subj',
      '/CN=mx1.bigmail.example',
      '-out',
      certificate,
    ])
    const listeners = Object.entries(REMOTE).map(([domain, [addr, policy, extra]]) => ({
      name: `mx1.${domain}`,
      addr,
      policy,
      ...extra,
    }))
    for (const name of this.ours) {
      const {hostname} = HOSTS[name]
      listeners.push({
        name: hostname,
        hostname,
        host: name,
        proto: 'lmtp',
        policy: 'mailbox',
        unix: mailboxSocket(this.hosts[name]),
      })
    }
    const base = {
      records: this.records,
      store: join(this.work, 'store'),
      offset: `${RUN}/offset`,
      mx: this.mx,
      key,
      certificate,
    }
    const world = await this.spawnWorld('world', this.space, {...base, listeners})
    this.world = world
    createInterface({input: world.stdout}).on('line', (line) => {
      const {id, result, error, code} = JSON.parse(line)
      const {settle, refuse} = this.waiting.get(id)
      this.waiting.delete(id)
      if (error === undefined) settle(result)
      else refuse(Object.assign(new Error(error), {code}))
    })
    if (this.hosts.p2)
      await this.spawnWorld('filter', this.hosts.p2.space, {
        ...base,
        listeners: [{name: 'localhost', addr: '127.0.0.1', port: 10024, policy: 'filter'}],
      })
  }

  async spawnWorld(name, space, conf) {
    const path = join(this.work, `${name}.json`)
    writeFileSync(path, JSON.stringify(conf))
    const args = ['netns', 'exec', space, process.execPath, join(import.meta.dirname, 'world.mjs'), path]
    const child = this.keep(spawn('ip', args, {stdio: ['pipe', 'pipe', 'inherit']}))
    await new Promise((settle, refuse) => {
      child.stdout.once('data', settle)
      child.once('exit', (code) => refuse(new Error(`the ${name} process ended with ${code}`)))
    })
    return child
  }

  call(what, fields) {
    this.lastCall += 1
    const id = this.lastCall
    return new Promise((settle, refuse) => {
      this.waiting.set(id, {settle, refuse})
      this.world.stdin.write(`${JSON.stringify({id, do: what, ...fields})}\n`)
    })
  }

  /** One SMTP transaction from an address of the outside. */
  smtp(fields) {
    return this.call('smtp', fields)
  }

  /** A visitor posts a form to the site of an account. */
  async http(name, account, path, source, form) {
    const {ip, accounts} = HOSTS[name]
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.call('http', {ip, port: 80 + account, source, host: accounts[account][2], path, form})
      } catch (error) {
        if (error.code !== 'ECONNREFUSED' || tries > 40) throw error
        await sleep(200)
      }
    }
  }

  /** All daemons stop, the clock moves, all start again. @param {number} at Unix seconds */
  async jump(at, {rotate = false} = {}) {
    await this.all(stop)
    this.clock.set(Math.max(at, this.clock.now() + 1))
    if (rotate) await this.rotate()
    await this.all(start)
  }

  /** From here to the next jump the clock may move in small steps, without a trace in the logs. */
  async quieten() {
    await this.all(serveWithoutDaemon)
    await this.settle()
  }

  /** Moves the clock while nothing is under way. @param {number} at Unix seconds */
  async drift(at) {
    await this.settle(600)
    this.clock.set(Math.max(at, this.clock.now() + 1))
  }

  async queueRun(force = false) {
    await this.all((host) => runQueue(host, force))
    await this.settle()
  }

  /** Log files of a host, as paths of this machine. */
  logs(name) {
    const folder = `${this.hosts[name].path}/var/log`
    const direct = readdirSync(folder)
      .filter((file) => LOGS.test(file))
      .map((file) => join(folder, file))
    const inner = existsSync(`${folder}/exim`)
      ? readdirSync(`${folder}/exim`).map((file) => join(folder, 'exim', file))
      : []
    return [...direct, ...inner].filter((path) => statSync(path).isFile()).sort()
  }

  /** Waits until logs and records have stopped growing. */
  async settle(quiet = 1200, limit = 60_000) {
    const until = Date.now() + limit
    let last = ''
    let since = Date.now()
    while (Date.now() < until) {
      const sizes = [...this.names.flatMap((name) => this.logs(name)), this.records]
        .map((path) => statSync(path).size)
        .join()
      if (sizes !== last) {
        last = sizes
        since = Date.now()
      } else if (Date.now() - since > quiet) return
      await sleep(150)
    }
  }

  /** As logrotate does on such servers: a date and gzip at once on cPanel; .1, then .2.gz elsewhere. */
  async rotate() {
    const day = new Date(this.clock.now() * 1000).toISOString().slice(0, 10).replaceAll('-', '')
    for (const name of this.names) {
      const host = this.hosts[name]
      for (const path of this.logs(name)) {
        if (/\.gz$|log[.-]\d/.test(path) || statSync(path).size === 0) continue
        if (host.style === 'cpanel' && path.includes('exim_')) {
          renameSync(path, `${path}-${day}`)
          await run('gzip', [`${path}-${day}`])
          continue
        }
        for (let number = 5; number >= 2; number -= 1)
          if (existsSync(`${path}.${number}.gz`)) renameSync(`${path}.${number}.gz`, `${path}.${number + 1}.gz`)
        if (existsSync(`${path}.1`)) {
          await run('gzip', [`${path}.1`])
          renameSync(`${path}.1.gz`, `${path}.2.gz`)
        }
        renameSync(path, `${path}.1`)
        if (path.includes('php_mail')) host.write('/var/log/php_mail.log', '', 0o666)
      }
      if (host.syslog) await host.sh('kill -HUP $(cat /run/rsyslogd.pid)', {check: false})
    }
  }

  /** What still stands in a host's queue. */
  async queue(name) {
    const host = this.hosts[name]
    return (await host.sh(host.style ? 'exim -bp' : 'postqueue -p', {check: false})).out
  }

  async halt() {
    for (const child of this.children) child.kill('SIGKILL')
    await Promise.all(Object.values(this.hosts ?? {}).map((host) => host.halt().catch(() => undefined)))
    await clean()
    rmSync(`${RUN}/h`, {recursive: true, force: true})
  }
}

export function freshFolder(path) {
  rmSync(path, {recursive: true, force: true})
  mkdirSync(path, {recursive: true})
  return path
}
