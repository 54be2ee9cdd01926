import { beforeAll, describe, expect, it } from 'vitest';
import { ChangePasswordDocument, LoginDocument, type LoginInput, MeDocument, ResetPasswordDocument, UpdateUserDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, outcomeOf, present } from '../support/client.ts';
import { insertProvider, upsertUser } from '../support/external-users.ts';
import { insertUsers, openTables } from '../support/groups.ts';
import { adminEnv, loginAdmin, loginAgain, type Person, personOf, registerAgent, registerUser, registerVisitor } from '../support/people.ts';
import { keyClient } from '../support/server-keys.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
});

const newPassword = 'a horse of its own';
const reset = async (person: Person) => present((await admin.ask(ResetPasswordDocument, { userId: person.user.id })).resetPassword, 'the password');
const login = ({ username }: Person, password: string, more: Partial<LoginInput> = {}) =>
  app.execute(LoginDocument, { input: { username, password, ...more } });
const check = async (person: Person) => outcomeOf(await person.execute(MeDocument, {}));

describe('a password that an admin has reset', () => {
  it('takes the place of the one before, and ends all sessions of the person, on open sockets too', async () => {
    const person = await registerUser(app);
    const other = await loginAgain(person);
    const socket = other.socket();
    await socket.ask(MeDocument, {});
    const password = await reset(person);
    expect(password).toMatch(/^([2-9a-hjkmnp-z]{4}-){3}[2-9a-hjkmnp-z]{4}$/);
    expect(await socket.closed()).toMatchObject({ code: 4401, reason: 'TOKEN_INVALID' });
    for (const one of [person, other]) expect(await check(one)).toBe('TOKEN_INVALID');
    expect(outcomeOf(await login(person, person.password))).toBe('INVALID_CREDENTIALS');
  });

  it('is good for one login, together with a new one, which is the password from then on', async () => {
    const person = await registerUser(app);
    const password = await reset(person);
    const back = personOf(app, (await login(person, password, { newPassword })).data?.login, newPassword);
    expect(back.user.id).toBe(person.user.id);
    expect(await check(back)).toBe('OK');
    for (const again of [await login(person, password), await login(person, password, { newPassword: 'yet another horse' })])
      expect(outcomeOf(again)).toBe('INVALID_CREDENTIALS');
    expect(outcomeOf(await login(person, newPassword))).toBe('OK');
    expect(outcomeOf(await back.execute(ChangePasswordDocument, { oldPassword: newPassword, newPassword: 'the third horse' }))).toBe('OK');
  });

  it('says that a new one is wanted, and says it to nobody who gives another one', async () => {
    const person = await registerUser(app);
    const password = await reset(person);
    for (const wrong of ['', person.password, `${password}x`]) expect(outcomeOf(await login(person, wrong))).toBe('INVALID_CREDENTIALS');
    expect(outcomeOf(await login(person, person.password, { newPassword }))).toBe('INVALID_CREDENTIALS');
    const says = async (locale: string) => (await app.execute(LoginDocument, { input: { username: person.username, password } }, { locale })).errors;
    expect(await says('en')).toMatchObject([
      {
        message: 'An administrator has reset this password: log in with it once more and choose a new one in newPassword',
        extensions: { code: 'BAD_USER_INPUT', field: 'newPassword' },
      },
    ]);
    expect((await says('zh')).map(({ message }) => message)).toEqual(['密码已被管理员重置：请用 newPassword 设置新密码']);
    // However often it is asked for: it is not used up by that.
    expect(outcomeOf(await login(person, password, { newPassword }))).toBe('OK');
  });

  it('is not changed for one that does not fit, or for itself', async () => {
    const person = await registerUser(app);
    const password = await reset(person);
    const wide = password.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0));
    for (const bad of ['', 'seven77', 'x'.repeat(129), 'password1', person.username.toUpperCase(), password, wide])
      expect([bad, outcomeOf(await login(person, password, { newPassword: bad }))]).toEqual([bad, 'BAD_USER_INPUT newPassword']);
    expect(outcomeOf(await login(person, password, { newPassword }))).toBe('OK');
  });

  it('is none any more when its time is over, by the clock of the database', async () => {
    const person = await registerUser(app);
    const password = await reset(person);
    const tables = await openTables(app);
    const untilOf = async () =>
      (await tables.read((tx) => tx.db.selectFrom('User').select('passwordUntil').where('uuid', '=', person.user.uuid).executeTakeFirstOrThrow()))
        .passwordUntil;
    const left = Number(await untilOf()) - Date.now();
    expect(left).toBeGreaterThan(23 * 3_600_000);
    expect(left).toBeLessThan(25 * 3_600_000);
    await tables.transaction((tx) =>
      tx.db
        .updateTable('User')
        .set((eb) => ({ passwordUntil: eb('passwordUntil', '-', 25 * 3_600_000) }))
        .where('uuid', '=', person.user.uuid)
        .execute(),
    );
    expect(outcomeOf(await login(person, password))).toBe('INVALID_CREDENTIALS');
    expect(outcomeOf(await login(person, password, { newPassword }))).toBe('INVALID_CREDENTIALS');
    expect(outcomeOf(await login(person, await reset(person), { newPassword }))).toBe('OK');
  });

  it('of a disabled account opens nothing', async () => {
    const person = await registerUser(app);
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    const password = await reset(person);
    for (const more of [{}, { newPassword }]) expect(outcomeOf(await login(person, password, more))).toBe('USER_DISABLED');
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: true });
    expect(outcomeOf(await login(person, password, { newPassword }))).toBe('OK');
  });

  it('is none any more when it was reset again', async () => {
    const person = await registerAgent(admin);
    const [first, second] = [await reset(person), await reset(person)];
    expect(first).not.toBe(second);
    expect(outcomeOf(await login(person, first, { newPassword }))).toBe('INVALID_CREDENTIALS');
    expect(outcomeOf(await login(person, second, { newPassword }))).toBe('OK');
  });
});

