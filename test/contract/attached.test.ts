import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createAttached } from '../../src/kernel/attached.ts';

it('a value is kept with its object, apart from those of other places, and a copy of the object has none', () => {
  const [one, other] = [createAttached<object, string>(), createAttached<object, string | null>()];
  const owner = { name: 'owner' };
  expect(one.get(owner)).toBeUndefined();
  one.set(owner, 'first');
  other.set(owner, 'of another place');
  one.set(owner, 'second');
  expect(one.get(owner)).toBe('second');
  expect(other.get(owner)).toBe('of another place');
  other.set(owner, null);
  expect(other.get(owner)).toBe(null);
  expect(one.get({ ...owner })).toBeUndefined();
  expect(JSON.stringify(owner)).toBe('{"name":"owner"}');
});

/** How many bytes outlive the young where each of many short lives has a value that reaches it. */
async function outliving(makePlace: () => { set(owner: object, value: object): unknown }): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: (options?: object) => void = runInNewContext('gc');
  const place = makePlace();
  place.set({}, {});
  // What lasts is old.
  collect();
  const old = () => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0;
  const before = old();
  for (let round = 0; round < 10; round += 1) {
    for (let each = 0; each < 1000; each += 1) {
      const owner = { filling: new Array(100).fill(each) };
      place.set(owner, { owner });
    }
    // Not within what made them, which may hold the last one.
    await new Promise((resolve) => setImmediate(resolve));
    collect({ type: 'minor' });
  }
  return old() - before;
}

it('a value that reaches its object goes with it while both are young, as those of a WeakMap do not', async () => {
  const kept = await outliving(() => new WeakMap<object, object>());
  expect(kept).toBeGreaterThan(4_000_000);
  expect(await outliving(() => createAttached<object, object>())).toBeLessThan(kept / 10);
});
