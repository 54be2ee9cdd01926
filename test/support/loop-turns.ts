import { closeLater } from './lifetime.ts';

/** Counts turns of the event loop until the end of the test; gives how many there were. */
export function countTurns(): () => number {
  let turns = 0;
  const count = () => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  closeLater(() => clearImmediate(counting));
  return () => turns;
}