it('a login with a new password is refused where the password was not reset, and changes nothing', async () => {
  const person = await registerUser(app);
  expect(outcomeOf(await login(person, person.password, { newPassword }))).toBe('BAD_USER_INPUT newPassword');
  expect(outcomeOf(await login(person, 'a wrong one', { newPassword }))).toBe('INVALID_CREDENTIALS');
  expect(outcomeOf(await login(person, newPassword))).toBe('INVALID_CREDENTIALS');
  expect(outcomeOf(await login(person, person.password))).toBe('OK');
  expect(await check(person)).toBe('OK');
});

it('an admin resets no password of an admin, and none where there is none', async () => {
  const [other, visitor] = [await registerUser(app), await registerVisitor(app)];
  await admin.ask(UpdateUserDocument, { userId: other.user.id, role: 'ADMIN' });
  const [nameless] = await insertUsers(await openTables(app), 1);
  const answerTo = async (userId: string) => outcomeOf(await admin.execute(ResetPasswordDocument, { userId }));
  expect(await answerTo(other.user.id)).toBe('FORBIDDEN');
  expect(await answerTo(admin.user.id)).toBe('FORBIDDEN');
  expect(await answerTo(visitor.user.id)).toBe('BAD_USER_INPUT userId');
  expect(await answerTo(present(nameless).uuid)).toBe('BAD_USER_INPUT userId');
  expect(await answerTo('')).toBe('NOT_FOUND');
  for (const person of [other, admin, visitor]) expect(await check(person)).toBe('OK');
});

describe('at the same moment', () => {
  it('a login with the old password and its reset: no session of the old one is left', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await registerUser(app);
      const [password, ...logins] = await Promise.all([reset(person), ...Array.from({ length: 4 }, () => login(person, person.password))]);
      for (const answer of logins) {
        if (answer.errors.length > 0) expect(outcomeOf(answer)).toBe('INVALID_CREDENTIALS');
        else expect(await check(personOf(app, answer.data?.login))).toBe('TOKEN_INVALID');
      }
      expect(outcomeOf(await login(person, password, { newPassword }))).toBe('OK');
    }
  });

  it('of many logins with a reset password one passes', async () => {
    const person = await registerUser(app);
    const password = await reset(person);
    const chosen = (index: number) => `horse number ${index}`;
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => login(person, password, { newPassword: chosen(index) })));
    const winner = answers.findIndex((answer) => codesOf(answer).length === 0);
    expect(answers.map(outcomeOf)).toEqual(answers.map((_, index) => (index === winner ? 'OK' : 'INVALID_CREDENTIALS')));
    expect(outcomeOf(await login(person, chosen(winner)))).toBe('OK');
  });

  it('of two resets one is good', async () => {
    const person = await registerUser(app);
    const passwords = await Promise.all([reset(person), reset(person)]);
    const outcomes: string[] = [];
    for (const password of passwords) outcomes.push(outcomeOf(await login(person, password)));
    expect(outcomes.toSorted()).toEqual(['BAD_USER_INPUT newPassword', 'INVALID_CREDENTIALS']);
  });

  it('a reset and becoming a person of a provider: no password is left', async () => {
    await insertProvider(app, 'shop');
    const server = await keyClient(app, ['USERS'], admin);
    const tables = await openTables(app);
    for (let round = 0; round < 3; round += 1) {
      const person = await registerUser(app);
      const [answer] = await Promise.all([admin.execute(ResetPasswordDocument, { userId: person.user.id }), upsertUser(server, { userId: person.user.id })]);
      // It takes its time to make one: by then the account has none, and gets none.
      expect(['OK', 'BAD_USER_INPUT userId']).toContain(outcomeOf(answer));
      const row = await tables.read((tx) => tx.db.selectFrom('User').selectAll().where('uuid', '=', person.user.uuid).executeTakeFirstOrThrow());
      expect([row.passwordHash, row.passwordUntil]).toEqual([null, null]);
    }
  });
});
