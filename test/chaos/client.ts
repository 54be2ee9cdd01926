import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ParleyError } from '../../client/src/index.ts';
import { documents } from './documents.ts';
import type { Acknowledged, Ledger } from './ledger.ts';
import { openPage, type Page } from './page.ts';
import type { Random } from './random.ts';
import type { ChaosSession } from './session.ts';

/** A group that the clients of a run know of. */
export interface KnownGroup {
  readonly owner: number;
  readonly conversationId: string;
  readonly inviteCode: string;
}

/** What the clients of a run share. */
export interface Crowd {
  readonly url: string;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly known: KnownGroup[];
  readonly clients: ChaosClient[];
  /** While true, the clients act. */
  acting: boolean;
  /** While true, their sends are tried again. */
  trying: boolean;
  /** From now on nobody waits for anything. */
  over: boolean;
}

/** Somebody who chats. */
export interface ChaosClient {
  readonly index: number;
  readonly session: ChaosSession;
  readonly page: Page;
  /** Sends until it is acknowledged. `to` is a user or a conversation, `marker` says for whom it is. Null where that was refused. */
  send(to: string, marker: string, padding?: string): Promise<Acknowledged | null>;
  /** Makes a group, which all others learn of. */
  openGroup(): Promise<void>;
  /** Acts at random for as long as the crowd does. */
  live(): Promise<void>;
}

/** The marker of the texts of two people. */
export const pairMarker = (a: number, b: number): string => `[d:${Math.min(a, b)}-${Math.max(a, b)}]`;

/** The marker of the texts of a group. */
const groupMarker = (conversationId: string): string => `[g:${conversationId}]`;

/** How long somebody waits to see their own message before they write the next one, in milliseconds. */
const patienceMs = 1500;

/** How many people each one writes to. */
const friendsEach = 3;

