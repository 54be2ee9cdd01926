import { randomUUID } from 'node:crypto';
import { AppError } from '../../kernel/errors.ts';
import { decodeGlobalId, parseUuid, userUuidOf } from '../../kernel/ids.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { createRecent } from '../../kernel/recent.ts';
import { nameOfKey, type ServerCaller } from '../../kernel/server-caller.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import type { AuditAction, AuditRow } from './audit.entity.ts';

/** Settings and roles; never what people have written, and no secret. */
export type AuditValues = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** What became different: only what did. Or which operation was refused. */
export type AuditChange = { readonly before?: AuditValues; readonly after: AuditValues } | { readonly operation: string };

/** What was done. */
export interface NewAuditRecord {
  /** A person, or a server key by itself. Null: the server itself. */
  readonly by: Pick<Viewer, 'uuid' | 'sessionUuid' | 'actedBy'> | ServerCaller | null;
  readonly action: AuditAction;
  readonly target: { readonly type: 'User' | 'ServerKey' | 'Provider' | 'Conversation'; readonly key: string } | null;
  /** At most 500 characters. */
  readonly reason: string | null;
  readonly change: AuditChange | null;
}

/** Which records an admin looks for; what is null or absent does not narrow. */
export interface AuditFilter {
  /** Global id or uuid of a person. One that is none finds nothing. */
  readonly actorId?: string | null | undefined;
  /** Global id of anything, or uuid of a person. Likewise. */
  readonly targetId?: string | null | undefined;
  readonly action?: string | null | undefined;
  /** From this time on. */
  readonly from?: number | null | undefined;
  /** Before this time. */
  readonly to?: number | null | undefined;
}

/** What admins do, written down where nobody changes it. */
export interface AuditService {
  /** Writes a record in the transaction of what it tells, which fails with it: what is not written is not done. Takes the stamp, so that it comes after all locks. */
  record(writer: LogWriter, record: NewAuditRecord): Promise<void>;
  /** Writes that somebody was refused what only admins may do, once a minute for each person, whatever becomes of it. Never throws. */
  refused(viewer: Viewer, operation: string, address: string): Promise<void>;
  /** A record by its uuid, for admins; null for everybody else. */
  find(tx: Tx, viewer: Viewer, uuid: string): Promise<AuditRow | null>;
  /** Newest first. Throws `BAD_USER_INPUT` for `first` and `after`. */
  list(tx: Tx, filter: AuditFilter, page: { readonly first?: number | null | undefined; readonly after?: string | null | undefined }): Promise<Page<AuditRow>>;
}

/** What the service stands on. `onFault` hears of refusals that could not be written down. */
export interface AuditServiceParts {
  readonly log: LogService;
  readonly limiter: RateLimiter;
  readonly onFault: (error: unknown) => void;
}

/** How far apart two records of what was refused to one person are. */
const refusedMs = 60_000;

/** Whoever is refused does not wait for long until that is written down. */
const patience = { ms: 1000, attempts: 2 } as const;

const nothing: Page<AuditRow> = pageOf([], 0, false, () => '');

const isKeys = (value: unknown): value is readonly [string] => Array.isArray(value) && value.length === 1 && typeof value[0] === 'string';

