import { receipts } from './files/receipts.ts';
import { together } from './files/together.ts';
import type { Row } from './harness/results.ts';

/** How much is done in a round. */
export interface FilesOptions {
  readonly rounds: number;
  /** How many files of 20 MB come at once. */
  readonly uploads: number;
  /** How long messages are received, with uploads and without them, in milliseconds. */
  readonly ms: number;
  /** Where to write what the server did while uploads came, if anywhere. */
  readonly profile?: string;
}

/** What uploads cost a server on SQLite and a disk: its memory, and those who wait for messages. */
export async function files({ rounds, uploads, ms, profile }: FilesOptions): Promise<Row[]> {
  return [
    ...(await together({ rounds, uploads, bytes: 20_000_000 })),
    ...(await receipts({ rounds, subscribers: 1000, bytes: 200_000_000, ms, ...(profile === undefined ? {} : { profile }) })),
  ];
}
