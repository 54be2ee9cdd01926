import { beforeAll, describe, expect, it } from 'vitest';
import { ContactQrCodesDocument, GroupQrCodeByCodeDocument, GroupQrCodeDocument, UpdateGroupDocument, UserQrCodeDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { createGroup, readGroup } from '../support/groups.ts';
import { registerUser, registerVisitor } from '../support/people.ts';
import { readQrCode } from '../support/qr-code.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ PUBLIC_LINK: 'https://app.example.com/{kind}/{code}?from=qr', PUBLIC_URL: 'https://chat.example.com' });
});

describe('the QR code of a user', () => {
  it('leads to the uuid, of visitors too, whoever asks', async () => {
    const [person, visitor] = [await registerUser(app), await registerVisitor(app)];
    for (const { user } of [person, visitor]) {
      const { userInfo } = await app.ask(UserQrCodeDocument, { uuid: user.uuid });
      expect(readQrCode(present(userInfo).qrCode)).toBe(`https://app.example.com/user/${user.uuid}?from=qr`);
    }
  });

  it.each([
    [{}, 'http://localhost:0/user/'],
    [{ PUBLIC_URL: 'https://chat.example.com/' }, 'https://chat.example.com/user/'],
    [{ PUBLIC_URL: 'https://chat.example.com/parley' }, 'https://chat.example.com/parley/user/'],
    [{ PUBLIC_URL: 'https://chat.example.com', PUBLIC_LINK: 'myapp://open?what={kind}&id={code}' }, 'myapp://open?what=user&id='],
  ])('has the link that is configured: %j', async (env, begins) => {
    const other = await startApp(env);
    const { user } = await registerUser(other);
    const { userInfo } = await other.ask(UserQrCodeDocument, { uuid: user.uuid });
    expect(readQrCode(present(userInfo).qrCode)).toBe(`${begins}${user.uuid}`);
  });
});

describe('the QR code of a group', () => {
  it('leads to its invite code, and to the new one when it has another', async () => {
    const owner = await registerUser(app);
    const { id, inviteCode } = await createGroup(owner, []);
    const read = async () => readQrCode(present((await owner.ask(GroupQrCodeDocument, { id })).conversation?.group?.qrCode));
    expect(await read()).toBe(`https://app.example.com/group/${inviteCode}?from=qr`);
    await owner.ask(UpdateGroupDocument, { input: { conversationId: id, resetInviteCode: true } });
    const { group } = await readGroup(owner, id);
    expect(group.inviteCode).not.toBe(inviteCode);
    expect(await read()).toBe(`https://app.example.com/group/${group.inviteCode}?from=qr`);
  });

  it('is null to whoever is no member and does not see the invite code', async () => {
    const [owner, other] = [await registerUser(app), await registerUser(app)];
    const { group, inviteCode } = await createGroup(owner, []);
    const { groupByCode } = await other.ask(GroupQrCodeByCodeDocument, { inviteCode });
    expect(groupByCode).toEqual({ name: group.name, qrCode: null });
  });
});

it('costs fifty times what is only read', async () => {
  const small = await startApp({ COST_USER: '550' });
  const person = await registerUser(small);
  // For each of ten: the user and the code.
  expect(codesOf(await person.execute(ContactQrCodesDocument, { first: 10 }))).toEqual([]);
  const refused = await person.execute(ContactQrCodesDocument, { first: 11 });
  expect(codesOf(refused)).toEqual(['BAD_QUERY']);
  expect(refused.errors[0]?.extensions).toMatchObject({ cost: 1 + 1 + 11 * 51, limit: 550 });
});
