/** How often something may be done: so often in so many seconds, and `burst` more which come again in the time that the rate takes for as many. */
export interface Rate {
  readonly points: number;
  readonly seconds: number;
  readonly burst: number;
}

const units: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };

/** The longest time of a rate, and of the burst of one: a timer that is to wait for longer than 24 days goes off at once. */
const longestSeconds = 20 * 86_400;

/** A rate as people write it: `5/s+30` is 5 a second and a burst of 30; `10/15min` is 10 in a quarter of an hour. Null where it is none. */
export function rateOf(text: string): Rate | null {
  const [, many, count = '1', unit = '', more = '0'] = /^(\d{1,9})\/(\d{1,7})?(s|min|h|d)(?:\+(\d{1,9}))?$/.exec(text) ?? [];
  if (many === undefined) return null;
  const rate = { points: Number(many), seconds: Number(count) * (units[unit] ?? 1), burst: Number(more) };
  return rate.points > 0 && rate.seconds > 0 && rate.seconds <= longestSeconds && burstSecondsOf(rate) <= longestSeconds ? rate : null;
}

/** In how many seconds a burst comes again. */
export function burstSecondsOf({ points, seconds, burst }: Rate): number {
  return Math.ceil((burst * seconds) / points);
}

/** The buckets out of which is taken whatever callers do, by name, each with its rate unless RATES says otherwise: the one place where these numbers stand. */
export const usualRates = {
  cost: '150000/30s',
  costOfAddress: '150000/30s',
  costOfVisitor: '60000/30s',
  costOfAgent: '300000/30s',
  costOfKey: '1500000/30s',
  fileOfAddress: '60000/min',
  operationOfKey: '200/s+1000',
  send: '5/s+30',
  sendOfAgent: '10/s+60',
  sendOfVisitor: '1/s+10',
  firstWords: '20/h',
  firstWordsOfAgent: '500/h',
  firstWordsOfVisitor: '5/h',
  unansweredSend: '30/h',
  notice: '100/s+1000',
  noticeOfPerson: '20/d',
  register: '1/min+25',
  registerVisitor: '10/min+40',
  wrongLogin: '10/15min',
  wrongLoginOfAddress: '100/15min',
  wrongLoginOfName: '100/h',
  wrongPassword: '10/15min',
  refreshOfSession: '10/min',
  refreshOfAddress: '1200/min',
  identify: '30/min',
  identifyOfAddress: '600/min',
  friendRequest: '20/h',
  joinGroup: '20/h',
  createGroup: '10/h',
  upload: '300/h',
  uploadOfVisitor: '30/h',
  invite: '200/h',
  search: '2/s+10',
  edit: '2/s+20',
  mutation: '5/s+30',
  mutationOfVisitor: '2/s+20',
  refusedOfAddress: '20/min',
  refusedOfVisitors: '10/min',
  socketOfAddress: '1000/min',
  socketOfUser: '60/min',
  frameOfSocket: '50/s+200',
  operationOfSocket: '600/min+100',
} as const satisfies Readonly<Record<string, string>>;

/** Buckets for those who bring a proof of work when another one is empty: ten times as many as that. */
const tenfold = { registerWithProof: 'register', registerVisitorWithProof: 'registerVisitor' } as const satisfies Readonly<
  Record<string, keyof typeof usualRates>
>;

/** The name of a bucket. */
export type Bucket = keyof typeof usualRates | keyof typeof tenfold;

/**
 * The buckets that nodes count by themselves and tell each other of in portions, because out of them is taken with nearly everything that is done: all
 * nodes together may let a fifth more pass. All others are exact.
 */
export const portioned: ReadonlySet<Bucket> = new Set([
  'cost',
  'costOfAddress',
  'costOfVisitor',
  'costOfAgent',
  'costOfKey',
  'fileOfAddress',
  'operationOfKey',
  'send',
  'sendOfAgent',
  'sendOfVisitor',
  'notice',
  'search',
  'edit',
  'mutation',
  'mutationOfVisitor',
]);

/** What each bucket gives. */
export type Rates = Readonly<Record<Bucket, Rate>>;

/** All names of buckets. */
export const buckets: readonly Bucket[] = Object.keys({ ...usualRates, ...tenfold }).filter(isBucket);

function isBucket(name: string): name is Bucket {
  return name in usualRates || name in tenfold;
}

/** The rates with those that a text changes, such as `send=10/s+60,search=1/s+5`. What is wrong in it is told to `onProblem`. */
export function ratesOf(text: string, onProblem: (problem: string) => void): Rates {
  const changed = new Map<string, string>();
  for (const part of text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)) {
    const [name = '', rate = ''] = part.split('=', 2).map((each) => each.trim());
    if (!Object.hasOwn(usualRates, name)) onProblem(`has no bucket of that name: there are ${Object.keys(usualRates).join(', ')}`);
    else if (rateOf(rate) === null) onProblem(`must say ${name} as a rate such as 5/s+30 (5 a second, and a burst of 30) or 10/15min, of at most 20 days`);
    changed.set(name, rate);
  }
  const rateFor = (name: keyof typeof usualRates): Rate => rateOf(changed.get(name) ?? usualRates[name]) ?? { points: 1, seconds: 1, burst: 0 };
  const tenTimes = ({ points, seconds, burst }: Rate): Rate => ({ points: points * 10, seconds, burst: burst * 10 });
  const rates = Object.fromEntries(buckets.map((name) => [name, isTenfold(name) ? tenTimes(rateFor(tenfold[name])) : rateFor(name)]));
  if (!isWhole(rates)) throw new TypeError('a bucket has no rate');
  return rates;
}

function isTenfold(name: Bucket): name is keyof typeof tenfold {
  return name in tenfold;
}

function isWhole(rates: Readonly<Record<string, Rate>>): rates is Rates {
  return buckets.every((name) => name in rates);
}
