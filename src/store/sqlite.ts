/**
 * The SQLite binding that fits this Node.js. The only place that loads better-sqlite3.
 *
 * better-sqlite3 12 runs on Node.js 20, but its objects derive from node::ObjectWrap, whose destructor aborts the process since Node.js 24.19 when
 * an object is collected while no JavaScript runs (`RemoveEnvironmentCleanupHook … (env) != nullptr`). better-sqlite3 13 is built on Node-API,
 * is free of that and comes with its binaries, but needs Node.js 22. So npm installs both where it can, and the newer one is taken.
 */

import {createRequire} from 'node:module'
import BetterSqlite3 from 'better-sqlite3'

const OLDEST_FOR_NODE_API = 22

function load(): typeof BetterSqlite3 {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_FOR_NODE_API) {
    try {
      return createRequire(import.meta.url)('better-sqlite3-napi') as typeof BetterSqlite3
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
      // Installed with --omit=optional: the other one does too.
    }
  }
  return BetterSqlite3
}

/** Constructor of connections; the types are better-sqlite3's. */
const Database: new (file: string | Buffer, options?: BetterSqlite3.Options) => BetterSqlite3.Database = load()
export default Database
