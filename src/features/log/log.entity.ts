import { defineEntity, p } from '@mikro-orm/core';
import type { TableOf } from '../../platform/database.ts';

/** The one row that numbers epochs: `n` is the open one, everything below is closed once `n` has moved on. */
export const Clock = defineEntity({
  name: 'Clock',
  tableName: 'clock',
  properties: {
    id: p.integer().primary().autoincrement(false),
    n: p.bigint('number'),
    /** When the last epoch was closed. */
    at: p.bigint('number'),
    /** Raised after a restore: cursors of another incarnation mean nothing here. */
    incarnation: p.bigint('number'),
    /** The highest epoch of which entries may be gone: always below the open one. */
    pruned: p.bigint('number'),
  },
});

/** When an epoch was closed, one row an hour at most: from it the age of a cursor, and of entries, is judged. */
export const EpochTime = defineEntity({
  name: 'EpochTime',
  tableName: 'epoch_time',
  properties: { epoch: p.bigint('number').primary().autoincrement(false), at: p.bigint('number') },
  indexes: [{ properties: ['at'] }],
});

/** Whose log it is: a person's own affairs, or a conversation's. */
export type LogKind = 'USER' | 'DIRECT' | 'GROUP' | 'SYSTEM';

/** A sequence of entries. A user and a conversation have the id of their log as their own. */
export const Log = defineEntity({
  name: 'Log',
  tableName: 'log',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    kind: p.string().length(8).$type<LogKind>(),
    lastRev: p.bigint('number'),
    lastSeq: p.bigint('number'),
    lastEpoch: p.bigint('number'),
    /** When the last message was written: the order of a list of conversations. */
    activeAt: p.bigint('number'),
  },
  indexes: [{ properties: ['lastEpoch'] }],
});

/**
 * What an entry tells. In the log of a conversation: SENT and CHANGED name a message by `seq`; MEMBERS the people concerned; CONVERSATION says
 * that it was renamed and the like; DISSOLVED is its last entry. In somebody's own log: JOINED and LEFT name a conversation (`aboutId`) and the
 * rev of that log from which it holds (`aboutRev`); CONVERSATION a conversation of which something changed for this person; PERSON a user;
 * FRIEND_REQUEST and JOIN_REQUEST a request; UPLOAD a file of theirs; VIEWER nothing.
 */
export type EntryKind =
  | 'SENT'
  | 'CHANGED'
  | 'MEMBERS'
  | 'CONVERSATION'
  | 'DISSOLVED'
  | 'JOINED'
  | 'LEFT'
  | 'PERSON'
  | 'VIEWER'
  | 'FRIEND_REQUEST'
  | 'JOIN_REQUEST'
  | 'UPLOAD';

/** The most people whom one entry concerns: whoever makes a group, and 100 more. */
export const peopleOfEntry = 101;

/** User ids of the people whom an entry of a conversation concerns. */
export interface EntryPeople {
  readonly joined?: readonly number[];
  readonly left?: readonly number[];
  /** Their role or nickname. */
  readonly changed?: readonly number[];
}

/** One position in a log, and one event. It says what happened to what; what that is like now is read when it is shown. */
export const Entry = defineEntity({
  name: 'Entry',
  tableName: 'entry',
  properties: {
    logId: p.bigint('number').primary(),
    rev: p.bigint('number').primary(),
    epoch: p.bigint('number'),
    at: p.bigint('number'),
    kind: p.string().length(16).$type<EntryKind>(),
    seq: p.bigint('number').nullable(),
    aboutId: p.bigint('number').nullable(),
    aboutRev: p.bigint('number').nullable(),
    /** JSON of `EntryPeople`: who joined, left or was changed by it. At most `peopleOfEntry` people. */
    people: p.text().nullable(),
  },
  indexes: [{ properties: ['epoch'] }],
});

declare module '../../platform/database.ts' {
  interface Tables {
    Clock: TableOf<typeof Clock>;
    EpochTime: TableOf<typeof EpochTime>;
    Log: TableOf<typeof Log>;
    Entry: TableOf<typeof Entry>;
  }
}
