import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { ChatConversationFragment, ChatMessageFragment } from '../generated/graphql.ts';
import type { ChaosClient } from './client.ts';
import { documents, type HistoryAnswer, type StartAnswer } from './documents.ts';
import type { Ledger } from './ledger.ts';
import type { Holding } from './node.ts';
import { differencesOf, staysIn, toldRev } from './received.ts';
import type { ChaosOptions, Outcome as RunOutcome } from './run.ts';
import { ask, type Outcome } from './session.ts';
import { type MessageRow, readTables, type TablesNow } from './tables.ts';

type Live = Omit<RunOutcome, 'healedMs'>;
type Messages = NonNullable<HistoryAnswer['conversation']>['messages'];

/** What was there before anybody came. */
export interface Baseline {
  readonly holding: Holding;
  readonly redisKeys: number;
}

/** The database of a run. */
export const databaseName = 'parley_chaos';

/**
 * How much more than at the beginning a node may hold when everybody is gone: what it has compiled, and a full pool of connections. Two versions keep
 * marks of their own in Redis, a constant number each.
 */
const allowance = { heapBytes: 64 * 2 ** 20, sockets: 16, redisKeys: 2, redisKeysBeside: 2 } as const;

/** Looks at everything when the last fault is over. Complaints go into the ledger; gives how long it took until everybody had everything. */
export async function checkEverything(outcome: Live, healing: number, baseline: Baseline, options: ChaosOptions): Promise<number> {
  const { world, crowd, ledger } = outcome;
  const healedMs = await untilEverythingArrived(outcome, healing, options.healMs);
  const tables = await readTables(world.database, databaseName);
  options.onProgress(`everything has arrived after ${healedMs} ms`);
  checkTables(tables, ledger);
  checkAcknowledged(tables, crowd.clients, ledger);
  checkTexts(tables, crowd.clients, ledger);
  for (const client of crowd.clients) {
    const { stays, returns, endedStays, wholeStays } = staysIn(client, tables);
    ledger.counts.stays += stays;
    ledger.counts.returns += returns;
    ledger.counts.endedStays += endedStays;
    ledger.counts.wholeStays += wholeStays;
  }
  for (const client of crowd.clients) await compareWithFresh(client, tables, ledger);
  options.onProgress('compared with fresh clients');
  await checkPresence(tables, outcome, options.presenceMs);
  options.onProgress('presence looked at');
  await Promise.all(crowd.clients.map(({ page }) => page.close()));
  await checkLeftovers(outcome, baseline, options);
  return healedMs;
}

async function untilEverythingArrived({ world, crowd, ledger }: Live, healing: number, ms: number): Promise<number> {
  for (;;) {
    const tables = await readTables(world.database, databaseName);
    const waiting = crowd.clients.filter(({ page }) => !page.isLive()).map(({ index }) => `client ${index} is not live`);
    const differences = [...waiting, ...crowd.clients.flatMap((client) => differencesOf(client, tables))];
    const took = Date.now() - healing;
    if (differences.length === 0) return took;
    if (took > ms) {
      for (const difference of differences) ledger.complain('what a client received is not what the table holds', difference);
      return took;
    }
    await sleep(250);
  }
}

/** No hole in any rev or seq, no message twice. */
function checkTables(tables: TablesNow, ledger: Ledger): void {
  for (const { id, lastRev, lastSeq } of tables.logs) {
    const entries = tables.entries.get(id) ?? [];
    const messages = tables.messages.get(id) ?? [];
    if (entries.length !== lastRev || entries.some(({ rev }, index) => rev !== index + 1))
      ledger.complain('a log has a hole in its revs', `log ${id}: ${entries.length} entries, last rev ${lastRev}`);
    if (messages.length !== lastSeq || messages.some(({ seq }, index) => seq !== index + 1))
      ledger.complain('a conversation has a hole in its seqs', `conversation ${id}: ${messages.length} messages, last seq ${lastSeq}`);
    const sent = entries.filter(({ kind }) => kind === 'SENT').map(({ seq }) => seq);
    if (sent.some((seq, index) => seq !== index + 1)) ledger.complain('the entries of a conversation are not in the order of its messages', `${id}`);
  }
  const seen = new Set<string>();
  for (const message of [...tables.messages.values()].flat()) {
    if (message.clientId === null) continue;
    const key = `${message.senderId} ${message.clientId}`;
    if (seen.has(key)) ledger.complain('a message is there twice', key);
    seen.add(key);
  }
}

