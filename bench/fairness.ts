import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAttack } from './fairness/attack.ts';
import { kinds } from './fairness/attacks.ts';
import { comeHome, logIn } from './fairness/ordinary.ts';
import { goals, type Phase, phaseTable, places, worstOf } from './fairness/table.ts';
import { createTown, type Town } from './fairness/town.ts';
import { keepProfile } from './harness/profile.ts';
import { type Row, rowOf } from './harness/results.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done. */
export interface FairnessOptions {
  readonly rounds: number;
  /** How long each kind of attack goes on in a round. */
  readonly ms: number;
  /** Which kinds; empty: all. */
  readonly only: readonly string[];
  /** On which databases. */
  readonly on: readonly ('sqlite' | 'mariadb')[];
  /** Where to write what the server did, if anywhere. */
  readonly profile?: string;
}

const connections = 50;
const nobody = 'nobody attacks';
const names = { sqlite: 'SQLite and memory', mariadb: 'MariaDB and Redis' } as const;

/**
 * What ordinary people wait for while one address does its worst from 50 connections, some of them behind that address. The attacker and what measures
 * share a core, on which the attacker comes last; the server has the other one.
 */
export async function fairness(options: FairnessOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const on of options.on) {
    const services = on === 'mariadb' ? await startServices() : null;
    const town = await createTown(services);
    const phases = await attackTown(town, options, `${options.profile}-fairness-${on}`);
    await town.scene.close();
    await services?.stop();
    console.log(`\n${names[on]}: milliseconds (median/longest login, median/99th percentile of the others), behind the same address · elsewhere\n`);
    console.log(`${phaseTable(phases)}\n`);
    for (const [kind, rounds] of phases) rows.push(rowOfPhases(`${kind}, ${names[on]}`, rounds));
  }
  return rows;
}

async function attackTown(town: Town, { rounds, ms, only, profile }: FairnessOptions, profilePath: string): Promise<Map<string, Phase[]>> {
  const server = await startServer('src/main.ts', { ...town.scene.env, RATE_LIMITS: 'on' });
  const wanted = [nobody, ...(only.length > 0 ? only : kinds)];
  const phases = new Map<string, Phase[]>(wanted.map((kind) => [kind, []]));
  let number = 0;
  for (let round = 0; round < rounds; round += 1)
    for (const kind of round % 2 === 0 ? wanted : wanted.toReversed()) {
      // An address of its own, so that none has used up what the next one may do.
      number += 1;
      const from = `127.0.1.${number}`;
      const run = () => attackOnce(town, server, kind, from, ms);
      if (profile === undefined) phases.get(kind)?.push(await run());
      else await keepProfile(server, `${profilePath}-${kind.replaceAll(' ', '-')}`, async () => void phases.get(kind)?.push(await run()));
    }
  await server.stop();
  return phases;
}

async function attackOnce(town: Town, server: MeasuredServer, kind: string, from: string, ms: number): Promise<Phase> {
  const { port } = server;
  const households = { same: town.household('same', from), elsewhere: town.household('elsewhere', '127.0.0.1') };
  // All of them have been there before.
  for (const place of places) for (const username of households[place].names) requireGood(await logIn(port, households[place], username));
  const [same, elsewhere] = [await comeHome(port, households.same), await comeHome(port, households.elsewhere)];
  const [before, memoryBefore, cpuBefore, waitedBefore] = [await town.rows(), await server.memory(), await server.cpuMs(), await server.waitedMs()];
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const start = performance.now();
  const attack = kind === nobody ? null : startAttack({ port, from, kind, connections, accounts: town.accountsFor(kind) });
  const met = await Promise.all([same.live(ms), elsewhere.live(ms)]);
  const took = performance.now() - start;
  const busy = ((await server.cpuMs()) - cpuBefore) / took;
  const robbed = ((await server.waitedMs()) - waitedBefore) / took;
  delay.disable();
  const outcomes = (await attack?.end()) ?? {};
  same.close();
  elsewhere.close();
  await sleep(300);
  const memory = await server.memory();
  const seconds = ms / 1000;
  return {
    met: { same: met[0], elsewhere: met[1] },
    outcomes: Object.fromEntries(Object.entries(outcomes).map(([name, count]) => [name, count / seconds])),
    busy,
    robbed,
    memory,
    grown: memory - memoryBefore,
    before,
    after: await town.rows(),
    late: delay.percentile(99) / 1e6,
  };
}

function requireGood(wrong: string | null): void {
  if (wrong !== null) throw new Error(`somebody could not log in: ${wrong}`);
}

/** How near somebody came to what it may take, or how far past it. */
function rowOfPhases(what: string, rounds: readonly Phase[]): Row {
  const parts = rounds.map(({ met }) => {
    const shares = places.flatMap((place) => (['login', 'send', 'receipt'] as const).map((each) => worstOf(met[place].times, each) / goals[each]));
    return { ours: Math.max(...shares), theirs: 1 };
  });
  const against = `${goals.login} ms for a login, ${goals.send} ms for a send and a receipt`;
  return rowOf({ what, against, unit: 'of what it may take', goal: 1, better: 'lower' }, parts);
}
