import { AppError } from '../../kernel/errors.ts';
import { optionalName } from '../../kernel/names.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { readProof } from '../../platform/identity-proof.ts';
import type { Keys } from '../../platform/keys.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import { untilSettled } from '../../platform/settling.ts';
import { deviceNameLimit } from '../auth/auth.service.ts';
import type { Caller } from '../auth/caller.policy.ts';
import { deviceHashes } from '../auth/credentials.policy.ts';
import { becomeUser, lockIfThere, visitorOfDevice } from '../auth/newcomer.service.ts';
import type { SessionService } from '../auth/session.service.ts';
import type { IssuedTokens, SessionWriter } from '../auth/session-writer.service.ts';
import { changeAvatarUrl } from '../files/avatar.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import type { ProviderRow } from '../providers/provider.entity.ts';
import { findProvider, type ProviderService } from '../providers/provider.service.ts';
import { keptName } from '../users/kept-name.policy.ts';
import type { UserRow } from '../users/user.entity.ts';
import { lockUser, requireEnabled } from '../users/user.service.ts';
import type { ExternalPersonRow } from './external-person.entity.ts';
import { externalKeyOf } from './external-person.policy.ts';
import { bindExternal, makeExternal, markUsed, requireUnchanged } from './external-person.service.ts';
import { mayBeReached } from './identity.policy.ts';
import { profileOf } from './profile.policy.ts';
import { followProof, type ToldByProof } from './profile.service.ts';

type Text = string | null | undefined;

/** Somebody for whom a provider vouches. */
export interface IdentifyInput {
  /** The key of the provider. Needed where there are several. */
  readonly provider?: Text;
  readonly proof: string;
  /** The id of a visitor's device, which is used up. */
  readonly deviceId?: Text;
  /** How the session is named in lists, at most 100 characters. */
  readonly device?: Text;
}

/** How people come in for whom somebody else vouches. */
export interface IdentityService {
  /**
   * A new session of whoever a proof is about, who is made at the first one: the visitor of the device becomes that user, unless there is one already. Throws
   * `IDENTITY_INVALID` for whatever is no good proof, or is about somebody whom no proof leads to; `USER_DISABLED`; `RATE_LIMITED`; `BAD_USER_INPUT` for
   * `device`, and for `provider` where there are several; `UNAVAILABLE` where the keys of the provider cannot be had.
   */
  identify(input: IdentifyInput, caller: Pick<Caller, 'address'>): Promise<IssuedTokens>;
}

/** What the service stands on. The two store, in the transaction in which it happens, what is still to be done. */
export interface IdentityServiceParts {
  readonly database: Database;
  readonly keys: Keys;
  readonly sessions: SessionService;
  readonly providers: ProviderService;
  readonly limiter: RateLimiter;
  /** About a profile that has changed. */
  readonly onProfile: (writer: LogWriter, userId: number) => Promise<void>;
  /** About a visitor who has become a user. */
  readonly onRegistered: (writer: LogWriter, userId: number) => Promise<void>;
}

/** Somebody, as a good proof says. */
interface Somebody extends ToldByProof {
  readonly provider: ProviderRow;
  readonly externalId: string;
  readonly device: string | null;
}

