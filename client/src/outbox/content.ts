import { ParleyError } from '../errors.ts';
import type { MessageContentInput, MessageFragment } from '../generated/graphql.ts';
import type { Message, Sendable } from '../types.ts';

/** What is sent, as the mutation takes it. `uploadIds` are those of its attachments, in their order. */
export function inputOf(content: Sendable, uploadIds: string[]): MessageContentInput {
  if (typeof content === 'string') return { text: content };
  if ('attachments' in content) return { attachments: { uploadIds, caption: content.caption } };
  return content;
}

/** A message that the server has, as `send` gives it to whoever sent it. */
export function sentMessage(message: MessageFragment): Message {
  return { ...message, state: 'sent', error: null, isOwn: true, uploads: [] };
}

export function errorOf(error: unknown): ParleyError {
  return error instanceof ParleyError ? error : new ParleyError('INTERNAL', String(error));
}
