import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { EventsDocument, type EventsSubscription } from '../generated/graphql.ts';
import type { CrowdOrder, CrowdReport } from './crowd.ts';

// Many clients in a process of their own, forked by openCrowd. They follow their events; when their node dies, they wait for the word, and come
// back at once, all of them, with their cursors.

let at = '';
/** Pending while nobody may come. */
let word = Promise.withResolvers<void>();
let returnedAt = 0;

function follow(token: string) {
  const texts: string[] = [];
  let cursor: string | null = null;
  let liveAt = 0;
  createClient({
    url: () => at,
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    // The word first, and no pause: a pause is what keeps good clients from coming all at once.
    retryWait: () => word.promise.then(() => sleep(20)),
    connectionParams: () => ({ token, cursor }),
  }).subscribe<EventsSubscription>(
    { query: print(EventsDocument), variables: {} },
    {
      next({ data }) {
        if (!data) return;
        if (data.events.__typename === 'MessageSent') texts.push(data.events.message.content?.text ?? '');
        if (data.events.__typename === 'CaughtUp') liveAt = performance.now();
        cursor = data.events.cursor;
      },
      error: () => {},
      complete: () => {},
    },
  );
  return { texts, liveAt: () => liveAt };
}

const clients: ReturnType<typeof follow>[] = [];

async function untilAllAreLive(): Promise<void> {
  while (!clients.every(({ liveAt }) => liveAt() > returnedAt)) await sleep(10);
  const report: CrowdReport = { texts: clients.map(({ texts }) => [...texts]), ms: Math.max(...clients.map(({ liveAt }) => liveAt())) - returnedAt };
  // Whoever loses their node from now on waits.
  word = Promise.withResolvers();
  process.send?.(report);
}

process.on('message', ({ url, tokens }: CrowdOrder) => {
  at = url;
  returnedAt = performance.now();
  clients.push(...tokens.map(follow));
  word.resolve();
  void untilAllAreLive();
});
process.on('disconnect', () => process.exit());
