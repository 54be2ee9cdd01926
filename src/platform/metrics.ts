import { buckets } from '../kernel/rates.ts';

/** What is told of a metric beside its values. */
interface Described {
  /** COUNTER: only grows. GAUGE: what is so at the moment of the scrape. HISTOGRAM: how many were how large. */
  readonly kind: 'COUNTER' | 'GAUGE' | 'HISTOGRAM';
  readonly name: string;
  readonly help: string;
  /** Each with its values; empty where those stand elsewhere: the schema, the catalogue of errors, the names of commands. None is ever a caller's word. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** What the answer for several processes is, of a gauge; without it their sum. */
  readonly together?: 'least' | 'any';
  /** Of a histogram. */
  readonly bounds?: readonly number[];
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** All metrics of Parley itself: the one place where their names stand. docs/metrics.md lists them with the same words; a test holds the two together. */
export const catalogueOfMetrics = {
  build: {
    kind: 'GAUGE',
    name: 'parley_build_info',
    help: 'Always 1; the labels say what runs.',
    labels: { version: [], database: ['mysql', 'sqlite'] },
    together: 'any',
  },
  processes: { kind: 'GAUGE', name: 'parley_processes', help: 'Processes of this node that serve: see WORKERS.', labels: {} },
  partReady: {
    kind: 'GAUGE',
    name: 'parley_part_ready',
    help: 'Whether a part answers (1) or not (0), as at /readyz.',
    labels: { part: ['server', 'database', 'bus', 'other nodes'] },
    together: 'least',
  },
  operations: {
    kind: 'COUNTER',
    name: 'parley_operations_total',
    help: 'Operations that were answered. Refused are those that were not run at all; the field is the one under the root, or several; the outcome is ok or the code of the first error.',
    labels: { type: ['query', 'mutation', 'subscription', 'refused'], field: [], outcome: [] },
  },
  operationSeconds: {
    kind: 'HISTOGRAM',
    name: 'parley_operation_duration_seconds',
    help: 'Time of an operation, from when it was read to its answer; of a subscription to its beginning.',
    labels: { type: ['query', 'mutation', 'subscription', 'refused'] },
    bounds: seconds,
  },
  operationsRunning: { kind: 'GAUGE', name: 'parley_operations_running', help: 'Queries and mutations that are being run.', labels: {} },
  sendSeconds: {
    kind: 'HISTOGRAM',
    name: 'parley_send_duration_seconds',
    help: 'Time of a send, from when it was taken to its commit, waiting included.',
    labels: {},
    bounds: seconds,
  },
  sendsTogether: {
    kind: 'HISTOGRAM',
    name: 'parley_sends_per_transaction',
    help: 'Sends that were committed by one transaction.',
    labels: {},
    bounds: [1, 2, 4, 8, 16, 32, 64],
  },
  eventsGiven: {
    kind: 'COUNTER',
    name: 'parley_events_given_total',
    help: 'Events that this node gave to the streams of its people, each counted once.',
    labels: {},
  },
  deliveries: { kind: 'COUNTER', name: 'parley_deliveries_total', help: 'Events that were handed to sockets, counted for each subscription.', labels: {} },
  batchSeconds: {
    kind: 'HISTOGRAM',
    name: 'parley_fanout_batch_duration_seconds',
    help: 'Time to read what was given together to many subscriptions, and to hand it to their sockets.',
    labels: {},
    bounds: seconds,
  },
  subscriptions: { kind: 'GAUGE', name: 'parley_subscriptions_open', help: 'Subscriptions that are open.', labels: {} },
  catchUps: {
    kind: 'COUNTER',
    name: 'parley_stream_catchups_total',
    help: 'Times that a stream began to catch up from the tables: at its beginning, or because its reader was behind.',
    labels: { reason: ['begin', 'behind'] },
  },
  resets: { kind: 'COUNTER', name: 'parley_stream_resets_total', help: 'Times that a client was told to read anew (SyncReset).', labels: {} },
  holesHealed: {
    kind: 'COUNTER',
    name: 'parley_holes_healed_total',
    help: 'Logs in which a comparison with the tables found what no bell had told of.',
    labels: {},
  },
  epochClosings: {
    kind: 'COUNTER',
    name: 'parley_epoch_closings_total',
    help: 'Tries to close the open epoch; EARLY: another one was closed a moment ago; BLOCKED: a writer held it for too long.',
    labels: { outcome: ['CLOSED', 'EARLY', 'BLOCKED'] },
  },
  epochGiven: {
    kind: 'GAUGE',
    name: 'parley_epoch_given',
    help: 'The epoch up to which every live stream of this node has been given everything.',
    labels: {},
    together: 'least',
  },
  queueLength: {
    kind: 'GAUGE',
    name: 'parley_queue_length',
    help: 'What waits for its turn: sends, sends whose conversation is held by others, likewise notices of servers, passwords to be hashed, calls to the database, reads for streams that catch up, batches of events.',
    labels: { queue: ['sends', 'held sends', 'notices', 'held notices', 'passwords', 'database', 'replays', 'batches'] },
  },
  socketsOpen: {
    kind: 'GAUGE',
    name: 'parley_sockets_open',
    help: 'Sockets that are open; new: without connection_init.',
    labels: { state: ['new', 'greeted'] },
  },
  socketCloses: {
    kind: 'COUNTER',
    name: 'parley_socket_closes_total',
    help: 'Sockets that were closed, by either side; other: a code that this server does not use.',
    labels: { code: [] },
  },
  refusals: {
    kind: 'COUNTER',
    name: 'parley_rate_limit_refusals_total',
    help: 'Refusals with RATE_LIMITED because a bucket was empty, or a pause lasts; openSockets: of a socket, because a person or an address has as many open as they may.',
    labels: { bucket: [...buckets, 'openSockets'] },
  },
  databaseSeconds: {
    kind: 'HISTOGRAM',
    name: 'parley_database_call_duration_seconds',
    help: 'Time of a call to the database, with its wait for a connection; refused: what was found forbids it.',
    labels: { call: ['read', 'snapshot', 'glance', 'transaction'], outcome: ['ok', 'refused', 'unavailable', 'failed'] },
    bounds: seconds,
  },
  databaseRunning: { kind: 'GAUGE', name: 'parley_database_calls_running', help: 'Calls to the database that have a connection.', labels: {} },
  redisSeconds: {
    kind: 'HISTOGRAM',
    name: 'parley_redis_command_duration_seconds',
    help: 'Time of a command to Redis.',
    labels: { command: [], outcome: ['ok', 'failed'] },
    bounds: seconds,
  },
} as const satisfies Readonly<Record<string, Described>>;

type Catalogue = typeof catalogueOfMetrics;

/** A metric, by what it is called in the sources. */
export type Metric = keyof Catalogue;

type OfKind<K extends Described['kind']> = { [M in Metric]: Catalogue[M]['kind'] extends K ? M : never }[Metric];

type ValueOf<Values> = Values extends readonly [] ? string : Values extends readonly (infer V)[] ? V : never;

/** The labels of a metric. */
export type LabelsOf<M extends Metric> = { readonly [L in keyof Catalogue[M]['labels']]: string & ValueOf<Catalogue[M]['labels'][L]> };

/** What is counted and measured for whoever watches over a server. None of it may hold a name, a text, a token or an address. */
export interface Metrics {
  /** Adds to a counter. */
  add<M extends OfKind<'COUNTER'>>(metric: M, labels: LabelsOf<M>, more?: number): void;
  /** Notes a value, of time in seconds. */
  observe<M extends OfKind<'HISTOGRAM'>>(metric: M, labels: LabelsOf<M>, value: number): void;
  /** Has a gauge read at each scrape. */
  watch<M extends OfKind<'GAUGE'>>(metric: M, labels: LabelsOf<M>, read: () => number | Promise<number>): void;
}

/** What measures nothing. */
export const noMetrics: Metrics = { add() {}, observe() {}, watch() {} };

/** The seconds since a time of `performance.now()`. */
export function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
