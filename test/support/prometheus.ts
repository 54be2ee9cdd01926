import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readText } from '../house/sources.ts';
import { findBinary } from './database-server.ts';
import { within } from './lifetime.ts';
import { emptyFolder } from './operator.ts';
import { freePort } from './private-services.ts';
import { startProgram } from './program.ts';

/** What a program said, and how it ended. */
export interface Said {
  readonly code: number;
  readonly said: string;
}

/** Runs promtool in deploy/. */
export async function promtool(...args: readonly string[]): Promise<Said> {
  return await run(args, '');
}

/** Has promtool judge what a scrape gave. */
export async function checkMetrics(text: string): Promise<Said> {
  return await run(['check', 'metrics'], text);
}

async function run(args: readonly string[], input: string): Promise<Said> {
  const program = findBinary('promtool');
  if (program === null) throw new Error('promtool is not installed');
  const running = promisify(execFile)(program, args, { cwd: new URL('../../deploy/', import.meta.url) });
  running.child.stdin?.end(input);
  return await running.then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => ({ code: error.code, said: error.stdout + error.stderr }),
  );
}

/** A Prometheus of the test's own. */
export interface Prometheus {
  /** What an expression gives now: for each series its labels, and its value. */
  query(expression: string): Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: number }[]>;
  /** The alerts that fire. */
  alerts(): Promise<readonly string[]>;
}

interface Found {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result?: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[];
    readonly alerts?: readonly { readonly state: string; readonly labels: { readonly alertname: string } }[];
  };
}

/** Starts one with the files in deploy/, which scrapes these in the place of the two nodes, every second. Ended at the end of the test. */
export async function openPrometheus(metricsUrls: readonly [string, string]): Promise<Prometheus> {
  const program = findBinary('prometheus');
  if (program === null) throw new Error('prometheus is not installed');
  const [folder, port] = [emptyFolder(), await freePort()];
  const hosts = metricsUrls.map((url) => new URL(url).host);
  const config = readText('deploy/prometheus.yml')
    .replaceAll(': 15s', ': 1s')
    .replace('parley-1:9464', hosts[0] ?? '')
    .replace('parley-2:9464', hosts[1] ?? '');
  writeFileSync(join(folder, 'prometheus.yml'), config);
  writeFileSync(join(folder, 'prometheus-rules.yml'), readText('deploy/prometheus-rules.yml'));
  const args = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`];
  const { child, said } = startProgram(program, args);
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string): Promise<Found['data']> => {
    const response = await fetch(`${url}/api/v1/${path}`);
    const found: Found = await response.json();
    if (found.status !== 'success') throw new Error(`${path}: ${found.error}`);
    return found.data;
  };
  const answers = async () => {
    while (child.exitCode === null && !(await fetch(`${url}/-/ready`).catch(() => null))?.ok) await new Promise((resolve) => setTimeout(resolve, 50));
    if (child.exitCode !== null) throw new Error(`prometheus has ended: ${said()}`);
  };
  await within(answers(), 20_000, () => `prometheus does not begin: ${said()}`);
  return {
    async query(expression) {
      const { result = [] } = await ask(`query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async alerts() {
      const { alerts = [] } = await ask('alerts');
      return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
    },
  };
}
