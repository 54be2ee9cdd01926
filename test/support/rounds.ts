import type { LogListener, Round } from '../../src/features/events/round.service.ts';
import type { EntryRow } from '../../src/features/log/log.service.ts';
import type { SharedEvent } from '../../src/graphql/event-source.ts';
import { Outbox } from '../../src/kernel/feed.ts';
import { payloadOf } from './fan-out.ts';

/** A stream that is live, of somebody who is in a conversation: what it makes of an entry is the payload with the number of its rev. */
export class LiveStream extends Outbox<unknown> implements LogListener {
  readonly userId: number;
  /** How many rounds the reader took at once. */
  taken = 0;
  private readonly crowd: Crowd;

  constructor(crowd: Crowd, userId: number) {
    super(100);
    this.crowd = crowd;
    this.userId = userId;
  }

  round(round: Round) {
    if (
      this.listener.ready?.(round) &&
      this.listener.take?.(
        `${this.userId}`,
        round.entries.map(({ rev }) => `.${rev}`),
      )
    )
      this.taken += 1;
    else for (const entry of round.entries) this.put({ ...this.foresee(entry), position: `${this.userId}.${entry.rev}` });
  }

  readerOf() {
    return this.listener;
  }

  foresee(entry: EntryRow) {
    return { ...payloadOf(entry.rev, { shared: this.crowd.sharedOf(entry) }), position: '' };
  }
}

/** Those who are in a conversation, in the order in which they get what is said. */
export class Crowd {
  readonly streams: LiveStream[] = [];
  private readonly logId: number;
  private readonly judge: SharedEvent['judge'];
  private readonly shared = new Map<number, SharedEvent>();
  private rev = 0;

  constructor(logId: number, judge: SharedEvent['judge'] = async () => 'EVERYBODY') {
    this.logId = logId;
    this.judge = judge;
  }

  enter(userId: number): LiveStream {
    const stream = new LiveStream(this, userId);
    this.streams.push(stream);
    return stream;
  }

  sharedOf({ rev }: EntryRow): SharedEvent {
    const shared = this.shared.get(rev) ?? { typename: 'Tick', judge: this.judge };
    this.shared.set(rev, shared);
    return shared;
  }

  /** So much more is said: as the hub does it. */
  say(count: number, readAhead: (round: Round, forAll: (call: (listener: LogListener) => void) => void, give: () => void) => Promise<void> | null) {
    const entryOf = (rev: number): EntryRow => ({
      logId: this.logId,
      rev,
      epoch: 1,
      at: 1,
      kind: 'SENT',
      seq: rev,
      aboutId: null,
      aboutRev: null,
      people: null,
    });
    const first = entryOf(this.rev + 1);
    const entries: Round['entries'] = [first, ...Array.from({ length: count - 1 }, (_, index) => entryOf(first.rev + index + 1))];
    this.rev += count;
    const round: Round = { logId: this.logId, entries, last: entries.at(-1) ?? first, changesMembers: false, isLast: true };
    const give = () => {
      for (const stream of [...this.streams]) stream.round(round);
    };
    const forAll = (call: (listener: LogListener) => void) => this.streams.forEach(call);
    return readAhead(round, forAll, give) ?? give();
  }
}
