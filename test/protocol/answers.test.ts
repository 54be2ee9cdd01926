import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { codeOf, type Outcome, overHttp, overSocket } from '../support/doors.ts';
import { countTurns } from '../support/loop-turns.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { type Frame, openRawSocket } from '../support/raw-socket.ts';

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const history = (id: string) => `{ conversation(id: "${id}") { messages(last: 100) { edges { node { content { text } replyTo { content { text } } } } } } }`;

async function conversationOf(app: TestApp): Promise<{ readonly one: Person; readonly other: Person; readonly id: string }> {
  const [one, other] = await registerTwo(app);
  await openChatset(other);
  await openChatset(one);
  const first = await sendText(one, other.user.id, 'first');
  await sendText(other, one.user.id, 'second');
  return { one, other, id: first.conversation.id };
}

describe('an answer', () => {
  it('is refused where it has more bytes than it may, on both doors, and whole where it has not', async () => {
    const app = await startApp();
    const { one, id } = await conversationOf(app);
    for (let index = 0; index < 10; index += 1) await sendText(one, id, '\n"中😀'.repeat(400));
    const whole = await overHttp(app, one.token)(history(id));
    expect(whole.errors).toBeUndefined();
    const bytes = sizeOf(whole);

    // The same data, one server after the other.
    await app.stop();
    for (const [most, fits] of [
      [bytes, true],
      [bytes - 1, false],
    ] as const) {
      const server = await startApp({ ...app.env, PORT: '0', ANSWER_BYTES: String(most) });
      for (const ask of [overHttp(server, one.token), await overSocket(server, one.token)]) {
        const answer = await ask(history(id));
        if (fits) expect(answer.data).toEqual(whole.data);
        else
          expect([codeOf(answer), answer.data ?? null, answer.errors?.[0]?.message]).toEqual([
            'BAD_QUERY',
            null,
            expect.stringContaining(`at most ${most} bytes`),
          ]);
      }
      await server.stop();
    }
  });

  it('holds 100 of the longest messages with the longest ones that they answer', async () => {
    const app = await startApp();
    const { one, id } = await conversationOf(app);
    // Each of these characters has six bytes in JSON.
    const text = `a${'\u0001'.repeat(4999)}`;
    const ask = overHttp(app, one.token);
    const send = async (replyTo: string | null) => {
      const { data } = await ask(
        'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }',
        JSON.stringify({ input: { to: id, clientId: randomUUID(), content: { text }, replyTo } }),
      );
      return (data as { readonly sendMessage: { readonly id: string } }).sendMessage.id;
    };
    const answered = await send(null);
    await Promise.all(Array.from({ length: 100 }, () => send(answered)));
    const whole = await ask(history(id));
    expect(whole.errors).toBeUndefined();
    expect(sizeOf(whole)).toBeGreaterThan(6_000_000);
  });
});

