import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Conversation, ParleyEvent } from '../../client/src/index.ts';
import type { Ledger } from './ledger.ts';
import { type ChaosSession, openSession } from './session.ts';

/** One event that a client has got. */
export interface Receipt {
  /** S and the seq: sent. C and the seq: changed. M: members. R: read. L: gone. */
  readonly token: string;
  readonly at: number;
  /** Whether the stream was live when it came: not a replay. */
  readonly live: boolean;
}

/** What somebody has open: a page of parley-client, all of whose chats are looked at. */
export interface Page {
  readonly session: ChaosSession;
  /** What came, by conversation, in order. */
  readonly receipts: ReadonlyMap<string, readonly Receipt[]>;
  /** Texts that came, with the conversation in which they came. */
  readonly texts: { readonly conversationId: string; readonly text: string }[];
  /** The conversations that are shown. */
  conversations(): readonly Conversation[];
  /** Whether the event of a message has come. */
  has(conversationId: string, seq: number): boolean;
  /** Whether the stream has said that it is live since the socket is open. */
  isLive(): boolean;
  /** Cuts the connection, as a lost network does. */
  cut(): void;
  /** Takes nothing from the socket for so long. */
  stopReading(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Registers somebody, and follows from there for as long as the page is open. */
export async function openPage(url: string, username: string, ledger: Ledger, isRunOver: () => boolean): Promise<Page> {
  const receipts = new Map<string, Receipt[]>();
  const texts: Page['texts'] = [];
  const newest = new Map<string, number>();
  let missed = 0;
  let connections = 0;
  let wire: WebSocket | null = null;

  class TappedWebSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      wire = this;
      // Nothing here is as old or as long as what a reset is for.
      this.on('message', (data) => {
        if (String(data).includes('"__typename":"SyncReset"')) ledger.complain('a stream was reset without a reason');
      });
    }
  }

  const session = await openSession(url, username, TappedWebSocket, ledger, isRunOver);
  const { parley } = session;
  const isLive = () => parley.connection.get().status === 'live';

  const note = (conversationId: string, tokenOf: string) => {
    const known = receipts.get(conversationId) ?? [];
    receipts.set(conversationId, known);
    known.push({ token: tokenOf, at: Date.now(), live: isLive() });
    if (!isLive()) missed += 1;
  };
  const take = (event: ParleyEvent) => {
    ledger.counts.events += 1;
    if (event.cursor.length > 1024) ledger.complain('a cursor is longer than 1 KB', `${event.cursor.length}`);
    switch (event.__typename) {
      case 'MessageSent':
      case 'MessageChanged': {
        const { conversation, seq, content, clientId } = event.message;
        note(conversation.id, `${event.__typename === 'MessageSent' ? 'S' : 'C'}${seq}`);
        newest.set(conversation.id, Math.max(newest.get(conversation.id) ?? 0, seq));
        // Notices of the server itself have no clientId, and say nothing that anybody wrote.
        if (content && clientId !== null) texts.push({ conversationId: conversation.id, text: content.text });
        break;
      }
      case 'ConversationChanged':
        note(event.conversation.id, 'R');
        break;
      case 'ConversationGone':
        note(event.conversationId, 'L');
        break;
      case 'MembersChanged':
        note(event.conversation.id, 'M');
        break;
      case 'CaughtUp':
        if (missed > 0) {
          ledger.counts.catchUps += 1;
          ledger.counts.caughtUpEntries += missed;
        }
        missed = 0;
        break;
    }
  };
  parley.onEvent(take);
  parley.connection.subscribe(() => {
    if (parley.connection.get().status !== 'catchingUp') return;
    connections += 1;
    missed = 0;
    if (connections > 1) ledger.counts.reconnects += 1;
  });

  const looked = new Set<string>();
  const look = () => {
    for (const { id } of conversations()) {
      if (looked.has(id)) continue;
      looked.add(id);
      parley.conversation(id).subscribe(() => {});
    }
  };
  const conversations = () => parley.conversations.get().conversations;
  parley.conversations.subscribe(look);

  return {
    session,
    receipts,
    texts,
    conversations,
    has: (conversationId, seq) => (newest.get(conversationId) ?? 0) >= seq,
    isLive,
    cut: () => wire?.terminate(),
    async stopReading(ms) {
      const mine = wire;
      if (mine?.readyState !== WebSocket.OPEN) return;
      mine.pause();
      await sleep(ms);
      if (mine.readyState === WebSocket.OPEN) mine.resume();
    },
    async close() {
      await parley.close();
      wire?.terminate();
    },
  };
}
