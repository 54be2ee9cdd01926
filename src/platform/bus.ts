/** Something was written into a log: whoever serves it looks. The log is the truth, a bell only says when to look. */
export interface Bell {
  readonly kind: 'BELL';
  readonly logId: number;
  readonly rev: number;
  /** What was written there, where that is little: whoever understands it need not look. Nodes of before do not say it, and do not hear it. */
  readonly told?: unknown;
}

/** A session of the user ended or changed: whoever holds its sockets checks it again. */
export interface SessionSignal {
  readonly kind: 'SESSION';
}

/** Somebody writes in a conversation. Never stored. */
export interface TypingSignal {
  readonly kind: 'TYPING';
  readonly logId: number;
  readonly userId: number;
  /** How many messages that person had sent there by then: one more, and the typing is over. Nodes of before do not say it. */
  readonly sent?: number;
}

/** A group is gone: whoever listens in it looks once more. It stands in the log as well; this is for those who follow no log. */
export interface DissolvedSignal {
  readonly kind: 'DISSOLVED';
  readonly logId: number;
}

/** Somebody's connections changed: whoever watches looks at the store. */
export interface PresenceSignal {
  readonly kind: 'PRESENCE';
  readonly userId: number;
}

/** The topic map: which channel carries what. A `user:` channel rings for one's own affairs and for DIRECT conversations, a `log:` channel for a group. */
export interface Topics {
  readonly [channel: `user:${number}`]: Bell | SessionSignal | TypingSignal;
  readonly [channel: `log:${number}`]: Bell | TypingSignal | DissolvedSignal;
  readonly [channel: `presence:${number}`]: PresenceSignal;
}

/** A channel of the bus. */
export type Channel = keyof Topics;

/** Ends a subscription. Calling it again does nothing. */
export type Unsubscribe = () => void;

/** Carries short messages between nodes, at most once, in no promised order: nothing may depend on one arriving. */
export interface Bus {
  /** Sends to all nodes, this one included. Never throws and never waits: a message that cannot be sent is lost. */
  publish<C extends Channel>(channel: C, message: Topics[C]): void;
  /**
   * Listens to a channel. Resolves when messages that are published from now on will be heard; while the carrier is away it resolves
   * all the same, and the channel is heard again when the carrier is back.
   */
  subscribe<C extends Channel>(channel: C, listener: (message: Topics[C]) => void): Promise<Unsubscribe>;
  /** Calls back whenever the carrier is back after it was away: bells may have been lost meanwhile. */
  onRestored(listener: () => void): Unsubscribe;
  /** Names the carrier: nodes that give the same name hear each other, others do not. Throws `UNAVAILABLE` while it is away. */
  identity(): Promise<string>;
  /** Resolves where the carrier answers, throws `UNAVAILABLE` otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

type Kind = Topics[Channel]['kind'];

/** What each message holds beside its kind: numbers, all of them. */
const numbersOf = { BELL: ['logId', 'rev'], SESSION: [], TYPING: ['logId', 'userId'], DISSOLVED: ['logId'], PRESENCE: ['userId'] } as const satisfies Record<
  Kind,
  readonly string[]
>;

const kindsOf: Readonly<Record<string, readonly Kind[]>> = {
  user: ['BELL', 'SESSION', 'TYPING'],
  log: ['BELL', 'TYPING', 'DISSOLVED'],
  presence: ['PRESENCE'],
};

/** Whether a value that came from the carrier is a message of this channel. */
export function isMessageOf<C extends Channel>(channel: C, value: unknown): value is Topics[C] {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const kind = kindsOf[channel.slice(0, channel.indexOf(':'))]?.find((name) => name === value.kind);
  const members = new Map(Object.entries(value));
  return kind !== undefined && numbersOf[kind].every((name) => Number.isSafeInteger(members.get(name)));
}
