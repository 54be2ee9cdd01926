import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/platform/database.ts';
import {
  GalleryDocument,
  type GalleryQueryVariables,
  InviteToGroupDocument,
  RecallContentDocument,
  RemoveMemberDocument,
  UpdateGroupDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { sendContent } from '../support/contents.ts';
import { createGroup, memberIdOf, openTables, registerFriends } from '../support/groups.ts';
import { insertFiles, kindsOfFiles } from '../support/inserted-files.ts';
import { createNodeOfBefore } from '../support/node-of-before.ts';
import { type Person, registerTwo, sendText } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

const { image, voice, video, other: document } = kindsOfFiles;

let app: TestApp;
let database: Database;
beforeAll(async () => {
  app = await startApp();
  database = await openTables(app);
});

const gallery = async (person: Person, variables: GalleryQueryVariables) => present((await person.ask(GalleryDocument, variables)).conversation).attachments;
const seqsIn = async (person: Person, variables: GalleryQueryVariables) => (await gallery(person, variables)).edges.map(({ node }) => node.seq);

async function attach(person: Person, to: string, ...files: readonly Parameters<typeof insertFiles>[2][number][]) {
  return await sendContent(person, to, { attachments: { uploadIds: await insertFiles(database, person, files) } });
}

/** A conversation of two with texts and files: of seq 2 a picture, of 4 a voice, of 5 two pictures and a document, of 6 a video. */
async function chat() {
  const [one, other] = await registerTwo(app);
  const { conversation } = await sendText(one, other.user.id, 'hello');
  const messages = [await attach(one, conversation.id, image)];
  await sendText(other, conversation.id, 'a text');
  for (const files of [[voice], [image, document, image], [video]]) messages.push(await attach(one, conversation.id, ...files));
  return { one, other, id: conversation.id, messages };
}

describe('the gallery of a conversation', () => {
  it('has the messages with files, each once, the newest first, and nothing else', async () => {
    const { one, other, id, messages } = await chat();
    for (const person of [one, other]) {
      const { edges, pageInfo } = await gallery(person, { id });
      expect(edges.map(({ node }) => node)).toEqual(messages.toReversed().map(({ id: messageId, seq, content }) => ({ id: messageId, seq, content })));
      expect(edges.map(({ cursor }) => cursor)).toEqual(edges.map(({ node }) => node.id));
      expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: edges[0]?.cursor, endCursor: edges.at(-1)?.cursor });
    }
  });

  it.each([
    ['IMAGE', [5, 2]],
    ['AUDIO', [4]],
    ['VIDEO', [6]],
    ['FILE', [5]],
    ['AVATAR', []],
    [null, [6, 5, 4, 2]],
  ] as const)('of the kind %s has those with such a file', async (kind, seqs) => {
    const { other, id } = await chat();
    expect(await seqsIn(other, { id, kind })).toEqual(seqs);
  });

  it.each([undefined, 'IMAGE'] as const)('goes on page by page to its end, of %s', async (kind) => {
    const { one, other, id } = await chat();
    for (let index = 0; index < 5; index += 1) await attach(one, id, image, image);
    const all = await seqsIn(other, { id, kind });
    const read: number[] = [];
    let after: string | null | undefined;
    for (let goesOn = true; goesOn; ) {
      const { edges, pageInfo } = await gallery(other, { id, kind, first: 3, after });
      expect(pageInfo.hasPreviousPage).toBe(after !== undefined);
      expect(edges.length).toBeLessThanOrEqual(3);
      read.push(...edges.map(({ node }) => node.seq));
      ({ endCursor: after, hasNextPage: goesOn } = pageInfo);
    }
    expect(read).toEqual(all);
    expect(read.length).toBeGreaterThan(6);
  });

  it('begins before any message that is named, and takes no cursor of another conversation', async () => {
    const { one, other, id } = await chat();
    const { id: last } = await sendText(one, id, 'the end');
    expect(await seqsIn(other, { id, first: 2, after: last })).toEqual([6, 5]);
    const elsewhere = await chat();
    for (const [after, field] of [
      [present(elsewhere.messages[0]).id, 'after'],
      ['x', 'after'],
      ['', 'after'],
    ] as const) {
      const answer = await other.execute(GalleryDocument, { id, after });
      expect(answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field])).toEqual([['BAD_USER_INPUT', field]]);
    }
    for (const first of [0, -1, 101]) expect(codesOf(await other.execute(GalleryDocument, { id, first }))).toEqual(['BAD_USER_INPUT']);
  });

  it('has no recalled ones, not even such as a node of the version before has recalled', async () => {
    const { one, other, id, messages } = await chat();
    await one.ask(RecallContentDocument, { id: present(messages[3]).id });
    await createNodeOfBefore(database).recall(present(messages[2]).id);
    expect(await seqsIn(other, { id })).toEqual([4, 2]);
    expect(await seqsIn(other, { id, kind: 'IMAGE' })).toEqual([2]);
    const page = await gallery(other, { id, first: 2 });
    expect([page.edges.map(({ node }) => node.seq), page.pageInfo.hasNextPage]).toEqual([[4, 2], false]);
  });

  it('begins for each member where the history does, and is nobody else’s', async () => {
    const { owner, early, late } = await registerFriends(app, database, 'owner', 'early', 'late');
    const { id } = await createGroup(owner, [early]);
    const before = await attach(owner, id, image);
    await owner.ask(InviteToGroupDocument, { conversationId: id, userIds: [late.user.id] });
    const after = await attach(owner, id, image, document);
    expect(await seqsIn(early, { id })).toEqual([after.seq, before.seq]);
    expect(await seqsIn(late, { id })).toEqual([after.seq]);
    expect(await seqsIn(late, { id, kind: 'IMAGE', after: before.id })).toEqual([]);
    await owner.ask(RemoveMemberDocument, { memberId: memberIdOf(id, late) });
    expect((await late.ask(GalleryDocument, { id })).conversation).toBeNull();
    await owner.ask(UpdateGroupDocument, { input: { conversationId: id, showsHistory: true } });
    await owner.ask(InviteToGroupDocument, { conversationId: id, userIds: [late.user.id] });
    expect(await seqsIn(late, { id })).toEqual([after.seq, before.seq]);
  });

  it('is read by the keys of the files, and not through the history', async () => {
    const { other, id } = await chat();
    const statements = watchStatements();
    await seqsIn(other, { id, kind: 'IMAGE', first: 1 });
    const reading = statements.take().filter((text) => /\bfile_use\b/.test(text));
    expect(reading).toHaveLength(1);
    const plan = await database.read(async (tx) => {
      const explain = tx.dialect.name === 'sqlite' ? 'explain query plan ' : 'explain ';
      const { rows } = await sql.raw<Record<string, unknown>>(explain + present(reading[0]).replaceAll('?', "'IMAGE'")).execute(tx.db);
      return rows.map((row) => JSON.stringify(row));
    });
    const ofTables = plan.filter((row) => /\b(SCAN|SEARCH) [fx]\b|"table":"[fx]"/.test(row));
    expect(ofTables).toHaveLength(2);
    const byKey = /SEARCH f USING COVERING INDEX \w+_kind_seq_index|SEARCH x USING|"table":"f".*"key":"\w+_kind_seq_index"|"table":"x".*"key":"PRIMARY"/;
    expect(ofTables.filter((row) => !byKey.test(row))).toEqual([]);
    expect(ofTables.filter((row) => /USE TEMP|filesort|temporary/.test(row))).toEqual([]);
  });
});
