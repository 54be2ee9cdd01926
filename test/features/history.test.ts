import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { HistoryDocument, type HistoryQuery, type HistoryQueryVariables } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

const count = 25;
let app: TestApp;
let one: Person;
let other: Person;
let id: string;
/** The ids of the messages, in order: the first has seq 1. */
let ids: string[];

beforeAll(async () => {
  app = await startApp();
  [one, other] = await registerTwo(app);
  const first = await sendText(one, other.user.id, '1');
  id = first.conversation.id;
  ids = [first.id];
  for (let seq = 2; seq <= count; seq += 1) ids.push((await sendText(seq % 2 === 0 ? other : one, id, String(seq))).id);
});

type Wanted = Omit<HistoryQueryVariables, 'id'>;
type Shown = NonNullable<HistoryQuery['conversation']>['messages'];

const page = async (wanted: Wanted, person = one): Promise<Shown> =>
  present((await person.ask(HistoryDocument, { id, ...wanted })).conversation, 'the conversation').messages;
const refusal = async (wanted: Wanted) =>
  (await one.execute(HistoryDocument, { id, ...wanted })).errors.map(({ extensions }) => [extensions?.code, extensions?.field]);
const seqsOf = ({ edges }: Shown) => edges.map(({ node }) => node.seq);
const idAt = (seq: number | undefined) => (seq === undefined ? undefined : present(ids[seq - 1]));

/** What Relay's algorithm gives for a list of the numbers 1 to `count` (https://relay.dev/graphql/connections.htm#sec-Pagination-algorithm). */
function expectedPage(first: number | undefined, after: number | undefined, last: number | undefined, before: number | undefined) {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  const between = all.filter((seq) => seq > (after ?? 0) && seq < (before ?? count + 1));
  const backwards = first === undefined && (last !== undefined || after === undefined);
  const size = (backwards ? last : first) ?? 20;
  const seqs = backwards ? between.slice(-size) : between.slice(0, size);
  const cut = between.length > size;
  return { seqs, hasPreviousPage: backwards ? cut : after !== undefined, hasNextPage: backwards ? before !== undefined : cut };
}

describe('the history', () => {
  it('without arguments is the last 20, in ascending seq, for both', async () => {
    for (const person of [one, other]) {
      const shown = await page({}, person);
      expect(seqsOf(shown)).toEqual(Array.from({ length: 20 }, (_, index) => index + 6));
      expect(shown.pageInfo).toEqual({ hasPreviousPage: true, hasNextPage: false, startCursor: idAt(6), endCursor: idAt(25) });
    }
  });

  it('gives with every combination of arguments what Relay says', async () => {
    const sizes = [undefined, 1, 3, 24, 25, 100];
    const places = [undefined, 1, 2, 12, 25];
    for (const [first, last] of [...sizes.map((size) => [size, undefined]), ...sizes.slice(1).map((size) => [undefined, size])]) {
      for (const after of places) {
        for (const before of places) {
          const shown = await page({ first, last, after: idAt(after), before: idAt(before) });
          const { seqs, ...flags } = expectedPage(first, after, last, before);
          expect({ seqs: seqsOf(shown), pageInfo: shown.pageInfo }, JSON.stringify({ first, after, last, before })).toEqual({
            seqs,
            pageInfo: { ...flags, startCursor: idAt(seqs.at(0)) ?? null, endCursor: idAt(seqs.at(-1)) ?? null },
          });
        }
      }
    }
  });

  it('has the ids of the messages as cursors', async () => {
    const { edges, pageInfo } = await page({ first: 5 });
    for (const { cursor, node } of edges) expect(cursor).toBe(node.id);
    expect(pageInfo).toMatchObject({ startCursor: edges[0]?.node.id, endCursor: edges[4]?.node.id });
  });

  it.each(['forwards', 'backwards'])('read %s page by page is whole', async (direction) => {
    const seqs: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const shown = await page(direction === 'forwards' ? { first: 4, after: cursor ?? null } : { last: 4, before: cursor ?? null });
      if (direction === 'forwards') seqs.push(...seqsOf(shown));
      else seqs.unshift(...seqsOf(shown));
      const { hasNextPage, hasPreviousPage, startCursor, endCursor } = shown.pageInfo;
      cursor = direction === 'forwards' ? (hasNextPage ? endCursor : null) : hasPreviousPage ? startCursor : null;
    }
    expect(seqs).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  it('takes null for what was not said', async () => {
    expect(await page({ first: null, after: null, last: null, before: null })).toEqual(await page({}));
  });

  it('refuses sizes that are not 1 to 100, and both sizes at once (E2)', async () => {
    for (const size of [0, -1, 101, 2_147_483_647]) {
      expect(await refusal({ first: size })).toEqual([['BAD_USER_INPUT', 'first']]);
      expect(await refusal({ last: size })).toEqual([['BAD_USER_INPUT', 'last']]);
    }
    expect(await refusal({ first: 1, last: 1 })).toEqual([['BAD_USER_INPUT', 'last']]);
    expect(seqsOf(await page({ first: 100 }))).toHaveLength(count);
    expect(seqsOf(await page({ last: 100 }))).toHaveLength(count);
  });

  it('refuses cursors that are none, or of another conversation', async () => {
    const third = await registerUser(app);
    const elsewhere = await sendText(third, other.user.id, 'elsewhere');
    const global = (text: string) => Buffer.from(text).toString('base64url');
    const uuid = Buffer.from(id, 'base64url').toString().split(':')[1];
    for (const cursor of [
      '',
      'x',
      id,
      elsewhere.id,
      one.user.id,
      global(`Message:${uuid}:0`),
      global(`Message:${uuid}:x`),
      global(`Message:${uuid}:01`),
      global(`Message:${randomUUID()}:1`),
      `${ids[0]}=`,
    ]) {
      expect(await refusal({ first: 5, after: cursor }), cursor).toEqual([['BAD_USER_INPUT', 'after']]);
      expect(await refusal({ last: 5, before: cursor }), cursor).toEqual([['BAD_USER_INPUT', 'before']]);
    }
  });
});
