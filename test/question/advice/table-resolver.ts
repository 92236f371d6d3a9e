/** A resolver that answers from a table: the injected DNS of the tests. */

import type {MailExchanger, Outcome, Resolver} from '../../../src/question/dns/resolver.js'

export type Table = Readonly<Record<string, Partial<Record<keyof Resolver, readonly string[]>> | 'failure'>>

/** Names that are not in the table do not exist; MX values are `preference exchange`. */
export function tableResolver(table: Table): Resolver & {readonly asked: string[]} {
  const asked: string[] = []
  const ask = async (type: keyof Resolver, name: string): Promise<Outcome<string>> => {
    asked.push(`${type} ${name}`)
    const entry = table[name.toLowerCase()]
    if (entry === undefined) return {kind: 'nx-domain'}
    if (entry === 'failure') return {kind: 'failure', reason: 'ESERVFAIL'}
    const values = entry[type]
    return values ? {kind: 'found', values} : {kind: 'no-data'}
  }
  const exchanger = (text: string): MailExchanger => {
    const [preference = '', exchange = ''] = text.split(' ')
    return {preference: Number(preference), exchange}
  }
  return {
    asked,
    txt: (name) => ask('txt', name),
    a: (name) => ask('a', name),
    aaaa: (name) => ask('aaaa', name),
    ptr: (name) => ask('ptr', name),
    mx: async (name) => {
      const outcome = await ask('mx', name)
      return outcome.kind === 'found' ? {kind: 'found', values: outcome.values.map(exchanger)} : outcome
    },
  }
}
