import { isObjectType } from 'graphql';
import { schema } from '../../src/schema.ts';
import { CursorDocument } from '../generated/graphql.ts';
import { codesOf, present } from './client.ts';
import { clientRules } from './client-rules.ts';
import type { Person } from './people.ts';
import { createQueue, patience, type Queue } from './queue.ts';
import type { Socket } from './socket.ts';
import { type Difference, describeDifference, differencesOf } from './state-difference.ts';
import { createStore, type Json, type Store } from './state-store.ts';
import { type ArgumentValues, wholeEvents, wholeQuery } from './whole-state.ts';

/** Somebody, concerned or not, with the devices on which they have a session: at least one. */
export interface Party {
  readonly name: string;
  readonly devices: readonly Person[];
}

/** What no event tells, and why that is right. */
export interface Exception {
  readonly reason: string;
  /** Whether it explains a difference between what a device holds and what is so. */
  covers(difference: Difference, copy: Store, after: Store): boolean;
}

/** How the law is judged. */
export interface LawOptions {
  readonly exceptions: readonly Exception[];
  /** Devices whose session the action ends, with the code that says why. They need not know anything afterwards but that. */
  readonly ends?: ReadonlyMap<Person, string>;
  /** The typename of events that are thrown away unseen: to show that the law can fail. */
  readonly drops?: string;
  /** Whether the devices take what they are told one after the other: so while the first is judged all others still hold what was so before. */
  readonly oneByOne?: boolean;
  /** For how long a device may have another state than the server without a further event; default 3 s. */
  readonly patienceMs?: number;
}

/** What was seen while the law was judged. */
export interface LawReport {
  /** The exceptions without which it would not have held. */
  readonly used: ReadonlySet<Exception>;
  /** The typenames of the events that came after the action, for each device in the order of the parties. */
  readonly events: readonly (readonly string[])[];
}

interface Answer {
  readonly data: { readonly [key: string]: Json };
  /** Codes of root fields that were refused. */
  readonly refused: ReadonlyMap<string, string>;
}

interface Device {
  readonly name: string;
  readonly person: Person;
  readonly socket: Socket;
  readonly copy: Store;
  readonly events: Queue<Answer>;
  readonly seen: string[];
  cursor: string;
}

const eventsDocument = wholeEvents(schema);
/** Every node that anybody holds is asked for by its id: to go from each as deep as from the other roots would read everything a hundred times. */
const byId: ReadonlySet<string> = new Set(['node', 'conversation']);
/** With these whole root fields are refused to visitors, and to those who are no admins. */
const roleCodes: ReadonlySet<string> = new Set(['VISITOR_FORBIDDEN', 'FORBIDDEN']);

/**
 * State before + events = state after, for every party, on every device: reads everything, runs the action, and holds what each device has made
 * of its events against everything read anew. Fails with each value that differs. It may differ as long as further events come (some are told by
 * jobs); when it is the same, nothing may be under way: a new stream from the device's last cursor begins with CaughtUp.
 */
export async function stateLaw(parties: readonly Party[], action: () => Promise<unknown>, options: LawOptions): Promise<LawReport> {
  const people = parties.map(({ name, devices }) => ({ ...present(devices[0], 'a device').user, name }));
  const names = new Map(people.map(({ uuid, name }) => [uuid, name]));
  const values = {
    'Query.userByExternalId(externalId:)': [],
    'Query.userInfo(uuid:)': people.map(({ uuid }) => uuid),
    // Whoever has a code is told nothing of the group; members find it in its conversation.
    'Query.groupByCode(inviteCode:)': [],
    // What was done is read by admins when they want to know, and no event tells of it.
    'Query.auditLog(filter:)': [],
    // Searches are made when somebody searches, and no event tells what they would find.
    'Query.searchMessages(keyword:)': [],
    'Query.searchUsers(keyword:)': [],
    'Query.users(keyword:)': people.slice(0, 1).map(({ username }) => username),
  };
  const devices = await Promise.all(
    parties.flatMap(({ name, devices: persons }) => persons.map((person, index) => openDevice(`${name}'s device ${index + 1}`, person, values))),
  );
  for (const device of devices) while ((await take(device, options)) !== 'CaughtUp');
  for (const { seen } of devices) seen.length = 0;

  await action();

  const used = new Set<Exception>();
  const judge = async (device: Device): Promise<string[]> => {
    const code = options.ends?.get(device.person);
    if (code !== undefined) return await judgeEnded(device, code);
    for (;;) {
      while (device.events.waiting().length > 0) await take(device, options);
      const quietBefore = await isQuiet(device);
      const after = quietBefore ? await readState(device.socket, { ...values, ...idsIn(devices, device) }) : null;
      // Asked again after the reading, so that it says: the device has all that was read.
      if (after === null || !(await isQuiet(device))) {
        await take(device, options);
        continue;
      }
      const differences = differencesOf(device.copy, after);
      const excuses = differences.map((difference) => options.exceptions.find((exception) => exception.covers(difference, device.copy, after)));
      const open = differences.filter((_, index) => !excuses[index]);
      if (open.length > 0 && (await takeWithin(device, options))) continue;
      for (const excuse of excuses) if (excuse) used.add(excuse);
      return open.map((difference) => describeDifference(difference, names));
    }
  };
  const judging = async (device: Device) => ({ device, lines: await judge(device) });
  const judged: Awaited<ReturnType<typeof judging>>[] = [];
  if (options.oneByOne) for (const device of devices) judged.push(await judging(device));
  else judged.push(...(await Promise.all(devices.map(judging))));
  await Promise.all(devices.map(({ socket }) => socket.close()));
  const failures = judged.flatMap(({ device, lines }) =>
    lines.length === 0 ? [] : [`${device.name}, after ${device.seen.join(', ') || 'no event'}:`, ...lines.map((line) => `  ${line}`)],
  );
  if (failures.length > 0) throw new Error(`State before + events is not state after.\n${failures.join('\n')}`);
  return { used, events: devices.map(({ seen }) => seen) };
}