it('large answers that are asked for together are written in a turn of the event loop each, so that others have theirs between', async () => {
  const app = await startApp();
  const { one, id } = await conversationOf(app);
  for (let index = 0; index < 40; index += 1) await sendText(one, id, '消'.repeat(5000));
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${one.token}` };
  const turns = countTurns();
  const ended = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const answer = await app.app.fetch(new Request(app.url, { method: 'POST', headers, body: JSON.stringify({ query: history(id) }) }));
      const turn = turns();
      expect((await answer.text()).length).toBeGreaterThan(200_000);
      return turn;
    }),
  );
  expect(new Set(ended).size).toBe(10);
});

describe('what is read for an operation', () => {
  const length = 1000;
  const inConversation = (selection: string) => (id: string) => `{ conversation(id: "${id}") { ${selection} } }`;
  const seqs = '{ edges { node { seq } } }';
  const search = `{ searchMessages(keyword: "needle", first: 100) ${seqs} }`;
  const ways = [
    { name: 'a page of history', texts: 11, query: inConversation(`messages(last: 100) ${seqs}`) },
    { name: 'several pages', texts: 18, query: inConversation(`messages(last: 5) ${seqs} a: messages(last: 6) ${seqs} b: messages(last: 7) ${seqs}`) },
    { name: 'messages that others answer', texts: 11, query: inConversation('messages(last: 10) { edges { node { replyTo { seq } } } }') },
    { name: 'pinned messages', texts: 2, query: inConversation('pinnedMessages { seq }') },
    { name: 'the newest messages', texts: 1, query: () => '{ conversations(first: 5) { edges { node { lastMessage { seq } } } } }' },
    { name: 'what was found', texts: 11, query: () => search },
  ];

  it('is refused where it has more characters than it may, whatever of it is selected, on both doors, and answered where it has not', async () => {
    const app = await startApp();
    const { one, id } = await conversationOf(app);
    const ask = overHttp(app, one.token);
    const send = async (replyTo: string | null) => {
      const content = { text: `needle ${'x'.repeat(length - 7)}` };
      const { data } = await ask(
        'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }',
        JSON.stringify({ input: { to: id, clientId: randomUUID(), content, replyTo } }),
      );
      return (data as { readonly sendMessage: { readonly id: string } }).sendMessage.id;
    };
    const answered = await send(null);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(answered)));
    for (const answer of answers.slice(0, 2)) expect((await ask(`mutation { pinMessage(messageId: "${answer}") { id } }`)).errors).toBeUndefined();
    await expect.poll(async () => JSON.stringify(await ask(search)).match(/seq/g)?.length, { timeout: 20_000 }).toBe(11);
    await app.stop();

    for (const { name, texts, query } of ways)
      for (const most of [texts * length, texts * length - 1]) {
        const server = await startApp({ ...app.env, PORT: '0', READ_CHARACTERS: String(most) });
        for (const askHere of [overHttp(server, one.token), await overSocket(server, one.token)]) {
          const answer = await askHere(query(id));
          expect([name, codeOf(answer), answer.data ?? null, answer.errors?.length]).toEqual(
            most === texts * length ? [name, undefined, expect.anything(), undefined] : [name, 'BAD_QUERY', null, 1],
          );
        }
        await server.stop();
      }
  });

  it('has room for many pages of the longest messages, and ends where there are more', async () => {
    const app = await startApp();
    const { one, id } = await conversationOf(app);
    const ask = overHttp(app, one.token);
    await Promise.all(Array.from({ length: 100 }, () => sendText(one, id, '\u{1F600}'.repeat(5000))));
    const pages = (smallest: number) => Array.from({ length: 10 }, (_, index) => `m${index}: messages(last: ${smallest + index}) ${seqs}`).join(' ');
    // Each page is read once, and has twice as many characters as code points.
    expect((await ask(inConversation(pages(91))(id))).errors).toBeUndefined();
    const tooMuch = await ask(`{ a: conversation(id: "${id}") { ${pages(91)} } b: conversation(id: "${id}") { ${pages(81)} } }`);
    expect([codeOf(tooMuch), tooMuch.data ?? null, tooMuch.errors?.length]).toEqual(['BAD_QUERY', null, 1]);
  });
});

describe('an event that is too large', () => {
  const env = { EVENT_BYTES: '2000' };
  const large = 'x'.repeat(3000);
  const dataOf = ({ payload }: Frame) =>
    payload as Outcome & {
      readonly data: { readonly events?: { readonly cursor: string; readonly message?: { readonly content: { readonly text: string } } } };
    };
  const subscribe = async (app: TestApp, { token }: Person, query: string, after = '') => {
    const socket = await openRawSocket(app.socketUrl);
    await socket.init({ token, ...(after === '' ? {} : { cursor: after }) });
    socket.send({ type: 'subscribe', id: 'e', payload: { query } });
    return socket;
  };
  const events = 'subscription { events { __typename cursor ... on MessageSent { message { content { text } } } } }';
  // Of its own for each reader.
  const titled = 'subscription { events { __typename cursor ... on MessageSent { message { content { text } conversation { title } } } } }';

  it.each([events, titled])('comes as an error with the cursor behind it, and the stream goes on: %s', async (query) => {
    const app = await startApp(env);
    const { one, other, id } = await conversationOf(app);
    const sockets = await Promise.all([one, other, other].map((person) => subscribe(app, person, query)));
    for (const socket of sockets) expect(dataOf(await socket.next('CaughtUp')).data.events).toHaveProperty('cursor');
    await sendText(one, id, large);
    await sendText(one, id, 'small');
    const cursors: string[] = [];
    for (const socket of sockets) {
      const { data, errors } = dataOf(await socket.next('the large one'));
      expect(data).toBeNull();
      expect(errors).toMatchObject([{ message: expect.stringContaining('at most 2000 bytes'), extensions: { code: 'BAD_QUERY', cursor: expect.any(String) } }]);
      cursors.push(String(errors?.[0]?.extensions?.cursor));
      expect(dataOf(await socket.next('the small one')).data.events).toMatchObject({ message: { content: { text: 'small' } } });
    }
    // Whoever resumes from there has missed nothing.
    const again = await subscribe(app, other, query, cursors[1]);
    expect(dataOf(await again.next('the small one again')).data.events).toMatchObject({ message: { content: { text: 'small' } } });
    expect(dataOf(await again.next('CaughtUp')).data.events).toMatchObject({ __typename: 'CaughtUp' });
  });

  it.each(['', 'conversation { title }'])('is also one for which more is read than it may, shown or not, and no other: %s', async (more) => {
    const query = `subscription { events { cursor ... on MessageSent { message { seq ${more} } } } }`;
    const app = await startApp();
    const { one, other, id } = await conversationOf(app);
    await app.stop();
    for (const most of [large.length, large.length - 1]) {
      const server = await startApp({ ...app.env, PORT: '0', READ_CHARACTERS: String(most) });
      const sockets = await Promise.all([one, other, other].map((person) => subscribe(server, person, query)));
      for (const socket of sockets) await socket.next('CaughtUp');
      // Read together, and each within its own bound.
      const sent = await Promise.all([large, large, 'small'].map((text) => sendText(one.at(server), id, text)));
      for (const socket of sockets)
        for (const { seq, content } of sent.sort((a, b) => a.seq - b.seq)) {
          const { data, errors } = dataOf(await socket.next('a message'));
          if (present(content).text === 'small' || most === large.length) expect(data.events).toMatchObject({ message: { seq } });
          else {
            const reason = { message: expect.stringContaining(`at most ${most} characters`), extensions: { code: 'BAD_QUERY', cursor: expect.any(String) } };
            expect([data, errors]).toMatchObject([null, [reason]]);
          }
        }
      await server.stop();
    }
  });

  it('is one of one byte more than it may have', async () => {
    const app = await startApp();
    const { one, id } = await conversationOf(app);
    const query = `subscription { messages(conversationId: "${id}") { content { text } } }`;
    const frame = sizeOf({ data: { messages: { content: { text: 'x'.repeat(1500) } } } });
    await app.stop();
    for (const [most, expected] of [
      [frame, { data: { messages: { content: { text: 'x'.repeat(1500) } } } }],
      [frame - 1, { data: null, errors: [{ extensions: { code: 'BAD_QUERY' } }] }],
    ] as const) {
      const server = await startApp({ ...app.env, PORT: '0', EVENT_BYTES: String(most) });
      const socket = await subscribe(server, one, query);
      // What is asked afterwards is answered when the stream listens.
      socket.send({ type: 'subscribe', id: 'q', payload: { query: '{ viewer { id } }' } });
      await socket.until('complete', 'q');
      await sendText(one.at(server), id, 'x'.repeat(1500));
      expect((await socket.next('the event')).payload).toMatchObject(expected);
      await server.stop();
    }
  });

  it('names the message in a stream of messages, whoever reads it', async () => {
    const app = await startApp(env);
    const { one, other, id } = await conversationOf(app);
    const query = `subscription { messages(conversationId: "${id}", afterRev: 0) { seq content { text } } }`;
    await sendText(one, id, large);
    const last = await sendText(one, id, 'small');
    const sockets = await Promise.all([one, other].map((person) => subscribe(app, person, query)));
    for (const socket of sockets) {
      for (const text of ['first', 'second']) expect((await socket.next(text)).payload).toMatchObject({ data: { messages: { content: { text } } } });
      const { data, errors } = dataOf(await socket.next('the large one'));
      expect(data).toBeNull();
      const cursor = String(errors?.[0]?.extensions?.cursor);
      expect((await socket.next('the small one')).payload).toMatchObject({ data: { messages: { seq: last.seq } } });
      const found = await overHttp(app, one.token)(`{ node(id: "${cursor}") { ... on Message { seq content { text } } } }`);
      expect(found.data).toEqual({ node: { seq: last.seq - 1, content: { text: large } } });
    }
  });

  it('has no more to do with who may read it than any other', async () => {
    const app = await startApp(env);
    const { one, id } = await conversationOf(app);
    const stranger = await subscribe(app, await registerUser(app), events);
    await stranger.next('CaughtUp');
    await sendText(one, id, large);
    stranger.send({ type: 'subscribe', id: 'q', payload: { query: '{ viewer { id } }' } });
    expect((await stranger.next('the next frame')).id).toBe('q');
  });
});
