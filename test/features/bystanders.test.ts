import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Tx } from '../../src/platform/database.ts';
import {
  AllowToWriteDocument,
  EndSessionsDocument,
  IssueSessionDocument,
  ResetPasswordDocument,
  RevokeServerKeyDocument,
  RotateProviderSecretDocument,
  SaveProviderDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { freshExternalId, upsertUser } from '../support/external-users.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { comeIn, goodClaims, proofBySecret, secondsNow, secretEnv } from '../support/issuers.ts';
import { sendNotice } from '../support/notices.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerUser, registerVisitor } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

// A condition that is missing in one statement changes the rows of everybody, and whoever asks about one person sees nothing of it.

let app: TestApp;
let admin: Person;
let all: KeyClient;
let database: Database;
beforeAll(async () => {
  app = await startApp({ ...adminEnv, ...secretEnv });
  admin = await loginAdmin(app);
  all = await keyClient(app, ['ALL'], admin);
  database = await openTables(app);
  // Of each kind somebody who has all that could be overwritten.
  await comeIn(app, proofOf(freshExternalId(), { name: 'a bystander', picture: 'https://example.com/a.png', traits: { plan: 'gold' } }));
  const [visitor, agent, user] = [await registerVisitor(app), await registerAgent(admin), await registerUser(app)];
  for (const person of [visitor, agent, user]) await sendNotice(all, person, 'a notice');
  await all.ask(AllowToWriteDocument, { a: { userId: agent.user.id }, b: { userId: user.user.id } });
  const { id } = await saveProvider({ name: 'one that has two secrets', enabled: false });
  for (let count = 0; count < 2; count += 1) await admin.ask(RotateProviderSecretDocument, { id });
  await saveProvider({ name: 'one that publishes keys', kind: 'JWKS', jwksUrl: 'https://id.example.com/keys', issuer: 'id', audience: 'chat', enabled: false });
});

const proofOf = (sub: string, more: Readonly<Record<string, unknown>> = {}) => proofBySecret(goodClaims(sub, more));
const saveProvider = async (input: Partial<Parameters<typeof providerInput>[0]>) =>
  present((await admin.ask(SaveProviderDocument, { input: providerInput(input) })).saveProvider);
const providerInput = (input: { readonly [name: string]: unknown }) => ({ name: 'x', kind: 'SECRET' as const, ...input });

/** Everything that stands about people, providers and keys, by whose it is. */
const rowsByOwner = async (): Promise<ReadonlyMap<string, string>> => {
  const all: (readonly [string, object])[] = await database.read(async (tx: Tx) => {
    const rows = async (table: 'User' | 'ExternalPerson' | 'Session' | 'Relation' | 'SystemConversation' | 'Member' | 'Provider' | 'ServerKey') =>
      await tx.db.selectFrom(table).selectAll().execute();
    const of = (what: string, found: readonly object[], id: string) => found.map((row) => [`${what} ${Reflect.get(row, id)}`, row] as const);
    return [
      ...of('person', await rows('User'), 'id'),
      ...(await Promise.all((['ExternalPerson', 'Session', 'Relation', 'SystemConversation', 'Member'] as const).map(rows))).flatMap((found) =>
        of('person', found, 'userId'),
      ),
      ...of('provider', await rows('Provider'), 'uuid'),
      // When a key was used is written down later.
      ...of(
        'key',
        (await rows('ServerKey')).map((row) => ({ ...row, lastUsedAt: null })),
        'uuid',
      ),
    ];
  });
  const byOwner = new Map<string, string>();
  for (const [owner, row] of all) byOwner.set(owner, `${byOwner.get(owner) ?? ''}${JSON.stringify(row)}\n`);
  return byOwner;
};

/** Whose rows an act has changed, made or taken away. */
const changedBy = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
  const before = await rowsByOwner();
  await act();
  const after = await rowsByOwner();
  return [...new Set([...before.keys(), ...after.keys()])].filter((owner) => before.get(owner) !== after.get(owner)).toSorted();
};
const ownersOf = async (...people: readonly { readonly uuid: string }[]) => (await idsOf(database, people)).map((id) => `person ${id}`).toSorted();
const uuidIn = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[1];

