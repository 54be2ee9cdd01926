import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entities } from '../../src/entities.ts';
import { encodeGlobalId } from '../../src/kernel/ids.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { createKeys } from '../../src/platform/keys.ts';
import { createTokens } from '../../src/platform/tokens.ts';

/** The secret of the servers of a benchmark. */
const secret = 'a secret for benchmarks, long enough for everybody';

/** A person with a session. */
export interface Guest {
  readonly id: number;
  readonly uuid: string;
  readonly globalId: string;
  readonly token: string;
}

/** A conversation. */
export interface Room {
  readonly id: number;
  readonly globalId: string;
}

/** The data of a server, filled past it. */
export interface Scene {
  /** The environment of a server on these data. */
  readonly env: Readonly<Record<string, string>>;
  readonly database: Database;
  people(count: number): Promise<Guest[]>;
  group(members: readonly Guest[]): Promise<Room>;
  /** A picture of somebody's that is READY, without bytes; gives the id of the upload. */
  picture(owner: Guest): Promise<string>;
  /** Closes the connection and removes what was made, after its servers have stopped. */
  close(): Promise<void>;
}

/** Empty data: SQLite, or a database of its own on a server. */
export async function createScene(services: { readonly mysqlUrl: string; readonly redisUrl: string } | null = null): Promise<Scene> {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const name = `bench_${randomUUID().slice(0, 8)}`;
  const url = services === null ? undefined : `${services.mysqlUrl}/${name}`;
  const database = await createDatabase({ url, dataDir, pool: 4, timeoutMs: 600_000 }, entities);
  await database.migrate();
  const tokens = createTokens(createKeys(secret));
  let lastLog = 1000;
  const now = Date.now();
  const later = now + 86_400_000;

  return {
    env: {
      DATA_DIR: dataDir,
      // What is written beside goes with the rest.
      TMPDIR: dataDir,
      TOKEN_SECRET: secret,
      LOG_LEVEL: 'warn',
      RATE_LIMITS: 'off',
      // All readers come from one address.
      SOCKETS_PER_ADDRESS: '1000000',
      SOCKETS_WITHOUT_SESSION: '1000000',
      // A restart of the load's readers is no part of any question.
      SHUTDOWN_SECONDS: '1',
      DRAIN_SECONDS: '0',
      ...(services === null || url === undefined ? {} : { DATABASE_URL: url, REDIS_URL: services.redisUrl, REDIS_PREFIX: `${name}:` }),
    },
    database,
    async people(count) {
      const users = Array.from({ length: count }, (_, index) => ({ id: lastLog + 1 + index, uuid: randomUUID(), sessionUuid: randomUUID() }));
      lastLog += count;
      await database.transaction(async ({ db }) => {
        for (const part of inParts(users)) {
          const log = { kind: 'USER', lastRev: 0, lastSeq: 0, lastEpoch: 0, activeAt: 0 } as const;
          await db
            .insertInto('Log')
            .values(part.map(({ id }) => ({ ...log, id })))
            .execute();
          const fields = { role: 'USER', enabled: 1, gender: 'UNKNOWN', acceptsFriendsAtOnce: 0, createdAt: now } as const;
          await db
            .insertInto('User')
            .values(part.map(({ id, uuid }) => ({ ...fields, id, uuid, username: `x_${id}`, usernameKey: `x_${id}`, nickname: `x ${id}` })))
            .execute();
          const times = { generation: 0, createdAt: now, refreshedAt: now, lastSeenAt: now, tokenExpiresAt: later, expiresAt: later };
          await db
            .insertInto('Session')
            .values(part.map(({ id, sessionUuid }) => ({ ...times, uuid: sessionUuid, userId: id })))
            .execute();
        }
      });
      return users.map(({ id, uuid, sessionUuid }) => ({
        id,
        uuid,
        globalId: encodeGlobalId('User', uuid),
        token: tokens.issue({ userUuid: uuid, sessionUuid, generation: 0, issuedAt: now, expiresAt: later }).token,
      }));
    },
    async group(members) {
      const id = ++lastLog;
      const uuid = randomUUID();
      await database.transaction(async ({ db }) => {
        await db.insertInto('Log').values({ id, kind: 'GROUP', lastRev: 1, lastSeq: 0, lastEpoch: 0, activeAt: now }).execute();
        await db.insertInto('Conversation').values({ id, uuid, kind: 'GROUP', name: 'all', createdAt: now }).execute();
        await db
          .insertInto('Group')
          .values({ id, joinPolicy: 'OPEN', inviteCode: uuid.slice(0, 8), showsHistory: 1, memberCount: members.length })
          .execute();
        const place = { logId: id, stateRev: 1, fromSeq: 1, active: 1, isMuted: 0, isArchived: 0, readSeq: 0, sentCount: 0, joinedAt: now } as const;
        const rows = members.map((member, index) => ({ ...place, userId: member.id, role: index === 0 ? ('OWNER' as const) : ('MEMBER' as const) }));
        for (const part of inParts(rows)) await db.insertInto('Member').values(part).execute();
      });
      return { id, globalId: encodeGlobalId('Conversation', uuid) };
    },
    async picture(owner) {
      const uuid = randomUUID();
      const size = 1_234_567;
      await database.transaction(({ db }) =>
        db
          .insertInto('File')
          .values({
            uuid,
            ownerId: owner.id,
            clientId: uuid,
            clientKey: uuid,
            kind: 'IMAGE',
            name: 'IMG_2041.jpg',
            size,
            state: 'READY',
            stateAt: now,
            createdAt: now,
            expiresAt: later,
            isKept: 0,
            looks: 0,
            mime: 'image/jpeg',
            bytes: size,
            isMade: 1,
            hasThumbnail: 1,
            width: 4032,
            height: 3024,
            isAnimated: 0,
            placeholder: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
          })
          .execute(),
      );
      return encodeGlobalId('Upload', uuid);
    },
    async close() {
      await database.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** So that no statement has too many values. */
function inParts<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / 500) }, (_, index) => rows.slice(index * 500, (index + 1) * 500));
}
