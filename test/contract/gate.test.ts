import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { createGate } from '../../src/kernel/gate.ts';

/** Runs tasks that end when the test says so; `begun` tells in which order they came in. */
function startGate(...[atOnce, waiting]: Parameters<typeof createGate>) {
  const gate = createGate(atOnce, waiting);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (name: string, owner?: number) =>
    gate.run(() => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    }, owner);
  const endOne = async () => {
    ends.shift()?.();
    await turn();
  };
  return { ask, begun, endOne };
}

it('whoever comes while others have hundreds in the line is let in after one task of each of them, and each keeps their own order', async () => {
  const { ask, begun, endOne } = startGate(1);
  for (let count = 0; count < 300; count += 1) for (const owner of [1, 2]) void ask(`${owner}: ${count}`, owner);
  await endOne();
  void ask('the one', 3);
  for (let count = 0; count < 4; count += 1) await endOne();
  expect(begun).toEqual(['1: 0', '2: 0', '1: 1', '2: 1', 'the one', '1: 2']);
});

it('where nobody is named all come in their order, a bounded number at once', async () => {
  const { ask, begun, endOne } = startGate(2);
  for (const name of ['one', 'two', 'three', 'four']) void ask(name);
  await turn();
  expect(begun).toEqual(['one', 'two']);
  await endOne();
  expect(begun).toEqual(['one', 'two', 'three']);
  await endOne();
  expect(begun).toEqual(['one', 'two', 'three', 'four']);
});

it('more than may wait are refused at once, and a task that fails leaves its place', async () => {
  const gate = createGate(1, 1);
  const first = gate.run(async () => {
    await turn();
    throw new TypeError('a fault');
  });
  const second = gate.run(async () => 'second');
  await expect(gate.run(async () => 'third')).rejects.toThrow(AppError);
  await expect(first).rejects.toThrow(TypeError);
  expect(await second).toBe('second');
});
