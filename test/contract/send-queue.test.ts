import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { prepareSend, type Send } from '../../src/features/messages/send.service.ts';
import { createSendQueue } from '../../src/features/messages/send-queue.service.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { createFingerprints } from '../../src/platform/fingerprints.ts';

const sendOf = (text: string, to = 'conversation'): Send =>
  prepareSend(
    { userId: 1, uuid: '1', role: 'USER', sessionId: 1, sessionUuid: '1' },
    { to: { conversationUuid: to }, clientId: randomUUID(), content: { text }, replyTo: null, mentions: { people: [], everyone: false } },
    createFingerprints(Buffer.alloc(32)),
  );

const textOf = ({ message: { content } }: Send) => ('text' in content ? content.text : '');

/** A queue whose sends to one conversation are refused in the end; `tried` makes what becomes of those that do not wait, when it is their turn. */
function startQueue(tried: (sends: readonly Send[]) => ('BUSY' | 'FIRST')[]) {
  const written: string[] = [];
  const held = Promise.withResolvers<void>();
  const tries: (() => void)[] = [];
  const queue = createSendQueue(async (sends, waits) => {
    if (!waits) {
      await new Promise<void>((resolve) => tries.push(resolve));
      return tried(sends);
    }
    await held.promise;
    // Who makes the conversation is alone in a transaction.
    if (sends.length > 1 && written.length === 0) return sends.map(() => 'FIRST');
    written.push(...sends.map(textOf));
    return sends.map(() => ({ refusal: new AppError('NOT_FOUND') }));
  }, 5000);
  const sent: Promise<unknown>[] = [];
  return {
    written,
    async send(...texts: readonly string[]) {
      for (const text of texts) sent.push(queue.send(sendOf(text)).catch(() => {}));
      await turn();
    },
    async goOn() {
      for (const go of tries.splice(0)) go();
      await turn();
    },
    async end() {
      held.resolve();
      while (tries.length > 0) await this.goOn();
      await Promise.all(sent);
    },
  };
}

const ways = {
  'somebody else holds the conversation': (sends: readonly Send[]) => sends.map(() => 'BUSY' as const),
  'the first of them makes the conversation': (sends: readonly Send[]) => sends.map(() => 'FIRST' as const),
  'what fails for all of them is tried for each': () => {
    throw new Error('a fault with one of them');
  },
};

it.each(Object.entries(ways))('of one sender nobody overtakes another, also where %s', async (_name, tried) => {
  const { send, goOn, end, written } = startQueue(tried);
  await send('one', 'two');
  // Behind the transaction that is under way.
  await send('three');
  await goOn();
  await send('four');
  await goOn();
  await send('five');
  await end();
  expect(written).toEqual(['one', 'two', 'three', 'four', 'five']);
});
