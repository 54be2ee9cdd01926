import { signal } from '@preact/signals';
import type { ParleyErrorLike, ParleyEvent } from 'parley-client';
import { ParleyError } from 'parley-client';
import { useParley } from 'parley-client/react';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** Raised by whatever this page changes itself: of that comes no event to the device that did it. */
const changes = signal(0);

/** Lets everything on the screen that was read by `useReading` be read again. */
export function readAgain(): void {
  changes.value += 1;
}

/** What was read, and what became of the last reading. */
export interface Reading<T> {
  /** Null until the first answer; stays while it is read again. */
  readonly data: T | null;
  readonly error: ParleyErrorLike | null;
  readonly isLoading: boolean;
  reload(): void;
}

/** An error as a page can show it. */
function errorOf(error: unknown): ParleyErrorLike {
  if (error instanceof ParleyError) return error;
  throw error;
}

/** Milliseconds from an event to the reading anew: several events of one change, such as a person and their request, are one reading. */
export const calmMs = 150;

/**
 * Reads something and keeps it fresh: anew with another `key`, after each event that concerns it, after what this page does itself, and after a gap in
 * the events. `read` is asked with what `key` stands for.
 */
export function useReading<T>(key: string, read: () => Promise<T>, concerns: (event: ParleyEvent) => boolean): Reading<T> {
  const parley = useParley();
  const [state, setState] = useState<{ readonly key: string; readonly data: T | null; readonly error: ParleyErrorLike | null; readonly isLoading: boolean }>({
    key,
    data: null,
    error: null,
    isLoading: true,
  });
  const newest = useRef({ read, concerns });
  newest.current = { read, concerns };
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((now) => now + 1), []);

  useEffect(() => {
    let isOver = false;
    setState((before) => (before.key === key ? { ...before, isLoading: true } : { key, data: null, error: null, isLoading: true }));
    newest.current.read().then(
      (data) => isOver || setState({ key, data, error: null, isLoading: false }),
      (error: unknown) => isOver || setState((before) => ({ ...before, error: errorOf(error), isLoading: false })),
    );
    return () => {
      isOver = true;
    };
  }, [key, turn]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reload();
      }, calmMs);
    };
    const stopEvents = parley.onEvent((event) => {
      if (event.__typename === 'SyncReset' || newest.current.concerns(event)) later();
    });
    let isFirst = true;
    const stopChanges = changes.subscribe(() => {
      if (!isFirst) reload();
      isFirst = false;
    });
    return () => {
      clearTimeout(timer);
      stopEvents();
      stopChanges();
    };
  }, [parley, reload]);

  const isStale = state.key !== key;
  return { data: isStale ? null : state.data, error: isStale ? null : state.error, isLoading: isStale || state.isLoading, reload };
}

/** A page of a list, as the server gives it. */
export interface Page<T> {
  readonly edges: readonly { readonly node: T }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** A list that grows. */
export interface Pages<T> extends Omit<Reading<readonly T[]>, 'data'> {
  readonly items: readonly T[];
  /** False until the first answer. */
  readonly isRead: boolean;
  readonly hasMore: boolean;
  loadMore(): void;
}

/** As `useReading`, for a list: read again, it has as many pages as before. */
export function usePages<T>(
  key: string,
  readPage: (after: string | null) => Promise<Page<T> | null | undefined>,
  concerns: (event: ParleyEvent) => boolean,
): Pages<T> {
  const wanted = useRef({ key, pages: 1 });
  if (wanted.current.key !== key) wanted.current = { key, pages: 1 };
  const read = async () => {
    const items: T[] = [];
    let after: string | null = null;
    for (let page = 0; page < wanted.current.pages; page += 1) {
      const next: Page<T> | null | undefined = await readPage(after);
      if (!next) return { items, hasMore: false };
      items.push(...next.edges.map(({ node }) => node));
      if (!next.pageInfo.hasNextPage) return { items, hasMore: false };
      after = next.pageInfo.endCursor;
    }
    return { items, hasMore: true };
  };
  const { data, ...reading } = useReading(key, read, concerns);
  return {
    ...reading,
    items: data?.items ?? [],
    isRead: data !== null,
    hasMore: data?.hasMore ?? false,
    loadMore: () => {
      wanted.current.pages += 1;
      reading.reload();
    },
  };
}

/** Something that the person does: `run` does one at a time, and says what was refused. */
export interface Doing {
  readonly isBusy: boolean;
  readonly error: ParleyErrorLike | null;
  /** True where it was done. */
  run(action: () => Promise<unknown>): Promise<boolean>;
  forget(): void;
}

/** For buttons: what they do, and the refusal that stands beside them. Whatever was done is read again. */
export function useDoing(): Doing {
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error: ParleyErrorLike | null }>({ isBusy: false, error: null });
  const run = async (action: () => Promise<unknown>) => {
    if (state.isBusy) return false;
    setState({ isBusy: true, error: null });
    try {
      await action();
      setState({ isBusy: false, error: null });
      readAgain();
      return true;
    } catch (error) {
      setState({ isBusy: false, error: errorOf(error) });
      return false;
    }
  };
  return { ...state, run, forget: () => setState({ isBusy: false, error: null }) };
}
