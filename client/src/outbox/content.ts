import { ParleyError } from '../errors.ts';
import type { MessageContentInput } from '../generated/graphql.ts';
import type { Sendable } from '../types.ts';

/** What is sent, as the mutation takes it. `uploadIds` are those of its attachments, in their order. */
export function inputOf(content: Sendable, uploadIds: string[]): MessageContentInput {
  if (typeof content === 'string') return { text: content };
  if ('attachments' in content) return { attachments: { uploadIds, caption: content.caption } };
  return content;
}

/** What a message of the viewer's shows, once the server has it, that the server does not say. */
export const ownMessage = { state: 'sent', error: null, isOwn: true, uploads: [] } as const;

export function errorOf(error: unknown): ParleyError {
  return error instanceof ParleyError ? error : new ParleyError('INTERNAL', String(error));
}
