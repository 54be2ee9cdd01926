import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { WebSocket } from 'ws';
import { createRandom, type Random } from '../../test/chaos/random.ts';
import { startApp, type TestApp } from '../../test/support/app.ts';
import { present } from '../../test/support/client.ts';
import { loginAgain, makeFriends, type Person, registerUser } from '../../test/support/people.ts';
import { openProxy, type Proxy as Wire } from '../../test/support/proxy.ts';
import {
  CreateGroupDocument,
  GroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  UpdateConversationDocument,
  UpdateGroupDocument,
} from '../src/documents.ts';
import { type Chat, type Conversation, type Conversations, type Message, type Parley, ParleyError } from '../src/index.ts';
import { becomes, isLive, openPage, tokensOf } from './page.ts';

/** Somebody whose page lives through everything. */
interface Player {
  readonly person: Person;
  readonly parley: Parley;
  readonly proxy: Wire;
  /** The connections of the page's socket. */
  readonly wires: Set<WebSocket>;
  /** What became of everything that was sent: the message, or that it was refused. */
  readonly sent: Promise<Message | null>[];
}

/** What a page that has lived through everything shows, and one of the same person that begins now. */
export interface Compared {
  readonly name: string;
  readonly held: unknown;
  readonly fresh: unknown;
}

/** What somebody has sent to one conversation, and what of it is there. */
export interface Sends {
  readonly name: string;
  /** The places of the messages that were acknowledged, in the order in which they were sent. */
  readonly seqs: readonly number[];
  /** The places of all messages of theirs that are there. */
  readonly stored: readonly number[];
  /** What may be there as well: its answer was lost, and whoever asked again had left the group by then. */
  readonly perhaps: number;
}

export interface Lived {
  readonly compared: readonly Compared[];
  readonly sends: readonly Sends[];
  /** For each page: how many messages it says that wait, and how many were refused. */
  readonly waiting: readonly { readonly says: number; readonly refused: number }[];
  readonly counts: Readonly<Record<string, number>>;
}

