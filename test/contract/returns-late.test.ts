import { expect, it } from 'vitest';
import type { Returns } from '../../src/features/events/start.service.ts';
import { broken, intact } from '../rules/build.ts';
import { cursorOf, play, type Scenario } from '../rules/scenario.ts';
import { together } from '../rules/together.ts';
import { revsOf } from '../rules/world.ts';

/** The next one who is read for: where what was found for them is held. */
let next: { readonly reached: PromiseWithResolvers<void>; readonly released: PromiseWithResolvers<void> } | null = null;

/** As when several groups are read for at once, and the one whose snapshot is the oldest is the last one that is through. */
function heldBack(returns: Returns): Returns {
  return {
    get waiting() {
      return returns.waiting;
    },
    async read(...asked) {
      const held = next;
      next = null;
      const found = await returns.read(...asked);
      held?.reached.resolve();
      await held?.released.promise;
      return found;
    },
  };
}

const scenario: Scenario = {
  promise: 'what was found for a stream before another one of the person was there proves nothing: what has happened between the two is given to both',
  async run(world) {
    const [reader, writer] = [await world.person(), await world.person()];
    const cursor = await cursorOf(world, reader);
    await world.close();
    await world.compare();
    const held = { reached: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() };
    next = held;
    const late = world.read(reader, [cursor]);
    await held.reached.promise;
    const log = await world.conversation(reader, writer, { silently: true });
    await world.send(log, { silently: true });
    const first = world.read(reader, [cursor]);
    await first.live();
    held.released.resolve();
    await late.live();
    await world.close();
    await world.compare();
    expect([revsOf(first.frames, log), revsOf(late.frames, log)]).toEqual([[1], [1]]);
  },
  variant: [
    {
      file: 'features/events/hub.service.ts',
      was: 'if (person?.loaded && person.loadedBy !== found.memberships) {',
      is: 'if (found.memberships.length < 0) {',
    },
  ],
};

it(`${scenario.promise}`, async () => {
  await expect(play(scenario, together(await intact(), heldBack))).resolves.toBeUndefined();
});

it('and without its rule is lost to the one whose finding is older', async () => {
  await expect(play(scenario, together(await broken(scenario.variant), heldBack))).rejects.toMatchObject({ name: 'AssertionError' });
});