/** Makes the service. */
export function createIdentityService({ database, keys, sessions, providers, limiter, onProfile, onRegistered }: IdentityServiceParts): IdentityService {
  const invalid = () => new AppError('IDENTITY_INVALID');

  const requireProvider = async (key: string | null): Promise<{ readonly provider: ProviderRow; readonly now: number }> => {
    try {
      return await database.read(async (tx) => ({ provider: await findProvider(tx, key), now: await timeOf(tx) }));
    } catch (error) {
      throw error instanceof AppError && error.code === 'NOT_FOUND' ? invalid() : error;
    }
  };

  const prove = async ({ provider: key = null, proof }: IdentifyInput) => {
    const { provider, now } = await requireProvider(key);
    const voucher = provider.enabled === 1 ? await providers.voucherOf(provider) : null;
    const proven = voucher && (await readProof(proof, voucher, now));
    if (!proven) throw invalid();
    const { externalId, issuedAt, claims } = proven;
    return { provider, externalId, issuedAt, profile: profileOf(claims) };
  };

  /** Somebody whom there is, and the visitor at whose device they are. */
  const enter = (somebody: Somebody, userId: number, visitorId: number | null) =>
    sessions.write(async (writer) => {
      await requireUnchanged(writer, somebody.provider);
      await writer.lock(visitorId === null ? [userId] : [userId, visitorId]);
      const user = await lockUser(writer, userId);
      const person = await lockPerson(writer, somebody);
      if (person === null || !mayBeReached(user, somebody.provider)) throw invalid();
      requireEnabled(user);
      if (person.sessionsEndedAt !== null && somebody.issuedAt < person.sessionsEndedAt) throw invalid();
      const visitor = visitorId === null || visitorId === userId ? null : await lockIfThere(writer, visitorId);
      const present = await followProof(writer, person, user, somebody, onProfile);
      // What an admin has closed stays closed: with the device id a new visitor would come in.
      if (visitor && visitor.deviceHash !== null && visitor.enabled === 1) await leaveBehind(writer, visitor);
      return await writer.startSession(present, somebody.device, null);
    });

  const make = (somebody: Somebody) =>
    sessions.write(async (writer) => {
      const { provider, externalId, profile } = somebody;
      await markUsed(writer, provider);
      await requireUnchanged(writer, provider);
      const made = { nickname: profile.nickname ?? null, avatar: profile.avatar ?? null, traits: profile.traits ?? [] };
      const user = await makeExternal(writer, provider, externalId, made);
      await rememberProof(writer, user.id, somebody);
      return await writer.startSession(user, somebody.device, null);
    });

  /** Null where somebody else has turned the visitor into a user meanwhile. */
  const turn = (somebody: Somebody, visitorId: number) =>
    sessions.write(async (writer) => {
      const { provider, externalId, profile } = somebody;
      await markUsed(writer, provider);
      await requireUnchanged(writer, provider);
      const visitor = await lockIfThere(writer, visitorId);
      if (visitor === null || visitor.deviceHash === null) return null;
      requireEnabled(visitor);
      const { nickname = null, avatar: picture, traits = [] } = profile;
      const avatar = picture !== undefined && { avatar: (await changeAvatarUrl(writer, visitor.id, visitor.avatar, picture)) ?? picture };
      const user = await becomeUser(writer, visitor, { username: keptName('EXT'), passwordHash: null, nickname, ...avatar }, onRegistered);
      await bindExternal(writer, provider, externalId, { userId: user.id, traits });
      await rememberProof(writer, user.id, somebody);
      return await writer.startSession(user, somebody.device, null);
    });

  return {
    async identify(input, { address }) {
      const device = optionalName('device', input.device, deviceNameLimit);
      // A bad proof counts for the address, and so does somebody who is new. Whoever is known is counted by who they are, and kept out by no neighbour.
      const countForAddress = () => limiter.take('identifyOfAddress', [address]);
      const proven = await prove(input).catch(async (error: unknown) => {
        await countForAddress();
        throw error;
      });
      await limiter.take('identify', [proven.provider.uuid, proven.externalId]);
      let isCounted = false;
      const somebody = { ...proven, device };
      const hashes = input.deviceId ? deviceHashes(keys, input.deviceId) : null;
      return await untilSettled(async () => {
        const { known, visitor } = await database.read(async (tx) => ({
          known: await personOf(tx, somebody).executeTakeFirst(),
          visitor: hashes && (await visitorOfDevice(tx, hashes)),
        }));
        if (known) return await enter(somebody, known.userId, visitor?.id ?? null);
        if (!isCounted) await countForAddress();
        isCounted = true;
        return visitor ? await turn(somebody, visitor.id) : await make(somebody);
      });
    },
  };
}

async function timeOf({ db, dialect }: Tx): Promise<number> {
  const { now } = await db.selectNoFrom(dialect.now.as('now')).executeTakeFirstOrThrow();
  return Number(now);
}

const personOf = (tx: Tx, { provider, externalId }: Pick<Somebody, 'provider' | 'externalId'>) =>
  tx.db.selectFrom('ExternalPerson').selectAll().where('providerId', '=', provider.id).where('externalKey', '=', externalKeyOf(externalId));

async function lockPerson(writer: LogWriter, somebody: Somebody): Promise<ExternalPersonRow | null> {
  return (await personOf(writer, somebody).modifyEnd(writer.dialect.forUpdate).executeTakeFirst()) ?? null;
}

async function rememberProof(writer: LogWriter, userId: number, { issuedAt }: ToldByProof): Promise<void> {
  await writer.db.updateTable('ExternalPerson').set({ profileAt: issuedAt }).where('userId', '=', userId).execute();
}

/** The visitor of a device at which somebody else is from now on: it stays as it is, and nobody comes in as it any more. */
async function leaveBehind(writer: SessionWriter, visitor: UserRow): Promise<void> {
  await writer.stamp();
  const left = { ...visitor, deviceHash: null };
  await writer.db.updateTable('User').set({ deviceHash: null }).where('id', '=', visitor.id).execute();
  await writer.endSessions(left, 'REGISTERED');
}
