import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PresenceOfDocument, SetTypingDocument } from '../generated/graphql.ts';
import { type Env, startApp, startNodes, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerTwo, registerUser, sendText } from '../support/people.ts';
import { type Frame, openRawSocket, type RawSocket } from '../support/raw-socket.ts';

const limit = 65_536;
const env: Env = {
  ...adminEnv,
  SOCKET_BUFFER_BYTES: String(limit),
  STREAM_QUEUE: '20',
  COMPARE_MILLISECONDS: '300',
  TYPING_SECONDS: '30',
  DOCUMENT_SAME_NAME: '20',
};

// The buffers of both kernels hold a few megabytes before anything waits in the process: each frame is made that large.
const copies = 20;
const text = '消'.repeat(5000);
const frameBytes = copies * Buffer.byteLength(text) + 5_000;
const heavy = Array.from({ length: copies }, (_, index) => `t${index}: text`).join(' ');
const events = `subscription { events { __typename ... on MessageSent { message { seq content { ${heavy} } } } } }`;

/** The most that ever waited in one socket of this process. Clients send little: what waits, waits in servers. */
let most = 0;
const { write } = Socket.prototype;
const watched: typeof write = function (this: Socket, ...args: unknown[]) {
  const isTaken = Reflect.apply(write, this, args);
  most = Math.max(most, this.writableLength);
  return isTaken;
};
beforeEach(() => {
  most = 0;
  Socket.prototype.write = watched;
});
afterEach(() => {
  Socket.prototype.write = write;
});

async function open(person: Person, app: TestApp): Promise<RawSocket> {
  const socket = await openRawSocket(app.socketUrl);
  await socket.init({ token: person.token });
  return socket;
}

function subscribe(socket: RawSocket, id: string, query: string, variables: object = {}): void {
  socket.send({ type: 'subscribe', id, payload: { query, variables } });
}

const dataOf = ({ payload }: Frame): Record<string, Record<string, unknown>> => JSON.parse(JSON.stringify(payload)).data;
const seqOf = (frame: Frame): number | null => JSON.parse(JSON.stringify(frame.payload)).data.events.message?.seq ?? null;

/** Somebody who reads nothing, and for whom more waits than may. */
async function stopped(app: TestApp, sender: Person, reader: Person, streams: readonly string[]) {
  const socket = await open(reader, app);
  for (const id of streams) {
    subscribe(socket, id, events);
    await socket.until('next', id);
  }
  return {
    socket,
    async stop() {
      socket.socket.pause();
      let sent = 0;
      for (; most < limit; sent += 1) await sendText(sender, reader.user.id, text);
      return sent;
    },
  };
}

