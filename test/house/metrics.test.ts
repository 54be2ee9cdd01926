import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createPrometheusMetrics } from '../../src/platform/metrics.prometheus.ts';
import { catalogueOfMetrics } from '../../src/platform/metrics.ts';
import { tableRows } from './documents.ts';
import { namesIn } from './metrics.ts';
import { filesIn, readText } from './sources.ts';

const catalogue = Object.entries(catalogueOfMetrics);

test('docs/metrics.md has every metric of Parley, in the order and with the words of the catalogue', () => {
  const labelOf = ([name, values]: readonly [string, readonly string[]]) =>
    `\`${name}\`${values.length > 0 && values.length < 10 ? ` (${values.join(', ')})` : ''}`;
  const expected = catalogue.map(([, { kind, name, help, labels }]) => [
    `\`${name}\``,
    kind.toLowerCase(),
    Object.entries(labels).map(labelOf).join('; '),
    help,
  ]);
  expect(tableRows(readText('docs/metrics.md'), 'metric', 'kind', 'labels', 'meaning')).toEqual(expected);
});

test('every metric is counted, measured or watched somewhere', () => {
  const sources = filesIn('src', '.ts').map((file) => readText(file));
  expect(catalogue.flatMap(([metric]) => (sources.some((text) => new RegExp(`\\.(add|observe|watch)\\('${metric}'`).test(text)) ? [] : [metric]))).toEqual([]);
});

test('names follow the conventions of Prometheus', () => {
  for (const [, { name, kind, help }] of catalogue) {
    expect(name).toMatch(/^parley_[a-z_]+$/);
    expect(name.endsWith('_total'), name).toBe(kind === 'COUNTER');
    expect(help, name).toMatch(/\.$/);
  }
});

test('what the dashboard and the alerts ask for exists', async () => {
  const exists = new Set([...(await createPrometheusMetrics().text()).matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name));
  for (const file of ['deploy/grafana-dashboard.json', 'deploy/prometheus-rules.yml', 'deploy/prometheus-rules-test.yml']) {
    const names = namesIn(readText(file));
    expect(names.length, file).toBeGreaterThan(5);
    expect(
      names.filter((name) => !exists.has(name)),
      file,
    ).toEqual([]);
  }
});

const rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          labels: z.object({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.object({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

test('each alert says what is the matter, what to look at, and how much hurry there is', () => {
  const alerts = rules.parse(parse(readText('deploy/prometheus-rules.yml'))).groups.flatMap((group) => group.rules);
  expect(alerts.length).toBeGreaterThan(10);
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
});
