/** Can the lab run on this machine? Says by name what is missing; installs Debian's packages that it needs. */
import {existsSync, mkdirSync, readFileSync} from 'node:fs'
import {has, run} from './shell.mjs'

/** Program that shows a package is there. */
const NEEDED = {
  mmdebstrap: 'mmdebstrap',
  dnsmasq: 'dnsmasq-base',
  gcc: 'gcc',
  ip: 'iproute2',
  nsenter: 'util-linux',
  openssl: 'openssl',
  pgrep: 'procps',
}

/** @returns {Promise<string | null>} the reason why the lab cannot run here, or null */
export async function whyNot(cache) {
  if (process.platform !== 'linux') return 'not Linux'
  if (process.getuid?.() !== 0) return 'not root: network namespaces and overlay mounts need it'
  let release = ''
  try {
    release = readFileSync('/etc/os-release', 'utf8')
  } catch {
    return 'no /etc/os-release'
  }
  if (!/^ID="?debian"?$/m.test(release)) return 'not Debian: the mail servers come from its archive'
  const lacking = []
  for (const [program, name] of Object.entries(NEEDED)) if (!(await has(program))) lacking.push(name)
  if (!existsSync('/usr/include/dlfcn.h')) lacking.push('libc6-dev')
  if (lacking.length > 0) {
    const environment = {...process.env, DEBIAN_FRONTEND: 'noninteractive'}
    const install = ['install', '-y', '-q', '--no-install-recommends', ...lacking]
    const first = await run('apt-get', install, {check: false, env: environment, timeout: 300_000})
    if (first.code !== 0) {
      await run('apt-get', ['update', '-q'], {check: false, env: environment, timeout: 300_000})
      const second = await run('apt-get', install, {check: false, env: environment, timeout: 300_000})
      if (second.code !== 0)
        return `apt-get install ${lacking.join(' ')} failed: ${second.err.trim().split('\n').at(-1)}`
    }
  }
  const spaces = await run('unshare', ['--mount', '--uts', '--ipc', '--pid', '--net', '--fork', 'true'], {check: false})
  if (spaces.code !== 0) return `no namespaces: ${spaces.err.trim()}`
  const probe = 'ip link add mwprobe0 type veth peer name mwprobe1 && ip link add mwprobe2 type bridge'
  const links = await run('unshare', ['--net', 'sh', '-c', probe], {check: false})
  if (links.code !== 0) return `no veth or bridge links: ${links.err.trim()}`
  mkdirSync(`${cache}/probe/u`, {recursive: true})
  for (const part of ['w', 'l', 'm']) mkdirSync(`${cache}/probe/${part}`, {recursive: true})
  const at = `${cache}/probe`
  const overlay = `mount -t overlay overlay -olowerdir=${at}/l,upperdir=${at}/u,workdir=${at}/w ${at}/m`
  const mounts = await run('unshare', ['--mount', 'sh', '-c', overlay], {check: false})
  return mounts.code === 0 ? null : `no overlay mounts: ${mounts.err.trim()}`
}
