/** What a DNS question can answer: found, no data, no such name, or we could not find out. Never throws, never guesses. */

/**
 * `no-data`: the name exists, without records of this type. `nx-domain`: the name does not exist (RFC 2308).
 * `failure`: we do not know (time-out, SERVFAIL, refused, outside the pasted zone); `reason` says why, in plain ASCII.
 */
export type Outcome<T> =
  | {readonly kind: 'found'; readonly values: readonly T[]}
  | {readonly kind: 'no-data'}
  | {readonly kind: 'nx-domain'}
  | {readonly kind: 'failure'; readonly reason: string}

export interface MailExchanger {
  readonly preference: number
  /** Lower case, without the trailing dot; '' is the null MX of RFC 7505. */
  readonly exchange: string
}

/** Names are given without the trailing dot. A promise never rejects: what goes wrong is a `failure`. */
export interface Resolver {
  /** Each value is one record, its character-strings joined without anything between (RFC 7208 3.3). */
  txt(name: string): Promise<Outcome<string>>
  a(name: string): Promise<Outcome<string>>
  aaaa(name: string): Promise<Outcome<string>>
  mx(name: string): Promise<Outcome<MailExchanger>>
  /** `name` is the reversed name below in-addr.arpa or ip6.arpa. */
  ptr(name: string): Promise<Outcome<string>>
}

export type RecordType = keyof Resolver

/** The values that were found, or none. */
export const valuesOf = <T>(outcome: Outcome<T>): readonly T[] => (outcome.kind === 'found' ? outcome.values : [])

/** Lower case, without blanks around and without the trailing dot. */
export const plainName = (name: string): string => name.trim().toLowerCase().replace(/\.$/, '')

/** Can this be asked at all: labels of 1 to 63 octets, 253 in all (RFC 1035 2.3.4)? */
export function askable(name: string): boolean {
  if (name.length === 0 || name.length > 253) return false
  return name.split('.').every((label) => label.length > 0 && label.length <= 63)
}

/** Asks each question only once, so that one piece of advice sees one state of the DNS. */
export function rememberingResolver(resolver: Resolver): Resolver {
  const known = new Map<string, Promise<Outcome<unknown>>>()
  const once =
    <T>(type: RecordType, ask: (name: string) => Promise<Outcome<T>>) =>
    (name: string): Promise<Outcome<T>> => {
      const key = `${type} ${plainName(name)}`
      const answer = (known.get(key) as Promise<Outcome<T>> | undefined) ?? ask(name)
      known.set(key, answer)
      return answer
    }
  return {
    txt: once('txt', (name) => resolver.txt(name)),
    a: once('a', (name) => resolver.a(name)),
    aaaa: once('aaaa', (name) => resolver.aaaa(name)),
    mx: once('mx', (name) => resolver.mx(name)),
    ptr: once('ptr', (name) => resolver.ptr(name)),
  }
}
