import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { openTables } from '../support/groups.ts';
import { type Action, act, createModel, type Rules } from '../support/model.ts';
import { beginnings, describeAction, personas, rare, type Sequence, sequences } from '../support/model-actions.ts';
import { contactRules } from '../support/model-contacts.ts';
import { groupRules } from '../support/model-groups.ts';
import { differencesOf, pictureOf } from '../support/model-picture.ts';
import { createCast, createStage } from '../support/model-server.ts';

// Its picture is of everything at once, which no client asks for.
const app = await startApp({ DOCUMENT_ROOT_FIELDS: '20', COST_VISITOR: '1000000', COST_USER: '1000000' });
const tables = await openTables(app);
const rules: Rules = { ...contactRules, ...groupRules };

/** `PARLEY_MODEL_RUNS=500` for a long run, `PARLEY_MODEL_SEED` for other sequences. */
const runs = Number(process.env.PARLEY_MODEL_RUNS ?? 7);
const seed = Number(process.env.PARLEY_MODEL_SEED ?? 54);
const length = 60;
const shrinkMs = Math.max(240_000, runs * 15_000);

/** Which actions were done, and which refused, and how. */
type Seen = Map<string, number>;

/** Does a sequence on the server and in the model, and compares after every action that is done what each of the people is told. */
async function play({ begins, actions }: Sequence, by: Rules, seen: Seen = new Map()): Promise<void> {
  const cast = await createCast(app, personas);
  const stage = createStage(cast, tables);
  const model = createModel(cast.map(({ persona }) => persona));
  const story: string[] = [];
  const fail = (lines: readonly string[]) => {
    throw new Error(`The server and the model differ.\n\n${story.join('\n')}\n\n${lines.join('\n')}\n`);
  };
  const compare = async () => {
    const told = await Promise.all(cast.map((_, who) => stage.picture(model, who).catch((error: Error) => fail([error.message]))));
    const differences = cast.flatMap(({ persona }, who) => differencesOf(told[who], pictureOf(model, who), persona.name));
    if (differences.length > 0) fail(differences);
  };
  /** Whether it was done. */
  const step = async (action: Action): Promise<boolean> => {
    const verdict = act(model, action, by);
    if (verdict === null) return false;
    story.push(`${story.length + 1}. ${describeAction(action, verdict)}`);
    const code = await stage.perform(action, verdict).catch((error: Error) => fail([error.message]));
    if (code !== verdict.code) fail([`the server answers ${code ?? 'that it is done'}`]);
    const outcome = `${action.does} ${verdict.code ?? 'done'}`;
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    return verdict.code === null;
  };
  for (const action of beginnings[begins]) await step(action);
  await compare();
  // What a refused action changed all the same is found after the next one, or at the end.
  for (const action of actions) if (await step(action)) await compare();
  await compare();
}

describe('random sequences of actions', () => {
  const seen: Seen = new Map();

  it(
    'do to everybody what the model says',
    async () => {
      const property = fc.asyncProperty(sequences(length), (sequence) => play(sequence, rules, seen));
      // Of a failure that is being shrunk the smallest sequence so far is shown then.
      const limits = { numRuns: rare.length + runs, interruptAfterTimeLimit: shrinkMs };
      await fc.assert(property, { ...limits, seed, unbiased: true, includeErrorInReport: true, examples: rare.map((sequence) => [sequence]) });
      expect(runs).toBeGreaterThan(0);
    },
    shrinkMs + 60_000,
  );

  // The seed is one by which they do: where the actions change, look for another.
  it.runIf(process.env.PARLEY_MODEL_SEED === undefined && runs >= 7)('do everything that can be done', () => {
    const missing = Object.keys(rules).filter((does) => !seen.has(`${does} done`));
    expect(missing).toEqual([]);
    expect(seen.size).toBeGreaterThan(60);
  });
});

describe('the model can be wrong', () => {
  const wrongs: readonly { readonly name: string; readonly rules: Partial<Rules>; readonly sequence: Sequence; readonly says: string }[] = [
    {
      name: 'unfriending forgets nothing',
      rules: {
        unfriend(model, action) {
          const written = [...model.written];
          const things = rules.unfriend(model, action);
          for (const both of written) model.written.add(both);
          return things;
        },
      },
      sequence: {
        begins: 'friends',
        actions: [
          { does: 'write', who: 1, other: 2 },
          { does: 'unfriend', who: 1, other: 2 },
        ],
      },
      says: 'Cid.others.Bob.mayWrite: the server tells "FRIENDSHIP_REQUIRED", the model says "yes, any"',
    },
    {
      name: 'the blocker is told of a request',
      rules: {
        ask(model, action) {
          const blocks = [...model.blocks];
          model.blocks.clear();
          const things = rules.ask(model, action);
          for (const both of blocks) model.blocks.add(both);
          return things;
        },
      },
      sequence: {
        begins: 'nothing',
        actions: [
          { does: 'block', who: 0, other: 1 },
          { does: 'ask', who: 1, other: 0 },
        ],
      },
      says: 'Ann.lists.incoming: the server tells [], the model says ["#0 PENDING"]',
    },
    {
      name: 'whoever joins has read nothing',
      rules: {
        join(model, action) {
          const things = rules.join(model, action);
          const seat = model.talks[things?.talk ?? -1]?.seats.get(action.who);
          if (seat) seat.readSeq = 0;
          return things;
        },
      },
      sequence: { begins: 'group', actions: [{ does: 'join', who: 3, group: 0 }] },
      says: 'Dan.talks: the server tells',
    },
    {
      name: 'admins say who comes in',
      rules: { policy: (_model, { group }) => ({ talk: 3 + group }) },
      sequence: { begins: 'group', actions: [{ does: 'policy', who: 1, group: 0, policy: 'USERS_ONLY' }] },
      says: 'Bob: policy, group 0, policy USERS_ONLY (talk #3) → done\n\nthe server answers FORBIDDEN',
    },
  ];
  it.each(wrongs)('$name', async ({ rules: wrong, sequence, says }) => {
    await expect(play(sequence, { ...rules, ...wrong })).rejects.toThrow(says);
  });

  it('is shown the shortest sequence that proves it', async () => {
    const wrong: Rules = { ...rules, ask: () => ({}) };
    const isWrong = fc.asyncProperty(sequences(12), (sequence) => play({ ...sequence, begins: 'nothing' }, wrong));
    const { failed, errorInstance } = await fc.check(isWrong, { numRuns: 20, seed, unbiased: true });
    expect(failed).toBe(true);
    expect(String(errorInstance)).toMatch(/differ\.\n\n1\. Ann: ask, other Ann → done\n\nthe server answers BAD_USER_INPUT/);
  }, 120_000);
});
