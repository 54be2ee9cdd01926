import { createHash } from 'node:crypto';
import { requireText } from '../../kernel/texts.ts';

/** The most that a message may hold, in Unicode code points. */
export const textLimit = 5000;

/** The most people whom one message may name. */
export const mentionLimit = 50;

/** Throws `BAD_USER_INPUT` for `content.text` where nothing of a text can be seen, or it is longer than `textLimit`. */
export function requireMessageText(text: string): void {
  requireText('content.text', text, textLimit);
}

/**
 * SHA-256 in hex of what was sent, by which a repeated send is known. The clientId is in it as a salt, so that equal texts have different hashes.
 * `more` is what a message has beyond content and reply: left out where there is nothing, so that what was sent before there was more keeps its hash.
 */
export function contentHash(clientKey: string, content: unknown, replyTo: unknown, more: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([clientKey, content, replyTo, ...more]))
    .digest('hex');
}
