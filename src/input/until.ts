/** What comes until somebody says stop. */

/**
 * The items of a source until the signal fires, also while it waits for the next one. No promise outlives its item: a race against one that lives
 * as long as the run would keep every item of a pipe that is read for weeks.
 */
export async function* until<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]()
  let stop = (): void => {}
  const onAbort = (): void => stop()
  signal?.addEventListener('abort', onAbort)
  try {
    while (!signal?.aborted) {
      const next = await new Promise<IteratorResult<T> | null>((resolve, reject) => {
        stop = () => resolve(null)
        iterator.next().then(resolve, reject)
      })
      if (next === null || next.done) return
      yield next.value
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
