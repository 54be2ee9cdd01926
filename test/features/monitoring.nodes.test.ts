import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EventsDocument, SearchUsersDocument } from '../generated/graphql.ts';
import { namesIn } from '../house/metrics.ts';
import { readText } from '../house/sources.ts';
import { startNodes } from '../support/app.ts';
import { present } from '../support/client.ts';
import { missingPrograms } from '../support/missing-programs.ts';
import { openChatset, registerUser, sendText } from '../support/people.ts';
import { checkMetrics, openPrometheus, promtool } from '../support/prometheus.ts';
import { scrape } from '../support/scrape.ts';

const dashboard = z.object({ panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) })) });

/** What the panels of the dashboard ask for, with its variables filled in for a minute of scrapes. */
function expressions(): string[] {
  const { panels } = dashboard.parse(JSON.parse(readText('deploy/grafana-dashboard.json')));
  return panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll('$job', 'parley').replaceAll('$node', '.*').replaceAll('$__rate_interval', '1m')),
  );
}

describe('the files for Prometheus in deploy/', () => {
  const lacks = missingPrograms().includes('prometheus');

  it.skipIf(lacks)('are ones that promtool takes, and the alerts say what they ought to', async () => {
    for (const args of [
      ['check', 'config', 'prometheus.yml'],
      ['check', 'rules', '--lint=all', '--lint-fatal', 'prometheus-rules.yml'],
      ['test', 'rules', 'prometheus-rules-test.yml'],
    ])
      expect(await promtool(...args), args.join(' ')).toMatchObject({ code: 0 });
  });

  it.skipIf(lacks)('scrape two nodes, whose metrics are well named and have all that the dashboard and the alerts ask for', { timeout: 90_000 }, async () => {
    const env = { METRICS_PORT: '0', RATE_LIMITS: 'on', RATES: 'search=1/h, register=1000/min, send=1000/s' };
    const [one, other] = (await startNodes(2, env)).map((node) => present(node));
    if (!one || !other) throw new Error('two nodes');
    const prometheus = await openPrometheus([present(one.app.metricsUrl), present(other.app.metricsUrl)]);
    const [sender, reader] = [await registerUser(one), await registerUser(other)];
    await openChatset(reader);
    const stream = reader.socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    const act = async () => {
      const { id } = await sendText(sender, reader.user.id, 'x');
      await stream.until(({ events }) => events.__typename === 'MessageSent' && events.message.id === id);
      await reader.execute(SearchUsersDocument, { keyword: 'nobody' });
      const visit = sender.socket();
      await visit.connected();
      await visit.close();
    };
    const hasNone = async (expression: string) => {
      const found = await prometheus.query(expression);
      return found.length === 0 || found.every(({ value }) => Number.isNaN(value));
    };
    let silent = expressions();
    expect(silent.length).toBeGreaterThan(30);
    for (const until = performance.now() + 60_000; silent.length > 0 && performance.now() < until; await sleep(200)) {
      await act();
      const still = await Promise.all(silent.map(hasNone));
      silent = silent.filter((_, index) => still[index]);
    }
    expect(silent).toEqual([]);
    for (const name of namesIn(readText('deploy/prometheus-rules.yml')))
      expect(await hasNone(`{__name__=~"${name}(_bucket)?", job="parley"}`), name).toBe(false);
    expect((await prometheus.query('sum(up{job="parley"})')).map(({ value }) => value)).toEqual([2]);
    expect(await prometheus.alerts()).toEqual([]);
    expect(await checkMetrics((await scrape(one)).text)).toEqual({ code: 0, said: '' });
  });
});
