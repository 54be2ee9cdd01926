import { expect, onTestFinished, test, vi } from 'vitest';
import { localStorageTokens } from '../src/index.ts';

/** A localStorage with room for so many characters, which all tabs of the test share. */
function openStorage(room: number): void {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    removeItem: (key: string) => kept.delete(key),
    setItem(key: string, value: string) {
      if (value.length > room) throw new DOMException('No room', 'QuotaExceededError');
      kept.set(key, value);
    },
  });
  onTestFinished(() => void vi.unstubAllGlobals());
}

const tokensOf = (userId: string) => ({ token: `token of ${userId}`, refreshToken: `refresh token of ${userId}`, userId });

test('what one tab keeps all tabs have, until it is over', () => {
  openStorage(1000);
  const [one, other] = [localStorageTokens(), localStorageTokens()];
  one.set(tokensOf('ann'));
  expect(other.get()).toEqual(tokensOf('ann'));
  other.set(null);
  expect(one.get()).toBe(null);
});

test('where there is no room for new tokens they are in memory, and those of before are nobody’s any more', () => {
  openStorage(JSON.stringify(tokensOf('ann')).length);
  const [one, other] = [localStorageTokens(), localStorageTokens()];
  one.set(tokensOf('ann'));
  one.set(tokensOf('somebody with a longer name'));
  expect(one.get()).toEqual(tokensOf('somebody with a longer name'));
  expect(other.get()).toBe(null);
  one.set(tokensOf('bob'));
  expect(other.get()).toEqual(tokensOf('bob'));
  expect(one.get()).toEqual(tokensOf('bob'));
});

test('where there is no storage they are in memory', () => {
  vi.stubGlobal('localStorage', undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  const tokens = localStorageTokens();
  tokens.set(tokensOf('ann'));
  expect(tokens.get()).toEqual(tokensOf('ann'));
});
