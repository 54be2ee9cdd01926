import { requireText } from '../../kernel/texts.ts';

/** The most that a message may hold, in Unicode code points. */
export const textLimit = 5000;

/** The most people whom one message may name. */
export const mentionLimit = 50;

/** Throws `BAD_USER_INPUT` for `content.text` where nothing of a text can be seen, or it is longer than `textLimit`. */
export function requireMessageText(text: string): void {
  requireText('content.text', text, textLimit);
}
