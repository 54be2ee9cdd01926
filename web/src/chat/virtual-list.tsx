import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks';
import { createHeights, type Keyed } from './heights.ts';

/** What a page can do with the list. */
export interface ListHandle {
  /** Brings a row into view; tells whether it is in the list. */
  show(key: string, place: 'top' | 'centre'): boolean;
  /** Goes to the end and stays there when more comes. */
  showEnd(): void;
  isAtEnd(): boolean;
  focusRow(key: string): void;
}

interface Props<Row extends Keyed> {
  readonly rows: readonly Row[];
  /** How high a row is that was never shown, in pixels. */
  readonly guess: (row: Row) => number;
  readonly renderRow: (row: Row) => ComponentChildren;
  readonly label: string;
  readonly handle: { current: ListHandle | null };
  /** The row to begin at; null: the end. It is asked once. */
  readonly startAt: string | null;
  /** Whether the end of the rows is the end of all: only there it is followed. */
  readonly followsEnd: boolean;
  readonly onNearTop: () => void;
  readonly onNearEnd: () => void;
  /** After every change of what is on the screen: its last row, and whether that is the end. */
  readonly onShown: (last: Row, isAtEnd: boolean) => void;
  readonly onKeyDown: (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => void;
}

/** What the list holds on to while heights change: its end, or a row and how far below its top the screen begins. */
type Anchor = 'end' | { readonly key: string; readonly below: number };

/** How much is rendered beyond the screen, on both sides, in pixels. */
const beyond = 500;
/** From how near to an end more is asked for, in pixels. */
const near = 900;

/**
 * A long list of which only what is on the screen is in the document. What is looked at stays where it is when rows come in above, when heights turn
 * out otherwise than guessed, and when the window changes; at the end it follows the end.
 */
export function VirtualList<Row extends Keyed>(props: Props<Row>) {
  const { rows, renderRow } = props;
  const [, again] = useReducer((count: number) => count + 1, 0);
  const box = useRef<HTMLDivElement>(null);
  const shown = useRef(new Map<string, HTMLElement>());
  const guess = useRef(props.guess);
  const heights = useMemo(() => createHeights<Row>((row) => guess.current(row)), []);
  const anchor = useRef<Anchor>(props.startAt === null ? 'end' : { key: props.startAt, below: 0 });
  const view = useRef({ height: 800, first: 0, end: 0 });
  const latest = useRef(props);
  latest.current = props;
  heights.setRows(rows);

  /** Where the screen begins, by the anchor and not by what the browser says, which knows nothing of rows that just came. */
  const topOf = (at: Anchor): number => {
    const furthest = Math.max(0, heights.total() - view.current.height);
    if (at === 'end') return furthest;
    const index = heights.indexOf(at.key);
    return index === undefined ? furthest : Math.min(Math.max(0, heights.top(index) + at.below), furthest);
  };
  const rangeAt = (top: number) => {
    const first = heights.indexAt(top - beyond);
    return { first, end: Math.min(latest.current.rows.length, heights.indexAt(top + view.current.height + beyond) + 1) };
  };
  const { first, end } = rangeAt(topOf(anchor.current));
  view.current.first = first;
  view.current.end = end;

  const tell = () => {
    const { rows: all, onNearTop, onNearEnd, onShown } = latest.current;
    const top = topOf(anchor.current);
    const bottom = top + view.current.height;
    if (top < near) onNearTop();
    if (heights.total() - bottom < near) onNearEnd();
    const last = all[heights.indexAt(bottom - 8)];
    if (last) onShown(last, anchor.current === 'end');
  };

  /** Measures what is in the document and puts the screen back to the anchor: before the browser paints, so nobody sees it move. */
  const settle = () => {
    const element = box.current;
    // What is not laid out has no heights.
    if (!element || element.clientHeight === 0) return;
    view.current.height = element.clientHeight;
    for (const [key, row] of shown.current) heights.measure(key, row.getBoundingClientRect().height);
    // Whatever was to be shown, this is the end: where all fits on the screen, nobody can scroll there.
    if (latest.current.followsEnd && heights.total() - topOf(anchor.current) - view.current.height < 24) anchor.current = 'end';
    const range = rangeAt(topOf(anchor.current));
    // Heights of what is shown change nothing of the room for what is not.
    if (range.first !== view.current.first || range.end !== view.current.end) again(undefined);
    const top = topOf(anchor.current);
    if (Math.abs(element.scrollTop - top) >= 1) element.scrollTop = top;
  };

  const look = () => {
    settle();
    tell();
  };
  useLayoutEffect(look);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const onScroll = () => {
      const top = element.scrollTop;
      // The browser tells of scrolling before it tells of sizes, and a box that grew scrolls by itself.
      view.current.height = element.clientHeight;
      const isAtEnd = element.scrollHeight - top - view.current.height < 24;
      const index = heights.indexAt(top);
      const row = latest.current.rows[index];
      anchor.current = (isAtEnd && latest.current.followsEnd) || !row ? 'end' : { key: row.key, below: top - heights.top(index) };
      const range = rangeAt(top);
      if (range.first !== view.current.first || range.end !== view.current.end) again(undefined);
      else tell();
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, []);

  const rowSizes = useMemo(() => new ResizeObserver(look), []);
  useLayoutEffect(() => () => rowSizes.disconnect(), []);

  const refs = useMemo(() => new Map<string, (element: HTMLElement | null) => void>(), []);
  const refOf = (key: string) => {
    const known = refs.get(key);
    if (known) return known;
    let mounted: HTMLElement | null = null;
    const ref = (element: HTMLElement | null) => {
      if (mounted) rowSizes.unobserve(mounted);
      mounted = element;
      if (element) {
        shown.current.set(key, element);
        rowSizes.observe(element);
      } else {
        shown.current.delete(key);
        refs.delete(key);
      }
    };
    refs.set(key, ref);
    return ref;
  };

  props.handle.current = {
    show(key, place) {
      const index = heights.indexOf(key);
      if (index === undefined) return false;
      const height = heights.top(index + 1) - heights.top(index);
      const below = place === 'top' ? -16 : -Math.max(16, (view.current.height - height) / 2);
      anchor.current = { key, below };
      again(undefined);
      return true;
    },
    showEnd() {
      anchor.current = 'end';
      again(undefined);
    },
    isAtEnd: () => anchor.current === 'end',
    focusRow(key) {
      shown.current.get(key)?.querySelector<HTMLElement>('[data-message]')?.focus({ preventScroll: true });
    },
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <div ref={box} class="log" role="log" aria-live="off" aria-label={props.label} tabIndex={0} onKeyDown={props.onKeyDown}>
      <div class="log-rows" style={{ paddingTop: `${heights.top(first)}px`, paddingBottom: `${heights.total() - heights.top(end)}px` }}>
        {rows.slice(first, end).map((row) => (
          <div key={row.key} ref={refOf(row.key)} class="log-row">
            {renderRow(row)}
          </div>
        ))}
      </div>
    </div>
  );
}
