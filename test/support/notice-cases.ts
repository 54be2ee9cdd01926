import { MarkReadDocument, UpdateConversationDocument } from '../generated/graphql.ts';
import { groupOf, together } from './group-cases.ts';
import { requireSystem, sendNotice } from './notices.ts';
import type { Case } from './state-cases.ts';
import { allDevicesOf } from './state-scene.ts';

/** What a server of the operator's may send. */
export const noticeCases: readonly Case[] = [
  { name: 'the first one to somebody', parties: allDevicesOf, act: ({ key, actor }) => sendNotice(key, actor[0], 'Your order is on its way') },
  {
    name: 'another one to a visitor',
    actorIs: 'visitor',
    arrange: ({ key, actor }) => sendNotice(key, actor[0], 'one'),
    act: ({ key, actor }) => sendNotice(key, actor[0], 'two', { type: 'shop.order', data: '{}' }),
  },
  {
    name: 'one that was read, muted and archived',
    arrange: async ({ key, actor }) => {
      const { conversation } = await sendNotice(key, actor[0], 'one');
      await actor[0].ask(MarkReadDocument, { conversationId: conversation.id, seq: 1 });
      await actor[0].ask(UpdateConversationDocument, { conversationId: conversation.id, isMuted: true, isArchived: true });
    },
    act: ({ key, actor }) => sendNotice(key, actor[0], 'two'),
  },
  { name: 'one to two people', act: ({ key, conversationId }) => sendNotice(key, { conversationId }, 'the item was sold') },
  {
    name: 'one to a group',
    ...together,
    act: async ({ key, actor }) => sendNotice(key, { conversationId: (await groupOf(actor[0])).id }, 'the course begins'),
  },
];

/** What was sent is read. */
export const noticeReads: readonly Case[] = [
  {
    name: 'notices of a server',
    arrange: ({ key, actor }) => sendNotice(key, actor[0], 'one'),
    act: async ({ actor }) => actor[0].ask(MarkReadDocument, { conversationId: (await requireSystem(actor[0])).id, seq: 1 }),
  },
];