function checkAcknowledged(tables: TablesNow, clients: readonly ChaosClient[], ledger: Ledger): void {
  const stored = new Map<string, MessageRow>([...tables.messages.values()].flat().map((message) => [`${message.senderId} ${message.clientId}`, message]));
  for (const { sender, clientId, conversationId, seq, text, messageId } of ledger.acknowledged) {
    const senderId = tables.users.get(clients[sender]?.session.uuid ?? '');
    const row = stored.get(`${senderId} ${clientId}`);
    if (!row) {
      ledger.complain('an acknowledged message is missing', text.slice(0, 100));
      continue;
    }
    if (tables.conversations.get(row.conversationId)?.globalId !== conversationId || row.seq !== seq)
      ledger.complain('an acknowledged message stands at another place', `acknowledged as ${seq}, is ${row.seq}`);
    if (row.recalledAt === null ? row.text !== text : row.text !== null) ledger.complain('a message holds another text', text.slice(0, 100));
    if (ledger.recalled.has(messageId) && row.recalledAt === null) ledger.complain('an acknowledged recall is missing', text.slice(0, 100));
  }
}

/** Each text says for whom it is. */
function checkTexts(tables: TablesNow, clients: readonly ChaosClient[], ledger: Ledger): void {
  const pairs = new Map<string, string>();
  const indexOf = new Map(clients.map(({ index, session }) => [tables.users.get(session.uuid), index]));
  for (const { globalId, kind, userIds } of tables.conversations.values())
    if (kind === 'DIRECT')
      pairs.set(
        userIds
          .map((id) => indexOf.get(id) ?? -1)
          .sort((a, b) => a - b)
          .join('-'),
        globalId,
      );
  for (const { index, page } of clients) {
    for (const { conversationId, text } of page.texts) {
      const [, kind, whom = ''] = /^\[([dg]):([^\]]+)\]/.exec(text) ?? [];
      const right = kind === 'd' ? whom.split('-').includes(`${index}`) && pairs.get(whom) === conversationId : kind === 'g' && whom === conversationId;
      if (!right) ledger.complain('somebody received what was not for them', `client ${index} in ${conversationId}: ${text.slice(0, 100)}`);
    }
  }
}

type MessageState = Pick<ChatMessageFragment, 'id' | 'seq' | 'rev' | 'recalledAt'> & { readonly content: { readonly text: string } | null };
type ConversationState = Pick<ChatConversationFragment, 'id' | 'rev' | 'readSeq' | 'peerReadSeq' | 'unreadCount'> & {
  readonly lastMessage: MessageState | null;
};

const messageState = ({ id, seq, rev, content, recalledAt }: MessageState) => ({ id, seq, rev, text: content?.text ?? null, recalledAt });
const conversationState = ({ id, rev, readSeq, peerReadSeq, unreadCount, lastMessage }: ConversationState) => ({
  id,
  rev,
  readSeq,
  peerReadSeq,
  unreadCount,
  lastMessage: lastMessage ? messageState(lastMessage) : null,
});

/** Somebody who begins now reads the same as somebody who has held on all the time. */
async function compareWithFresh(client: ChaosClient, tables: TablesNow, ledger: Ledger): Promise<void> {
  const { index, session, page } = client;
  const stateOf = (copy: ConversationState) => ({ ...conversationState(copy), rev: toldRev(client, tables, copy.id, copy.rev) });
  const { data } = await session.insist<StartAnswer>(documents.start, {});
  const fresh = data?.conversations?.edges.map(({ node }) => node) ?? [];
  const complain = (what: string, held: unknown, read: unknown) =>
    ledger.complain('a client holds something else than a fresh client reads', `client ${index}, ${what}: ${JSON.stringify(held)} but ${JSON.stringify(read)}`);
  const shown = new Map(page.conversations().map((conversation) => [conversation.id, conversation]));
  const gone = [...shown.keys()].filter((id) => !fresh.some((conversation) => conversation.id === id));
  if (gone.length > 0) complain('conversations', gone, []);
  for (const conversation of fresh) {
    const held = shown.get(conversation.id);
    const [before, now] = [held ? stateOf(held) : null, stateOf(conversation)];
    if (JSON.stringify(before) !== JSON.stringify(now)) complain('a conversation', before, now);
    // What is shown is the end of what there is.
    const { messages: shownMessages, hasOlder, hasNewer } = session.parley.conversation(conversation.id).get();
    // What was refused in a group that somebody had left is there again with the group.
    const holds = shownMessages.filter(({ state }) => state !== 'failed');
    const read: ChatMessageFragment[] = [];
    let cursor: string | null = null;
    // As far as it is shown, and one page more where that ends with one: after an hour all of it would be read for longer than that.
    for (;;) {
      const history: Outcome<HistoryAnswer> = await session.insist<HistoryAnswer>(documents.history, { id: conversation.id, before: cursor });
      const messages: Messages | undefined = history.data?.conversation?.messages;
      read.unshift(...(messages?.edges.map(({ node }) => node) ?? []));
      if (!messages?.pageInfo.hasPreviousPage || read.length > holds.length) break;
      cursor = messages.pageInfo.startCursor;
    }
    const end = read.slice(read.length - holds.length);
    if (hasNewer || holds.length > read.length || (!hasOlder && holds.length < read.length) || (holds.length === 0 && read.length > 0))
      complain(
        `the messages of ${conversation.id}`,
        holds.map(({ seq, state }) => `${state} ${seq}`),
        read.map(({ seq }) => seq),
      );
    const different = holds.findIndex((message, at) => JSON.stringify(messageState(message)) !== JSON.stringify(end[at] ? messageState(end[at]) : null));
    if (different >= 0) complain('a message', holds[different], end[different] ?? null);
  }
}