describe('nobody else is touched', () => {
  it('by a proof that says something new, and by one at the device of a visitor', async () => {
    const sub = freshExternalId();
    const { user } = await comeIn(app, proofOf(sub, { iat: secondsNow() - 20 }));
    const next = { iat: secondsNow() - 10, name: 'another name', picture: 'https://example.com/b.png', traits: { plan: 'silver' } };
    expect(await changedBy(() => comeIn(app, proofOf(sub, next)))).toEqual(await ownersOf(user));
    const deviceId = randomUUID();
    const visitor = await registerVisitor(app, deviceId);
    expect(await changedBy(() => comeIn(app, proofOf(sub), { deviceId }))).toEqual(await ownersOf(user, visitor.user));
    const other = randomUUID();
    const turned = await registerVisitor(app, other);
    expect(await changedBy(() => comeIn(app, proofOf(freshExternalId(), { name: 'new here' }), { deviceId: other }))).toEqual(await ownersOf(turned.user));
  });

  it('by what is changed of somebody, closed, opened and ended', async () => {
    const externalId = freshExternalId();
    const person = { external: { id: externalId } };
    const user = await upsertUser(all, { externalId, traits: [{ key: 'plan', value: 'gold' }] });
    const own = await ownersOf(user);
    const change = { nickname: 'changed', avatar: 'https://example.com/c.png', traits: [{ key: 'plan', value: 'silver' }] };
    expect(await changedBy(() => upsertUser(all, { externalId, ...change }))).toEqual(own);
    expect(await changedBy(() => all.ask(IssueSessionDocument, { input: { person } }))).toEqual(own);
    expect(await changedBy(() => all.ask(EndSessionsDocument, { person }))).toEqual(own);
    expect(await changedBy(() => upsertUser(all, { externalId, enabled: false }))).toEqual(own);
    expect(await changedBy(() => upsertUser(all, { externalId, enabled: true }))).toEqual(own);
  });

  it('by an account that becomes somebody of a provider, a password that is reset, and a role that is given', async () => {
    const [adopted, reset, raised] = [await registerUser(app), await registerUser(app), await registerUser(app)];
    expect(await changedBy(() => upsertUser(all, { userId: adopted.user.id }))).toEqual(await ownersOf(adopted.user));
    expect(await changedBy(() => admin.ask(ResetPasswordDocument, { userId: reset.user.id }))).toEqual(await ownersOf(reset.user));
    await all.ask(IssueSessionDocument, { input: { person: { userId: raised.user.id } } });
    expect(await changedBy(() => admin.ask(UpdateUserDocument, { userId: raised.user.id, role: 'AGENT' }))).toEqual(await ownersOf(raised.user));
  });

  it('by what two are let do, and by a notice', async () => {
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const allowing = () => all.ask(AllowToWriteDocument, { a: { userId: one.user.id }, b: { userId: other.user.id } });
    expect(await changedBy(allowing)).toEqual(await ownersOf(one.user, other.user));
    expect(await changedBy(() => sendNotice(all, one, 'the first'))).toEqual(await ownersOf(one.user));
  });

  it('by a provider that is changed, or gets a new secret, and by a key that is revoked', async () => {
    const { id } = await saveProvider({ name: 'changed', enabled: false });
    const own = [`provider ${uuidIn(id)}`];
    expect(await changedBy(() => saveProvider({ id, name: 'changed again' }))).toEqual(own);
    for (const dropsPrevious of [false, true]) expect(await changedBy(() => admin.ask(RotateProviderSecretDocument, { id, dropsPrevious }))).toEqual(own);
    const key = present((await keyClient(app, ['READ'], admin)).key);
    expect(await changedBy(() => admin.ask(RevokeServerKeyDocument, { id: key.id }))).toEqual([`key ${uuidIn(key.id)}`]);
  });
});
