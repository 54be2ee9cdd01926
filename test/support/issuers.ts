import { createHmac, createSign, generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { SignJWT } from 'jose';
import jwt from 'jsonwebtoken';
import type { IdentifyInput, IdentifyMutation } from '../generated/graphql.ts';
import { IdentifyDocument } from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { type Caller, dataOf, type HttpAnswer } from './client.ts';
import { type Person, personOf } from './people.ts';

/** A secret of the environment. */
export const identitySecret = 'what the back end of the operator signs with';

/** The environment of a server that takes proofs over `identitySecret`. */
export const secretEnv = { IDENTITY_SECRET: identitySecret } as const;

/** What a proof says. */
export type Claims = Readonly<Record<string, unknown>>;

/** Seconds since 1970. */
export const secondsNow = (): number => Math.floor(Date.now() / 1000);

/** What a good proof says of somebody, for the provider of the environment. */
export function goodClaims(sub: string, more: Claims = {}): Record<string, unknown> {
  return { sub, aud: 'default', iat: secondsNow(), exp: secondsNow() + 600, ...more };
}

/** A proof over a secret, by jsonwebtoken. */
export function proofBySecret(claims: Claims, secret: string = identitySecret): string {
  return jwt.sign({ ...claims }, secret, { algorithm: 'HS256' });
}

/** A proof over a secret, by jose. */
export async function proofByJose(claims: Claims, secret: string = identitySecret): Promise<string> {
  return await new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));
}

/** A key of an identity provider, as it publishes it and as it signs. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256' | 'EdDSA';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JsonWebKey & { readonly kid: string; readonly alg: string; readonly use: string };
}

/** A new key. */
export function createSigningKey(alg: SigningKey['alg'] = 'ES256', kid: string = randomUUID()): SigningKey {
  const { privateKey, publicKey } = pairOf(alg);
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

function pairOf(alg: SigningKey['alg']): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (alg === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
}

/** A proof by a key, by jose. */
export async function proofByKey(key: SigningKey, claims: Claims, header: Claims = {}): Promise<string> {
  return await new SignJWT({ ...claims }).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
}

const encoded = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** What no library would sign: any header and any payload over a secret. */
export function rawBySecret(header: unknown, payload: unknown, secret: string | Buffer = identitySecret): string {
  const body = `${encoded(header)}.${encoded(payload)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

/** Likewise by a key. */
export function rawByKey(key: SigningKey, header: unknown, payload: unknown): string {
  const body = `${encoded(header)}.${encoded(payload)}`;
  const signature =
    key.alg === 'EdDSA'
      ? sign(null, Buffer.from(body), key.privateKey)
      : createSign('sha256').update(body).sign({ key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${body}.${signature.toString('base64url')}`;
}

/** What without a signature would be a proof. */
export function unsigned(header: unknown, payload: unknown): string {
  return `${encoded(header)}.${encoded(payload)}.`;
}

/** Brings a proof, and gives the answer. */
export async function identify(app: TestApp, proof: string, input: Partial<IdentifyInput> = {}, caller?: Caller): Promise<HttpAnswer<IdentifyMutation>> {
  return await app.execute(IdentifyDocument, { input: { proof, ...input } }, caller);
}

/** Comes in by a proof that has to be good. */
export async function comeIn(app: TestApp, proof: string, input: Partial<IdentifyInput> = {}): Promise<Person> {
  return personOf(app, dataOf(await identify(app, proof, input)).identify);
}
