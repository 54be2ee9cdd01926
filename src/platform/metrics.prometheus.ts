import { type Aggregator, AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { catalogueOfMetrics, type Metric, type Metrics } from './metrics.ts';

/** Metrics for Prometheus. */
export interface PrometheusMetrics extends Metrics {
  /** The media type of the text. */
  readonly contentType: string;
  /** All metrics as they are now, with those of the process. */
  text(): Promise<string>;
  /** The same, for `togetherText`. */
  values(): Promise<MetricsOfProcess>;
}

/** What one process has counted and measured. */
export type MetricsOfProcess = z.infer<typeof metricsOfProcess>;

/** The form of it, of which only this is looked at. */
export const metricsOfProcess = z.array(z.looseObject({ name: z.string(), type: z.string() }));

/** The media type of the text of metrics. */
export const contentTypeOfMetrics = Registry.PROMETHEUS_CONTENT_TYPE;

/** What several processes have counted and measured, as one text: their values are added up, but for those of which the catalogue says something else. */
export const togetherText = async (processes: readonly MetricsOfProcess[]): Promise<string> => await together(processes).metrics();

/** What processes that have ended have counted: whatever only grows. */
export const lastingOf = (processes: readonly MetricsOfProcess[]): MetricsOfProcess =>
  metricsOfProcess.parse(together(processes.map((metrics) => metrics.filter(({ type }) => type === 'counter' || type === 'histogram'))).getMetricsAsArray());

const together = (processes: readonly MetricsOfProcess[]) =>
  AggregatorRegistry.aggregate(processes.map((metrics) => metrics.map((metric) => ({ ...metric, ...aggregatorOf(metric.name) }))));

/** What this process itself has used. */
export const usedByThis = async (): Promise<MetricsOfProcess> => metricsOfProcess.parse(await processRegistry().getMetricsAsJSON());

/** Of a delay the longest is what somebody waits for, and the whole has started with its first process. */
function aggregatorOf(name: string): { readonly aggregator?: Aggregator } {
  if (name.startsWith('nodejs_eventloop_lag_') && !name.includes('_min_')) return { aggregator: 'max' };
  return name === 'process_start_time_seconds' ? { aggregator: 'min' } : {};
}

const aggregators = { least: 'min', any: 'first' } as const;

type Labels = Readonly<Record<string, string>>;

/** Made once: what is measured of a process is the same for all servers in it, and goes on for as long as it lives. */
let ofProcess: Registry | null = null;

function processRegistry(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  // The older names of these, which say of a gauge that it is a counter.
  for (const name of ['handles', 'requests', 'resources']) ofProcess.removeSingleMetric(`nodejs_active_${name}_total`);
  return ofProcess;
}

/** Makes all metrics of the catalogue; those whose labels are known stand at 0, so that the first that is counted is seen to be more. */
export function createPrometheusMetrics(): PrometheusMetrics {
  const own = new Registry();
  const whole = processRegistry();
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const readings = new Map<string, { readonly labels: Labels; readonly read: () => number | Promise<number> }[]>();

  for (const [metric, described] of Object.entries(catalogueOfMetrics)) {
    const { name, help, labels } = described;
    const options = { name, help, labelNames: Object.keys(labels), registers: [own] };
    if (described.kind === 'COUNTER') {
      const counter = new Counter(options);
      for (const each of combinationsOf(labels)) counter.inc(each, 0);
      counters.set(metric, counter);
    } else if (described.kind === 'HISTOGRAM') histograms.set(metric, new Histogram({ ...options, buckets: [...described.bounds] }));
    else {
      const read: { readonly labels: Labels; readonly read: () => number | Promise<number> }[] = [];
      readings.set(metric, read);
      const gauge: Gauge = new Gauge({
        ...options,
        aggregator: 'together' in described ? aggregators[described.together] : 'sum',
        collect: async () => {
          await Promise.all(read.map(async (reading) => gauge.set(reading.labels, await reading.read())));
        },
      });
    }
  }
  const madeOf = <T>(made: ReadonlyMap<string, T>, metric: Metric): T => {
    const found = made.get(metric);
    if (found === undefined) throw new Error(`no metric ${metric}`);
    return found;
  };

  return {
    contentType: contentTypeOfMetrics,
    add: (metric, labels, more = 1) => madeOf(counters, metric).inc(labels, more),
    observe: (metric, labels, value) => madeOf(histograms, metric).observe(labels, value),
    watch: (metric, labels, read) => void madeOf(readings, metric).push({ labels, read }),
    text: async () => (await Promise.all([own.metrics(), whole.metrics()])).join('\n'),
    values: async () => metricsOfProcess.parse((await Promise.all([own.getMetricsAsJSON(), whole.getMetricsAsJSON()])).flat()),
  };
}

/** All labels that a metric can have, where that is known; none where one of them has values that stand elsewhere. */
function combinationsOf(labels: Readonly<Record<string, readonly string[]>>): Labels[] {
  let found: Labels[] = [{}];
  for (const [label, values] of Object.entries(labels)) found = values.flatMap((value) => found.map((each) => ({ ...each, [label]: value })));
  return found;
}
