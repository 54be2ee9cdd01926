export interface Keyed {
  readonly key: string;
}

/** Where each line of a long list is: measured where it was on the screen, guessed elsewhere. All numbers are CSS pixels from the top of the list. */
export interface Heights<Row extends Keyed> {
  setRows(rows: readonly Row[]): void;
  measure(key: string, height: number): void;
  /** Where the row at this place begins; of the number of rows, the height of all. */
  top(index: number): number;
  total(): number;
  /** The last row that begins at or above `y`; 0 where there is none. */
  indexAt(y: number): number;
  indexOf(key: string): number | undefined;
}

export function createHeights<Row extends Keyed>(guess: (row: Row) => number): Heights<Row> {
  const measured = new Map<string, number>();
  let rows: readonly Row[] = [];
  let places = new Map<string, number>();
  let tops = new Float64Array(1);
  /** Tops from this place on are to be counted anew. */
  let staleFrom = 0;

  const settle = () => {
    for (let index = staleFrom; index < rows.length; index += 1) {
      const row = rows[index];
      if (row) tops[index + 1] = (tops[index] ?? 0) + (measured.get(row.key) ?? guess(row));
    }
    staleFrom = rows.length;
  };

  return {
    setRows(next) {
      if (next === rows) return;
      rows = next;
      places = new Map(next.map((row, index) => [row.key, index]));
      if (tops.length < next.length + 1) tops = new Float64Array(2 * next.length + 1);
      staleFrom = 0;
      // Heights of what is gone would pile up in a page that stays open.
      if (measured.size > 2 * next.length + 500) for (const key of measured.keys()) if (!places.has(key)) measured.delete(key);
    },
    measure(key, height) {
      if (measured.get(key) === height) return;
      measured.set(key, height);
      staleFrom = Math.min(staleFrom, places.get(key) ?? staleFrom);
    },
    top(index) {
      settle();
      return tops[Math.min(index, rows.length)] ?? 0;
    },
    total() {
      settle();
      return tops[rows.length] ?? 0;
    },
    indexAt(y) {
      settle();
      let low = 0;
      let high = rows.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((tops[middle] ?? 0) <= y) low = middle;
        else high = middle - 1;
      }
      return Math.max(low, 0);
    },
    indexOf: (key) => places.get(key),
  };
}
