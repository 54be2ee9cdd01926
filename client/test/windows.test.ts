import { expect, test } from 'vitest';
import { createEntities, type EntityRecord, now } from '../src/store/entities.ts';
import { createWindows, seqOf } from '../src/store/windows.ts';

function setUp() {
  const entities = createEntities();
  const message = (seq: number): EntityRecord => {
    const id = `m${seq}`;
    if (!entities.find(id)) entities.merge({ __typename: 'Message', id, seq }, now);
    const record = entities.find(id);
    if (!record) throw new Error('it is not there');
    return record;
  };
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => message(from + place));
  const windows = createWindows<number>((record) => Number(entities.show(record).seq));
  return { entities, message, range, windows };
}

test('older pages and new messages make one list', () => {
  const { windows, range, message } = setUp();
  const live = windows.add(null, range(31, 60), { hasOlder: true, hasNewer: false });
  windows.show(live);
  expect(windows.place(message(61), true)).toBe(false);
  windows.add(live, range(1, 30), { hasOlder: false });
  expect(windows.shown?.list.shown()).toEqual(Array.from({ length: 61 }, (_, place) => place + 1));
  expect(windows.shown?.hasOlder).toBe(false);
});

test('what comes before its turn waits for it', () => {
  const { windows, range, message } = setUp();
  windows.show(windows.add(null, range(1, 3), { hasOlder: false, hasNewer: false }));
  windows.place(message(6), false);
  windows.place(message(5), false);
  expect(windows.shown?.list.shown()).toEqual([1, 2, 3]);
  expect(windows.ahead.map(seqOf)).toEqual([5, 6]);
  windows.place(message(4), true);
  expect(windows.shown?.list.shown()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(windows.ahead).toEqual([]);
});

test('an event that does not follow tells of a hole, which a page fills', () => {
  const { windows, range, message } = setUp();
  const window = windows.add(null, range(1, 3), { hasOlder: false, hasNewer: false });
  windows.show(window);
  expect(windows.place(message(6), true)).toBe(true);
  expect(window.isLive).toBe(false);
  windows.add(window, range(4, 5), { hasNewer: false });
  expect(windows.live?.list.shown()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a window around an old message joins the newest one where they meet, from both sides', () => {
  for (const side of ['older', 'newer']) {
    const { windows, range, message } = setUp();
    const newest = windows.add(null, range(71, 100), { hasOlder: true, hasNewer: false });
    windows.show(newest);
    const around = windows.add(null, range(20, 50), { hasOlder: true, hasNewer: true });
    windows.show(around);
    expect(windows.shown?.list.shown()).toEqual(range(20, 50).map(seqOf));
    windows.place(message(101), true);
    expect(windows.shown?.list.size).toBe(31);
    if (side === 'older') windows.add(newest, range(51, 70), { hasOlder: true });
    else windows.add(around, range(51, 75), { hasNewer: true });
    expect(windows.shown?.list.shown()).toEqual(range(20, 101).map(seqOf));
    expect(windows.shown?.isLive).toBe(true);
    expect(windows.shown?.hasOlder).toBe(true);
    expect(windows.live).toBe(windows.shown);
  }
});

test('another jump lets the window of the one before go', () => {
  const { windows, range } = setUp();
  windows.show(windows.add(null, range(90, 100), { hasOlder: true, hasNewer: false }));
  const first = windows.add(null, range(20, 30), { hasOlder: true, hasNewer: true });
  windows.show(first);
  windows.show(windows.add(null, range(50, 60), { hasOlder: true, hasNewer: true }));
  expect(windows.has(first)).toBe(false);
  expect(windows.live?.list.size).toBe(11);
});

test('a list is the same array until a message of it changes, and then only that one is another', () => {
  const { entities, windows, range } = setUp();
  const objects = createWindows((record) => entities.show(record));
  objects.show(objects.add(null, range(1, 100), { hasOlder: false, hasNewer: false }));
  windows.clear();
  const before = objects.shown?.list.shown();
  expect(objects.shown?.list.shown()).toBe(before);
  const record = entities.find('m40');
  if (record) {
    entities.merge({ __typename: 'Message', id: 'm40', seq: 40, text: 'other' }, now);
    objects.touch(record);
  }
  const after = objects.shown?.list.shown();
  expect(after).not.toBe(before);
  expect(after?.filter((message, place) => message !== before?.[place]).map(({ id }) => id)).toEqual(['m40']);
  if (record) objects.touch(record);
  expect(objects.shown?.list.shown()).toBe(after);
});

test('the oldest are dropped where only some are kept', () => {
  const { windows, range, message } = setUp();
  windows.show(windows.add(null, range(1, 100), { hasOlder: false, hasNewer: false }));
  windows.trim(10);
  expect(windows.shown?.list.shown()).toEqual(range(91, 100).map(seqOf));
  expect(windows.shown?.hasOlder).toBe(true);
  windows.place(message(101), true);
  expect(windows.shown?.list.shown()).toEqual(range(91, 101).map(seqOf));
});

test('whatever order pages and messages come in, a window is sorted, without holes and without repeats', () => {
  const { windows, range, message } = setUp();
  let state = 7;
  const random = (below: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state % below;
  };
  let newest = 40;
  windows.show(windows.add(null, range(30, 40), { hasOlder: true, hasNewer: false }));
  for (let step = 0; step < 600; step++) {
    const { shown, live } = windows;
    const kind = random(8);
    if (kind < 3) windows.place(message(++newest), true);
    else if (kind === 3) windows.place(message(newest - random(20)), false);
    else if (kind === 4 && shown?.hasOlder) {
      const end = seqOf(shown.list.first) - 1;
      windows.add(shown, range(Math.max(1, end - 9), end), { hasOlder: end > 10 });
    } else if (kind === 5 && shown && !shown.isLive) {
      const start = seqOf(shown.list.last) + 1;
      const end = Math.min(newest, start + 9);
      windows.add(shown, range(start, end), { hasNewer: end < newest });
    } else if (kind === 6) {
      const middle = 1 + random(newest);
      const [from, to] = [Math.max(1, middle - 4), Math.min(newest, middle + 4)];
      windows.show(windows.find(message(middle)) ?? windows.add(null, range(from, to), { hasOlder: from > 1, hasNewer: to < newest }));
    } else if (kind === 7 && random(10) === 0) {
      if (live) windows.show(live);
      windows.trim(15);
    }
    for (const window of [windows.shown, windows.live]) {
      const seqs = window?.list.shown() ?? [];
      expect(seqs.every((seq, place) => seq === (seqs[0] ?? 0) + place)).toBe(true);
      if (window?.isLive) expect(seqs.at(-1)).toBe(newest);
      expect(window?.list.records.map(seqOf)).toEqual(seqs);
    }
  }
});
