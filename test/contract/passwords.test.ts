import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { createNestedGate } from '../../src/kernel/nested-gate.ts';
import { createPasswords } from '../../src/platform/passwords.ts';

/** A nested gate before tasks that end when the test says so; `begun` tells in which order they came in. */
function startGate(mostInLine = 1000, most = 1000) {
  const gate = createNestedGate({ atOnce: 1, mostInLine, most });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (name: string, house: string, who: string | null) =>
    gate.run(
      () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      },
      { house, who },
    );
  const endOne = async () => {
    ends.shift()?.();
    await turn();
  };
  return { ask, begun, endOne };
}

describe('a nested gate', () => {
  it('gives houses turns, and those in a house too, however many somebody has in the line', async () => {
    const { ask, begun, endOne } = startGate();
    for (let count = 0; count < 300; count += 1) void ask(`stranger: ${count}`, 'house', null);
    void ask('neighbour', 'house', 'neighbour');
    void ask('somebody', 'elsewhere', null);
    for (let count = 0; count < 5; count += 1) await endOne();
    expect(begun).toEqual(['stranger: 0', 'stranger: 1', 'somebody', 'neighbour', 'stranger: 2', 'stranger: 3']);
  });

  it('refuses at once what is too long for one line, and whoever has another line waits in it', async () => {
    const { ask, begun, endOne } = startGate(2, 5);
    const asked = ['1', '2', '3'].map((name) => ask(name, 'house', null));
    // The first one is in and waits no more.
    await expect(ask('4', 'house', null)).rejects.toThrow(AppError);
    void ask('5', 'house', 'neighbour');
    void ask('6', 'elsewhere', null);
    for (let count = 0; count < 5; count += 1) await endOne();
    await Promise.all(asked);
    expect(begun).toEqual(['1', '2', '6', '5', '3']);
    void ask('7', 'house', null);
    expect(begun.at(-1)).toBe('7');
  });

  it('is kept from nobody by whoever fills it, under however many names, from one house: the newest of the longest line gives way', async () => {
    const { ask, begun, endOne } = startGate(3, 6);
    void ask('first', 'stranger', 'a');
    const refused: string[] = [];
    const filling = ['a', 'a', 'a', 'b', 'b', 'c'].map((who, index) => ask(`${who}${index}`, 'stranger', who).catch(() => refused.push(`${who}${index}`)));
    // The stranger has it all; another name there has less, and the one that has most has no more.
    void ask('neighbour', 'stranger', 'neighbour');
    await expect(ask('a again', 'stranger', 'a')).rejects.toThrow(AppError);
    void ask('owner', 'home', null);
    void ask('another', 'home', 'another');
    await turn();
    expect(refused).toEqual(['a2', 'a1', 'b4']);
    for (let count = 0; count < 7; count += 1) await endOne();
    await Promise.all(filling);
    expect(begun).toEqual(['first', 'a0', 'owner', 'b3', 'another', 'c5', 'neighbour']);
  });

  it('refuses who comes to a full one where everybody has as much', async () => {
    const { ask } = startGate(10, 2);
    for (const house of ['in', 'one', 'two']) void ask(house, house, null);
    await expect(ask('three', 'three', null)).rejects.toThrow(AppError);
    await expect(ask('one again', 'one', 'else')).rejects.toThrow(AppError);
  });

  it('goes on after a task that fails, whose caller is told', async () => {
    const gate = createNestedGate({ atOnce: 1, mostInLine: 10, most: 10 });
    const place = { house: 'house', who: null };
    const failing = gate.run(async () => {
      await turn();
      throw new TypeError('a fault');
    }, place);
    const next = gate.run(async () => 'next', place);
    await expect(failing).rejects.toThrow(TypeError);
    expect(await next).toBe('next');
  });
});

describe('hashing passwords', () => {
  const cost = { memoryCost: 64, timeCost: 1, parallelism: 1 };

  it('is not done for whoever waits no more when it is their turn', async () => {
    const passwords = createPasswords(1, cost);
    const hash = await passwords.hash('right', { house: 'a', who: null, isAwaited: () => true });
    let isThere = true;
    const asked: string[] = [];
    const first = passwords.verifyOrPretend(hash, 'right', { house: 'a', who: null, isAwaited: () => true });
    const gone = passwords.verifyOrPretend(hash, 'right', { house: 'a', who: null, isAwaited: () => isThere, onTurn: async () => void asked.push('gone') });
    isThere = false;
    expect(await first).toBe(true);
    await expect(gone).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(asked).toEqual([]);
  });

  it('is somebody else’s turn after one of an address that has hundreds waiting', async () => {
    const passwords = createPasswords(1, cost);
    const turns: string[] = [];
    const at = (house: string) =>
      passwords.verifyOrPretend(null, 'wrong', { house, who: null, isAwaited: () => true, onTurn: async () => void turns.push(house) });
    // Until there is a hash to pretend with, all wait outside.
    await at('warm');
    const all = Array.from({ length: 100 }, () => at('stranger'));
    all.push(at('owner'));
    await Promise.all(all);
    expect(turns.indexOf('owner')).toBeLessThan(6);
  });
});
