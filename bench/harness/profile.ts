import { readFileSync, writeFileSync } from 'node:fs';
import type { MeasuredServer } from './server.ts';

interface ProfileNode {
  readonly id: number;
  readonly children?: readonly number[];
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Writes what a server did while the work ran to `<path>.cpuprofile`, and a summary to `<path>.md`. */
export async function keepProfile(server: MeasuredServer, path: string, work: () => Promise<unknown>): Promise<void> {
  await server.profile(`${path}.cpuprofile`, work);
  writeFileSync(`${path}.md`, `${summaryOf(`${path}.cpuprofile`)}\n`);
}

/**
 * The functions in which most of the time was spent, as a table: themselves, and with what they called. Without the time in which nothing was done,
 * and without the profiler's own.
 */
function summaryOf(file: string, most = 40): string {
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(readFileSync(file, 'utf8'));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const own = new Map<number, number>();
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  const selves = new Map<string, number>();
  const totals = new Map<string, number>();
  const add = (times: Map<string, number>, name: string, time: number) => times.set(name, (times.get(name) ?? 0) + time);
  const walk = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const name = nameOf(node.callFrame);
    if (name === '(idle)' || node.callFrame.url === 'node:inspector') return 0;
    const self = own.get(node.id) ?? 0;
    const inside = new Set(above).add(name);
    const time = (node.children ?? []).reduce((sum, id) => {
      const child = byId.get(id);
      return child ? sum + walk(child, inside) : sum;
    }, self);
    add(selves, name, self);
    if (!above.has(name)) add(totals, name, time);
    return time;
  };
  const [root] = nodes;
  const sum = root ? walk(root, new Set()) : 0;
  const line = ([name]: readonly [string, number]) =>
    `| ${(((selves.get(name) ?? 0) / sum) * 100).toFixed(1)} | ${(((totals.get(name) ?? 0) / sum) * 100).toFixed(1)} | ${name} |`;
  const top = [...selves].sort(([, a], [, b]) => b - a).slice(0, most);
  const ours = [...totals]
    .filter(([name]) => name.includes(' src/'))
    .sort(([, a], [, b]) => b - a)
    .slice(0, 25);
  const table = (rows: readonly (readonly [string, number])[]) => ['| itself % | with what it calls % | function |', '| --- | --- | --- |', ...rows.map(line)];
  return [`${(sum / 1000).toFixed(0)} ms`, '', ...table(top), '', ...table(ours)].join('\n');
}

function nameOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const place = url.replace(/^file:\/\//, '').replace(/^.*\/(?=(src|node_modules|bench)\/)/, '');
  return place === '' ? functionName || '(native)' : `\`${functionName || '(anonymous)'}\` ${place}:${lineNumber + 1}`;
}
