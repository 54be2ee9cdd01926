import { createHash, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { EditMessageDocument, RecallMessageDocument, SendMessageDocument, type SendMessageInput } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { loginAgain, type Person, registerTwo } from '../support/people.ts';

let app: TestApp;
let people: [Person, Person];
beforeAll(async () => {
  app = await startApp();
  people = await registerTwo(app);
});

const phone = '+49 170 1234567';

/** Sends a text, again with the same clientId by the same function. */
function createSending(more: Partial<SendMessageInput> = {}, [one, other] = people) {
  const clientId = randomUUID();
  return {
    clientId,
    send: (text: string, from: Person = one) => from.execute(SendMessageDocument, { input: { to: other.user.id, clientId, content: { text }, ...more } }),
  };
}

/** What is stored of a message that was sent with this clientId. */
async function storedOf(clientId: string, of = app): Promise<string | null | undefined> {
  const database = await openTables(of);
  return (await database.read((tx) => tx.db.selectFrom('Message').select('contentHash').where('clientId', '=', clientId).executeTakeFirst()))?.contentHash;
}

const plainHash = (given: readonly unknown[]) => createHash('sha256').update(JSON.stringify(given)).digest('hex');

/** Stores what a version of before has stored of it. */
async function storeAsBefore(clientId: string, text: string): Promise<void> {
  const database = await openTables(app);
  const contentHash = plainHash([clientId, text, null]);
  await database.transaction((tx) => tx.db.updateTable('Message').set({ contentHash }).where('clientId', '=', clientId).execute());
}

describe('what is kept of a message to know it again (M2)', () => {
  it('cannot be found out by trying texts', async () => {
    const { clientId, send } = createSending();
    const id = (await send(phone)).data?.sendMessage?.id ?? '';
    await people[0].ask(RecallMessageDocument, { id });
    const stored = await storedOf(clientId);
    expect(stored).toMatch(/^k1:/);
    const guesses = [[clientId, phone, null], [phone], [clientId, phone]].map(plainHash);
    for (const guess of guesses) expect(stored).not.toContain(guess);
  });

  it('holds after a restart with another TOKEN_SECRET, and after a recall', async () => {
    const before = await startApp();
    const pair = await registerTwo(before);
    const { clientId, send } = createSending({}, pair);
    const first = (await send(phone)).data?.sendMessage;
    // A file of SQLite is one server's.
    await before.stop();
    const again = await startApp({ ...before.env, TOKEN_SECRET: 'another secret for tests, long enough for everybody' });
    const one = await loginAgain(pair[0], undefined, again);
    expect((await send(phone, one)).data?.sendMessage?.id).toBe(first?.id);
    await one.ask(RecallMessageDocument, { id: first?.id ?? '' });
    expect((await send(phone, one)).data?.sendMessage?.id).toBe(first?.id);
    expect(codesOf(await send(`${phone}8`, one))).toEqual(['CONFLICT']);
    expect(await storedOf(clientId, again)).toMatch(/^k1:/);
  });

  it('is told apart from what was kept before, which a recall and an edit replace', async () => {
    for (const change of ['recall', 'edit', 'edit, then recall'] as const) {
      const { clientId, send } = createSending();
      const first = (await send(phone)).data?.sendMessage;
      const id = first?.id ?? '';
      await storeAsBefore(clientId, phone);
      expect((await send(phone)).data?.sendMessage?.id).toBe(id);
      expect(codesOf(await send('other'))).toEqual(['CONFLICT']);
      if (change !== 'recall') await people[0].ask(EditMessageDocument, { id, content: { text: 'edited' } });
      if (change !== 'edit') await people[0].ask(RecallMessageDocument, { id });
      expect([change, await storedOf(clientId)]).toEqual([change, expect.stringMatching(/^k1:/)]);
      expect((await send(phone)).data?.sendMessage?.id).toBe(id);
      expect(codesOf(await send('edited'))).toEqual(['CONFLICT']);
    }
  });

  it('is of the database: another one keeps another', async () => {
    const elsewhere = await startApp();
    const [a, b] = [await openTables(app), await openTables(elsewhere)];
    const secretsOf = (database: typeof a) => database.read((tx) => tx.db.selectFrom('Secret').selectAll().execute());
    const [mine, theirs] = [await secretsOf(a), await secretsOf(b)];
    expect(mine.map(({ name }) => name)).toEqual(theirs.map(({ name }) => name));
    expect(mine[0]?.value).toMatch(/^[0-9a-f]{64}$/);
    expect(mine[0]?.value).not.toBe(theirs[0]?.value);
  });
});
