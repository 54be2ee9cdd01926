import { parseArgs } from 'node:util';
import { connections } from './connections.ts';
import { cores } from './cores.ts';
import { fairness } from './fairness.ts';
import { fanout } from './fanout.ts';
import { files } from './files.ts';
import { guard } from './guard.ts';
import { keepResult, lineOf, type Row } from './harness/results.ts';
import { takeLoadCore } from './harness/server.ts';
import { history } from './history.ts';
import { http } from './http.ts';
import { limits } from './limits.ts';
import { many } from './many.ts';
import { nodes } from './nodes.ts';
import { notices } from './notices.ts';
import { page } from './page.ts';
import { apollo, arePeersInstalled, peers } from './peers.ts';
import { refusals } from './refusals.ts';
import { replay } from './replay.ts';
import { returns } from './returns.ts';
import { search } from './search.ts';
import { sends } from './sends.ts';
import { soak } from './soak.ts';
import { renewTables } from './table.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    subscribers: { type: 'string', default: '1000,5000' },
    connections: { type: 'string', default: '5000' },
    messages: { type: 'string', default: '10000000' },
    conversations: { type: 'string', default: '100000' },
    profile: { type: 'string' },
    texts: { type: 'string', default: '1000000' },
    uploads: { type: 'string', default: '100' },
    attacks: { type: 'string', default: '' },
    seconds: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '60' },
    on: { type: 'string', default: 'sqlite,mariadb' },
    'dry-run': { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const profile = options.profile === undefined ? {} : { profile: options.profile };

const questions: Readonly<Record<string, () => Promise<Row[]>>> = {
  fanout: async () =>
    await fanout({ sizes: options.subscribers.split(',').map(Number), kinds: ['messages', 'events'], rounds, deliveries: 50_000, ...profile }),
  connections: async () => await connections({ rounds, connections: Number(options.connections) }),
  cores: async () => await cores({ rounds, messages: 20, workers: [2, 4] }),
  sends: async () => await sends({ rounds, ms: 3000, ...profile }),
  nodes: async () => await nodes({ rounds, ms: 3000 }),
  notices: async () => await notices({ rounds, ms: 3000, ...profile }),
  http: async () => await http({ rounds, requests: 5000, peers: arePeersInstalled() ? [apollo] : [], ...profile }),
  history: async () => await history({ rounds, pages: 100, messages: Number(options.messages) }),
  peers: async () => await peers({ rounds, deliveries: 20_000 }),
  many: async () => await many({ rounds, times: 20, conversations: Number(options.conversations), ...profile }),
  replay: async () => await replay({ rounds, replays: 20 }),
  returns: async () => await returns({ rounds, clients: 1000, ...profile }),
  search: async () => await search({ rounds, messages: Number(options.texts), ...profile }),
  files: async () => await files({ rounds, uploads: Number(options.uploads), ms: 5000, ...profile }),
  fairness: async () =>
    await fairness({
      rounds: Math.min(rounds, 2),
      ms: Number(options.seconds) * 1000,
      only: options.attacks.split(',').filter(Boolean),
      on: (['sqlite', 'mariadb'] as const).filter((name) => options.on.split(',').includes(name)),
      ...profile,
    }),
  refusals: async () => await refusals({ rounds, refusals: 1000 }),
  page: async () => await page({ rounds: Math.min(rounds, 5), conversations: 200, ms: 5000 }),
  soak: async () => await soak({ minutes: Number(options.minutes), ...profile }),
  limits: async () => await limits({ rounds: rounds * 2, times: 6000, ...profile }),
};

/** What takes an hour is asked for by its name alone. */
const longOnes: readonly string[] = ['soak'];

const usage = `Usage: npm run bench -- <question>… [options]

  ${Object.keys(questions).join(', ')}
  all      every question but soak, then the tables
  guard    a short form, for .ci/run
  table    renews the tables of docs/performance.md from bench/results

The options are in bench/README.md.
`;

async function run(name: string): Promise<boolean> {
  if (name === 'guard') return await guard();
  if (name === 'table') {
    renewTables();
    return true;
  }
  const question = questions[name];
  if (!question) {
    console.error(usage);
    return false;
  }
  console.log(`${name} …`);
  try {
    const rows = await question();
    if (!options['dry-run']) keepResult(name, rows);
    for (const row of rows) console.log(lineOf(row));
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

takeLoadCore();
const names = positionals.flatMap((name) =>
  name === 'all'
    ? [...Object.keys(questions).filter((question) => !longOnes.includes(question) && (question !== 'peers' || arePeersInstalled())), 'table']
    : [name],
);
let good = names.length > 0;
if (!good) console.error(usage);
for (const name of names) good = (await run(name)) && good;
process.exit(good ? 0 : 1);