/** People write, change and leave while their connections are cut, the server restarts or they are led to another node, and tokens expire. */
export async function liveThrough(seed: number, apps: readonly TestApp[], steps: number): Promise<Lived> {
  const random = createRandom(seed);
  const counts: Record<string, number> = {};
  let nodes = [...apps];
  const somewhere = () => random.pick(nodes);
  const people = await Promise.all(Array.from({ length: 4 }, () => registerUser(somewhere())));
  for (const [index, one] of people.entries()) for (const other of people.slice(index + 1)) await makeFriends(one, other);
  const players: Player[] = [];
  for (const person of people) players.push(await enter(person, await openProxy(somewhere().url)));
  const [owner, ...others] = players;
  if (!owner) throw new Error('there is nobody');
  const { createGroup } = await owner.parley.request(CreateGroupDocument, { input: { name: 'all', memberIds: others.map(({ person }) => person.user.id) } });
  const groupId = present(createGroup).id;
  const { conversation } = await owner.parley.request(GroupDocument, { conversationId: groupId });
  const inviteCode = present(conversation?.group?.inviteCode);
  for (const player of players) player.parley.conversation(groupId).subscribe(() => {});

  const deeds: Record<string, (player: Player, random: Random) => Promise<unknown> | unknown> = {
    write: ({ sent, parley, person }) => {
      const other = random.pick(players);
      const toGroup = other.parley === parley || random.chance(0.5);
      const chat = toGroup ? parley.conversation(groupId) : parley.conversationWith(other.person.user.id);
      for (let count = random.between(1, 3); count > 0; count -= 1) {
        const outcome = chat.send(`${person.username} ${sent.length}`).catch((error: unknown) => {
          if (error instanceof ParleyError) return null;
          throw error;
        });
        sent.push(outcome);
      }
    },
    edit: ({ parley }) => withOwn(parley, (chat, id) => chat.edit(id, `edited ${random.between(0, 999)}`)),
    recall: ({ parley }) => withOwn(parley, (chat, id) => chat.recall(id)),
    react: ({ parley }) => withAny(parley, (chat, id) => chat.react(id, random.pick(['👍', '🎉']))),
    unreact: ({ parley }) => withAny(parley, (chat, id) => chat.unreact(id, '👍')),
    read: ({ parley }) => chatsOf(parley).forEach((chat) => void chat.markRead()),
    file: ({ parley }) => {
      const [conversation] = random.shuffled([...parley.conversations.get().conversations, ...parley.archived.get().conversations]);
      if (!conversation) return;
      const variables = { conversationId: conversation.id, isArchived: random.chance(0.3), isMuted: random.chance(0.3) };
      return parley.request(UpdateConversationDocument, variables);
    },
    group: ({ parley, person }) => {
      if (person === owner.person) return parley.request(UpdateGroupDocument, { input: { conversationId: groupId, name: `all ${random.between(0, 99)}` } });
      const isIn = parley.conversation(groupId).conversation !== null;
      return isIn ? parley.request(LeaveGroupDocument, { conversationId: groupId }) : parley.request(JoinGroupDocument, { inviteCode });
    },
  };
  const faults: Record<string, (player: Player) => Promise<unknown> | unknown> = {
    lost: ({ proxy }) => proxy.breakOnce(),
    cut: async ({ proxy }) => {
      await proxy.cut();
      await sleep(random.between(20, 300));
      await proxy.mend();
    },
    slow: async ({ wires }) => {
      for (const wire of wires) wire.pause();
      await sleep(random.between(50, 400));
      for (const wire of wires) if (wire.readyState === WebSocket.OPEN) wire.resume();
    },
    silent: async ({ proxy }) => {
      proxy.freeze();
      await sleep(random.between(50, 400));
      proxy.thaw();
    },
    moved: ({ proxy }) => {
      proxy.lead(somewhere().url);
      proxy.breakOnce();
    },
  };
  const restart = async () => {
    const app = random.pick(nodes);
    await app.stop();
    const again = await startApp({ ...app.env, PORT: new URL(app.url).port });
    nodes = nodes.map((node) => (node === app ? again : node));
  };

  const open: Promise<unknown>[] = [];
  const act = (name: string, work: () => Promise<unknown> | unknown) => {
    counts[name] = (counts[name] ?? 0) + 1;
    const done = Promise.resolve(work()).catch((error: unknown) => {
      // Refused, or the network was away: both are to be expected here.
      if (!(error instanceof ParleyError)) throw error;
    });
    open.push(done);
    return done;
  };
  for (let step = 0; step < steps; step += 1) {
    const player = random.pick(players);
    const name = random.chance(0.5) ? 'write' : random.pick(Object.keys(deeds));
    void act(name, () => deeds[name]?.(player, random));
    if (random.chance(0.15)) {
      const fault = random.pick(Object.keys(faults));
      await act(fault, () => faults[fault]?.(random.pick(players)));
    }
    if (step === Math.floor(steps / 2)) await act('restart', restart);
    await sleep(random.between(0, 30));
  }
  await Promise.all(open);
  const outcomes = await Promise.all(players.map(({ sent }) => Promise.all(sent)));
  await Promise.all(players.map(({ parley }) => isLive(parley, 30_000)));

  const compared: Compared[] = [];
  const sends: Sends[] = [];
  const waiting: Lived['waiting'][number][] = [];
  for (const [index, { person, parley }] of players.entries()) {
    const { beginner, fresh, held } = await comparedWithFresh(parley, async () => {
      const { parley: page } = openPage(somewhere(), { tokens: tokensOf(await loginAgain(person, 'fresh', somewhere())) });
      await page.restore();
      await isLive(page);
      return page;
    });
    compared.push({ name: person.username, fresh, held });
    const messages = outcomes[index]?.filter((message) => message !== null) ?? [];
    const refused = (outcomes[index]?.length ?? 0) - messages.length;
    waiting.push({ says: parley.waiting.get(), refused });
    for (const [id, own] of Map.groupBy(messages, ({ conversation }) => conversation.id)) {
      // Who has left sees nothing any more; the owner sees all.
      const seen = id === groupId ? owner.parley : beginner;
      const stored = (await messagesOf(seen, id)).filter(({ sender, content }) => sender?.id === person.user.id && content?.__typename !== 'NoticeContent');
      sends.push({
        name: `${person.username} in ${id}`,
        seqs: own.map(({ seq }) => seq),
        stored: stored.map(({ seq }) => seq),
        perhaps: id === groupId ? refused : 0,
      });
    }
  }
  return { compared, sends, waiting, counts };

  function withOwn(parley: Parley, change: (chat: Chat, id: string) => Promise<void>) {
    return withAny(parley, change, ({ isOwn, content }) => isOwn && content !== null);
  }
  function withAny(parley: Parley, change: (chat: Chat, id: string) => Promise<void>, isFit = ({ content }: Message) => content !== null) {
    const chat = random.shuffled(chatsOf(parley))[0];
    const message = random.shuffled(chat?.messages.filter((one) => one.state === 'sent' && isFit(one)) ?? [])[0];
    return chat && message ? change(chat, message.id) : undefined;
  }
  function chatsOf(parley: Parley): Chat[] {
    return parley.conversations.get().conversations.map(({ id }) => parley.conversation(id));
  }
}

