import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { MeDocument, RotateProviderSecretDocument, SaveProviderDocument, UpdateUserDocument, UsersDocument } from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { codesOf, dataOf, present } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { comeIn, createSigningKey, goodClaims, identify, proofByKey, proofBySecret, secretEnv } from '../support/issuers.ts';
import { startKeyServer } from '../support/key-server.ts';
import { adminEnv, loginAdmin, type Person, personOf, registerVisitor } from '../support/people.ts';

let nodes: TestApp[];
let admin: Person;
beforeAll(async () => {
  nodes = await startNodes(2, { ...adminEnv, ...secretEnv, IDENTITY_PRIVATE: 'on' });
  admin = await loginAdmin(nodeAt(0));
});

const nodeAt = (index: number) => present(nodes[index % 2], 'a node');
const atOnce = <T>(count: number, work: (node: TestApp, index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(nodeAt(index), index)));
const publish = async (jwksUrl: string) => {
  const input = { name: randomUUID(), kind: 'JWKS', jwksUrl, issuer: 'https://issuer.example', audience: 'chat' } as const;
  return present((await admin.ask(SaveProviderDocument, { input })).saveProvider).key;
};

describe('first proofs at the same moment through two nodes', () => {
  it('50 of one sub make one account', async () => {
    const [sub, name] = [randomUUID(), randomUUID()];
    const proof = proofBySecret(goodClaims(sub, { name }));
    const people = await atOnce(50, async (node) => personOf(node, dataOf(await identify(node, proof, { provider: 'default' })).identify));
    expect(new Set(people.map(({ user }) => user.uuid)).size).toBe(1);
    const found = present((await admin.ask(UsersDocument, { keyword: name })).users).edges;
    expect(found.map(({ node }) => node.uuid)).toEqual([people[0]?.user.uuid]);
    for (const person of people.slice(0, 4)) expect((await person.at(nodeAt(1)).ask(MeDocument, {})).viewer?.user.nickname).toBe(name);
  });

  it('50 by published keys ask for these keys once', async () => {
    const key = createSigningKey();
    const server = await startKeyServer(key);
    const provider = await publish(server.url);
    const proof = await proofByKey(key, goodClaims(randomUUID(), { iss: 'https://issuer.example', aud: 'chat' }));
    const people = await atOnce(50, (node) => comeIn(node, proof, { provider }));
    expect(new Set(people.map(({ user }) => user.uuid)).size).toBe(1);
    expect(server.asked()).toBe(1);
    const next = createSigningKey();
    server.publish(next);
    const turned = await proofByKey(next, goodClaims(randomUUID(), { iss: 'https://issuer.example', aud: 'chat' }));
    await atOnce(10, (node) => comeIn(node, turned, { provider }));
    await atOnce(20, async (node) =>
      identify(node, await proofByKey(createSigningKey(), goodClaims('x', { iss: 'https://issuer.example', aud: 'chat' })), { provider }),
    );
    expect(server.asked()).toBe(2);
  });

  it('of one device make one user of the visitor, and of two subs with it one is the visitor', async () => {
    const [deviceId, other] = [randomUUID(), randomUUID()];
    const visitor = await registerVisitor(nodeAt(0), deviceId);
    const proof = proofBySecret(goodClaims(randomUUID()));
    const people = await atOnce(20, (node) => comeIn(node, proof, { provider: 'default', deviceId }));
    expect(new Set(people.map(({ user }) => user.uuid))).toEqual(new Set([visitor.user.uuid]));
    const second = await registerVisitor(nodeAt(1), other);
    const subs = [randomUUID(), randomUUID()].map((sub) => proofBySecret(goodClaims(sub)));
    const two = await atOnce(20, async (node, index) => (await comeIn(node, present(subs[index % 2]), { provider: 'default', deviceId: other })).user.uuid);
    expect(new Set(two).size).toBe(2);
    expect(two).toContain(second.user.uuid);
    expect(new Set(two.filter((_, index) => index % 2 === 0)).size).toBe(1);
  });
});

it('of a proof and a disabling at the same moment nobody is left who is in', async () => {
  for (let round = 0; round < 5; round += 1) {
    const proof = proofBySecret(goodClaims(randomUUID()));
    const person = await comeIn(nodeAt(0), proof, { provider: 'default' });
    const disabling = admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    const answers = await atOnce(10, (node) => identify(node, proof, { provider: 'default' }));
    await disabling;
    for (const answer of answers) {
      expect(['USER_DISABLED', undefined]).toContain(codesOf(answer)[0]);
      const token = answer.data?.identify?.token;
      if (token !== undefined) for (const node of nodes) expect(codesOf(await node.execute(MeDocument, {}, { token }))).toEqual(['USER_DISABLED']);
    }
    expect(codesOf(await identify(nodeAt(1), proof, { provider: 'default' }))).toEqual(['USER_DISABLED']);
  }
});

it('a secret that was dropped at one node is good at no node any more', async () => {
  const made = present((await admin.ask(SaveProviderDocument, { input: { name: 'leaky', kind: 'SECRET' } })).saveProvider);
  const rotate = async (dropsPrevious: boolean) =>
    present((await admin.ask(RotateProviderSecretDocument, { id: made.id, dropsPrevious })).rotateProviderSecret).secret;
  const leaked = await rotate(false);
  const proof = proofBySecret(goodClaims('x', { aud: made.key }), leaked);
  for (const node of nodes) await comeIn(node, proof, { provider: made.key });
  await rotate(true);
  for (const node of nodes) expect(codesOf(await identify(node, proof, { provider: made.key }))).toEqual(['IDENTITY_INVALID']);
});

it('a proof that was kept is good at no node after the end of all sessions', async () => {
  const proof = proofBySecret(goodClaims(randomUUID()));
  const person = await comeIn(nodeAt(0), proof, { provider: 'default' });
  const database = await openTables(nodeAt(0));
  const { id } = await database.read((tx) => tx.db.selectFrom('User').select('id').where('uuid', '=', person.user.uuid).executeTakeFirstOrThrow());
  await database.transaction((tx) => tx.db.updateTable('ExternalPerson').set({ sessionsEndedAt: Date.now() }).where('userId', '=', id).execute());
  for (const node of nodes) expect(codesOf(await identify(node, proof, { provider: 'default' }))).toEqual(['IDENTITY_INVALID']);
});
