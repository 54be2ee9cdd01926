import { randomUUID } from 'node:crypto';
import { type Bus, type Channel, isMessageOf, type Topics } from './bus.ts';

/** Whoever listens to one channel. A class and not closures: somebody who is connected listens to several. */
class Listening<C extends Channel> {
  private readonly channel: C;
  private readonly listener: (message: Topics[C]) => void;

  constructor(channel: C, listener: (message: Topics[C]) => void) {
    this.channel = channel;
    this.listener = listener;
  }

  hear(message: Topics[Channel]): void {
    if (isMessageOf(this.channel, message)) this.listener(message);
  }
}

/** A bus inside one process. Messages arrive in a later turn of the event loop, as they would from a network. */
export function createMemoryBus(): Bus {
  /** Few for each channel, so a Set would be larger than what is in it. Never changed in place: who hears may be the reason that somebody stops. */
  const listeners = new Map<Channel, readonly Pick<Listening<Channel>, 'hear'>[]>();
  const identity = randomUUID();
  return {
    publish(channel, message) {
      setImmediate(() => {
        for (const listening of listeners.get(channel) ?? []) listening.hear(message);
      });
    },
    async subscribe(channel, listener) {
      const mine = new Listening(channel, listener);
      listeners.set(channel, [...(listeners.get(channel) ?? []), mine]);
      return () => {
        const others = listeners.get(channel)?.filter((each) => each !== mine) ?? [];
        if (others.length > 0) listeners.set(channel, others);
        else listeners.delete(channel);
      };
    },
    onRestored: () => () => {},
    identity: async () => identity,
    ping: async () => {},
    close: async () => listeners.clear(),
  };
}