/** Makes the service. */
export function createAuditService({ log, limiter, onFault }: AuditServiceParts): AuditService {
  /** By user id, until when nothing is to be written. What gives way here is still known to the table. */
  const written = createRecent<number>({ entries: 10_000, together: 10_000, longest: 1 });

  const record: AuditService['record'] = async (writer, { by, action, target, reason, change }) => {
    const { now } = await writer.stamp();
    const person = by === null || 'keyId' in by ? null : by;
    const server = by === null || 'keyId' in by ? by : by.actedBy;
    await writer.db
      .insertInto('AuditRecord')
      .values({
        uuid: randomUUID(),
        at: now,
        actorUuid: person?.uuid ?? null,
        sessionUuid: person?.sessionUuid ?? null,
        serverKey: server && nameOfKey(server),
        action,
        targetType: target?.type ?? null,
        targetKey: target?.key ?? null,
        reason,
        changes: change && JSON.stringify(change),
      })
      .execute();
  };

  /** Writes it unless there is one of the last minute; gives for how long there will be. The lock of the person's own log makes it one on all nodes. */
  const recordRefusal = (viewer: Viewer, operation: string): Promise<number> =>
    log.write(async (writer) => {
      await writer.lock([viewer.userId]);
      const { now } = await writer.stamp();
      const last = await writer.db
        .selectFrom('AuditRecord')
        .select('at')
        .where('actorUuid', '=', viewer.uuid)
        .where('at', '>', now - refusedMs)
        // A clock that went back must not keep anything from being written.
        .where('at', '<=', now)
        .where('action', '=', 'refused')
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (last) return last.at + refusedMs - now;
      await record(writer, { by: viewer, action: 'refused', target: null, reason: null, change: { operation } });
      return refusedMs;
    }, patience);

  return {
    record,
    async refused(viewer, operation, address) {
      const key = String(viewer.userId);
      const restFor = (ms: number) => written.put(key, performance.now() + ms, 1);
      if ((written.get(key) ?? 0) > performance.now()) return;
      // Of those that come meanwhile none takes anything.
      restFor(patience.ms);
      try {
        // The records stay for ever. Anybody makes visitors, from any number of addresses: all of them together write so many and no more.
        if (viewer.role === 'VISITOR') await limiter.take('refusedOfVisitors', ['visitors']);
        await limiter.take('refusedOfAddress', [address]);
        restFor(await recordRefusal(viewer, operation));
      } catch (error) {
        restFor(0);
        if (!(error instanceof AppError && error.code === 'RATE_LIMITED')) onFault(error);
      }
    },
    async find(tx, viewer, uuid) {
      if (viewer.role !== 'ADMIN') return null;
      return (await tx.db.selectFrom('AuditRecord').selectAll().where('uuid', '=', uuid).executeTakeFirst()) ?? null;
    },
    async list(tx, { actorId, targetId, action, from, to }, { first, after }) {
      const size = pageSize(first);
      const afterUuid = typeof after === 'string' ? decodeKeys(after, isKeys)[0] : null;
      const actorUuid = typeof actorId === 'string' ? userUuidOf(actorId) : undefined;
      const target = typeof targetId === 'string' ? targetOf(targetId) : undefined;
      if (actorUuid === null || target === null) return nothing;
      let query = tx.db.selectFrom('AuditRecord').selectAll();
      if (actorUuid !== undefined) query = query.where('actorUuid', '=', actorUuid);
      if (target !== undefined) query = query.where('targetKey', '=', target.key).where('targetType', '=', target.type);
      if (typeof action === 'string') query = query.where('action', '=', action);
      if (typeof from === 'number') query = query.where('at', '>=', from);
      if (typeof to === 'number') query = query.where('at', '<', to);
      if (afterUuid !== null) {
        const before = await tx.db.selectFrom('AuditRecord').select(['at', 'id']).where('uuid', '=', afterUuid).executeTakeFirst();
        if (!before) return nothing;
        const { at, id } = before;
        // Said twice, because a condition with "or" leads into no index.
        query = query.where('at', '<=', at).where((eb) => eb.or([eb('at', '<', at), eb('id', '<', id)]));
      }
      const rows = await query
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(size + 1)
        .execute();
      return pageOf(rows, size, afterUuid !== null, ({ uuid }) => encodeKeys([uuid]));
    },
  };
}

/** What an id means: of anything its global id, of a person the uuid as well. Null where it is none. */
function targetOf(id: string): { readonly type: string; readonly key: string } | null {
  const uuid = parseUuid(id);
  if (uuid !== null) return { type: 'User', key: uuid };
  const decoded = decodeGlobalId(id);
  return decoded && { type: decoded.typename, key: decoded.key };
}
