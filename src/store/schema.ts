/**
 * The schema, as ordered migrations. The evidence (block) is the database: message, recipient, key and loose are narrow indexes
 * derived from its lines and can be rebuilt from them. `changed` columns count changes, for shipping to a fleet's store.
 */

import {WALL_INDEX} from './wall-spans.js'

export interface Migration {
  readonly name: string
  readonly sql: string
}

/** After its SQL, `database.ts` packs the rows of table key and drops it. */
export const PACKED_KEYS = '0004-packed-keys'

export const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-evidence-and-indexes',
    sql: `
CREATE TABLE server(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE stream(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE part(
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, path TEXT NOT NULL, dialect TEXT NOT NULL, head TEXT NOT NULL, tail TEXT NOT NULL,
  position INTEGER NOT NULL, rotation TEXT NOT NULL, follows INTEGER, closed INTEGER NOT NULL DEFAULT 0,
  device INTEGER, inode INTEGER, size INTEGER, modified REAL,
  lines INTEGER NOT NULL DEFAULT 0, events INTEGER NOT NULL DEFAULT 0, ignored INTEGER NOT NULL DEFAULT 0, unknown INTEGER NOT NULL DEFAULT 0,
  continuation INTEGER NOT NULL DEFAULT 0, repeated INTEGER NOT NULL DEFAULT 0, truncated INTEGER NOT NULL DEFAULT 0,
  clock TEXT, clock_source TEXT, error TEXT) STRICT;
CREATE INDEX part_head ON part(head);
CREATE TABLE stretch(part INTEGER NOT NULL, server INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, lines INTEGER NOT NULL,
  unknown INTEGER NOT NULL, arrivals INTEGER NOT NULL, started INTEGER NOT NULL, PRIMARY KEY(part, server)) STRICT, WITHOUT ROWID;
CREATE TABLE gap(server INTEGER NOT NULL, stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(server, first, last, stream, reason)) STRICT, WITHOUT ROWID;
CREATE TABLE silence(server INTEGER NOT NULL, stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, explained INTEGER NOT NULL,
  PRIMARY KEY(server, stream, first)) STRICT, WITHOUT ROWID;
CREATE TABLE unread(server INTEGER NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, reference INTEGER NOT NULL,
  PRIMARY KEY(server, hour)) STRICT, WITHOUT ROWID;
CREATE TABLE block(
  id INTEGER PRIMARY KEY, part INTEGER NOT NULL, lines INTEGER NOT NULL, wall_first INTEGER NOT NULL, wall_last INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, sha256 BLOB NOT NULL, meta BLOB NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX block_wall ON block(wall_first);
CREATE INDEX block_time ON block(first, last);
CREATE TABLE text(id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE message(
  id INTEGER PRIMARY KEY, server INTEGER NOT NULL, at INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  state INTEGER NOT NULL, flags INTEGER NOT NULL, origin INTEGER NOT NULL, certainty INTEGER NOT NULL,
  sender INTEGER, script INTEGER, directory INTEGER, login INTEGER, account INTEGER, uid INTEGER, client INTEGER, url INTEGER, visitor INTEGER, forwarder INTEGER,
  size INTEGER, refs BLOB NOT NULL, joined BLOB, changed INTEGER NOT NULL) STRICT;
CREATE INDEX message_at ON message(at);
CREATE TABLE recipient(
  message INTEGER NOT NULL, seq INTEGER NOT NULL, address INTEGER NOT NULL, domain INTEGER, outcome INTEGER NOT NULL, refusal INTEGER NOT NULL,
  at INTEGER, attempts INTEGER NOT NULL, PRIMARY KEY(message, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE key(segment INTEGER NOT NULL, hash INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY(segment, hash, message)) STRICT, WITHOUT ROWID;
CREATE TABLE segment(id INTEGER PRIMARY KEY, entries INTEGER NOT NULL) STRICT;
CREATE TABLE loose(server INTEGER NOT NULL, at INTEGER NOT NULL, ref INTEGER NOT NULL, kind INTEGER NOT NULL,
  PRIMARY KEY(server, at, ref)) STRICT, WITHOUT ROWID;
CREATE TABLE account(server INTEGER NOT NULL, uid INTEGER NOT NULL, name TEXT NOT NULL, home TEXT, PRIMARY KEY(server, uid)) STRICT, WITHOUT ROWID;
CREATE TABLE domain_account(server INTEGER NOT NULL, domain TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY(server, domain)) STRICT, WITHOUT ROWID;
CREATE TABLE note(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: '0002-removals-and-totals',
    sql: `