/** Opens a page that is reached through a wire of its own. */
async function enter(person: Person, proxy: Wire): Promise<Player> {
  const wires = new Set<WebSocket>();
  class TappedWebSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      wires.add(this);
      this.on('close', () => wires.delete(this));
    }
  }
  const { parley } = openPage(proxy, { tokens: tokensOf(person), webSocket: TappedWebSocket }, { pause: 2 });
  await parley.restore();
  await isLive(parley);
  // Everything that comes is looked at: it is this that has to be right without being read again.
  parley.unread.subscribe(() => {});
  parley.conversations.subscribe(() => {
    for (const { id } of parley.conversations.get().conversations) look(parley.conversation(id));
  });
  const seen = new Set<Chat>();
  const look = (chat: Chat) => {
    if (!seen.has(chat)) chat.subscribe(() => {});
    seen.add(chat);
  };
  return { person, parley, proxy, wires, sent: [] };
}

/** Everything that a page shows. */
async function shownBy(parley: Parley): Promise<unknown> {
  const lists = await Promise.all([parley.conversations, parley.archived].map(allOf));
  const stop = parley.unread.subscribe(() => {});
  const conversations = await Promise.all(
    lists.flat().map(async (conversation) => ({
      // What changes before somebody came into a group raises its rev, and is told only to those who were there.
      conversation: { ...conversation, rev: conversation.kind === 'GROUP' ? null : conversation.rev },
      messages: await messagesOf(parley, conversation.id),
    })),
  );
  const unread = parley.unread.get();
  stop();
  return { unread, conversations };
}

async function allOf(list: Conversations): Promise<readonly Conversation[]> {
  const stop = list.subscribe(() => {});
  await becomes(list, ({ isLoading }) => !isLoading, 'a list');
  while (list.get().hasMore) await list.loadMore();
  stop();
  return list.get().conversations;
}

async function messagesOf(parley: Parley, id: string): Promise<readonly Message[]> {
  const chat = parley.conversation(id);
  const stop = chat.subscribe(() => {});
  await becomes(chat, ({ isLoading }) => !isLoading, 'a chat');
  while (chat.get().hasOlder) await chat.loadOlder();
  stop();
  return chat.get().messages.filter(({ state }) => state === 'sent');
}

/** What a page shows beside what a fresh one reads. A read mark that was lost is made again, perhaps after the fresh one has read: then there is another one. */
async function comparedWithFresh(parley: Parley, open: () => Promise<Parley>) {
  for (let tries = 1; ; tries += 1) {
    const beginner = await open();
    const fresh = await shownBy(beginner);
    const held = await settledOn(parley, fresh);
    if (tries === 3 || isDeepStrictEqual(held, fresh)) return { beginner, fresh, held };
  }
}

/** What the page shows when it shows this, or after a while: of objects no more fields than are to be compared. */
async function settledOn(parley: Parley, fresh: unknown): Promise<unknown> {
  for (const deadline = Date.now() + 10_000; ; await sleep(50)) {
    const held = like(fresh, await shownBy(parley));
    if (isDeepStrictEqual(held, fresh) || Date.now() > deadline) return held;
  }
}

/** A value without what a page has learned beyond it. */
function like(wanted: unknown, value: unknown): unknown {
  if (Array.isArray(wanted) && Array.isArray(value)) return value.map((item, place) => (place < wanted.length ? like(wanted[place], item) : item));
  if (!isRecord(wanted) || !isRecord(value)) return value;
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, like(wanted[key], value[key])]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What is wrong with what somebody has sent to one conversation: each message has to be there once, in the order in which it was sent. */
export function mistakesIn({ seqs, stored, perhaps }: Sends): string[] {
  const lost = seqs.filter((seq) => !stored.includes(seq));
  return [
    ...(lost.length > 0 ? [`not there: ${lost}`] : []),
    ...(seqs.some((seq, place) => seq <= (seqs[place - 1] ?? 0)) ? [`in another order: ${seqs}`] : []),
    ...(stored.length > seqs.length + perhaps ? [`${stored.length} are there, and ${seqs.length} were sent`] : []),
  ];
}
