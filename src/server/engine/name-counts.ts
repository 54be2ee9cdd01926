/** How often each name stands in a selection; names are numbers, so that counting them costs next to nothing. */
export interface NameCounts {
  readonly ids: readonly number[];
  readonly counts: readonly number[];
}

/** What names nothing. */
export const noNames: NameCounts = { ids: [], counts: [] };

/** A name in a selection: of a field, or of what it is called in the answer. */
interface Name {
  readonly id: number;
  /** The same name where it counts for every type; itself for such a one. */
  readonly forAll: number;
  readonly text: string;
  readonly isResponse: boolean;
}

/** Counts the names of one document. */
export interface NameCounter {
  /** A field of a selection. */
  field(name: string, response: string): NameCounts;
  /** The same names, where they count for one type only. */
  only(names: NameCounts, type: string): NameCounts;
  /** All together. `judge` is given each with how often it can stand there for any one type. */
  sum(parts: readonly NameCounts[], judge: (name: Name, count: number) => void): NameCounts;
}

/** Makes a counter. */
export function createNameCounter(): NameCounter {
  const known = new Map<string, Name>();
  const names: Name[] = [];
  const totals: number[] = [];

  const nameOf = (text: string, isResponse: boolean, type: string): Name => {
    const key = `${isResponse ? ':' : ''}${text} ${type}`;
    const found = known.get(key);
    if (found) return found;
    const forAll = type === '' ? null : nameOf(text, isResponse, '');
    const name = { id: names.length, forAll: forAll?.id ?? names.length, text, isResponse };
    known.set(key, name);
    names.push(name);
    totals.push(0);
    return name;
  };

  return {
    field: (name, response) => ({ ids: [nameOf(name, false, '').id, nameOf(response, true, '').id], counts: [1, 1] }),
    only({ ids, counts }, type) {
      return {
        ids: ids.map((id) => {
          const name = names[id];
          return name && name.forAll === id ? nameOf(name.text, name.isResponse, type).id : id;
        }),
        counts,
      };
    },
    sum(parts, judge) {
      const ids: number[] = [];
      for (const part of parts)
        for (let index = 0; index < part.ids.length; index += 1) {
          const id = part.ids[index] ?? 0;
          if (totals[id] === 0) ids.push(id);
          totals[id] = (totals[id] ?? 0) + (part.counts[index] ?? 0);
        }
      const counts = ids.map((id) => totals[id] ?? 0);
      const judged = ids.map((id) => {
        const forAll = names[id]?.forAll ?? id;
        return forAll === id ? (totals[id] ?? 0) : (totals[id] ?? 0) + (totals[forAll] ?? 0);
      });
      for (const id of ids) totals[id] = 0;
      for (let index = 0; index < ids.length; index += 1) {
        const name = names[ids[index] ?? 0];
        const count = judged[index] ?? 0;
        if (name && count > 1) judge(name, count);
      }
      return { ids, counts };
    },
  };
}
