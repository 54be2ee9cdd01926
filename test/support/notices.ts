import { randomUUID } from 'node:crypto';
import type { SendNoticeInput, SendNoticeMutation } from '../generated/graphql.ts';
import { NoticesOfDocument, type NoticesOfQuery, SendNoticeDocument } from '../generated/graphql.ts';
import { present } from './client.ts';
import type { Person } from './people.ts';
import type { KeyClient } from './server-keys.ts';

/** A notice that was sent. */
export type SentNotice = NonNullable<SendNoticeMutation['sendNotice']>;

/** What somebody is sent, with a clientId of its own unless one is said. */
export function noticeTo(to: SendNoticeInput['to'], text: string, more: Partial<SendNoticeInput> = {}): SendNoticeInput {
  return { to, clientId: randomUUID(), text, ...more };
}

/** Sends somebody a notice, or one to a conversation. */
export async function sendNotice(key: KeyClient, to: Person | SendNoticeInput['to'], text: string, more: Partial<SendNoticeInput> = {}): Promise<SentNotice> {
  const target = 'user' in to ? { userId: to.user.id } : to;
  return present((await key.ask(SendNoticeDocument, { input: noticeTo(target, text, more) })).sendNotice, 'the notice');
}

/** All conversations of somebody, with what stands in them. */
export async function conversationsOf(person: Person, caller: { readonly locale?: string } = {}): Promise<NoticesOfQuery> {
  return await person.app.ask(NoticesOfDocument, {}, { token: person.token, ...caller });
}

type Listed = NonNullable<NoticesOfQuery['conversations']>['edges'][number]['node'];

/** Somebody's SYSTEM conversations: one at most. */
export async function systemOf(person: Person): Promise<readonly Listed[]> {
  return present((await conversationsOf(person)).conversations).edges.flatMap(({ node }) => (node.kind === 'SYSTEM' ? [node] : []));
}

/** Somebody's one SYSTEM conversation. */
export async function requireSystem(person: Person): Promise<Listed> {
  const [one, ...others] = await systemOf(person);
  if (others.length > 0) throw new Error('somebody has two SYSTEM conversations');
  return present(one, 'the SYSTEM conversation');
}
