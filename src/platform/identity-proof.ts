import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { isCleanText, isLonger } from '../kernel/texts.ts';

/** Who vouches for people, and how that is judged. */
export type Voucher =
  | {
      readonly kind: 'SECRET' /** As they were told, the present one first: their bytes in UTF-8 are the key. */;
      readonly secrets: readonly string[];
      readonly audience: string;
    }
  | {
      readonly kind: 'JWKS';
      readonly keys: (kid: string | undefined) => Promise<JWTVerifyGetKey>;
      readonly issuer: string;
      readonly audience: string;
    };

/** What a proof says that is good. */
export interface Proven {
  readonly externalId: string;
  /** When it was made, in milliseconds. */
  readonly issuedAt: number;
  /** Everything that it says, for what is optional. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The most characters of the name by which a provider knows somebody. */
export const externalIdLimit = 128;

/** A proof has fewer characters. */
export const proofLimit = 8192;

/** By how many seconds the clock of whoever makes proofs may be wrong. */
export const graceSeconds = 60;

/** How many seconds ahead a proof may end. */
export const longestAhead = { SECRET: 3_600, JWKS: 86_400 } as const;

const algorithms = { SECRET: ['HS256'], JWKS: ['RS256', 'ES256', 'EdDSA'] } as const;

/** What a proof may call itself; one that is made for something else, such as a logout, says so. */
const forms: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'application/jwt', 'at+jwt']);

/**
 * What a proof says, or null where it is not good for whatever reason: nobody is told which. `now` is the time of the database in milliseconds. Rejects only
 * where the keys cannot be had.
 */
export async function readProof(proof: string, voucher: Voucher, now: number): Promise<Proven | null> {
  if (proof.length >= proofLimit) return null;
  const told = toldBy(proof);
  // Before anybody is asked for keys: what cannot be good whoever signed it is not worth a question.
  if (told === null || !isWellFormed(told.header, voucher) || provenBy(told.claims, voucher, now) === null) return null;
  const { kid } = told.header;
  const keys =
    voucher.kind === 'SECRET' ? voucher.secrets.map((secret) => Buffer.from(secret, 'utf8')) : [await voucher.keys(typeof kid === 'string' ? kid : undefined)];
  for (const key of keys) {
    const claims = await verified(proof, key, voucher, now);
    if (claims !== null) return provenBy(claims, voucher, now);
  }
  return null;
}

/** What it says of itself, which anybody may have written. */
function toldBy(proof: string) {
  try {
    return { header: decodeProtectedHeader(proof), claims: decodeJwt(proof) };
  } catch {
    return null;
  }
}

function isWellFormed(header: ReturnType<typeof decodeProtectedHeader>, { kind }: Voucher): boolean {
  const { alg } = header;
  // The library gives what stands there, of whatever type.
  const typ: unknown = header.typ;
  const form = typeof typ === 'string' ? typ.toLowerCase() : typ;
  // Nothing of what a header can ask for beside its algorithm and its key is served: not even what the library could.
  return algorithms[kind].some((one) => one === alg) && forms.has(form) && !('crit' in header) && !('b64' in header) && !('cty' in header);
}

async function verified(proof: string, key: Buffer | JWTVerifyGetKey, voucher: Voucher, now: number): Promise<JWTPayload | null> {
  const { kind, audience } = voucher;
  const options = {
    algorithms: [...algorithms[kind]],
    audience,
    ...(voucher.kind === 'JWKS' && { issuer: voucher.issuer }),
    requiredClaims: ['sub', 'iat', 'exp'],
    currentDate: new Date(now),
    clockTolerance: graceSeconds,
  };
  try {
    const { payload } = typeof key === 'function' ? await jwtVerify(proof, key, options) : await jwtVerify(proof, key, options);
    return payload;
  } catch (error) {
    // Keys that the library cannot use, such as short ones, are errors of other kinds.
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}

/** What the claims say, where they are as they have to be. The library looks at times and audiences as well, but not at how far ahead they are. */
function provenBy(claims: JWTPayload, voucher: Voucher, now: number): Proven | null {
  const { sub, iat, exp, nbf, aud, iss } = claims;
  if (typeof sub !== 'string' || sub === '' || isLonger(sub, externalIdLimit) || !isCleanText(sub)) return null;
  const seconds = now / 1000;
  // Before 1970 nobody has made one: what is far before it fits into no column.
  const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
  if (!isTime(iat) || iat > seconds + graceSeconds) return null;
  if (!isTime(exp) || exp <= seconds - graceSeconds || exp > seconds + longestAhead[voucher.kind] + graceSeconds) return null;
  if (nbf !== undefined && !(isTime(nbf) && nbf <= seconds + graceSeconds)) return null;
  if (!(Array.isArray(aud) ? aud : [aud]).includes(voucher.audience)) return null;
  if (voucher.kind === 'JWKS' && iss !== voucher.issuer) return null;
  return { externalId: sub, issuedAt: Math.floor(iat * 1000), claims };
}