CREATE TABLE removal(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, note TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT;
CREATE TABLE removed(block INTEGER NOT NULL, removal INTEGER NOT NULL, link BLOB NOT NULL, content BLOB, PRIMARY KEY(block, removal)) STRICT, WITHOUT ROWID;
CREATE TABLE day_total(server INTEGER NOT NULL, day INTEGER NOT NULL, origin INTEGER NOT NULL, sender TEXT NOT NULL,
  messages INTEGER NOT NULL, recipients INTEGER NOT NULL, delivered INTEGER NOT NULL, failed INTEGER NOT NULL, rejections INTEGER NOT NULL,
  PRIMARY KEY(server, day, origin, sender)) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: '0003-volumes-and-alerts',
    sql: `
CREATE TABLE subject(id INTEGER PRIMARY KEY, server INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, account TEXT,
  UNIQUE(server, kind, name)) STRICT;
CREATE TABLE volume(hour INTEGER NOT NULL, subject INTEGER NOT NULL, messages INTEGER NOT NULL, recipients INTEGER NOT NULL,
  addresses INTEGER NOT NULL, domains INTEGER NOT NULL, clients INTEGER NOT NULL, delivered INTEGER NOT NULL, unknown_user INTEGER NOT NULL,
  policy INTEGER NOT NULL, other INTEGER NOT NULL, deferred INTEGER NOT NULL, PRIMARY KEY(hour, subject)) STRICT, WITHOUT ROWID;
CREATE INDEX volume_subject ON volume(subject, hour);
CREATE TABLE daily_maximum(subject INTEGER NOT NULL, day INTEGER NOT NULL, recipients TEXT NOT NULL, strangers TEXT NOT NULL,
  incident INTEGER NOT NULL, PRIMARY KEY(subject, day)) STRICT, WITHOUT ROWID;
CREATE TABLE judged_day(day INTEGER PRIMARY KEY, messages INTEGER NOT NULL) STRICT;
CREATE TABLE judgement(question TEXT PRIMARY KEY, state TEXT NOT NULL, at INTEGER NOT NULL, answer TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE alert(id TEXT PRIMARY KEY, server TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, first_alert INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE acknowledgement(alert TEXT PRIMARY KEY, server TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, first_alert INTEGER NOT NULL,
  at INTEGER NOT NULL, abusive INTEGER NOT NULL, note TEXT) STRICT, WITHOUT ROWID;
CREATE INDEX message_waiting ON message(at) WHERE state IN (2, 3);
CREATE INDEX message_rejected ON message(at) WHERE state = 5;
CREATE INDEX message_bounce ON message(at) WHERE origin = 5;
`,
  },
  {
    name: PACKED_KEYS,
    sql: `
CREATE TABLE key_chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
`,
  },
  {
    // provisional: the times rest on an assumed zone or year; times: what replaced them once a neighbour told better.
    name: '0005-provisional-times',
    sql: `
ALTER TABLE block ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0;
ALTER TABLE block ADD COLUMN times BLOB;
CREATE INDEX block_provisional ON block(part) WHERE provisional <> 0;
`,
  },
  {
    // continues: the entry that a content filter had taken this message from. volume_due: hours whose volumes are to be counted again.
    name: '0006-halves-and-due-hours',
    sql: `
ALTER TABLE message ADD COLUMN continues INTEGER;
CREATE INDEX message_continues ON message(continues) WHERE continues IS NOT NULL;
CREATE TABLE volume_due(hour INTEGER PRIMARY KEY) STRICT;
INSERT INTO volume_due(hour) SELECT DISTINCT at / 3600000 FROM message;
`,
  },
  {
    // Alerts that a following ingest has told of.
    name: '0007-announced-alerts',
    sql: `
CREATE TABLE announced(alert TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
  },
  {
    // Judgements to go on from, as they stood at a time; which facts a kept answer rests on; messages that were worked on for an hour or longer.
    name: '0008-written-judgements',
    sql: `
CREATE TABLE written_judgement(id INTEGER PRIMARY KEY, settings TEXT NOT NULL, at INTEGER NOT NULL, begin INTEGER NOT NULL, made INTEGER NOT NULL,
  state BLOB NOT NULL, memory BLOB NOT NULL, UNIQUE(settings, at)) STRICT;
DELETE FROM judgement;
ALTER TABLE judgement ADD COLUMN begin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE judgement ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_lingering ON message(last) WHERE last - at >= 3600000;
`,
  },
  {
    // A judged day is forgotten when its facts change; how many messages it had need not be counted any more.
    name: '0009-judged-days',
    sql: `
ALTER TABLE judged_day DROP COLUMN messages;
DELETE FROM judged_day;
`,
  },
  {
    // Which message numbers arrived in an hour, at most (arrivals.ts).
    name: '0010-arrivals',
    sql: `
CREATE TABLE arrival(hour INTEGER NOT NULL, server INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(hour, server)) STRICT, WITHOUT ROWID;
INSERT INTO arrival(hour, server, first, last)
  SELECT (at - (at % 3600000 + 3600000) % 3600000) / 3600000, server, min(id), max(id) FROM message GROUP BY 1, 2;
`,
  },
  {
    // Which blocks lie in a time, without reading those before it (wall-spans.ts).
    name: '0011-wall-spans',
    sql: `
DROP INDEX block_wall;
${WALL_INDEX};
`,
  },
]

/** The application_id of the SQLite file: "MlWt". */
export const APPLICATION_ID = 0x4d6c5774