/** Reads everything, and listens from the cursor that was read with it. */
async function openDevice(name: string, person: Person, values: ArgumentValues): Promise<Device> {
  const socket = person.socket();
  const copy = await readState(socket, { ...values, 'Query.node(id:)': [], 'Query.conversation(id:)': [] });
  const [viewer] = [...copy.held().values()].filter(({ type }) => type === 'Viewer');
  const cursor = String(present(viewer, 'the viewer').fields.cursor);
  return { name, person, socket, copy, events: run(socket, eventsDocument.text, { after: cursor }).answers, seen: [], cursor };
}

async function readState(socket: Socket, values: ArgumentValues): Promise<Store> {
  const document = wholeQuery(schema, values, { alone: byId });
  const { data, refused } = await run(socket, document.text, document.variables).answers.next('the state');
  const store = createStore(clientRules);
  store.read(document, data, refused);
  return store;
}

/**
 * The ids of everything that anybody holds: what one device may know, the others must not be able to read. Another device of the same person is
 * asked for the conversations only: by id it gets what the first one gets.
 */
function idsIn(devices: readonly Device[], { person }: Device): ArgumentValues {
  const held = new Map(devices.flatMap(({ copy }) => [...copy.held()]));
  const conversations = [...held].filter(([, { type }]) => type === 'Conversation').map(([id]) => id);
  const isFirst = devices.find((device) => device.person.user.id === person.user.id)?.person === person;
  return { 'Query.node(id:)': isFirst ? [...held].filter(([, { type }]) => isNode(type)).map(([id]) => id) : [], 'Query.conversation(id:)': conversations };
}

/** Takes the next event of a device into its copy, and gives its typename. */
async function take(device: Device, { drops }: LawOptions, ms = patience): Promise<string> {
  const { data } = await device.events.next('an event', ms);
  const { typename, cursor, event } = eventIn(data);
  device.cursor = cursor;
  device.seen.push(typename);
  if (typename !== drops) device.copy.apply(eventsDocument, event);
  return typename;
}

/** Takes one more event, where one comes in time. */
async function takeWithin(device: Device, options: LawOptions): Promise<boolean> {
  const before = device.events.all().length;
  try {
    await take(device, options, options.patienceMs ?? 3000);
  } catch (error) {
    if (device.events.all().length > before) throw error;
    return false;
  }
  return true;
}

/** Whether a device has everything: a new stream from its last cursor has nothing to say. */
async function isQuiet({ socket, cursor }: Device): Promise<boolean> {
  const probe = run(socket, eventsDocument.text, { after: cursor });
  const { data } = await probe.answers.next('the first event of a new stream');
  probe.stop();
  return eventIn(data).typename === 'CaughtUp';
}

async function judgeEnded({ person, socket, events }: Device, code: string): Promise<string[]> {
  await events.ended();
  const { reason } = await socket.closed();
  const answers = codesOf(await person.execute(CursorDocument, {}));
  return reason === code && answers.length === 1 && answers[0] === code
    ? []
    : [`closed with ${reason} and answered with ${answers.join()} in the place of ${code}`];
}

function eventIn(data: Answer['data']): { readonly typename: string; readonly cursor: string; readonly event: Json } {
  const event = data.events;
  if (typeof event !== 'object' || event === null || !('cursor' in event)) throw new Error(`no event: ${JSON.stringify(data)}`);
  return { typename: String(event.__typename), cursor: String(event.cursor), event };
}

/** Runs a document that was made here; its root fields may be refused to whoever has not the role for them, nothing else. */
function run(socket: Socket, query: string, variables: Record<string, unknown>): { readonly answers: Queue<Answer>; readonly stop: () => void } {
  const answers = createQueue<Answer>('an operation of the state law');
  const stop = socket.client.subscribe<Answer['data']>(
    { query, variables },
    {
      next: ({ data, errors = [] }) => {
        const refused = errors.map(({ path = [], extensions }) => [path.join('.'), String(extensions?.code)] as const);
        if (data && refused.every(([key, code]) => key in data && roleCodes.has(code))) answers.push({ data, refused: new Map(refused) });
        else answers.end(JSON.stringify(errors));
      },
      error: (error) => answers.end(error instanceof Error ? error.message : JSON.stringify(error)),
      complete: () => answers.end('completed'),
    },
  );
  return { answers, stop };
}

/** Whether `node` gives things of a type: a file of a message has an id, and is read with the message alone. */
function isNode(typename: string): boolean {
  const type = schema.getType(typename);
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node');
}
