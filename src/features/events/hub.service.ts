import { setTimeout as sleep } from 'node:timers/promises';
import type { Bell } from '../../platform/bus.ts';
import { isDatabaseAway } from '../../platform/database.ts';
import { noMetrics } from '../../platform/metrics.ts';
import type { ConversationKind } from '../conversations/conversation.entity.ts';
import { type EntryRow, peopleOf } from '../log/log.service.ts';
import { createEpochClosing } from './epoch-closing.service.ts';
import { newHere, provesAll } from './finding.service.ts';
import { type LogPage, type Membership, type Pass, readAllHeads, readLogPage, readLogsOfPeople } from './replay.service.ts';
import { type LogListener, type Round, roundsOf } from './round.service.ts';
import type { Hub, HubParts, Person, Served } from './served.service.ts';
import { createTelling } from './telling.service.ts';

const pageSize = 500;

/** The longest pause between two tries to read a log, in milliseconds. */
const longestBlock = 8000;

/** The first one before a log that could not be read is tried again. */
const firstFaultMs = 500;

/** Whether somebody's membership holds at a rev. */
function covers(membership: Membership, rev: number): boolean {
  return membership.active && rev >= membership.stateRev;
}

/** Makes the hub of a node. */
export function createHub(parts: HubParts): Hub {
  const { database, bus, onFault, compareMs, metrics = noMetrics, readAhead, isWide = () => false } = parts;
  const people = new Map<number, Person>();
  /** Those of them whose DIRECT conversations are not known one by one: nobody leaves such a one, so that whom it is of says it all. */
  const wide = new Map<number, Person>();
  const served = new Map<number, Served>();
  const passes = new Map<number, Pass>();
  /** Logs whose pass must be through before `given` may move: else it would move past entries that nobody got. */
  const awaited = new Set<number>();
  /** Logs that cannot be read at present: nothing waits for them but `given`, which stays where it is. */
  const unreadable = new Set<number>();
  /** Logs that were not served when they were compared last: what was written before is no hole. */
  const fresh = new Set<number>();
  const stopping = new AbortController();
  const givenEntries = new WeakSet<EntryRow>();
  let given = 0;
  /** Where `given` is about to move: who begins to be served now is not in what was compared. */
  let comparedTo = 0;
  let wake: () => void = () => {};
  let hurry = false;
  let idle: () => void = () => {};
  let running: Promise<void> = Promise.resolve();

  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
  const passed = (logId: number) => {
    awaited.delete(logId);
    unreadable.delete(logId);
    if (awaited.size === 0) idle();
  };

  /** One's own log is served as long as one listens. */
  const isServed = (logId: number) => served.has(logId) || people.has(logId);

  const serve = (logId: number, userId: number, person: Person, membership: Membership) => {
    let log = served.get(logId);
    if (!log) {
      // DIRECT and SYSTEM conversations ring, like own logs, on the channels of their people, which `attach` listens to.
      const bells = membership.kind === 'GROUP' ? bus.subscribe(`log:${logId}`, (message) => message.kind === 'BELL' && bell(message)) : null;
      log = { seats: new Map(), bells };
      served.set(logId, log);
      fresh.add(logId);
    }
    const seat = log.seats.get(userId);
    if (seat) seat.membership = membership;
    else log.seats.set(userId, { person, membership });
  };

  /** Whether a log is, or may be, a DIRECT conversation of somebody wide who is here: they have no seat in it. */
  const isForWide = ({ people: both }: Pass) => wide.size > 0 && (both === null || both.some((userId) => wide.has(userId)));

  const leave = (logId: number) => {
    passes.delete(logId);
    passed(logId);
  };

  const unserve = (logId: number, userId: number) => {
    const log = served.get(logId);
    const kind = log?.seats.get(userId)?.membership.kind;
    if (!log?.seats.delete(userId) || log.seats.size > 0) return;
    served.delete(logId);
    const pass = passes.get(logId);
    if (!pass || kind !== 'DIRECT' || !isForWide(pass)) leave(logId);
    // Where listening has failed there is nothing to end.
    log.bells?.then((unsubscribe) => unsubscribe()).catch(() => {});
  };

  /**
   * The newest word wins: that with the highest rev of the conversation's log. With `must`, the conversation is read from where this node
   * stands: somebody's live streams want it from the join on.
   */
  const setMember = (userId: number, membership: Membership, must: boolean): boolean => {
    const person = people.get(userId);
    if (!person || (person.isWide && membership.kind === 'DIRECT' && membership.active)) return false;
    const known = person.memberships.get(membership.logId);
    if (known && known.stateRev >= membership.stateRev) return false;
    person.memberships.set(membership.logId, membership);
    if (!membership.active) {
      unserve(membership.logId, userId);
      return false;
    }
    // Of what is dissolved already whoever comes now finds the last entry in their replay.
    if (membership.isOver && !must) return false;
    serve(membership.logId, userId, person, membership);
    if (must) {
      // Of two who join at once the first one's pass may be beyond the join already, and nothing of it was for the second: back to the join.
      // Streams that have got an entry skip it.
      const pass = passes.get(membership.logId);
      if (pass && pass.last !== null) pass.last = Math.min(pass.last, membership.stateRev - 1);
      ensure(membership.logId, 0, true);
    }
    return true;
  };

  const bell = ({ logId, rev, told }: Bell) => {
    if (told !== undefined && isServed(logId)) telling.hear(logId, rev, told);
    if (isServed(logId)) ensure(logId, rev, false);
  };

  /** A bell on somebody's own channel, which may be of a conversation of which nothing was told here yet. */
  const bellOf = (userId: number, message: Bell) => {
    const person = people.get(userId);
    // What rings there is of a log that is served, or of one of their DIRECT conversations.
    if (!person || isServed(message.logId)) bell(message);
    else if (person.isWide) ensure(message.logId, message.rev);
    else person.isEarly = true;
  };

  /** Brings a log at least up to a rev. With `must`, `given` waits for it. */
  const ensure = (logId: number, rev: number, must = false) => {
    let pass = passes.get(logId);
    if (!pass) {
      pass = { last: null, target: rev, again: false, busy: false, epoch: 0, people: null, told: [] };
      passes.set(logId, pass);
    }
    pass.target = Math.max(pass.target, rev);
    if (must) {
      if (!unreadable.has(logId)) awaited.add(logId);
      pass.again = true;
    }
    if (!pass.busy && (pass.again || pass.last === null || pass.target > pass.last)) {
      pass.busy = true;
      void runPass(logId, pass);
    }
  };

  const telling = createTelling(parts, passes, { given: () => given, ensure });
  const { clock } = telling;
  const closeEpoch = createEpochClosing({ clock, metrics, pause, onFault });

  /** One reader for each log: strictly by rev, in pages. */
  const runPass = async (logId: number, pass: Pass) => {
    const current = () => passes.get(logId) === pass && !stopping.signal.aborted;
    let faults = 0;
    while (current()) {
      const needsPeople = wide.size > 0 && pass.people === null;
      const told = pass.again || needsPeople ? null : telling.next(pass);
      pass.again = false;
      const standsAt = given;
      let page: LogPage;
      try {
        page = told ?? (await database.read((tx) => readLogPage(tx, logId, pass.last, standsAt, pageSize, needsPeople)));
      } catch (error) {
        if (faults === 0) onFault(error);
        if (!current()) return;
        pass.again = true;
        // The other logs are compared and read on meanwhile.
        passed(logId);
        if (!isServed(logId) && !isForWide(pass)) return leave(logId);
        unreadable.add(logId);
        // A database that was away is asked soon: what it holds back then is everybody's.
        await pause(isDatabaseAway(error) ? firstFaultMs : Math.min(longestBlock, firstFaultMs * 2 ** faults));
        faults += 1;
        continue;
      }
      if (!current()) return;
      faults = 0;
      pass.people ??= page.people;
      // Somebody wide has come while it was read: what is given has to be theirs too.
      if (wide.size > 0 && pass.people === null) {
        pass.again = true;
        continue;
      }
      if (unreadable.delete(logId)) awaited.add(logId);
      pass.last ??= page.from - 1;
      // What is missing in the middle of a log was pruned: nobody waits for it, and it never comes.
      if (pass.last === page.from - 1) pass.last = (page.entries[0]?.rev ?? page.from) - 1;
      for (const round of roundsOf(page.entries)) {
        const give = () => {
          // While it was read ahead, somebody may have come who wants the log from further back.
          if (!current() || pass.last !== round.entries[0].rev - 1) return;
          pass.last = round.last.rev;
          pass.epoch = round.last.epoch;
          dispatch(round, page.kinds, pass.people ?? []);
        };
        const ahead = pass.last === round.entries[0].rev - 1 && readAheadOf(round, pass.people ?? [], give);
        if (ahead) await ahead;
        if (!current()) return;
      }
      if (page.entries.length === pageSize || pass.again) continue;
      // A bell may be ahead of what this connection can see for a moment; the comparison finds what it meant.
      if (page.entries.length === 0 || pass.last >= pass.target) break;
    }
    pass.target = pass.last ?? 0;
    pass.busy = false;
    if (passes.get(logId) === pass) passed(logId);
  };

  /** Reads ahead what a round shows, where there are readers for that; else it is given at once. */
  const readAheadOf = (round: Round, bothPeople: readonly number[], give: () => void): Promise<void> | void => {
    for (const entry of round.entries) givenEntries.add(entry);
    const isForMany = round.isLast && !round.changesMembers && !people.has(round.logId);
    const ahead = isForMany && readAhead?.(round, (call) => forAll(round, bothPeople, call), give);
    return ahead || give();
  };

  /** Calls for all streams to which a round is given. Reader by reader, and not entry by entry: what belongs to each is touched once. */
  const forAll = ({ logId, entries: [first] }: Round, bothPeople: readonly number[], call: (listener: LogListener) => void) => {
    for (const listener of people.get(logId)?.listeners ?? []) call(listener);
    if (wide.size > 0) for (const userId of bothPeople) for (const listener of wide.get(userId)?.listeners ?? []) call(listener);
    for (const { person, membership } of served.get(logId)?.seats.values() ?? [])
      if (covers(membership, first.rev)) for (const listener of person.listeners) call(listener);
  };

  /** Membership is part of the log: it takes effect in order, between the entries. */
  const dispatch = (round: Round, kinds: ReadonlyMap<number, ConversationKind>, bothPeople: readonly number[]) => {
    const { entries, logId } = round;
    const [entry] = entries;
    if ((entry.kind === 'JOINED' || entry.kind === 'LEFT') && entry.aboutId !== null && entry.aboutRev !== null) {
      const kind = kinds.get(entry.aboutId) ?? 'DIRECT';
      setMember(logId, { logId: entry.aboutId, stateRev: entry.aboutRev, active: entry.kind === 'JOINED', kind }, true);
    }
    if (entry.people !== null) {
      // The notice and the entry after it both name the people; what they say holds from the notice on.
      const { joined, left } = peopleOf(entry);
      const change = { logId, stateRev: entry.aboutRev ?? entry.rev, kind: 'GROUP' } as const;
      for (const userId of joined) setMember(userId, { ...change, active: true }, true);
      for (const userId of left) setMember(userId, { ...change, active: false }, true);
    }
    metrics.add('eventsGiven', {}, entries.length);
    forAll(round, bothPeople, (listener) => tell(listener, round));
    // Nothing comes after it, and nobody needs to hear of that.
    if (entry.kind === 'DISSOLVED') for (const userId of [...(served.get(logId)?.seats.keys() ?? [])]) unserve(logId, userId);
  };

  /** What a stream makes of a round is no other one's matter. */
  const tell = (listener: LogListener, round: Round) => {
    try {
      listener.round(round);
    } catch (error) {
      onFault(error);
    }
  };

  const isMember = (userId: number, logId: number, rev: number): boolean => {
    if (userId === logId) return true;
    const person = people.get(userId);
    const membership = person?.memberships.get(logId);
    return membership === undefined ? person?.isWide === true : covers(membership, rev);
  };

  const compare = async () => {
    // The epoch first, then the heads: in the other order an entry that commits between the two would be taken for given.
    const { n } = await database.read((tx) => clock.read(tx));
    if (people.size > 0) {
      const heads = await database.read((tx) => readAllHeads(tx, given));
      // After the heads: so nothing of theirs is passed over that was written before these were read.
      const ofWide = wide.size === 0 ? null : await database.read((tx) => readLogsOfPeople(tx, given, [...wide.keys()]));
      for (const { logId, lastRev } of heads) {
        if (isServed(logId) && !fresh.has(logId) && (passes.get(logId)?.target ?? -1) < lastRev) metrics.add('holesHealed', {});
        if ((isServed(logId) || ofWide?.has(logId)) && (passes.get(logId)?.last ?? -1) < lastRev) ensure(logId, lastRev, true);
      }
      // Only what was written in the open epoch can keep lists of streams long: a quiet server closes nothing.
      if (heads.some(({ lastEpoch }) => lastEpoch >= n)) void closeEpoch();
      fresh.clear();
    }
    comparedTo = n - 1;
    while (awaited.size > 0 && !stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    }
    // What was not read would be taken for given.
    if (unreadable.size === 0) given = Math.max(given, n - 1);
    for (const [logId, pass] of passes) if (!pass.busy && pass.epoch <= given) passes.delete(logId);
  };

  /** Compares at once; where a comparison is under way, once more after it: it may have begun, and failed, before the service was back. */
  const compareSoon = () => {
    hurry = true;
    wake();
  };

  const compareForEver = async () => {
    while (!stopping.signal.aborted) {
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      if (!hurry) await Promise.race([pause(compareMs), woken]);
      if (stopping.signal.aborted) return;
      hurry = false;
      await compare().catch(onFault);
    }
  };

  const load = (userId: number, memberships: readonly Membership[]): boolean => {
    const person = people.get(userId);
    // At first nobody is live: every stream of the user catches up by a snapshot that begins after this, so no log has to be read for it.
    const must = person?.loaded === true;
    if (person) [person.loaded, person.loadedBy] = [true, null];
    return memberships.map((membership) => setMember(userId, membership, must)).includes(true);
  };

  return {
    async attach(listener) {
      const { userId } = listener;
      let person = people.get(userId);
      if (!person) {
        person = { listeners: [], memberships: new Map(), bells: null, loaded: false, loadedBy: null, isEarly: false, isWide: isWide(userId) };
        people.set(userId, person);
        if (person.isWide) wide.set(userId, person);
        fresh.add(userId);
      }
      if (!person.listeners.includes(listener)) person.listeners = [...person.listeners, listener];
      const bells = person.bells ?? bus.subscribe(`user:${userId}`, (message) => message.kind === 'BELL' && bellOf(userId, message));
      person.bells = bells;
      try {
        await bells;
      } catch (error) {
        if (person.bells === bells) person.bells = null;
        throw error;
      }
    },
    detach(listener) {
      const person = people.get(listener.userId);
      if (!person?.listeners.includes(listener)) return;
      person.listeners = person.listeners.filter((each) => each !== listener);
      if (person.listeners.length > 0) return;
      people.delete(listener.userId);
      wide.delete(listener.userId);
      leave(listener.userId);
      for (const logId of person.memberships.keys()) unserve(logId, listener.userId);
      person.bells?.then((unsubscribe) => unsubscribe()).catch(() => {});
    },
    isLoaded: (userId) => people.get(userId)?.loaded === true,
    isWide: (userId) => people.get(userId)?.isWide ?? isWide(userId),
    load,
    loadFound(userId, found) {
      const person = people.get(userId);
      // Another stream of theirs was first, by another snapshot. This one may be older than that, or newer than what is given: so it proves nothing.
      if (person?.loaded && person.loadedBy !== found.memberships) {
        load(userId, found.memberships);
        return false;
      }
      const proves = provesAll(found, Math.max(given, comparedTo), passes);
      const begun = newHere(found, (logId) => logId === userId || served.has(logId), passes, wide.size > 0);
      load(userId, found.memberships);
      if (proves) for (const [logId, pass] of begun.passes) passes.set(logId, pass);
      // Bells that have rung before this, or ring until the node hears them, are lost: what they meant is looked for.
      if (person?.isEarly || begun.groups.length > 0) void Promise.allSettled(begun.groups.map((logId) => served.get(logId)?.bells)).then(compareSoon);
      if (person) [person.loadedBy, person.isEarly] = [found.memberships, false];
      return proves;
    },
    isMember,
    wasGiven: (entry) => givenEntries.has(entry),
    hear: (told) => isServed(told.logId) && telling.take(told),
    given: () => given,
    async closeEpoch() {
      await closeEpoch();
      wake();
    },
    async start() {
      await clock.prepare();
      given = (await database.read((tx) => clock.read(tx))).n - 1;
      bus.onRestored(compareSoon);
      database.onRestored(compareSoon);
      running = compareForEver();
    },
    async stop() {
      stopping.abort();
      wake();
      idle();
      await running;
    },
  };
}
