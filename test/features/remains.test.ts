import { expect, it } from 'vitest';
import { ContentsInDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { attachmentsOf, samples, sendContent } from '../support/contents.ts';
import { openTables } from '../support/groups.ts';
import { fileState } from '../support/inserted-files.ts';
import { createNodeOfBefore } from '../support/node-of-before.ts';
import { registerTwo } from '../support/people.ts';

it('what a node of the version before leaves when it recalls is erased, and nothing else is', async () => {
  const first = await startApp();
  const tables = await openTables(first);
  const [one, other] = await registerTwo(first);
  const [kept, gone] = [await attachmentsOf(tables, one), await attachmentsOf(tables, one)];
  const contents = [...samples.map(({ content }) => content(other)), gone];
  const recalled = [];
  for (const content of contents) recalled.push(await sendContent(one, other.user.id, content));
  const { id, conversation } = await sendContent(one, other.user.id, kept);
  await first.stop();
  const older = createNodeOfBefore(tables);
  for (const message of recalled) await older.recall(message.id);
  const stored = () => tables.read((tx) => tx.db.selectFrom('Message').select(['seq', 'content', 'text']).orderBy('seq').execute());
  const left = await stored();
  expect(left.filter(({ content }) => content !== null)).toHaveLength(contents.length + 1);
  const again = await startApp({ ...first.env, REDIS_PREFIX: `${first.env.REDIS_PREFIX ?? ''}again:` });
  await expect.poll(stored, { timeout: 20_000 }).toEqual(left.map((row) => (row.seq > contents.length ? row : { ...row, content: null })));
  for (const uploadId of [gone.attachments?.uploadIds ?? []].flat()) expect(await fileState(tables, String(uploadId))).toEqual({ state: 'GONE', uses: 0 });
  for (const uploadId of [kept.attachments?.uploadIds ?? []].flat()) expect(await fileState(tables, String(uploadId))).toEqual({ state: 'READY', uses: 1 });
  const shown = await again.ask(ContentsInDocument, { id: conversation.id }, { token: other.token });
  expect(shown.conversation?.lastMessage?.id).toBe(id);
  // Nobody is told: what is shown stays as it is.
  expect(shown.conversation?.messages.edges.map(({ node }) => [node.rev, node.content === null])).toEqual([
    ...contents.map((_, index) => [contents.length + 2 + index, true]),
    [contents.length + 1, false],
  ]);
});
