import { setTimeout as sleep } from 'node:timers/promises';
import type { Reader } from '../harness/reader.ts';
import { askOnce } from '../harness/requests.ts';
import { enter, messageFrame, subscriptions } from '../harness/room.ts';
import type { Guest, Room } from '../harness/scene.ts';

/** Two who write to each other. */
export interface Pair {
  readonly people: readonly [Guest, Guest];
  readonly room: Room;
}

/** Ordinary people behind one address. */
export interface Household {
  readonly from: string;
  readonly pairs: readonly Pair[];
  /** Who logs in, one after the other. */
  readonly names: readonly string[];
  readonly password: string;
}

/** What ordinary people do, and how long each of it took, in milliseconds. */
export type Times = Readonly<Record<'login' | 'send' | 'receipt' | 'page', number[]>>;

/** What they met. */
export interface Met {
  readonly times: Times;
  /** What went wrong, with how often. */
  readonly faults: Map<string, number>;
}

/** How often each of them writes, reads a page, and somebody logs in. Just within what is allowed. */
const everyMs = { send: 250, page: 1000, login: 200 } as const;

/** Whatever has not come by then counts as so long, and as a fault. */
const patienceMs = 10_000;

const login = 'mutation ($input: LoginInput!) { login(input: $input) { token } }';
const page = 'query ($id: ID!) { conversation(id: $id) { id title messages(last: 20) { edges { node { id seq content { text } sender { username } } } } } }';

/** Somebody logs in, over a connection of their own. Gives what is wrong with the answer; null: nothing. */
export async function logIn(port: number, { from, password }: Household, username: string): Promise<string | null> {
  const { body } = await askOnce(port, { path: '/graphql', body: JSON.stringify({ query: login, variables: { input: { username, password } } }) }, from);
  return body.includes('"token":"') ? null : (/"code":"([A-Z_]+)"/.exec(body)?.[1] ?? body.slice(0, 80));
}

/** A household whose people are online. */
export interface AtHome {
  /** Lets them do what people do for so long. */
  live(ms: number): Promise<Met>;
  close(): void;
}

/** Something that was asked and is waited for. */
interface Waiting {
  readonly kind: keyof Times;
  readonly since: number;
}

/** Opens their sockets, each with its stream of events. */
export async function comeHome(port: number, household: Household): Promise<AtHome> {
  let met: Met = { times: { login: [], send: [], receipt: [], page: [] }, faults: new Map() };
  const waiting = new Map<string, Waiting>();
  const fault = (what: string) => met.faults.set(what, (met.faults.get(what) ?? 0) + 1);
  const done = (name: string, wrong: string | null = null) => {
    const asked = waiting.get(name);
    if (!asked) return;
    waiting.delete(name);
    met.times[asked.kind].push(performance.now() - asked.since);
    if (wrong === null) return;
    fault(`${asked.kind}: ${wrong}`);
    // What was not sent is not received.
    waiting.delete(name.replace(/^send /, 'receipt '));
  };

  const members: { readonly reader: Reader; readonly room: Room; readonly name: string; readonly other: string }[] = [];
  for (const [number, { people, room }] of household.pairs.entries())
    for (const [place, guest] of people.entries()) {
      const reader = await enter(port, guest, household.from);
      const name = `${number}.${place}`;
      const caughtUp = Promise.withResolvers<void>();
      reader.listen((frame) => {
        if (frame.includes('CaughtUp')) caughtUp.resolve();
        if (frame.includes('"id":"events"')) {
          const text = /"text":"([^"]*)"/.exec(frame)?.[1];
          // Their own messages come to them, too.
          if (text !== undefined && !text.startsWith(name)) done(`receipt ${text}`);
        } else {
          const id = /"id":"([^"]*)"/.exec(frame)?.[1];
          if (id === undefined || frame.includes('"type":"complete"')) return;
          done(id, /"code":"([A-Z_]+)"/.exec(frame)?.[1] ?? (frame.includes('"errors"') ? frame.slice(0, 200) : null));
        }
      });
      reader.send(JSON.stringify({ id: 'events', type: 'subscribe', payload: { query: subscriptions.events } }));
      await caughtUp.promise;
      members.push({ reader, room, name, other: `${number}.${1 - place}` });
    }

  let asked = 0;
  const begin = (kind: keyof Times, name: string) => waiting.set(name, { kind, since: performance.now() });

  const write = ({ reader, room, name }: (typeof members)[number]) => {
    const text = `${name} ${++asked}`;
    begin('send', `send ${text}`);
    begin('receipt', `receipt ${text}`);
    reader.send(messageFrame(`send ${text}`, room, text));
  };
  const readPage = ({ reader, room, name }: (typeof members)[number]) => {
    const id = `page ${name} ${++asked}`;
    begin('page', id);
    reader.send(JSON.stringify({ id, type: 'subscribe', payload: { query: page, variables: { id: room.globalId } } }));
  };
  const logInAgain = async (until: number) => {
    for (let next = 0; performance.now() < until; next += 1) {
      const name = household.names[next % household.names.length] ?? '';
      const id = `login ${++asked}`;
      begin('login', id);
      done(id, await logIn(port, household, name).catch(String));
      await sleep(everyMs.login);
    }
  };

  return {
    async live(ms) {
      met = { times: { login: [], send: [], receipt: [], page: [] }, faults: new Map() };
      const until = performance.now() + ms;
      // Spread over the time, so that they do not all come at once.
      const often = async (every: number, work: (member: (typeof members)[number]) => void, member: (typeof members)[number], part: number) => {
        await sleep(every * part);
        for (; performance.now() < until; await sleep(every)) {
          if (member.reader.isClosed()) return void fault('the socket was closed');
          work(member);
        }
      };
      await Promise.all([
        logInAgain(until),
        ...members.flatMap((member, index) => [
          often(everyMs.send, write, member, index / members.length),
          often(everyMs.page, readPage, member, index / members.length),
        ]),
      ]);
      for (const late = performance.now() + patienceMs; waiting.size > 0 && performance.now() < late; ) await sleep(10);
      for (const name of [...waiting.keys()]) done(name, 'did not come');
      return met;
    },
    close() {
      for (const { reader } of members) reader.close();
    },
  };
}
