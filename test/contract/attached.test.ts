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