describe('a client that reads nothing for a while', () => {
  it('gets everything once and in order when it reads on, and never more waits for it than the limit and one frame', async () => {
    const [near, far] = await startNodes(2, env);
    const [sender, reader] = await registerTwo(present(near));
    const streams = ['a', 'b', 'c'];
    const { socket, stop } = await stopped(present(far), sender, reader, streams);
    const sent = (await stop()) + 60;
    for (let count = sent - 60; count < sent; count += 1) await sendText(sender, reader.user.id, text);
    expect(most).toBeLessThan(limit + frameBytes);
    socket.socket.resume();
    const got = new Map(streams.map((id) => [id, [] as (number | null)[]]));
    while ([...got.values()].some(({ length }) => length < sent)) {
      const frame = await socket.next('another message');
      if (frame.type === 'next') present(got.get(present(frame.id))).push(seqOf(frame));
    }
    for (const seqs of got.values()) expect(seqs).toEqual(Array.from({ length: sent }, (_, index) => index + 1));
    expect(most).toBeLessThan(limit + frameBytes);
    // And it is live again.
    await sendText(sender, reader.user.id, 'after it');
    for (const id of streams) expect(seqOf(await socket.until('next', id))).toBe(sent + 1);
  });

  it('gets the last state of presence and of typing, and not each that was', async () => {
    const [near, far] = await startNodes(2, env);
    const [sender, reader] = await registerTwo(present(near));
    const { conversation } = await sendText(sender, reader.user.id, 'hello');
    const agent = await registerAgent(await loginAdmin(present(near)));
    const { socket, stop } = await stopped(present(far), sender, reader, ['a']);
    subscribe(socket, 'p', 'subscription ($ids: [ID!]!) { presence(userIds: $ids) { presence } }', { ids: [agent.user.id] });
    expect(dataOf(await socket.until('next', 'p')).presence).toEqual({ presence: 'OFFLINE' });
    subscribe(socket, 't', 'subscription ($id: ID!) { typing(conversationId: $id) { user { uuid } } }', { id: conversation.id });
    await stop();
    for (let count = 0; count < 3; count += 1) {
      const online = agent.socket();
      await online.connected();
      await sender.ask(SetTypingDocument, { conversationId: conversation.id });
      await online.close();
      await expect.poll(async () => (await agent.ask(PresenceOfDocument, { uuid: agent.user.uuid })).userInfo?.presence, { timeout: 20_000 }).toBe('OFFLINE');
    }
    await agent.socket().connected();
    socket.socket.resume();
    const seen: string[] = [];
    while (!(seen.includes('p') && seen.includes('t'))) {
      const frame = await socket.next('presence and typing');
      if (frame.type !== 'next' || frame.id === 'a') continue;
      seen.push(present(frame.id));
      if (frame.id === 'p') expect(dataOf(frame).presence).toEqual({ presence: 'ONLINE' });
    }
    subscribe(socket, 'end', '{ serverInfo { name } }');
    for (let frame = await socket.next(); frame.id !== 'end'; frame = await socket.next()) if (frame.id !== 'a') seen.push(present(frame.id));
    expect(seen.sort()).toEqual(['p', 't']);
  });

  it('is given no answers to keep either: what it asks waits', async () => {
    const app = await startApp(env);
    const [sender, reader] = await registerTwo(app);
    for (let count = 0; count < 20; count += 1) await sendText(sender, reader.user.id, text);
    const socket = await open(reader, app);
    const query = '{ conversations(first: 1) { edges { node { messages(last: 20) { edges { node { content { a: text b: text } } } } } } } }';
    const answerBytes = 20 * 2 * Buffer.byteLength(text) + 5_000;
    socket.socket.pause();
    const count = 90;
    for (let index = 0; index < count; index += 1) subscribe(socket, `q${index}`, query);
    await expect.poll(() => most, { timeout: 20_000 }).toBeGreaterThan(limit);
    await sendText(sender, reader.user.id, 'the server goes on');
    // Eight run at once, and the next ones may begin just before the first are handed over.
    expect(most).toBeLessThan(limit + 2 * 8 * answerBytes);
    socket.socket.resume();
    for (let index = 0; index < count; index += 1) await socket.until('complete');
    // Eight run at once, and the next ones may begin just before the first are handed over.
    expect(most).toBeLessThan(limit + 2 * 8 * answerBytes);
  });
});

describe('a client that takes nothing for SOCKET_STALL_SECONDS', () => {
  const short = { ...env, SOCKET_STALL_SECONDS: '1' };
  const stalled = (app: TestApp) => app.logs().some((line) => line.includes('took nothing for too long'));

  it('is closed with 4408, and nothing is lost to it when it comes back', async () => {
    const app = await startApp(short);
    const [sender, reader] = await registerTwo(app);
    const { socket, stop } = await stopped(app, sender, reader, ['a']);
    const sent = await stop();
    const began = performance.now();
    await expect.poll(() => stalled(app), { timeout: 20_000 }).toBe(true);
    expect(performance.now() - began).toBeGreaterThan(500);
    socket.socket.resume();
    expect((await socket.closed()).code).toBe(4408);
    const again = await open(reader, app);
    subscribe(again, 'm', 'subscription ($id: ID!) { messages(conversationId: $id, afterRev: 0) { seq } }', {
      id: (await sendText(sender, reader.user.id, 'x')).conversation.id,
    });
    for (let seq = 1; seq <= sent + 1; seq += 1) expect(dataOf(await again.until('next', 'm')).messages).toEqual({ seq });
  });

  it('is gone also where it never reads again, and its presence with it', async () => {
    const app = await startApp(short);
    const sender = await registerUser(app);
    const reader = await registerAgent(await loginAdmin(app));
    const { stop } = await stopped(app, sender, reader, ['a']);
    await stop();
    const presence = async () => present((await sender.ask(PresenceOfDocument, { uuid: reader.user.uuid })).userInfo).presence;
    expect(await presence()).toBe('ONLINE');
    await expect.poll(presence, { timeout: 20_000 }).toBe('OFFLINE');
  });

  it('is kept where it reads slowly but reads', async () => {
    const app = await startApp({ ...short, SOCKET_STALL_SECONDS: '2' });
    const [sender, reader] = await registerTwo(app);
    const { socket, stop } = await stopped(app, sender, reader, ['a']);
    const sent = await stop();
    const began = performance.now();
    const seqs: (number | null)[] = [];
    while (seqs.length < sent) {
      socket.socket.resume();
      seqs.push(seqOf(await socket.until('next', 'a')));
      socket.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(performance.now() - began).toBeGreaterThan(2_000);
    expect(stalled(app)).toBe(false);
    expect(seqs).toEqual(Array.from({ length: sent }, (_, index) => index + 1));
  });
});
