import type { Locker } from '@tus/server';

/**
 * Sees to it that each upload is written to by one request at a time, on all nodes. Whoever wants a lock that somebody else has asks that one to let go,
 * and waits for it: `lock` throws an `UploadBusy` where that takes too long, and `UNAVAILABLE` where nobody can be asked.
 */
export interface UploadLocks extends Locker {
  /** Whether a request of this node has the lock of an upload for sure, so that it may write. */
  holds(id: string): boolean;
}

/** Somebody else writes and does not let go. In the form in which tus takes it for an answer. */
export class UploadBusy extends Error {
  readonly status_code = 423;
  readonly body = 'Another request writes to this upload';
}

/** For how long one waits for somebody who was asked to let go, in milliseconds: longer than a lease, so that one of a node that has died is over by then. */
export const usualPatienceMs = 15_000;
