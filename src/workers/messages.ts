import { z } from 'zod';
import { metricsOfProcess } from '../platform/metrics.prometheus.ts';

/** What the process that has started the others tells one of them. */
export const order = z.discriminatedUnion('parley', [
  z.object({ parley: z.literal('ask'), question: z.enum(['metrics', 'alive']), id: z.number() }),
  z.object({ parley: z.literal('pages are built') }),
]);

/** What it is told. */
export const report = z.discriminatedUnion('parley', [
  z.object({ parley: z.literal('up'), url: z.string() }),
  z.object({ parley: z.literal('answer'), id: z.number(), metrics: metricsOfProcess.nullable() }),
]);

/** See `order`. */
export type Order = z.infer<typeof order>;

/** See `report`. */
export type Report = z.infer<typeof report>;
