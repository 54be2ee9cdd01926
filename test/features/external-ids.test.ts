import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { UpdateUserDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { comeIn, goodClaims, proofBySecret, secretEnv } from '../support/issuers.ts';
import { adminEnv, loginAdmin, openChatset, registerUser, sendText } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';

it('whoever is no admin any more is told no id of a provider by a stream that began before, and whoever becomes one is', async () => {
  const app = await startApp({ ...adminEnv, ...secretEnv });
  const admin = await loginAdmin(app);
  const sub = `customer ${randomUUID()}`;
  const customer = await comeIn(app, proofBySecret(goodClaims(sub)));
  const watcher = await registerUser(app);
  await openChatset(watcher);
  const socket = await openRawSocket(app.socketUrl);
  await socket.init({ token: watcher.token });
  const query = 'subscription { events { ... on MessageSent { message { sender { externalId } } } } }';
  socket.send({ type: 'subscribe', id: 'events', payload: { query } });
  await socket.until('next', 'events');
  const idTold = async () => {
    await sendText(customer, watcher.user.id, 'hello');
    for (;;) {
      const frame: unknown = await socket.until('next', 'events');
      const told = /"externalId":(null|"[^"]*")/.exec(JSON.stringify(frame));
      if (told) return JSON.parse(told[1] ?? '');
    }
  };
  expect(await idTold()).toBeNull();
  await admin.ask(UpdateUserDocument, { userId: watcher.user.id, role: 'ADMIN' });
  expect(await idTold()).toBe(sub);
  await admin.ask(UpdateUserDocument, { userId: watcher.user.id, role: 'USER' });
  expect(await idTold()).toBeNull();
});
