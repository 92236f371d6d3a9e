/** The machinery of the lab: one clock, one bridge that leads nowhere, and hosts with their own roots and namespaces. */
import {spawn} from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import {dirname, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {CACHE} from './roots.mjs'
import {run} from './shell.mjs'

/** Everything the lab mounts, runs or names stands here. */
export const RUN = '/run/mailwitness-e2e'
const PREFIX = 'mwe-'
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const PIDS = `${RUN}/pids`

export const notePid = (pid) => appendFileSync(PIDS, `${pid}\n`)

/** Undoes what a run that died has left: only processes, mounts and namespaces of this lab. */
export async function clean() {
  if (existsSync(PIDS)) {
    for (const pid of readFileSync(PIDS, 'utf8').split('\n').filter(Boolean)) {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        if (/unshare\0--mount|world\.mjs|dnsmasq/.test(command)) process.kill(Number(pid), 'SIGKILL')
      } catch {
        // it has ended already
      }
    }
    unlinkSync(PIDS)
    await sleep(300)
  }
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .reverse()
  for (const mount of mounts) if (mount.startsWith(`${RUN}/h/`)) await run('umount', ['-l', mount], {check: false})
  const spaces = (await run('ip', ['netns', 'list'], {check: false})).out
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
  for (const space of spaces) if (space.startsWith(PREFIX)) await run('ip', ['netns', 'del', space], {check: false})
}

/** Lab time = real time + offset; the offset is mapped by the preload library (clock.c) in every process of every host. */
export class Clock {
  offset = 0

  static async start() {
    mkdirSync(RUN, {recursive: true})
    const clock = new Clock()
    const source = join(import.meta.dirname, 'clock.c')
    const define = `-DOFFSET_FILE="${RUN}/offset"`
    await run('gcc', ['-O2', '-shared', '-fPIC', define, '-o', `${RUN}/clock.so`, source, '-ldl'])
    writeFileSync(`${RUN}/offset`, Buffer.alloc(8))
    return clock
  }

  /** Lab time in Unix seconds. */
  now() {
    return Date.now() / 1000 + this.offset
  }

  /** Moves the clock of all hosts; it only goes forward. @param {number} at Unix seconds */
  set(at) {
    this.offset = Math.floor(at - Date.now() / 1000)
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(this.offset))
    const file = openSync(`${RUN}/offset`, 'r+')
    writeSync(file, bytes, 0, 8, 0)
    closeSync(file)
  }
}

/** A bridge and one network namespace a host; every address is on the link, there is no way out. */
export class Network {
  count = 0

  static async start() {
    const network = new Network()
    await run('ip', ['netns', 'add', `${PREFIX}switch`])
    await run('ip', ['-n', `${PREFIX}switch`, 'link', 'add', 'br0', 'type', 'bridge'])
    await run('ip', ['-n', `${PREFIX}switch`, 'link', 'set', 'br0', 'up'])
    return network
  }

  /** @param {string[]} addresses reserved IPv4 addresses @returns {Promise<string>} the namespace */
  async add(name, addresses) {
    const space = PREFIX + name
    this.count += 1
    const port = `port${this.count}`
    const inside = (...args) => run('ip', ['-n', space, ...args])
    await run('ip', ['netns', 'add', space])
    await inside('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', `${PREFIX}switch`)
    await run('ip', ['-n', `${PREFIX}switch`, 'link', 'set', port, 'master', 'br0', 'up'])
    await inside('link', 'set', 'lo', 'up')
    await inside('link', 'set', 'eth0', 'up')
    const batch = addresses.map((address) => `addr add ${address}/32 dev eth0`)
    for (const net of ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '198.18.0.0/15'])
      batch.push(`route add ${net} dev eth0 src ${addresses[0]}`)
    await run('ip', ['-n', space, '-batch', '-'], {input: `${batch.join('\n')}\n`})
    await run('ip', ['netns', 'exec', space, 'sysctl', '-qw', 'net.ipv4.ip_unprivileged_port_start=0'])
    return space
  }
}

