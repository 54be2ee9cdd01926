import { randomUUID } from 'node:crypto';
import {
  EditMessageDocument,
  MarkReadDocument,
  PinMessageDocument,
  ReactDocument,
  RecallMessageDocument,
  SendCarriedDocument,
  UnpinMessageDocument,
  UnreactDocument,
  UpdateConversationDocument,
} from '../generated/graphql.ts';
import { present } from './client.ts';
import type { Person } from './people.ts';
import type { Case } from './state-cases.ts';
import type { Scene } from './state-scene.ts';

const nth = ({ messageIds }: Scene, index: number) => present(messageIds[index], 'the message');
const edit = (person: Person, id: string, text = 'otherwise') => person.ask(EditMessageDocument, { id, content: { text } });
const react = (person: Person, messageId: string, emoji = '👍') => person.ask(ReactDocument, { messageId, emoji });
const pin = (person: Person, messageId: string) => person.ask(PinMessageDocument, { messageId });
const mention = (from: Person, to: string, ...people: readonly Person[]) =>
  from.ask(SendCarriedDocument, { input: { to, clientId: randomUUID(), content: { text: 'you' }, mentions: people.map(({ user }) => user.id) } });

/** What a message can carry, for the mutations of its own. */
export const carriedCases: Readonly<Record<string, readonly Case[]>> = {
  editMessage: [
    { name: 'the last one', act: (scene) => edit(scene.peer[0], nth(scene, 3)) },
    { name: 'twice', act: (scene) => edit(scene.actor[0], nth(scene, 0)).then(() => edit(scene.actor[1], nth(scene, 0), 'and again')) },
    {
      name: 'one that is pinned and was reacted to',
      arrange: (scene) => Promise.all([pin(scene.peer[0], nth(scene, 0)), react(scene.peer[0], nth(scene, 0))]),
      act: (scene) => edit(scene.actor[0], nth(scene, 0)),
    },
  ],
  react: [
    { name: 'to the last one', act: (scene) => react(scene.actor[0], nth(scene, 3)) },
    {
      name: 'as the other did',
      arrange: (scene) => react(scene.peer[0], nth(scene, 0)),
      act: (scene) => react(scene.actor[0], nth(scene, 0)).then(() => react(scene.actor[1], nth(scene, 0), '🎉')),
    },
    { name: 'a visitor reacts', actorIs: 'visitor', act: (scene) => react(scene.actor[0], nth(scene, 1)) },
  ],
  unreact: [
    {
      name: 'the only one',
      arrange: (scene) => react(scene.actor[0], nth(scene, 1)),
      act: (scene) => scene.actor[1].ask(UnreactDocument, { messageId: nth(scene, 1), emoji: '👍' }),
    },
    {
      name: 'one of two',
      arrange: (scene) => Promise.all([react(scene.actor[0], nth(scene, 1)), react(scene.peer[0], nth(scene, 1))]),
      act: (scene) => scene.actor[0].ask(UnreactDocument, { messageId: nth(scene, 1), emoji: '👍' }),
    },
  ],
  pinMessage: [
    { name: 'the first', act: (scene) => pin(scene.actor[0], nth(scene, 1)) },
    { name: 'one more', arrange: (scene) => pin(scene.peer[0], nth(scene, 3)), act: (scene) => pin(scene.actor[0], nth(scene, 0)) },
    {
      name: 'one that is recalled then',
      arrange: (scene) => Promise.all([react(scene.peer[0], nth(scene, 0)), pin(scene.peer[0], nth(scene, 1))]),
      act: (scene) => pin(scene.peer[0], nth(scene, 0)).then(() => scene.actor[0].ask(RecallMessageDocument, { id: nth(scene, 0) })),
    },
  ],
  unpinMessage: [
    {
      name: 'one of two',
      arrange: (scene) => Promise.all([pin(scene.peer[0], nth(scene, 3)), pin(scene.actor[0], nth(scene, 0))]),
      act: (scene) => scene.peer[0].ask(UnpinMessageDocument, { messageId: nth(scene, 0) }),
    },
  ],
  updateConversation: [
    { name: 'both', act: ({ actor, conversationId }) => actor[0].ask(UpdateConversationDocument, { conversationId, isMuted: true, isArchived: true }) },
    {
      name: 'taken back, with a message in between',
      arrange: ({ actor, conversationId }) => actor[0].ask(UpdateConversationDocument, { conversationId, isMuted: true, isArchived: true }),
      act: async ({ actor, peer, conversationId }) => {
        await mention(peer[0], conversationId, actor[0]);
        await actor[0].ask(UpdateConversationDocument, { conversationId, isArchived: false });
      },
    },
  ],
};

/** What a message can carry, for `sendMessage`. */
export const carriedSends: readonly Case[] = [
  { name: 'one that names both', act: ({ actor, peer, conversationId }) => mention(peer[0], conversationId, actor[0], peer[0]) },
  { name: 'the first one, that names the other', act: ({ actor, stranger }) => mention(actor[0], stranger[0].user.id, stranger[0]) },
  {
    name: 'one that names the reader, who then reads it',
    act: async ({ actor, peer, conversationId }) => {
      await mention(peer[0], conversationId, actor[0]);
      await actor[0].ask(MarkReadDocument, { conversationId, seq: 5 });
    },
  },
  {
    name: 'one that is forwarded to somebody new',
    act: (scene) =>
      scene.actor[0].ask(SendCarriedDocument, { input: { to: scene.stranger[0].user.id, clientId: randomUUID(), content: { forward: nth(scene, 1) } } }),
  },
];

/** What a message can carry, for `recallMessage`. */
export const carriedRecalls: readonly Case[] = [
  {
    name: 'one that was edited, pinned and reacted to',
    arrange: async (scene) => {
      await edit(scene.actor[0], nth(scene, 0));
      await Promise.all([pin(scene.peer[0], nth(scene, 0)), react(scene.peer[0], nth(scene, 0))]);
    },
    act: (scene) => scene.actor[0].ask(RecallMessageDocument, { id: nth(scene, 0) }),
  },
  {
    name: 'one that names the reader',
    arrange: ({ actor, peer, conversationId }) => mention(peer[0], conversationId, actor[0]),
    act: async ({ peer, conversationId }) => {
      const uuid = Buffer.from(conversationId, 'base64url').toString().split(':')[1];
      await peer[0].ask(RecallMessageDocument, { id: Buffer.from(`Message:${uuid}:5`).toString('base64url') });
    },
  },
];
