import DataLoader from 'dataloader';
import { AppError, badInput } from '../../kernel/errors.ts';
import type { ServerCaller } from '../../kernel/server-caller.ts';
import { type Database, isDuplicate, type Tx } from '../../platform/database.ts';
import type { Fingerprints } from '../../platform/fingerprints.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { Content } from '../contents/content.service.ts';
import { takeCustom } from '../contents/custom.service.ts';
import { takeText } from '../contents/text.service.ts';
import type { LogService } from '../log/log.service.ts';
import type { MessageView } from '../messages/message-view.service.ts';
import { createSendQueue, type Outcome } from '../messages/send-queue.service.ts';
import { createTolls, unpaid } from '../messages/toll.service.ts';
import { type NoticeAddress, noSuchPlace } from './notice-place.service.ts';
import { noticeRules, type ServerNotice, tollsOf, writeNotices } from './notice-writer.service.ts';

/** Somebody, by the operator's own id. */
interface ExternalName {
  readonly id: string;
  readonly provider?: string | null | undefined;
}

/** What a server of the operator's sends. */
export interface NewServerNotice {
  readonly to: { readonly userUuid: string } | { readonly external: ExternalName } | { readonly conversationUuid: string };
  readonly clientId: string;
  readonly text: string;
  /** With `data`: a content that only some apps know. */
  readonly type: string | null;
  readonly data: string | null;
}

/** Messages of the operator's servers. */
export interface NoticeService {
  /**
   * Sends a message that has no sender, into a conversation or to a person. When this resolves it is committed. The same clientId again, by whatever key,
   * gives the first one back, or `CONFLICT` where content or conversation differ. Throws `BAD_USER_INPUT` for the content, `NOT_FOUND` for a recipient that is
   * not there, `RECIPIENT_UNAVAILABLE` for a person who is disabled, `RATE_LIMITED` where a person was sent too many.
   */
  send(caller: ServerCaller, notice: NewServerNotice): Promise<MessageView>;
}

/** What the service is made of. */
export interface NoticeServiceParts {
  readonly database: Database;
  readonly log: LogService;
  /** Who it is that the operator calls so. Throws `NOT_FOUND`, and `BAD_USER_INPUT` where it is not clear whose name it is. */
  readonly findExternal: (tx: Tx, name: ExternalName) => Promise<{ readonly id: number }>;
  /** For how long a call to the database may take. */
  readonly databaseMs: number;
  /** Keyed by a secret of the database. */
  readonly fingerprints: Fingerprints;
  /** Counts what each person is sent; null: nothing is counted. */
  readonly limiter: RateLimiter | null;
  readonly metrics: Metrics;
}

/** How often one that is alone is tried: another one with its clientId is being written meanwhile, and then either is there or is not. */
const tries = 5;

/** Makes the service. */
export function createNoticeService(parts: NoticeServiceParts): NoticeService {
  const { database, log, findExternal, databaseMs, fingerprints, limiter, metrics } = parts;
  const tolls = createTolls(limiter);

  const write = async (notices: readonly ServerNotice[], waits: boolean, options: Parameters<LogService['write']>[1]): Promise<Outcome[]> => {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await log.write((writer) => writeNotices(writer, notices, waits, tolls.isCounting), options);
      } catch (error) {
        // Of several the queue tries each alone.
        if (!isDuplicate(error) || notices.length > 1 || attempt === tries) throw error;
      }
  };
  const queue = createSendQueue(write, noticeRules, databaseMs, tolls, metrics);

  // Ids never change. All that are asked for in one turn are read together.
  const people = new DataLoader<string, number | null>(
    async (uuids) => {
      const rows = await database.read((tx) => usersNamed(tx, { uuids }));
      const ids = new Map(rows.map(({ id, uuid }) => [uuid, id]));
      return uuids.map((uuid) => ids.get(uuid) ?? null);
    },
    { cache: false },
  );

  const idOf = async (name: ExternalName): Promise<number> => {
    try {
      return (await database.read((tx) => findExternal(tx, name))).id;
    } catch (error) {
      throw error instanceof AppError && error.code === 'NOT_FOUND' ? noSuchPlace() : error;
    }
  };

  const addressOf = async (to: NewServerNotice['to']): Promise<NoticeAddress> => {
    if ('conversationUuid' in to) return to;
    if ('external' in to) return { personId: await idOf(to.external) };
    const personId = await people.load(to.userUuid);
    if (personId === null) throw noSuchPlace();
    return { personId };
  };

  return {
    async send({ keyId }, notice) {
      const { content, mark, characters } = takeNotice(notice);
      const clientKey = notice.clientId.toLowerCase();
      const fingerprint = fingerprints.of([clientKey, mark]);
      const to = await addressOf(notice.to);
      // Where it is known who is to be sent something, that is paid before: what goes to many is written together then. It is given back where it was sent before.
      const owed = tolls.isCounting && 'personId' in to ? tollsOf(to.personId) : [];
      const payment = owed.length === 0 ? unpaid : await tolls.pay(unpaid, owed);
      return await queue.send({ keyId, to, clientId: notice.clientId, clientKey, content, fingerprint, characters, payment });
    },
  };
}

const usersNamed = createStatement((tx, slot: Slots<{ uuids: readonly string[] }>) =>
  tx.db.selectFrom('User').select(['id', 'uuid']).where('uuid', 'in', slot('uuids')),
);

/** What a notice says, and by what the same is known when it is sent again: that never changes. Throws `BAD_USER_INPUT`. */
function takeNotice({ text, type, data }: NewServerNotice): { readonly content: Content; readonly mark: unknown; readonly characters: number } {
  if (type === null && data === null) return { content: takeText('text', text), mark: text, characters: text.length };
  const together = { zh: 'type 和 data 须一起提供', en: 'Give type and data, or neither' };
  if (type === null) throw badInput('type', together);
  if (data === null) throw badInput('data', together);
  return { content: takeCustom('', { type, data, text }), mark: { custom: [type, data, text] }, characters: data.length + text.length };
}