/** Half of the people go. Within the time every node says of everybody who is there and who is not. */
async function checkPresence(tables: TablesNow, { world, crowd, ledger }: Live, ms: number): Promise<void> {
  const { clients } = crowd;
  const goes = ({ index }: ChaosClient) => index % 2 === 1;
  await Promise.all(clients.filter(goes).map(({ page }) => page.close()));
  const byId = new Map(clients.map((client) => [tables.users.get(client.session.uuid), client]));
  // Whoever has written to somebody is seen by them.
  const seen = [...tables.conversations.values()].flatMap(({ id, userIds }) =>
    [userIds, userIds.toReversed()].flatMap(([observerId, personId]) => {
      const [observer, person] = [byId.get(observerId), byId.get(personId)];
      const wrote = tables.messages.get(id)?.some(({ senderId }) => senderId === personId) ?? false;
      return observer && person && wrote && !goes(observer) ? [{ observer, person }] : [];
    }),
  );
  const deadline = Date.now() + ms;
  let wrong: string[] = [];
  do {
    wrong = [];
    for (const [at, { observer, person }] of seen.entries()) {
      const node = world.nodes[at % world.nodes.length];
      if (!node) continue;
      const { data, code } = await ask<{ userInfo: { presence: string | null } | null }>(
        node.url,
        documents.presence,
        { uuid: person.session.uuid },
        await observer.session.token(),
        { connection: 'close' },
      );
      if (code === 'TOKEN_EXPIRED') await observer.session.renew();
      const said = data?.userInfo?.presence ?? code;
      const due = goes(person) ? 'OFFLINE' : 'ONLINE';
      if (said !== due) wrong.push(`${node.program.name} says ${said} of client ${person.index}, who is ${due}`);
    }
    if (wrong.length > 0) await sleep(500);
  } while (wrong.length > 0 && Date.now() < deadline);
  if (wrong.length > 0) ledger.complain('presence is wrong', `${wrong[0]} (${wrong.length} of ${seen.length})`);
}

/** When everybody is gone, the node that has lived through it all holds what it held before anybody came. */
async function checkLeftovers({ world, ledger }: Live, baseline: Baseline, { beside }: ChaosOptions): Promise<void> {
  const keysAllowed = allowance.redisKeys + (beside === undefined ? 0 : allowance.redisKeysBeside);
  const node = world.nodes.at(-1);
  if (!node) return;
  // Idle connections of HTTP, which both sides keep for a minute, and the ends of those that are half open.
  world.balancer.cutAll();
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { heapBytes, sockets } = await node.hold();
    const { keys, channels } = await world.redis.use(async (redis) => {
      const found = await redis.call('PUBSUB', 'SHARDCHANNELS');
      return { keys: await countKeys(redis), channels: Array.isArray(found) ? found.length : 0 };
    });
    const left = [
      ...(heapBytes > baseline.holding.heapBytes + allowance.heapBytes
        ? [`${megabytes(heapBytes)} MB of heap, ${megabytes(baseline.holding.heapBytes)} before`]
        : []),
      ...(sockets > baseline.holding.sockets + allowance.sockets ? [`${sockets} sockets, ${baseline.holding.sockets} before`] : []),
      ...(keys > baseline.redisKeys + keysAllowed ? [`${keys} keys in Redis, ${baseline.redisKeys} before`] : []),
      ...(channels > 0 ? [`${channels} channels in Redis`] : []),
    ];
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      ledger.complain('something is left when everybody is gone', left.join('; '));
      return;
    }
    await sleep(1000);
  }
}

/**
 * How many keys are there. What was counted of callers is none of them: it stays until its time is over, whoever has gone; but of it what has no such time.
 */
export async function countKeys(redis: Redis): Promise<number> {
  const keys = await redis.keys('*');
  const stays = await Promise.all(keys.map(async (key) => !key.includes('rate:') || (await redis.pttl(key)) === -1));
  return stays.filter(Boolean).length;
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
