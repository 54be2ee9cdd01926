import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reader } from '../harness/reader.ts';
import { askOnce } from '../harness/requests.ts';
import { enter, messageFrame, type Said } from '../harness/room.ts';
import type { Guest, Room } from '../harness/scene.ts';

/** What all people together have done and met. */
export interface Day {
  readonly counts: Map<string, number>;
  /** What went wrong, with how often: nothing may. */
  readonly faults: Map<string, number>;
}

/** Somebody who comes and goes, writes, reads, searches and uploads, until told to stop. */
export interface Person {
  /** Comes, and follows the events from then on. */
  come(): Promise<void>;
  /** Does what people do. */
  live(): void;
  /** Stops doing anything new; stays, and comes back where they were away. Resolves when nothing is under way. */
  rest(): Promise<void>;
  /** The seq of the last message of a room that they have been given, each once and in order. */
  seqOf(room: Room): number;
  leave(): void;
}

/** How often somebody does something, in milliseconds on average. */
const everyMs = { send: 820, page: 5000, read: 3000, list: 10_000, search: 20_000, upload: 120_000, visit: 14_000 } as const;

const awayMs = 1000;
const patienceMs = 30_000;

const events = `subscription ($after: String) { events(after: $after) { __typename cursor at
  ... on MessageSent { message { id seq rev createdAt conversation { id } sender { id username } content { __typename text } } }
  ... on UploadChanged { upload { id state } }
} }`;
const page = 'query ($id: ID!) { conversation(id: $id) { id title messages(last: 20) { edges { node { id seq content { text } sender { username } } } } } }';
const list = '{ conversations(first: 20) { edges { node { id title unreadCount lastMessage { content { text } } } } } viewer { unreadCount } }';
const read = 'mutation ($id: ID!, $seq: Int!) { markRead(conversationId: $id, seq: $seq) { id readSeq } }';
const search = 'query ($keyword: String!) { searchMessages(keyword: $keyword, first: 20) { edges { node { id seq content { text } } } } }';
const createUpload = 'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { uploadUrl } }';

