import type { TestApp } from './app.ts';
import { present } from './client.ts';

/** What one scrape gave. */
export interface Scrape {
  readonly text: string;
  /** Each value by its name and labels as they are written: `parley_queue_length{queue="sends"}`. */
  readonly values: ReadonlyMap<string, number>;
  /** The sum of all series of a name that have these labels. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** Asks a server for its metrics. */
export async function scrape({ app }: Pick<TestApp, 'app'>): Promise<Scrape> {
  return await scrapeUrl(present(app.metricsUrl, 'the address of the metrics'));
}

/** Asks at an address. */
export async function scrapeUrl(url: string): Promise<Scrape> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (line !== '' && !line.startsWith('#')) values.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return {
    text,
    values,
    sum(name, labels = {}) {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      let sum = 0;
      for (const [series, value] of values)
        if ((series === name || series.startsWith(`${name}{`)) && wanted.every((label) => series.includes(label))) sum += value;
      return sum;
    },
  };
}
