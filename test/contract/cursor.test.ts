import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCursorCodec, cursorItems, isNewer, type Position } from '../../src/kernel/cursor.ts';
import { anyCharacter } from '../support/any-text.ts';

const keys = () => ({ seal: randomBytes(32), mac: randomBytes(32), item: randomBytes(32) });
const mine = keys();
const codec = createCursorCodec([mine]);

const whole = (bits: number) => fc.nat({ max: 2 ** bits - 1 });
const revs = fc.uniqueArray(fc.tuple(whole(40), whole(39)), { selector: ([logId]) => logId, maxLength: cursorItems });
const mark = fc.option(fc.record({ epoch: whole(40), logId: whole(40), rev: whole(39) }), { nil: null });
const positions = fc.record({ base: whole(40), revs: revs.map((pairs) => new Map(pairs)), mark });

const encode = ({ base, mark: swept, revs: given }: Position, viewer = 7, incarnation = 9) =>
  codec.join(
    codec.head(viewer, incarnation, base, swept),
    [...given].map(([logId, rev]) => ({ text: codec.item(logId, rev) })),
  );

describe('a cursor', () => {
  it('gives back exactly the position that it was made of, in at most 1 KB', () => {
    fc.assert(
      fc.property(positions, (position) => {
        const cursor = encode(position);
        expect(cursor.length).toBeLessThanOrEqual(1024);
        expect(codec.decode(cursor, 7, 9)).toEqual(position);
      }),
    );
  });

  it('is worth nothing to another viewer, after another incarnation, or with other keys', () => {
    fc.assert(
      fc.property(positions, (position) => {
        const cursor = encode(position);
        expect(codec.decode(cursor, 8, 9)).toBeNull();
        expect(codec.decode(cursor, 7, 10)).toBeNull();
        expect(createCursorCodec([keys()]).decode(cursor, 7, 9)).toBeNull();
      }),
    );
  });

  it('is refused with any single character changed, added or left out', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=';
    fc.assert(
      fc.property(positions, fc.nat(), fc.constantFrom('replace', 'insert', 'remove'), fc.constantFrom(...alphabet), (position, at, how, character) => {
        const cursor = encode(position);
        const index = at % cursor.length;
        const head = cursor.slice(0, index);
        const changed = {
          replace: head + character + cursor.slice(index + 1),
          insert: head + character + cursor.slice(index),
          remove: head + cursor.slice(index + 1),
        }[how];
        fc.pre(changed !== cursor);
        const decoded = codec.decode(changed, 7, 9);
        // Inserting a dot between two whole pieces, or taking the last one off, cannot give anything but a refusal either.
        expect(decoded).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a piece twice, too many pieces, and text of any kind', () => {
    const head = codec.head(7, 9, 1, null);
    expect(codec.decode(codec.join(head, [{ text: codec.item(1, 1) }, { text: codec.item(1, 2) }]), 7, 9)).toBeNull();
    const many = Array.from({ length: cursorItems + 1 }, (_, logId) => ({ text: codec.item(logId, 1) }));
    expect(codec.decode(codec.join(head, many), 7, 9)).toBeNull();
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        expect(codec.decode(text, 7, 9)).toBeNull();
      }),
    );
  });

  it('made with the previous keys is accepted, and new ones are made with the present keys', () => {
    const old = encode({ base: 5, revs: new Map([[1, 2]]), mark: null });
    const rotated = createCursorCodec([keys(), mine]);
    expect(rotated.decode(old, 7, 9)).toEqual({ base: 5, revs: new Map([[1, 2]]), mark: null });
    expect(codec.decode(rotated.head(7, 9, 5, null), 7, 9)).toBeNull();
  });
});

describe('of two positions', () => {
  const at = (base: number, swept: Position['mark'], sum: number): Position => ({ base, mark: swept, revs: new Map([[1, sum]]) });
  const markAt = (epoch: number, logId: number, rev: number) => ({ epoch, logId, rev });

  it('the newer has the higher base, then the higher mark (none is lowest), then the greater sum of revs; never both', () => {
    const rising = [
      at(1, null, 9),
      at(2, null, 1),
      at(2, null, 2),
      at(2, markAt(4, 1, 1), 0),
      at(2, markAt(4, 1, 2), 0),
      at(2, markAt(4, 2, 0), 0),
      at(2, markAt(5, 0, 0), 0),
      at(3, null, 0),
    ];
    for (const [i, lower] of rising.entries()) for (const [j, higher] of rising.entries()) expect(isNewer(higher, lower)).toBe(j > i);
  });
});
