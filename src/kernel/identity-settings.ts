import { z } from 'zod';
import { url } from './setting-forms.ts';

const secret = (more = '') =>
  z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, { error: `must have at least 32 bytes${more}` })
    .optional();

const name = z.string().max(255).optional();

/** Those variables of the environment that say who vouches for people. */
export const identityVariables = {
  IDENTITY_SECRET: secret('; make one with: openssl rand -base64 48'),
  IDENTITY_SECRET_PREVIOUS: secret(),
  IDENTITY_JWKS: url('http:', 'https:').pipe(z.string().max(2048)).optional(),
  IDENTITY_ISSUER: name,
  IDENTITY_AUDIENCE: name,
  IDENTITY_PRIVATE: z
    .enum(['on', 'off'])
    .transform((value) => value === 'on')
    .default(false),
} as const;

type IdentityEnvironment = z.infer<z.ZodObject<typeof identityVariables>>;

/** The provider of the environment: who vouches for people without an admin's hand. */
export type OwnProvider =
  | { readonly kind: 'SECRET' /** The present one, and the one before it. */; readonly secrets: readonly string[] }
  | { readonly kind: 'JWKS'; readonly jwksUrl: string; readonly issuer: string; readonly audience: string };

/** What these variables say. */
export interface IdentitySettings {
  /** Null: there is none. */
  readonly provider: OwnProvider | null;
  /** Whether keys of providers may come by http, and from addresses of the own network. */
  readonly allowsPrivate: boolean;
}

/** What these variables say. */
export function identityOf(env: IdentityEnvironment): IdentitySettings {
  return { provider: providerOf(env), allowsPrivate: env.IDENTITY_PRIVATE };
}

function providerOf(env: IdentityEnvironment): OwnProvider | null {
  const { IDENTITY_SECRET: present, IDENTITY_SECRET_PREVIOUS: previous, IDENTITY_JWKS: jwksUrl, IDENTITY_ISSUER: issuer, IDENTITY_AUDIENCE: audience } = env;
  if (present !== undefined) return { kind: 'SECRET', secrets: previous === undefined ? [present] : [present, previous] };
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return null;
  return { kind: 'JWKS', jwksUrl: new URL(jwksUrl).href, issuer, audience };
}

/** What is wrong with these variables together, with those that it is about. */
export function identityClashes(env: IdentityEnvironment): { readonly about: readonly (keyof IdentityEnvironment)[]; readonly problem: string }[] {
  const ofJwks = ['IDENTITY_JWKS', 'IDENTITY_ISSUER', 'IDENTITY_AUDIENCE'] as const;
  const given = ofJwks.filter((name) => env[name] !== undefined);
  const missing = ofJwks.find((name) => env[name] === undefined);
  const clashes: ReturnType<typeof identityClashes> = [];
  if (env.IDENTITY_SECRET !== undefined && given[0] !== undefined)
    clashes.push({
      about: ['IDENTITY_SECRET', ...ofJwks],
      problem: `${given[0]}: leave it out where IDENTITY_SECRET is set; further providers are made by saveProvider`,
    });
  else if (given.length > 0 && missing !== undefined)
    clashes.push({ about: ofJwks, problem: `${missing}: set IDENTITY_JWKS, IDENTITY_ISSUER and IDENTITY_AUDIENCE together, or none of them` });
  if (env.IDENTITY_SECRET_PREVIOUS !== undefined && env.IDENTITY_SECRET === undefined)
    clashes.push({ about: ['IDENTITY_SECRET', 'IDENTITY_SECRET_PREVIOUS'], problem: 'IDENTITY_SECRET_PREVIOUS: set it only beside IDENTITY_SECRET' });
  if (!env.IDENTITY_PRIVATE && env.IDENTITY_JWKS !== undefined && new URL(env.IDENTITY_JWKS).protocol !== 'https:')
    clashes.push({ about: ['IDENTITY_JWKS', 'IDENTITY_PRIVATE'], problem: 'IDENTITY_JWKS: must begin with https://, unless IDENTITY_PRIVATE is on' });
  return clashes;
}
