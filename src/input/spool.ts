/** A stream into a file without a name: nothing of it is left, however the process ends. */

import {randomBytes} from 'node:crypto'
import {closeSync, constants, openSync, unlinkSync, writeSync} from 'node:fs'
import {join} from 'node:path'

/**
 * Writes what the stream gives into a new file of `folder`, for this user alone; its descriptor is the caller's to close. A failing source, a full
 * disk or a folder that is not writable throws its own error.
 */
export async function spool(source: AsyncIterable<Buffer>, folder: string): Promise<number> {
  const path = join(folder, `.mailwitness-stream-${randomBytes(8).toString('hex')}`)
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
  try {
    unlinkSync(path)
    let end = 0
    // With a position, so that whoever reads the descriptor next begins at its beginning.
    for await (const chunk of source)
      for (let at = 0, got = 0; at < chunk.length; at += got, end += got)
        got = writeSync(fd, chunk, at, chunk.length - at, end)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}
