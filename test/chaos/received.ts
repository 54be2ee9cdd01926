import type { ChaosClient } from './client.ts';
import type { ConversationRow, EntryRow, TablesNow } from './tables.ts';

/** A time of membership: the entries of the conversation's log that are for the member. */
interface Stay {
  readonly tokens: readonly string[];
  /** The first message that the member may see. */
  readonly fromSeq: number;
  /** Whether it goes on: then nothing of it may be missing. */
  readonly goesOn: boolean;
}

const tokenKinds: Readonly<Record<string, (entry: EntryRow) => string>> = {
  SENT: ({ seq }) => `S${seq}`,
  CHANGED: ({ seq }) => `C${seq}`,
  MEMBERS: () => 'M',
};

function tokensOf(entries: readonly EntryRow[], fromSeq: number): string[] {
  return entries.flatMap((entry) => {
    const token = tokenKinds[entry.kind]?.(entry);
    return token === undefined || (entry.seq !== null && entry.seq < fromSeq) ? [] : [token];
  });
}

/** When somebody was a member, by their own log. A conversation of two lasts for ever. */
function staysOf(tables: TablesNow, userId: number, conversation: ConversationRow): Stay[] {
  const entries = tables.entries.get(conversation.id) ?? [];
  if (conversation.kind === 'DIRECT') return conversation.userIds.includes(userId) ? [{ tokens: tokensOf(entries, 1), fromSeq: 1, goesOn: true }] : [];
  const own = (tables.entries.get(userId) ?? []).filter(({ aboutId, kind }) => aboutId === conversation.id && (kind === 'JOINED' || kind === 'LEFT'));
  return own.flatMap((joined, index) => {
    if (joined.kind !== 'JOINED') return [];
    const left = own[index + 1];
    const from = joined.aboutRev ?? 0;
    const to = left?.aboutRev ?? Number.POSITIVE_INFINITY;
    const fromSeq = entries.find(({ rev }) => rev === from)?.seq ?? 1;
    return [
      {
        tokens: tokensOf(
          entries.filter(({ rev }) => rev >= from && rev < to),
          fromSeq,
        ),
        fromSeq,
        goesOn: !left,
      },
    ];
  });
}

/**
 * How what a client received of one conversation differs from the table; null where it does not. Of a stay that is over a client may have got
 * only the beginning: a replay is judged by the rights of now.
 */
function differenceOf(received: readonly string[], stays: readonly Stay[]): string | null {
  let at = 0;
  for (const { tokens, goesOn } of stays) {
    const matched = matchedOf(received, at, tokens);
    at += matched;
    if (goesOn && matched < tokens.length) {
      const got = received[at];
      if (got === undefined) return `nothing after ${tokens[matched - 1] ?? 'the beginning'}, though ${tokens.length - matched} more are there`;
      return `${got} where ${tokens[matched]} was due, after ${tokens[matched - 1] ?? 'the beginning'}${received.indexOf(got) < at ? ' (a repeat)' : ''}`;
    }
  }
  return at === received.length ? null : `${received[at]} is not for this client, or came twice`;
}

/** How many of these tokens, from the first on, were received from a place on. */
function matchedOf(received: readonly string[], at: number, tokens: readonly string[]): number {
  const end = tokens.findIndex((token, index) => received[at + index] !== token);
  return end < 0 ? tokens.length : end;
}

/** What came of a conversation in the order of its log: read marks and its end are of the person's own log. */
function tokensIn(client: ChaosClient, { globalId }: ConversationRow): string[] {
  return (client.page.receipts.get(globalId) ?? []).flatMap(({ token }) => (token === 'R' || token === 'L' ? [] : [token]));
}

/**
 * The newest entry up to a rev that is for a member. A change to a message from before they came raises the conversation's rev, and is told
 * only to those who were there.
 */
export function toldRev(client: ChaosClient, tables: TablesNow, globalId: string, rev: number): number {
  const conversation = [...tables.conversations.values()].find((one) => one.globalId === globalId);
  const stay = conversation && staysOf(tables, tables.users.get(client.session.uuid) ?? 0, conversation).at(-1);
  const entries = conversation ? (tables.entries.get(conversation.id) ?? []) : [];
  return entries.findLast((entry) => entry.rev <= rev && (entry.seq === null || entry.seq >= (stay?.fromSeq ?? 1)))?.rev ?? rev;
}

/** The times of membership of a client in groups: how many, how many after another one, how many are over, and of how many of those everything came. */
export function staysIn(client: ChaosClient, tables: TablesNow): { stays: number; returns: number; endedStays: number; wholeStays: number } {
  const counts = { stays: 0, returns: 0, endedStays: 0, wholeStays: 0 };
  const userId = tables.users.get(client.session.uuid) ?? 0;
  for (const conversation of tables.conversations.values()) {
    if (conversation.kind !== 'GROUP') continue;
    const received = tokensIn(client, conversation);
    const stays = staysOf(tables, userId, conversation);
    let at = 0;
    counts.stays += stays.length;
    counts.returns += Math.max(0, stays.length - 1);
    for (const { tokens, goesOn } of stays) {
      const matched = matchedOf(received, at, tokens);
      at += matched;
      if (goesOn) continue;
      counts.endedStays += 1;
      if (matched === tokens.length) counts.wholeStays += 1;
    }
  }
  return counts;
}

/** How what a client has received differs from what the tables say: one sentence for each conversation, empty where all is right. */
export function differencesOf(client: ChaosClient, tables: TablesNow): string[] {
  const userId = tables.users.get(client.session.uuid);
  if (userId === undefined) return [`client ${client.index} is not in the table of users`];
  const known = new Map([...tables.conversations.values()].map((conversation) => [conversation.globalId, conversation]));
  // Whoever had to log in again has begun anew: what is shown is compared all the same.
  if (client.session.relogins() > 0) return [];
  const strange = [...client.page.receipts.keys()].filter((id) => !known.has(id)).map((id) => `a conversation that does not exist: ${id}`);
  const wrong = [...tables.conversations.values()].flatMap((conversation) => {
    const tokens = (client.page.receipts.get(conversation.globalId) ?? []).map(({ token }) => token);
    const found: string[] = [];
    const difference = differenceOf(tokensIn(client, conversation), staysOf(tables, userId, conversation));
    if (difference !== null) found.push(difference);
    const own = (tables.entries.get(userId) ?? []).filter(({ aboutId }) => aboutId === conversation.id);
    const count = (token: string) => tokens.filter((one) => one === token).length;
    const reads = own.filter(({ kind }) => kind === 'READ' || kind === 'CONVERSATION').length;
    // In a group somebody who left meanwhile is not told any more.
    if (conversation.kind === 'DIRECT' ? count('R') !== reads : count('R') > reads) found.push(`${count('R')} read marks, and the table has ${reads}`);
    const lefts = own.filter(({ kind }) => kind === 'LEFT').length;
    if (count('L') !== lefts) found.push(`told ${count('L')} times that it is gone, and the table says ${lefts} times`);
    return found.map((sentence) => `conversation ${conversation.id}: ${sentence}`);
  });
  return [...strange, ...wrong].map((sentence) => `client ${client.index}: ${sentence}`);
}
