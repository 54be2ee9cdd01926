import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { codeOf } from '../../bench/page/socket.ts';
import { createInbox, type Inbox } from '../../client/src/links/inbox.ts';
import type { ChatConversationFragment, ChatMessageFragment } from '../generated/graphql.ts';
import { type ChaosEvent, documents, type StartAnswer } from './documents.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { ChaosSession } from './session.ts';

/** One event that a client has got. */
export interface Receipt {
  /** S and the seq: sent. C and the seq: changed. M: members. R: read. L: gone. */
  readonly token: string;
  readonly at: number;
  /** Whether the stream was live when it came: not a replay. */
  readonly live: boolean;
}

/** What somebody has open: a socket of graphql-ws's own client that comes back by itself, the stream of events on it, and what it shows. */
export interface Page {
  readonly inbox: Inbox<ChatMessageFragment, ChatConversationFragment>;
  /** What came, by conversation, in order. */
  readonly receipts: ReadonlyMap<string, readonly Receipt[]>;
  /** Texts that came, with the conversation in which they came. */
  readonly texts: { readonly conversationId: string; readonly text: string }[];
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

/** How often a client asks whether the other side is still there, in milliseconds. */
const keepAliveMs = 3000;

/** How long it waits to be let in, in milliseconds. */
const ackMs = 5000;

/** Reads where the viewer stands, then follows from there for as long as the page is open. */
export async function openPage(url: string, session: ChaosSession, ledger: Ledger, random: Random): Promise<Page> {
  const inbox = createInbox<ChatMessageFragment, ChatConversationFragment>();
  const receipts = new Map<string, Receipt[]>();
  const texts: Page['texts'] = [];
  const newest = new Map<string, number>();
  const start = await session.insist<StartAnswer>(documents.start, {});
  if (!start.data?.viewer) throw new Error(`the first query was refused: ${start.code}`);
  let cursor = start.data.viewer.cursor;
  let token = '';
  let live = false;
  let missed = 0;
  let connections = 0;
  let closed = false;
  let reading = true;
  let silence: NodeJS.Timeout | undefined;
  let client: Client | null = null;
  let wire: WebSocket | null = null;

  class TappedWebSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      wire = this;
    }
  }

  const note = (conversationId: string, tokenOf: string) => {
    const known = receipts.get(conversationId) ?? [];
    receipts.set(conversationId, known);
    known.push({ token: tokenOf, at: Date.now(), live });
    if (!live) missed += 1;
  };

  const apply = (event: ChaosEvent) => {
    ledger.counts.events += 1;
    if (event.cursor.length > 1024) ledger.complain('a cursor is longer than 1 KB', `${event.cursor.length}`);
    cursor = event.cursor;
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
      case 'CaughtUp':
        if (missed > 0) {
          ledger.counts.catchUps += 1;
          ledger.counts.caughtUpEntries += missed;
        }
        live = true;
        missed = 0;
        return;
      case 'SyncReset':
        // Nothing here is as old or as long as what a reset is for.
        ledger.complain('a stream was reset without a reason');
        live = true;
        return;
      case 'MembersChanged':
        note(event.conversation.id, 'M');
        inbox.putConversation(event.conversation);
        return;
    }
    inbox.apply(event);
  };

  const connect = () => {
    // By force, and from the first moment on: what graphql-ws itself does waits for an answer of the other side, which may be gone.
    const expectAnswer = (ms: number) => {
      clearTimeout(silence);
      // Somebody who reads nothing sees no answer either: it is waited for until they read again.
      silence = setTimeout(() => (reading ? wire?.terminate() : expectAnswer(ms)), ms);
    };
    const mine = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: TappedWebSocket,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: () => sleep(random.between(50, 400)),
      keepAlive: keepAliveMs,
      connectionParams: async () => {
        token = await session.token();
        return { token, cursor, locale: 'en' };
      },
      on: {
        connecting: () => expectAnswer(ackMs),
        opened: () => expectAnswer(ackMs),
        connected: () => {
          clearTimeout(silence);
          connections += 1;
          if (connections > 1) ledger.counts.reconnects += 1;
          live = false;
          missed = 0;
        },
        ping: (received) => {
          if (!received) expectAnswer(keepAliveMs);
        },
        pong: (received) => {
          if (received) clearTimeout(silence);
        },
        closed: (event) => {
          clearTimeout(silence);
          live = false;
          if (codeOf(event) === 4403) session.expire(token);
        },
      },
    });
    client = mine;
    mine.subscribe<{ events: ChaosEvent }>(
      { query: documents.events, variables: { after: cursor } },
      {
        next({ data, errors }) {
          if (data?.events) apply(data.events);
          else ledger.complain('an event came with an error', JSON.stringify(errors));
        },
        error(error) {
          if (closed) return;
          // The session is over: stock clients give up, and the person logs in again. The cursor is still good, because it is the person's.
          if (codeOf(error) !== 4401) ledger.complain('a stream has failed', error instanceof Error ? error.message : JSON.stringify(error));
          void session.logIn().then(() => {
            if (!closed) connect();
          });
        },
        complete() {
          if (!closed) ledger.complain('a stream of events was completed by the server');
        },
      },
    );
  };
  connect();

  return {
    inbox,
    receipts,
    texts,
    has: (conversationId, seq) => (newest.get(conversationId) ?? 0) >= seq,
    isLive: () => live,
    cut: () => wire?.terminate(),
    async stopReading(ms) {
      const mine = wire;
      if (mine?.readyState !== WebSocket.OPEN) return;
      reading = false;
      mine.pause();
      await sleep(ms);
      reading = true;
      mine.resume();
    },
    async close() {
      closed = true;
      clearTimeout(silence);
      // One that is just trying to connect says so by failing.
      await Promise.allSettled([client?.dispose()]);
      wire?.terminate();
    },
  };
}
