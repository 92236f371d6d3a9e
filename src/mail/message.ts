/** The answer's view of one queue entry on one server: `message` of the JSON contract (design.md section 6). */

export type OriginKind = 'script' | 'local' | 'authenticated' | 'relay-in' | 'bounce' | 'forward'
export type Outcome =
  | 'delivered'
  | 'delivered-locally'
  | 'handed-on'
  | 'deferred'
  | 'failed'
  | 'discarded'
  | 'removed'
  | 'unknown'
export type MessageState = 'completed' | 'queued' | 'frozen' | 'removed' | 'rejected' | 'unknown'
export type LinkKind = 'handed-on' | 'forwarded' | 'bounce-of' | 'requeued'
export type Certainty = 'proven' | 'likely' | 'ambiguous'

/** One stored line: where it stood and what it said, verbatim. */
export interface Evidence {
  /** The log stream's name (path of the newest part, without rotation suffix). */
  readonly source: string
  /** Byte offset in the (decompressed) part it was read from. */
  readonly offset: number
  /** Verbatim, as readable text (invalid UTF-8 kept as U+FFFD-free escapes by the renderer). */
  readonly line: string
}

export interface Origin {
  readonly kind: OriginKind | null
  readonly account: string | null
  readonly uid: number | null
  readonly script: string | null
  readonly scriptDirectory: string | null
  readonly login: string | null
  readonly client: {readonly name: string | null; readonly ip: string | null} | null
  readonly certainty: Certainty
  /** Where certainty is `ambiguous`: what it could have been. */
  readonly candidates: readonly string[]
  /** Page and visitor where a panel or our ACL line names them. */
  readonly url: string | null
  readonly visitorIp: string | null
  /** Requests of the web server's log that may have made it, the best first; absent where no access log tells. */
  readonly visitors?: readonly Visitor[]
}

/** One request that may have made a message. */
export interface Visitor {
  readonly ip: string
  readonly method: string
  readonly path: string
  readonly vhost: string | null
  /** ISO 8601 UTC. */
  readonly at: string | null
  readonly httpStatus: number
}

export interface Recipient {
  readonly address: string
  readonly original: string | null
  readonly outcome: Outcome
  /** ISO 8601 UTC of the last attempt. */
  readonly at: string | null
  readonly attempts: number
  readonly remoteHost: string | null
  readonly remoteIp: string | null
  readonly reply: string | null
  readonly status: string | null
}

export interface Link {
  readonly kind: LinkKind
  readonly direction: 'to' | 'from'
  readonly server: string
  readonly queueId: string
}

export interface Message {
  readonly server: string
  readonly mta: 'exim' | 'postfix'
  readonly queueId: string
  readonly messageId: string | null
  readonly arrivedAt: string | null
  readonly sender: string | null
  readonly size: number | null
  readonly subject: string | null
  readonly state: MessageState
  readonly origin: Origin
  readonly recipients: readonly Recipient[]
  readonly links: readonly Link[]
  readonly evidence: readonly Evidence[]
}
