import { Buffer } from 'node:buffer';
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { AppError } from '../kernel/errors.ts';
import { parseUuid } from '../kernel/ids.ts';
import { createRecent } from '../kernel/recent.ts';
import type { Keys } from './keys.ts';

/** What a pair of tokens is made from. The same facts give the same pair, as long as the keys are the same. Times are milliseconds. */
export interface TokenFacts {
  readonly userUuid: string;
  readonly sessionUuid: string;
  /** How many times the session was refreshed. */
  readonly generation: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** A token and the refresh token that goes with it. */
export interface TokenPair {
  readonly token: string;
  readonly refreshToken: string;
}

/** What a token with a good signature says. Whether it has expired (milliseconds) is left to the session check, which asks that later. */
export interface TokenClaims {
  readonly userUuid: string;
  readonly sessionUuid: string;
  readonly expiresAt: number;
}

/** What a refresh token with a good mac says. */
export interface RefreshClaims {
  readonly sessionUuid: string;
  readonly generation: number;
}

/** Makes and reads tokens. They name the user and the session and hold nothing secret; nothing of them is stored. */
export interface Tokens {
  issue(facts: TokenFacts): TokenPair;
  /**
   * Throws `TOKEN_INVALID` for whatever is not a token of ours, whatever its bytes are. An expired one is read like the rest. With ONCE nothing is kept
   * of it, because it is not expected again.
   */
  verify(token: string, times?: 'ONCE' | 'OFTEN'): TokenClaims;
  /** Throws `TOKEN_INVALID` for whatever is not a refresh token of ours. */
  verifyRefresh(refreshToken: string): RefreshClaims;
}

const issuer = 'parley';
const audience = 'parley-api';
const longestToken = 4096;
const macLength = 32;

/**
 * Tokens are JWT (RFC 7519) signed with HS256 and no other algorithm; `iat` and `exp` are NumericDates with milliseconds.
 * A refresh token is the session's uuid (16 bytes), its generation (4 bytes) and an HMAC-SHA256 over both, in base64url.
 */
export function createTokens(keys: Keys): Tokens {
  const signing = createSecretKey(keys.current('token'));
  const accepted = keys.accepted('token').map((key) => createSecretKey(key));
  // Good ones only: the same bytes have the same signature for ever, and most requests come with a token that was seen just before.
  const verified = createRecent<TokenClaims>({ entries: 10_000, together: 4_194_304, longest: longestToken });
  return {
    issue({ userUuid, sessionUuid, generation, issuedAt, expiresAt }) {
      const claims = { iss: issuer, aud: audience, sub: userUuid, sid: sessionUuid, iat: issuedAt / 1000, exp: expiresAt / 1000 };
      const body = Buffer.alloc(20);
      body.write(sessionUuid.replaceAll('-', ''), 'hex');
      body.writeUInt32BE(generation, 16);
      const refreshToken = Buffer.concat([body, mac(keys.current('refresh'), body)]).toString('base64url');
      return { token: jwt.sign(claims, signing, { algorithm: 'HS256' }), refreshToken };
    },
    verify(token, times = 'OFTEN') {
      if (token.length > longestToken) throw new AppError('TOKEN_INVALID');
      const known = verified.get(token);
      if (known) return known;
      for (const key of accepted) {
        const claims = claimsOf(token, key);
        if (!claims) continue;
        if (times === 'OFTEN') verified.put(token, claims, token.length);
        return claims;
      }
      throw new AppError('TOKEN_INVALID');
    },
    verifyRefresh(refreshToken) {
      const bytes = refreshToken.length > longestToken ? Buffer.alloc(0) : Buffer.from(refreshToken, 'base64url');
      const body = bytes.subarray(0, 20);
      // Decoding skips what is not base64url, so that many texts mean the same bytes; only the one that was issued is good.
      const wellFormed = bytes.length === 20 + macLength && bytes.toString('base64url') === refreshToken;
      if (!wellFormed || !keys.accepted('refresh').some((key) => timingSafeEqual(mac(key, body), bytes.subarray(20)))) throw new AppError('TOKEN_INVALID');
      const sessionUuid = body.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      return { sessionUuid, generation: body.readUInt32BE(16) };
    },
  };
}

function mac(key: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest();
}

function claimsOf(token: string, key: ReturnType<typeof createSecretKey>): TokenClaims | null {
  let payload: unknown;
  try {
    payload = jwt.verify(token, key, { algorithms: ['HS256'], issuer, audience, ignoreExpiration: true });
  } catch {
    // The library throws several kinds of errors for bad bytes; a reader learns the same from all of them.
    return null;
  }
  if (typeof payload !== 'object' || payload === null || !('sub' in payload && 'sid' in payload && 'exp' in payload)) return null;
  const { sub, sid, exp } = payload;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number' || parseUuid(sub) !== sub || parseUuid(sid) !== sid) return null;
  return { userUuid: sub, sessionUuid: sid, expiresAt: Math.round(exp * 1000) };
}
