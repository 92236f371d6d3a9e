/** NDJSON to a stream, each line as safe on a terminal as any other JSON of ours. */

import {Readable, Transform, type Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import ndjson from 'ndjson'
import {safeJson} from './json-line.js'

/** Writes one line of JSON for each value, as fast as the reader takes them. Does not end `to`. */
export async function writeNdjson(values: Iterable<object>, to: Writable): Promise<void> {
  const safe = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, safeJson(String(chunk)))
    },
  })
  await pipeline(Readable.from(values), ndjson.stringify(), safe, to, {end: false})
}
