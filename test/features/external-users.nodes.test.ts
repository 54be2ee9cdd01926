import { beforeAll, describe, expect, it } from 'vitest';
import { EndSessionsDocument, IssueSessionDocument, LoginDocument, MeDocument, ResetPasswordDocument, UpsertUserDocument } from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { codesOf, dataOf, present } from '../support/client.ts';
import { freshExternalId, insertProvider, upsertUser } from '../support/external-users.ts';
import { openTables } from '../support/groups.ts';
import { adminEnv, loginAdmin, type Person, personOf, registerUser } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

const crowd = 20;
let nodes: TestApp[];
let admin: Person;
let shop: KeyClient;
beforeAll(async () => {
  nodes = await startNodes(2, adminEnv);
  admin = await loginAdmin(nodeAt(0));
  await insertProvider(nodeAt(0), 'shop');
  shop = await keyClient(nodeAt(0), ['USERS', 'SESSIONS'], admin);
});

const nodeAt = (index: number) => present(nodes[index % 2], 'a node');
const atOnce = <T>(work: (node: TestApp, index: number) => Promise<T>) => Promise.all(Array.from({ length: crowd }, (_, index) => work(nodeAt(index), index)));

describe('through two nodes', () => {
  it('20 upserts of one person at the same moment make one account', async () => {
    for (let round = 0; round < 3; round += 1) {
      const externalId = freshExternalId();
      const answers = await atOnce((node) => shop.at(node).execute(UpsertUserDocument, { input: { externalId, nickname: 'Ann' } }));
      expect(new Set(answers.map((answer) => dataOf(answer).upsertUser?.id)).size).toBe(1);
      const tables = await openTables(nodeAt(0));
      const rows = await tables.read((tx) => tx.db.selectFrom('ExternalPerson').selectAll().where('externalId', '=', externalId).execute());
      expect(rows).toHaveLength(1);
      const made = await tables.read((tx) => tx.db.selectFrom('AuditRecord').select('id').where('action', '=', 'user.create').execute());
      expect(made).toHaveLength(round + 2);
    }
  });

  it('an account that becomes a person, and the same person being made, come to one account or to a conflict', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [person, externalId] = [await registerUser(nodeAt(0)), freshExternalId()];
      const answers = await atOnce((node, index) =>
        shop.at(node).execute(UpsertUserDocument, { input: { externalId, ...(index % 2 === 0 ? {} : { userId: person.user.id }) } }),
      );
      const ids = new Set(answers.flatMap(({ data }) => data?.upsertUser?.id ?? []));
      expect(ids.size).toBe(1);
      const isTaken = !ids.has(person.user.id);
      expect(answers.flatMap(codesOf)).toEqual(isTaken ? Array.from({ length: crowd / 2 }, () => 'CONFLICT') : []);
    }
  });

  it('sessions that are issued for one browser are one, and end on both nodes', async () => {
    const externalId = freshExternalId();
    await upsertUser(shop, { externalId });
    const person = { external: { id: externalId } };
    const pages = await atOnce(async (node) =>
      personOf(node, (await shop.at(node).ask(IssueSessionDocument, { input: { person, device: 'x' } })).issueSession),
    );
    const tables = await openTables(nodeAt(0));
    const sessions = await tables.read((tx) =>
      tx.db
        .selectFrom('Session')
        .innerJoin('User', 'User.id', 'Session.userId')
        .select('Session.id')
        .where('User.uuid', '=', present(pages[0]).user.uuid)
        .execute(),
    );
    expect(sessions).toHaveLength(1);
    const sockets = pages.slice(0, 2).map((page) => page.socket());
    for (const socket of sockets) await socket.ask(MeDocument, {});
    await shop.at(nodeAt(1)).ask(EndSessionsDocument, { person });
    for (const socket of sockets) expect(await socket.closed()).toMatchObject({ code: 4401, reason: 'TOKEN_INVALID' });
    for (const page of pages) expect(codesOf(await page.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
  });

  it('of many logins with a reset password one passes', async () => {
    const { username, user } = await registerUser(nodeAt(0));
    const { resetPassword } = await admin.ask(ResetPasswordDocument, { userId: user.id });
    const password = present(resetPassword);
    const answers = await atOnce((node, index) => node.execute(LoginDocument, { input: { username, password, newPassword: `horse number ${index}` } }));
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(new Set(answers.flatMap(codesOf))).toEqual(new Set(['INVALID_CREDENTIALS']));
  });
});
