import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** What somebody uploads it as. */
export type UploadKind = 'IMAGE' | 'AUDIO' | 'VIDEO' | 'FILE' | 'AVATAR';

/** How far a file is. GONE is never shown: its bytes are removed, and its row after them. */
export type FileState = 'WAITING' | 'CHECKING' | 'READY' | 'REFUSED' | 'GONE';

/** A file from the moment on in which somebody announces it: one row whatever becomes of it. What is known of its bytes is written once, when it is READY, and never changes. */
export const File = defineEntity({
  name: 'File',
  tableName: 'file',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    /** Names it for clients, and its bytes in the store. */
    uuid: p.string().length(36).unique(),
    ownerId: p.bigint('number'),
    /** As the maker gave it. */
    clientId: p.string().length(36),
    /** The clientId in lower case: ids that differ only in case are the same. */
    clientKey: p.string().length(36),
    kind: p.string().length(8).$type<UploadKind>(),
    name: p.string().length(255),
    /** Bytes, as announced: what the owner's quota counts. */
    size: p.bigint('number'),
    state: p.string().length(8).$type<FileState>(),
    /** Since when it is in this state, by the database clock. */
    stateAt: p.bigint('number'),
    /** Why it is REFUSED: an error code. */
    reason: p.string().length(32).nullable(),
    createdAt: p.bigint('number'),
    /** When it is removed where nothing uses it by then. */
    expiresAt: p.bigint('number'),
    /** Whether something showed it then: it goes when nothing does any more, and need not be looked for. */
    isKept: p.integer().$type<0 | 1>(),
    /** Until when a node is looking at it, or leaves it alone; then it is taken up. */
    lookedUntil: p.bigint('number').nullable(),
    /** How many looks at it were begun and not ended: those whose nodes have died. */
    looks: p.integer(),
    /** Seconds, as the maker says. */
    saidDuration: p.double().$type<number>().nullable(),
    /** The picture that the maker gave a video. */
    coverId: p.bigint('number').nullable(),
    /** What its bytes are; null until it is READY, as all that follows. */
    mime: p.string().length(127).nullable(),
    /** Bytes that are delivered. */
    bytes: p.bigint('number').nullable(),
    /** Whether what is delivered was made of what was uploaded. */
    isMade: p.integer().$type<0 | 1>(),
    hasThumbnail: p.integer().$type<0 | 1>(),
    width: p.integer().nullable(),
    height: p.integer().nullable(),
    isAnimated: p.integer().$type<0 | 1>(),
    /** Seconds. */
    duration: p.double().$type<number>().nullable(),
    /** JSON of 64 numbers from 0 to 100. */
    peaks: p.string().length(320).nullable(),
    /** A thumbhash in base64. */
    placeholder: p.string().length(64).nullable(),
    /** 128 random bits in hexadecimal, by which everybody finds an AVATAR. */
    publicKey: p.string().length(32).nullable().unique(),
  },
  indexes: [{ properties: ['ownerId', 'state', 'size'] }, { properties: ['state', 'stateAt'] }, { properties: ['state', 'isKept', 'expiresAt'] }],
  uniques: [{ properties: ['ownerId', 'clientKey'] }],
});

/** A row of the table. */
export type FileRow = RowOf<typeof File>;

/** That something shows a file: a message, by its place, or as seq 0 the avatar of the user or of the group whose log it is. A file without any is nobody's. */
export const FileUse = defineEntity({
  name: 'FileUse',
  tableName: 'file_use',
  properties: {
    logId: p.bigint('number').primary(),
    seq: p.bigint('number').primary(),
    /** Its place among the files of the message, from 0 on. */
    position: p.integer().primary(),
    fileId: p.bigint('number'),
    kind: p.string().length(8).$type<UploadKind>(),
  },
  indexes: [{ properties: ['fileId'] }, { properties: ['logId', 'kind', 'seq'] }],
});

/** A row of the table. */
export type FileUseRow = RowOf<typeof FileUse>;

declare module '../../platform/database.ts' {
  interface Tables {
    File: TableOf<typeof File>;
    FileUse: TableOf<typeof FileUse>;
  }
}
