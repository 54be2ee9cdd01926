import { beforeAll, expect, it } from 'vitest';
import { GroupByCodeDocument, JoinGroupDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { createGroup } from '../support/groups.ts';
import { registerUser } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

it('an invite code lets in by its letters in either case, and by nothing that a database or an eye takes for them', async () => {
  const [owner, other] = await Promise.all([registerUser(app), registerUser(app)]);
  const { inviteCode } = await createGroup(owner, []);
  const fullWidth = inviteCode.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
  for (const alike of [`${inviteCode} `, ` ${inviteCode}`, `${inviteCode}\u200b`, `${inviteCode}\n`, fullWidth, inviteCode.slice(1), '%', '']) {
    expect([alike, (await other.ask(GroupByCodeDocument, { inviteCode: alike })).groupByCode]).toEqual([alike, null]);
    expect(codesOf(await other.execute(JoinGroupDocument, { inviteCode: alike }))).toEqual(['NOT_FOUND']);
  }
  expect((await other.ask(JoinGroupDocument, { inviteCode: inviteCode.toUpperCase() })).joinGroup?.status).toBe('ACCEPTED');
});