const words = ['the', 'quick', 'brown', 'fox', 'lazy', 'dog', '你好', '明天', '见面', '吃饭', 'lunch', 'report', 'where', 'когда', 'привет', 'wunderbar'];
const pick = <T>(from: readonly T[]): T => {
  const found = from[Math.floor(Math.random() * from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};

/** A text of some 70 characters. */
const someText = () => Array.from({ length: 12 }, () => pick(words)).join(' ');

/** Makes somebody who is in these rooms, and writes into those that `choose` gives. */
export function createPerson(port: number, guest: Guest, choose: () => Room, picture: Buffer, day: Day): Person {
  const seqs = new Map<string, number>();
  const waiting = new Map<string, (frame: string) => void>();
  const timers = new Set<NodeJS.Timeout>();
  const underWay = new Set<Promise<unknown>>();
  let reader: Reader | null = null;
  let cursor: string | null = null;
  let caughtUp = () => {};
  let isResting = false;
  let isComing = false;
  let lastId = 0;
  const add = (to: Map<string, number>, what: string) => to.set(what, (to.get(what) ?? 0) + 1);
  const fault = (what: string) => add(day.faults, what);

  const hear = (frame: string) => {
    if (!frame.includes('"id":"events"')) {
      const id = /"id":"(\d+)"/.exec(frame)?.[1];
      if (id !== undefined && !frame.includes('"type":"complete"')) waiting.get(id)?.(frame);
      return;
    }
    const event = JSON.parse(frame).payload?.data?.events;
    if (!event) return fault(`a stream ended: ${frame.slice(0, 200)}`);
    ({ cursor } = event);
    add(day.counts, 'events');
    if (event.__typename === 'CaughtUp') caughtUp();
    else if (event.__typename === 'SyncReset') fault('a stream began anew');
    else if (event.__typename === 'MessageSent') {
      const { seq, conversation } = event.message;
      const last = seqs.get(conversation.id) ?? 0;
      if (seq !== last + 1) fault(seq <= last ? 'a message came twice' : 'a message was lost');
      seqs.set(conversation.id, seq);
    } else if (event.__typename === 'UploadChanged' && event.upload.state === 'READY') track(say([event.upload.id]));
  };

  /** Asks over the socket; what was under way when somebody goes is given up. */
  const ask = async (what: string, frameOf: (id: string) => string) => {
    const socket = reader;
    if (!socket) return;
    const id = `${++lastId}`;
    const answer = await new Promise<string | null>((resolve) => {
      const late = setTimeout(() => resolve(null), patienceMs);
      waiting.set(id, (frame) => {
        clearTimeout(late);
        resolve(frame);
      });
      socket.send(frameOf(id));
    });
    waiting.delete(id);
    if (answer === gone) return;
    if (answer === null) fault(`${what}: no answer`);
    else if (/"errors"|"type":"error"/.test(answer)) fault(`${what}: ${answer.slice(0, 200)}`);
    else add(day.counts, what);
  };
  const query = (what: string, document: string, variables: object = {}) =>
    ask(what, (id) => JSON.stringify({ id, type: 'subscribe', payload: { query: document, variables } }));
  const say = (said: Said) => {
    const room = choose();
    return ask('sends', (id) => messageFrame(id, room, said));
  };
  const upload = async () => {
    const input = { clientId: randomUUID(), kind: 'IMAGE', name: 'photo.jpg', size: picture.length };
    const headers = { authorization: `Bearer ${guest.token}` };
    const { body } = await askOnce(port, { path: '/graphql', body: JSON.stringify({ query: createUpload, variables: { input } }), headers });
    const path = /"uploadUrl":"([^"]+)"/.exec(body)?.[1];
    if (path === undefined) return fault(`uploads: ${body.slice(0, 200)}`);
    const sent = { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    const { status } = await fetch(new URL(path, `http://127.0.0.1:${port}`), { method: 'PATCH', headers: sent, body: new Uint8Array(picture) });
    if (status === 204) add(day.counts, 'uploads');
    else fault(`uploads: ${status}`);
  };

  const come = async () => {
    const begun = Promise.withResolvers<void>();
    caughtUp = begun.resolve;
    const late = setTimeout(() => begun.reject(new Error('nobody was caught up in time')), patienceMs);
    reader = await enter(port, guest);
    reader.listen(hear);
    reader.send(JSON.stringify({ id: 'events', type: 'subscribe', payload: { query: events, variables: { after: cursor } } }));
    await begun.promise;
    clearTimeout(late);
    add(day.counts, 'connects');
  };
  const go = () => {
    reader?.close();
    reader = null;
    for (const give of waiting.values()) give(gone);
  };
  const visit = async () => {
    if (isComing) return;
    isComing = true;
    go();
    try {
      await sleep(awayMs * 2 * Math.random());
      await come();
    } finally {
      isComing = false;
    }
  };
  const track = (work: Promise<unknown>) => {
    const tracked: Promise<unknown> = work.catch((error: unknown) => fault(String(error))).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  /** Does it again and again, at random moments. */
  const often = (ms: number, work: () => Promise<unknown>) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        if (isResting) return;
        // Whoever is away does nothing but come back, also where that failed once.
        if (reader || work === visit) track(work());
        often(ms, work);
      },
      -Math.log(1 - Math.random()) * ms,
    );
    timers.add(timer);
  };

  return {
    come,
    live() {
      often(everyMs.send, () => say(someText()));
      often(everyMs.page, () => query('pages', page, { id: choose().globalId }));
      often(everyMs.list, () => query('lists', list));
      often(everyMs.search, () => query('searches', search, { keyword: pick(words) }));
      often(everyMs.upload, upload);
      often(everyMs.read, async () => {
        const id = choose().globalId;
        const seq = seqs.get(id);
        if (seq !== undefined) await query('read marks', read, { id, seq });
      });
      often(everyMs.visit, visit);
    },
    async rest() {
      isResting = true;
      for (const timer of timers) clearTimeout(timer);
      while (underWay.size > 0) await Promise.all(underWay);
    },
    seqOf: ({ globalId }) => seqs.get(globalId) ?? 0,
    leave: () => reader?.close(),
  };
}

/** In the place of an answer, for whoever goes before it comes. */
const gone = 'gone';
