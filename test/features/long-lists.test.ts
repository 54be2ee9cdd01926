import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import { DissolveGroupDocument, ElevenPagesDocument, GroupDocument, JoinGroupDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, idsOf, insertUsers, openTables } from '../support/groups.ts';
import { type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';

let app: TestApp;
let database: Database;
let owner: Person;
beforeAll(async () => {
  app = await startApp();
  database = await openTables(app);
  owner = await registerUser(app);
});

const countTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('what strangers make long', () => {
  it('does not keep a group from being dissolved: all who wait are refused', async () => {
    const group = await createGroup(owner, [], { joinPolicy: 'APPROVAL' });
    const asking = await registerVisitor(app);
    await asking.ask(JoinGroupDocument, { inviteCode: present(group.group).inviteCode ?? '' });
    const { conversationId } = await database.read((tx) => tx.db.selectFrom('JoinRequest').select('conversationId').executeTakeFirstOrThrow());
    const users = await insertUsers(database, 2000);
    const requests = users.map(({ id }) => ({ uuid: randomUUID(), conversationId, userId: id, status: 'PENDING' as const, createdAt: 1 }));
    await database.transaction((tx) => insertAll(tx, 'JoinRequest', requests));
    await owner.ask(DissolveGroupDocument, { conversationId: group.id });
    const waiting = await database.read((tx) => tx.db.selectFrom('JoinRequest').select('id').where('status', '=', 'PENDING').execute());
    expect(waiting).toEqual([]);
    const told = await database.read((tx) =>
      tx.db
        .selectFrom('Entry')
        .select('logId')
        .where('kind', '=', 'JOIN_REQUEST')
        .where('logId', '>=', users[0]?.id ?? 0)
        .execute(),
    );
    expect(told).toHaveLength(users.length);
    expect((await owner.ask(GroupDocument, { id: group.id })).conversation).toBeNull();
  });

  it('does not keep the reactions and pins of many messages from being read in one operation', async () => {
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, 'first');
    const [senderId = 0] = await idsOf(database, [one.user]);
    const { id: conversationId } = await database.read((tx) =>
      tx.db.selectFrom('Conversation').select('id').where('kind', '=', 'DIRECT').orderBy('id', 'desc').executeTakeFirstOrThrow(),
    );
    const seqs = countTo(1099).map((count) => count + 1);
    await database.transaction(async (tx) => {
      const message = { conversationId, senderId, kind: 'TEXT' as const, text: 'a text', createdAt: 1, mentionsEveryone: 0 as const };
      await insertAll(
        tx,
        'Message',
        seqs.map((seq) => ({ ...message, seq, rev: seq, clientId: randomUUID(), clientKey: randomUUID() })),
      );
      await insertAll(
        tx,
        'Reaction',
        seqs.map((seq) => ({ conversationId, seq, userId: senderId, emojiHex: 'f09f918d', at: 1 })),
      );
      await tx.db.updateTable('Log').set({ lastSeq: 1100, lastRev: 1100 }).where('id', '=', conversationId).execute();
    });
    const idOf = (seq: number) => Buffer.from(`Message:${Buffer.from(conversation.id, 'base64url').toString().split(':')[1]}:${seq}`).toString('base64url');
    const [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10] = countTo(11).map((page) => (page === 1 ? null : idOf((page - 1) * 100)));
    const { conversation: read } = await other.ask(ElevenPagesDocument, { id: conversation.id, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10 });
    const pages = Object.values(read ?? {}).flatMap((page) => (typeof page === 'object' ? page.edges : []));
    expect(pages.map(({ node }) => node.seq)).toEqual([1, ...seqs]);
    expect(pages.filter(({ node }) => node.reactions[0]?.count === 1)).toHaveLength(seqs.length);
  });
});

describe('old entries', () => {
  it('are pruned however many there are', async () => {
    const own = await startApp({ PRUNE_SECONDS: '0.3' });
    const tables = await openTables(own);
    const user = await registerUser(own);
    const [logId = 0] = await idsOf(tables, [user.user]);
    const at = Date.now() - 30 * 86_400_000;
    await tables.transaction(async (tx) => {
      await insertAll(
        tx,
        'Entry',
        countTo(2500).map((rev) => ({ logId, rev: rev + 1000, epoch: 1, at, kind: 'VIEWER' as const })),
      );
      await insertAll(
        tx,
        'EpochTime',
        [
          { epoch: 1, at },
          { epoch: 2, at },
          { epoch: 3, at },
        ],
        { missing: true },
      );
      await tx.db
        .updateTable('Clock')
        .set((eb) => ({ n: eb('n', '+', 10) }))
        .execute();
    });
    const left = () => tables.read((tx) => tx.db.selectFrom('Entry').select('rev').where('rev', '>', 1000).execute());
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  });
});
