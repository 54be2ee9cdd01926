import { defineEntity, p } from '@mikro-orm/core';
import type { Role } from '../../kernel/viewer.ts';
import type { RowOf, TableOf } from '../../platform/database.ts';

/** What a profile says of somebody's gender. */
export type Gender = 'UNKNOWN' | 'MALE' | 'FEMALE';

/** A person, visitors included. `id` is the id of the person's own log and never leaves the server. Rows are never deleted. */
export const User = defineEntity({
  name: 'User',
  tableName: 'user',
  properties: {
    id: p.bigint('number').primary().autoincrement(false),
    uuid: p.string().length(36).unique(),
    username: p.string().length(20),
    /** The username in lower case: names that differ only in case are the same. */
    usernameKey: p.string().length(20).unique(),
    passwordHash: p.string().length(255).nullable(),
    role: p.string().length(8).$type<Role>(),
    enabled: p.integer().$type<0 | 1>(),
    nickname: p.string().length(50),
    avatar: p.string().length(2048).nullable(),
    gender: p.string().length(8).$type<Gender>(),
    /** YYYY-MM-DD */
    birthday: p.string().length(10).nullable(),
    bio: p.string().length(500).nullable(),
    location: p.string().length(100).nullable(),
    website: p.string().length(2048).nullable(),
    /** JSON of what its owner set; null where nothing was ever set. */
    chatset: p.string().length(255).nullable(),
    acceptsFriendsAtOnce: p.integer().$type<0 | 1>(),
    /** Keyed hash of a visitor's device id; null for everybody else. */
    deviceHash: p.string().length(64).nullable().unique(),
    platform: p.string().length(50).nullable(),
    model: p.string().length(50).nullable(),
    os: p.string().length(50).nullable(),
    brand: p.string().length(50).nullable(),
    createdAt: p.bigint('number'),
    lastSeenAt: p.bigint('number').nullable(),
    /** Until when the password is good for one login, in which it has to be changed; null: one that its owner chose. */
    passwordUntil: p.bigint('number').nullable(),
  },
});

/** A row of the table. */
export type UserRow = RowOf<typeof User>;

/** Portions of "this person's profile has changed" that are still to be written into the logs of those concerned. */
export const ProfileJob = defineEntity({
  name: 'ProfileJob',
  tableName: 'profile_job',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    userId: p.bigint('number'),
    /** Everybody concerned with an id up to this one has been told. */
    toldUpTo: p.bigint('number'),
    /** Then the DIRECT peers: all in conversations up to this one are told. Null while friends are. */
    peersUpTo: p.bigint('number').nullable(),
    /** The only one to tell; null: everybody concerned. */
    onlyId: p.bigint('number').nullable(),
    /** Not before this time by the database's clock; null: at once. */
    dueAt: p.bigint('number').nullable(),
  },
  indexes: [{ properties: ['userId'] }],
});

/** A row of the table. */
export type ProfileJobRow = RowOf<typeof ProfileJob>;

declare module '../../platform/database.ts' {
  interface Tables {
    User: TableOf<typeof User>;
    ProfileJob: TableOf<typeof ProfileJob>;
  }
}
