/** Live reading. */
import type {Ingest} from './ingest.js'
export async function followLogs(_ingest: Ingest, _paths: readonly string[], _signal: AbortSignal): Promise<void> {}