/** Registers somebody and opens a page. */
export async function createChaosClient(crowd: Crowd, index: number, username: string): Promise<ChaosClient> {
  const { url, ledger } = crowd;
  const random = crowd.random.fork(`client ${index}`);
  const page = await openPage(url, username, ledger, () => crowd.over);
  const { session } = page;
  const { parley } = session;
  await session.insist(documents.openChatset, {});
  /** What this client has sent of late, to be recalled. */
  const mine: Acknowledged[] = [];
  const isOver = () => !crowd.trying;

  const send: ChaosClient['send'] = async (to, marker, padding = '') => {
    const text = `${marker} ${randomUUID()}${padding}`;
    const begunAt = Date.now();
    const chat = marker.startsWith('[d:') ? parley.conversationWith(to) : parley.conversation(to);
    const outcome = await Promise.race([
      chat.send(text).then(
        (message) => ({ message, code: null }),
        (error: unknown) => ({ message: null, code: error instanceof ParleyError ? error.code : String(error) }),
      ),
      whenOver(),
    ]);
    const sent = outcome.message;
    if (sent) {
      const message = {
        sender: index,
        clientId: sent.clientId ?? '',
        conversationId: sent.conversation.id,
        messageId: sent.id,
        seq: sent.seq,
        text,
        begunAt,
        ackedAt: Date.now(),
      };
      ledger.acknowledged.push(message);
      mine.push(message);
      if (mine.length > 20) mine.shift();
      return message;
    }
    for (const { clientId, state } of chat.messages) if (state === 'failed' && clientId) chat.discard(clientId);
    // In a group, whoever was removed meanwhile finds nothing.
    if (!(outcome.code === 'NOT_FOUND' && marker.startsWith('[g:')))
      ledger.complain(outcome.code === null ? 'a message was never acknowledged' : `a message was refused: ${outcome.code}`, text);
    return null;
  };

  /** When nothing is tried any more. */
  const whenOver = async (): Promise<{ readonly message: null; readonly code: null }> => {
    while (!isOver()) await sleep(200);
    return { message: null, code: null };
  };

  const friend = () => {
    const { clients } = crowd;
    const other = clients[(index + random.pick([1, 2, 3, clients.length - 1, clients.length - 2, clients.length - friendsEach])) % clients.length];
    if (!other) throw new Error('nobody is there');
    return other;
  };

  const recall = async () => {
    const message = mine.splice(random.between(0, mine.length - 1), 1)[0];
    if (!message) return;
    const { data, code } = await session.insist<{ recallMessage: { id: string } | null }>(documents.recall, { id: message.messageId }, isOver);
    if (data?.recallMessage) ledger.recalled.add(message.messageId);
    else if (code !== 'NOT_FOUND') ledger.complain(`a recall was refused: ${code}`, message.text);
  };

  const markRead = async () => {
    const all = page.conversations().filter(({ lastMessage }) => lastMessage);
    if (all.length === 0) return;
    const { id, lastMessage } = random.pick(all);
    const { code } = await session.insist(documents.markRead, { conversationId: id, seq: lastMessage?.seq ?? 0 }, isOver);
    if (code !== null && code !== 'NOT_FOUND') ledger.complain(`a read mark was refused: ${code}`);
  };

  const openGroup = async () => {
    const input = { name: `group ${index}`, memberIds: [] };
    const { data } = await session.insist<{ createGroup: { id: string; group: { inviteCode: string } } | null }>(documents.createGroup, { input });
    if (!data?.createGroup) throw new Error('a group could not be made');
    crowd.known.push({ owner: index, conversationId: data.createGroup.id, inviteCode: data.createGroup.group.inviteCode });
  };

  /** Tells whether something was done. `harmless` is what it may be answered where it, or something like it, was done already. */
  const isDone = (what: string, code: string | null, harmless = '') => {
    if (code !== null && code !== harmless && !isOver()) ledger.complain(`${what} was refused: ${code}`);
    return code === null;
  };

  /** Groups from which this one was removed. */
  const barred = new Set<string>();
  const inGroups = async () => {
    // A third of the people share a group, so that one message is not read for everybody.
    const mayShare = ({ owner }: KnownGroup) => (index - owner + crowd.known.length) % crowd.known.length < 3;
    const open = crowd.known.filter((group) => mayShare(group) && !barred.has(group.conversationId));
    if (open.length === 0) return;
    const { owner, conversationId, inviteCode } = random.pick(open);
    if (!page.conversations().some(({ id }) => id === conversationId)) {
      const { code } = await session.insist(documents.joinGroup, { inviteCode }, isOver);
      // Whoever was removed does not come back by the code.
      if (code === 'FORBIDDEN') barred.add(conversationId);
      if (isDone('joining a group', code, 'FORBIDDEN')) ledger.counts.joins += 1;
    } else if (owner === index && random.chance(0.1)) await removeSomebody(conversationId);
    else if (owner !== index && random.chance(0.4)) {
      const { code } = await session.insist(documents.leaveGroup, { conversationId }, isOver);
      if (isDone('leaving a group', code, 'NOT_FOUND')) ledger.counts.leaves += 1;
    } else await send(conversationId, groupMarker(conversationId));
  };

  const removeSomebody = async (id: string) => {
    type Members = { conversation: { group: { members: { edges: { node: { id: string; user: { id: string } } }[] } } } | null };
    const { data } = await session.insist<Members>(documents.members, { id }, isOver);
    const others = data?.conversation?.group.members.edges.map(({ node }) => node).filter(({ user }) => user.id !== session.userId) ?? [];
    if (others.length < 2) return;
    const { code } = await session.insist(documents.removeMember, { memberId: random.pick(others).id }, isOver);
    if (isDone('removing somebody', code, 'NOT_FOUND')) ledger.counts.removals += 1;
  };

  return {
    index,
    session,
    page,
    send,
    openGroup,
    async live() {
      while (crowd.acting) {
        await sleep(random.between(20, 200));
        const choice = random.next();
        if (choice < 0.04) await recall();
        else if (choice < 0.1) await markRead();
        else if (choice < 0.12) page.cut();
        else if (choice < 0.3) await inGroups();
        else {
          const other = friend();
          const sent = await send(other.session.userId, pairMarker(index, other.index));
          // People write on when they see what they wrote. Without this a busy machine would send more than it can show.
          for (const deadline = Date.now() + patienceMs; sent && Date.now() < deadline && !page.has(sent.conversationId, sent.seq); ) await sleep(20);
        }
      }
    },
  };
}
