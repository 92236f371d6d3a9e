/**
 * Writes the Exim log of a queue that does not move: `node bench/logs/queue.mjs MESSAGES HOURS FILE`. All messages arrive within the first hour, are
 * deferred every hour, and delivered in the last one. Everything is made up; the same arguments give the same bytes.
 */

import {closeSync, openSync, writeSync} from 'node:fs'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BEGIN = Date.UTC(2026, 9, 1) / 1000
/** Seconds of an hour in which the queue is run. */
const RUN = 3_000

const base62 = (number, width) => {
  let text = ''
  for (let rest = number; text.length < width; rest = Math.floor(rest / 62)) text = DIGITS[rest % 62] + text
  return text
}
const stamp = (second) => new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ')

function* linesOf(messages, hours) {
  const all = Array.from({length: messages}, (_, n) => {
    const at = BEGIN + Math.floor((n * RUN) / messages)
    const to = `recipient${n}@far${n % 97}.example`
    const host = `H=mx.far${n % 97}.example [192.0.2.${(n % 200) + 1}]`
    return {n, at, to, host, id: `${base62(at, 6)}-${base62(n, 6)}-${base62(n % 60, 2)}`}
  })
  const deferred = ({to, host}) =>
    `== ${to} R=dnslookup T=remote_smtp defer (-44) ${host}: SMTP error from remote mail server after RCPT TO:<${to}>: 451 4.7.1 Please come back later`
  for (const one of all) {
    const from = `user${one.n % 300}@customer${one.n % 50}.example`
    yield `${stamp(one.at)} ${one.id} <= ${from} H=localhost [127.0.0.1] P=esmtpa A=dovecot_login:${from} S=2345 id=${one.id}@customer.example for ${one.to}`
    yield `${stamp(one.at)} ${one.id} ${deferred(one)}`
  }
  for (let hour = 1; hour < hours; hour++)
    for (const one of all) yield `${stamp(one.at + hour * 3600)} ${one.id} ${deferred(one)}`
  for (const one of all) {
    const at = stamp(one.at + hours * 3600)
    yield `${at} ${one.id} => ${one.to} R=dnslookup T=remote_smtp ${one.host} C="250 OK"`
    yield `${at} ${one.id} Completed`
  }
}

const [messages, hours, path] = process.argv.slice(2)
if (!path) {
  console.error('node bench/logs/queue.mjs MESSAGES HOURS FILE')
  process.exit(64)
}
const file = openSync(path, 'w')
let text = ''
for (const line of linesOf(Number(messages), Number(hours))) {
  text += `${line}\n`
  if (text.length < 2 ** 20) continue
  writeSync(file, text)
  text = ''
}
writeSync(file, text)
closeSync(file)