/** A host: an overlay of a cached root, with its own mount, UTS, IPC, PID and network namespaces. */
export class Host {
  /** @param {{name: string, root: string, hostname: string, ip: string, tz: string, dns: string}} facts */
  static async boot(network, facts) {
    const host = Object.assign(new Host(), facts)
    host.space = await network.add(host.name, [host.ip])
    const base = `${RUN}/h/${host.name}`
    rmSync(base, {recursive: true, force: true})
    for (const part of ['u', 'w', 'm']) mkdirSync(`${base}/${part}`, {recursive: true})
    host.path = `${base}/m`
    const layers = `-olowerdir=${CACHE}/${host.root},upperdir=${base}/u,workdir=${base}/w`
    await run('mount', ['-t', 'overlay', 'overlay', layers, host.path])
    mkdirSync(host.path + RUN, {recursive: true})
    await run('mount', ['--bind', RUN, host.path + RUN])
    host.write('/etc/ld.so.preload', `${RUN}/clock.so\n`)
    host.write('/etc/resolv.conf', `nameserver ${host.dns}\n`)
    host.write('/etc/hostname', `${host.hostname}\n`)
    host.write('/etc/mailname', `${host.hostname}\n`)
    host.write(
      '/etc/hosts',
      `127.0.0.1 localhost\n::1 localhost\n${host.ip} ${host.hostname} ${host.hostname.split('.')[0]}\n`,
    )
    host.write('/etc/timezone', `${host.tz}\n`)
    const zone = `${host.path}/etc/localtime`
    if (lstatSync(zone, {throwIfNoEntry: false})) unlinkSync(zone)
    symlinkSync(`/usr/share/zoneinfo/${host.tz}`, zone)
    await host.init()
    return host
  }

  /** Starts the host's first process and waits until it stands. */
  async init() {
    const root = this.path
    const script = [
      `hostname ${this.hostname}`,
      `mount -t proc proc ${root}/proc`,
      `mount -t tmpfs -o mode=755 dev ${root}/dev`,
      `cd ${root}/dev && mkdir -m 1777 shm`,
      ...['null 3', 'zero 5', 'full 7', 'random 8', 'urandom 9'].map(
        (node) => `mknod -m 666 ${node.replace(' ', ' c 1 ')}`,
      ),
      'mknod -m 666 tty c 5 0; ln -s /proc/self/fd fd; ln -s fd/0 stdin; ln -s fd/1 stdout; ln -s fd/2 stderr',
      `exec env -i ${PATH} chroot ${root} /usr/bin/perl -e '$SIG{CHLD}="IGNORE"; sleep 1000 while 1'`,
    ].join('\n')
    const spaces = ['--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', '--propagation', 'private']
    const child = spawn('ip', ['netns', 'exec', this.space, 'unshare', ...spaces, 'sh', '-c', script], {
      stdio: 'ignore',
    })
    this.child = child
    notePid(child.pid)
    for (let tries = 0; tries < 200; tries += 1) {
      const pid = (await run('pgrep', ['-P', String(child.pid)], {check: false})).out.trim().split('\n')[0]
      if (pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('perl')) {
        this.pid = pid
        return
      }
      await sleep(50)
    }
    throw new Error(`host ${this.name} did not come up`)
  }

  write(path, text, mode) {
    const file = this.path + path
    mkdirSync(dirname(file), {recursive: true})
    writeFileSync(file, text)
    if (mode !== undefined) chmodSync(file, mode)
  }

  command(program, args, user) {
    const enter = ['-t', this.pid, '-m', '-u', '-i', '-n', '-p', `--root=/proc/${this.pid}/root`, '--wdns=/']
    const as = user
      ? ['setpriv', '--reuid', user, '--regid', user, '--init-groups', 'env', `HOME=/home/${user}`, `USER=${user}`]
      : []
    return ['nsenter', [...enter, 'env', '-i', PATH, 'LANG=C.UTF-8', ...as, program, ...args]]
  }

  /** Runs a program inside. */
  run(program, args = [], {user, ...options} = {}) {
    return run(...this.command(program, args, user), options)
  }

  /** Runs a shell script inside. */
  sh(script, options = {}) {
    return this.run('sh', ['-c', script], options)
  }

  /** Starts a program inside that runs until the host is halted. */
  background(program, args, user) {
    spawn(...this.command(program, args, user), {stdio: 'ignore'}).unref()
  }

  async halt() {
    this.child.kill('SIGKILL')
    await sleep(100)
    await run('umount', [this.path + RUN], {check: false})
    const done = await run('umount', [this.path], {check: false})
    if (done.code !== 0) await run('umount', ['-l', this.path], {check: false})
  }
}
