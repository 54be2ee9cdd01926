import type { ChaosClient } from './client.ts';
import type { ConversationRow, EntryRow, TablesNow } from './tables.ts';

/** A time of membership: the entries of the conversation's log that are for the member. */
interface Stay {
  readonly tokens: readonly string[];
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
  if (conversation.kind === 'DIRECT') return conversation.userIds.includes(userId) ? [{ tokens: tokensOf(entries, 1), goesOn: true }] : [];
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
    let matched = 0;
    while (matched < tokens.length && received[at] === tokens[matched]) {
      at += 1;
      matched += 1;
    }
    if (goesOn && matched < tokens.length) {
      const got = received[at];
      if (got === undefined) return `nothing after ${tokens[matched - 1] ?? 'the beginning'}, though ${tokens.length - matched} more are there`;
      return `${got} where ${tokens[matched]} was due, after ${tokens[matched - 1] ?? 'the beginning'}${received.indexOf(got) < at ? ' (a repeat)' : ''}`;
    }
  }
  return at === received.length ? null : `${received[at]} is not for this client, or came twice`;
}

/** How what a client has received differs from what the tables say: one sentence for each conversation, empty where all is right. */
export function differencesOf(client: ChaosClient, tables: TablesNow): string[] {
  const userId = tables.users.get(client.session.uuid);
  if (userId === undefined) return [`client ${client.index} is not in the table of users`];
  const known = new Map([...tables.conversations.values()].map((conversation) => [conversation.globalId, conversation]));
  const strange = [...client.page.receipts.keys()].filter((id) => !known.has(id)).map((id) => `a conversation that does not exist: ${id}`);
  const wrong = [...tables.conversations.values()].flatMap((conversation) => {
    const tokens = (client.page.receipts.get(conversation.globalId) ?? []).map(({ token }) => token);
    const found: string[] = [];
    const difference = differenceOf(
      tokens.filter((token) => token !== 'R' && token !== 'L'),
      staysOf(tables, userId, conversation),
    );
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
