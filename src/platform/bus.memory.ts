import { type Bus, type Channel, isMessageOf, type Topics } from './bus.ts';

/** A bus inside one process. Messages arrive in a later turn of the event loop, as they would from a network. */
export function createMemoryBus(): Bus {
  const listeners = new Map<Channel, Set<(message: Topics[Channel]) => void>>();
  return {
    publish(channel, message) {
      setImmediate(() => {
        for (const listener of [...(listeners.get(channel) ?? [])]) listener(message);
      });
    },
    async subscribe(channel, listener) {
      const mine = (message: Topics[Channel]) => {
        if (isMessageOf(channel, message)) listener(message);
      };
      const set = listeners.get(channel) ?? new Set();
      listeners.set(channel, set.add(mine));
      return () => {
        set.delete(mine);
        if (set.size === 0 && listeners.get(channel) === set) listeners.delete(channel);
      };
    },
    onRestored: () => () => {},
    ping: async () => {},
    close: async () => listeners.clear(),
  };
}
