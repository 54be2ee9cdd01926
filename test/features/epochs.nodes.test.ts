import { randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { CursorDocument, EventsDocument, type EventsSubscription } from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import type { Stream } from '../support/socket.ts';

/** A writer that takes its time: what another node does between taking its number and committing, with no bell after it. */
async function slowWriter(app: TestApp) {
  const connection = await createConnection(present(app.env.DATABASE_URL));
  closeLater(() => connection.destroy());
  await connection.query('set session transaction isolation level read committed');
  const one = async (sql: string, values: unknown[] = []): Promise<Record<string, number>> => {
    const [rows] = await connection.query(sql, values);
    return JSON.parse(JSON.stringify(Array.isArray(rows) ? (rows[0] ?? {}) : {}));
  };
  return {
    /** Does everything of a send but the commit. */
    async begin(from: Person, to: Person, text: string) {
      await connection.query('begin');
      const { id } = await one(
        'select c.id from conversation c join user a on a.uuid = ? join user b on b.uuid = ? where c.low_user_id = least(a.id, b.id) and c.high_user_id = greatest(a.id, b.id)',
        [from.user.uuid, to.user.uuid],
      );
      const sender = await one('select id from user where uuid = ?', [from.user.uuid]);
      const log = await one('select last_rev + 1 as rev, last_seq + 1 as seq from log where id = ? for update', [id]);
      const { n } = await one('select n from clock where id = 1 lock in share mode');
      const at = Date.now();
      await connection.query('insert into message (conversation_id, seq, rev, sender_id, client_id, kind, text, created_at) values (?, ?, ?, ?, ?, ?, ?, ?)', [
        id,
        log.seq,
        log.rev,
        sender.id,
        randomUUID(),
        'TEXT',
        text,
        at,
      ]);
      await connection.query('insert into entry (log_id, rev, epoch, at, kind, seq) values (?, ?, ?, ?, ?, ?)', [id, log.rev, n, at, 'SENT', log.seq]);
      await connection.query('update log set last_rev = ?, last_seq = ?, last_epoch = ? where id = ?', [log.rev, log.seq, n, id]);
    },
    commit: () => connection.query('commit'),
    die: () => connection.destroy(),
    async epoch() {
      return present((await one('select n from clock where id = 1')).n);
    },
  };
}

const textOf = ({ events }: EventsSubscription) => (events.__typename === 'MessageSent' ? (events.message.content?.text ?? null) : events.__typename);

async function untilCaughtUp(stream: Stream<EventsSubscription>): Promise<(string | null)[]> {
  const texts: (string | null)[] = [];
  while (texts.at(-1) !== 'CaughtUp') texts.push(textOf(await stream.next('the end of the replay')));
  return texts;
}

const cursorOf = async (person: Person) => present((await person.ask(CursorDocument, {})).viewer).cursor;

describe('an entry whose transaction commits late and rings no bell', () => {
  const env = { COMPARE_MILLISECONDS: '150' };

  it('is given by every node to streams that are live, though later ones were given before it', async () => {
    const [one, two] = await startNodes(2, env);
    const [slow, reader] = await registerTwo(present(one));
    const quick = await registerUser(present(one));
    await sendText(slow, reader.user.id, 'hello');
    const streams = [present(one), present(two)].map((node) => reader.at(node).socket().subscribe(EventsDocument, {}));
    for (const stream of streams) await untilCaughtUp(stream);
    const writer = await slowWriter(present(one));
    await writer.begin(slow, reader, 'late');
    await sendText(quick, reader.user.id, 'early');
    for (const stream of streams) expect(textOf(await stream.next())).toBe('early');
    await writer.commit();
    for (const stream of streams) expect(textOf(await stream.next('the late one'))).toBe('late');
  });

  it('is not lost to a cursor that was made meanwhile, on any node', async () => {
    const [one, two] = await startNodes(2, env);
    const [slow, reader] = await registerTwo(present(one));
    const quick = await registerUser(present(one));
    await sendText(slow, reader.user.id, 'hello');
    const writer = await slowWriter(present(one));
    await writer.begin(slow, reader, 'late');
    await sendText(quick, reader.user.id, 'early');
    const fromQuery = await cursorOf(reader);
    const live = reader.socket().subscribe(EventsDocument, {});
    const fromStream = (await live.next()).events.cursor;
    await sendText(quick, reader.user.id, 'in between');
    const fromEvent = (await live.next()).events.cursor;
    await writer.commit();
    const replays = [fromQuery, fromStream, fromEvent].map((after) => untilCaughtUp(reader.at(present(two)).socket().subscribe(EventsDocument, { after })));
    const [query, stream, event] = await Promise.all(replays);
    expect(query?.toSorted()).toEqual(['CaughtUp', 'in between', 'late']);
    expect(stream?.toSorted()).toEqual(['CaughtUp', 'in between', 'late']);
    expect(event).toEqual(['late', 'CaughtUp']);
  });

  it('keeps its epoch open, so that nothing is taken for given, and closes when it is gone', async () => {
    const [one] = await startNodes(1, env);
    const [slow, reader] = await registerTwo(present(one));
    await sendText(slow, reader.user.id, 'hello');
    const stream = reader.socket().subscribe(EventsDocument, {});
    await untilCaughtUp(stream);
    const writer = await slowWriter(present(one));
    await writer.begin(slow, reader, 'never');
    const stuck = await writer.epoch();
    const quick = await registerUser(present(one));
    for (let index = 0; index < 10; index += 1) {
      await sendText(quick, reader.user.id, `n ${index}`);
      expect(textOf(await stream.next())).toBe(`n ${index}`);
    }
    expect(await writer.epoch()).toBe(stuck);
    writer.die();
    const watcher = await slowWriter(present(one));
    await expect.poll(watcher.epoch, { timeout: 8000 }).toBeGreaterThan(stuck);
    await sendText(slow, reader.user.id, 'after it');
    expect(textOf(await stream.next())).toBe('after it');
  });
});

describe('two nodes', () => {
  it('let a stream go from one to the other in mid-stream, again and again, while people write through both', async () => {
    const nodes = await startNodes(2, { COMPARE_MILLISECONDS: '150' });
    const [one] = nodes;
    const reader = await registerUser(present(one));
    await openChatset(reader);
    const senders = await Promise.all(Array.from({ length: 4 }, () => registerUser(present(one))));
    let cursor = await cursorOf(reader);
    const sending = Promise.all(
      senders.map(async (sender, index) => {
        for (let count = 0; count < 40; count += 1) await sendText(sender.at(present(nodes[(count + index) % 2])), reader.user.id, `${index}:${count}`);
      }),
    );
    let finished = false;
    void sending.finally(() => {
      finished = true;
    });
    const got: string[] = [];
    const take = (data: EventsSubscription) => {
      cursor = data.events.cursor;
      const text = textOf(data);
      if (text?.includes(':')) got.push(text);
    };
    for (let turn = 0; !finished; turn += 1) {
      const socket = reader.at(present(nodes[turn % 2])).socket();
      const stream = socket.subscribe(EventsDocument, { after: cursor });
      for (let taken = 0; taken < 9 && !finished; taken += 1) take(await stream.next());
      socket.cut();
    }
    await sending;
    const last = reader.socket().subscribe(EventsDocument, { after: cursor });
    for (let data = await last.next(); ; data = await last.next()) {
      take(data);
      if (data.events.__typename === 'CaughtUp') break;
    }
    for (const index of senders.keys())
      expect(got.filter((text) => text.startsWith(`${index}:`))).toEqual(Array.from({ length: 40 }, (_, count) => `${index}:${count}`));
  });
});
