import { createAttached } from '../kernel/attached.ts';
import { AppError } from '../kernel/errors.ts';
import type { Context } from './context.ts';

type Read = Context['read'];

/** What one operation, or the run of one event, may still read, whether it is answered or not: what is read for it is in memory before anything of it can be counted. */
export interface ReadBudget {
  /** Why it may read nothing more; null while it may. */
  over(): AppError | null;
  /** Counts the characters of the long texts in what was read. Throws where they are too many, and from then on. */
  spend(found: unknown): void;
  /** Calls once they are too many. */
  onOver(listener: (reason: AppError) => void): void;
}

/** Makes the budget of one run. */
export function createReadBudget(most: number): ReadBudget {
  let spent = 0;
  let reason: AppError | null = null;
  let listener: ((reason: AppError) => void) | null = null;
  return {
    over: () => reason,
    onOver(called) {
      listener = called;
    },
    spend(found) {
      spent += charactersIn(found);
      if (spent <= most) return;
      if (reason === null) {
        reason = new AppError(
          'BAD_QUERY',
          {},
          { zh: `读取的内容不能超过 ${most} 个字符，请减少查询的内容`, en: `What is read for this may have at most ${most} characters: ask for less` },
        );
        listener?.(reason);
      }
      throw reason;
    },
  };
}

const budgeted = createAttached<Read, { readonly read: Read; readonly plain: Read; readonly budget: ReadBudget }>();

/** Reads for one run: what is found is taken from its budget. `shared` is how it reads together with others. */
export function readWithin(budget: ReadBudget, read: Read, shared = read): Read {
  const counting: Read = async (work) => {
    const over = budget.over();
    if (over) throw over;
    const found = await read(work);
    budget.spend(found);
    return found;
  };
  budgeted.set(counting, { read: shared, plain: read, budget });
  return counting;
}

/** How a run reads together with others, and what it has to pay from for its part. */
export function sharedReadOf({ read }: Pick<Context, 'read'>): { readonly read: Read; readonly budget: ReadBudget | null } {
  return budgeted.get(read) ?? { read, budget: null };
}

/** Reads past the budget: for a search, which bounds by itself how much it looks at and has in memory, and keeps no more of it than a page. */
export function plainReadOf({ read }: Pick<Context, 'read'>): Read {
  return budgeted.get(read)?.plain ?? read;
}

/** Shorter texts, such as names and ids, are bounded by the rows. */
const shortText = 128;

/** Rows are flat, and stand in pages of lists at most. */
const deepest = 8;

function charactersIn(found: unknown, depth = 0): number {
  if (typeof found === 'string') return found.length > shortText ? found.length : 0;
  if (typeof found !== 'object' || found === null || depth > deepest) return 0;
  let characters = 0;
  if (found instanceof Map) for (const value of found.values()) characters += charactersIn(value, depth + 1);
  else if (Array.isArray(found)) for (const value of found) characters += charactersIn(value, depth + 1);
  else for (const key in found) characters += charactersIn(Reflect.get(found, key), depth + 1);
  return characters;
}
