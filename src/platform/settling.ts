import { AppError } from '../kernel/errors.ts';
import { isDuplicate } from './database.ts';

const attempts = 10;

/** Tries again from the start what gives null, or a duplicate, because somebody else was faster. Throws `UNAVAILABLE` where somebody always is. */
export async function untilSettled<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let count = 1; count <= attempts; count += 1) {
    try {
      const result = await attempt();
      if (result !== null) return result;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }
  throw new AppError('UNAVAILABLE');
}
