import type { Bus } from '../../platform/bus.ts';
import type { Database } from '../../platform/database.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { ClockService } from '../log/clock.service.ts';
import type { ToldEntry } from '../log/told.service.ts';
import type { ReadAhead } from './round.service.ts';

/** What the hub of a node stands on. */
export interface HubParts {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: ClockService;
  /** Told of what failed and is tried again. */
  readonly onFault: (error: unknown) => void;
  /** How often it compares what it gave with what the tables hold, in milliseconds. */
  readonly compareMs: number;
  readonly metrics?: Metrics;
  /** Without it every round is given as it comes. */
  readonly readAhead?: ReadAhead;
  /** Who has very many DIRECT conversations; asked when somebody begins to listen. */
  readonly isWide?: (userId: number) => boolean;
  /** Called with each message that may be given without being read, before it is. */
  readonly onTold?: (told: ToldEntry) => void;
}
