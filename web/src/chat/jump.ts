import { signal } from '@preact/signals';
import { navigate } from '../app/router.ts';
import { chatPath } from '../people/paths.ts';

/** A message to be shown once its conversation is: each wish is an object of its own. */
export interface Jump {
  readonly conversationId: string;
  readonly messageId: string;
}

export const jump = signal<Jump | null>(null);

/** Opens a conversation at one of its messages. */
export function openMessage(conversationId: string, messageId: string): void {
  jump.value = { conversationId, messageId };
  navigate(chatPath(conversationId));
}
