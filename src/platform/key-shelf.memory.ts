import { createRecent } from '../kernel/recent.ts';
import { type KeyShelf, keptMs, restMs, type Turn } from './key-shelf.ts';

/** A shelf inside one process. */
export function createMemoryKeyShelf(): KeyShelf {
  const kept = createRecent<{ readonly text: string; readonly at: number }>({ entries: 500, together: 16_777_216, longest: 131_072 });
  const turns = createRecent<{ readonly turn: Turn; readonly until: number }>({ entries: 500, together: 500, longest: 1 });
  return {
    async read(url) {
      const found = kept.get(url);
      const ageMs = found ? performance.now() - found.at : 0;
      return found && ageMs < keptMs ? { text: found.text, ageMs } : null;
    },
    async keep(url, text) {
      kept.put(url, { text, at: performance.now() }, text.length + url.length);
    },
    async begin(url) {
      const held = turns.get(url);
      if (held && held.until > performance.now()) return held.turn;
      turns.put(url, { turn: 'ASKING', until: performance.now() + restMs }, 1);
      return 'YOURS';
    },
    async end(url, how) {
      turns.put(url, { turn: 'RESTING', until: how === 'REST' ? performance.now() + restMs : 0 }, 1);
    },
  };
}
