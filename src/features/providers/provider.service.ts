import { randomUUID } from 'node:crypto';
import { ConfigError } from '../../config.ts';
import { AppError, badInput } from '../../kernel/errors.ts';
import type { IdentitySettings, OwnProvider } from '../../kernel/identity-settings.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { type Database, isDuplicate, type Tx } from '../../platform/database.ts';
import type { Voucher } from '../../platform/identity-proof.ts';
import type { Keys } from '../../platform/keys.ts';
import type { PublicKeys } from '../../platform/public-keys.ts';
import type { AuditService, AuditValues } from '../audit/audit.service.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { lockAdmin } from '../users/admin.service.ts';
import type { ProviderRow } from './provider.entity.ts';
import { changedProvider, newProviderKey, ofEnvironment, ownKey, type ProviderInput, type ProviderSettings, providersMost } from './provider.policy.ts';
import { newProviderSecret, openedSecret, sealedSecret } from './provider-secret.policy.ts';

/** A secret that was just made, and is told this once. */
export interface MadeProviderSecret {
  readonly secret: string;
  readonly provider: ProviderRow;
}

/** Who vouches for people: what admins and the environment say of it. */
export interface ProviderService {
  /**
   * Writes down what the environment says, and seals secrets anew that only the secret before opens. Throws a `ConfigError` where somebody came by the
   * provider of the environment and that is another one by now.
   */
  prepare(): Promise<void>;
  /** How proofs of a provider are judged; null where it has no secret that this server knows, or this node's environment says something else. */
  voucherOf(provider: ProviderRow): Promise<Voucher | null>;
  /** Makes one, or changes the one with this uuid. Throws what `changedProvider` does, `NOT_FOUND`, `CONFLICT` where there are too many, and `FORBIDDEN`. */
  save(viewer: Viewer, uuid: string | null, input: ProviderInput): Promise<ProviderRow>;
  /** Makes a new secret; the one until now stays good beside it, unless it is dropped. Throws `NOT_FOUND`, `CONFLICT` for that of the environment, `BAD_USER_INPUT` for a JWKS. */
  rotate(viewer: Viewer, uuid: string, dropsPrevious: boolean): Promise<MadeProviderSecret>;
  /** All of them, in the order in which they were made. */
  list(tx: Tx): Promise<ProviderRow[]>;
  /** For admins; null for everybody else. */
  find(tx: Tx, viewer: Viewer | null, uuid: string): Promise<ProviderRow | null>;
}

/** What the service stands on. */
export interface ProviderServiceParts {
  readonly settings: IdentitySettings;
  readonly database: Database;
  readonly log: LogService;
  readonly audit: AuditService;
  readonly keys: Keys;
  readonly publicKeys: PublicKeys;
  /** Told of the key of a provider whose secret cannot be opened, because TOKEN_SECRET is another one. */
  readonly onLostSecret: (providerKey: string) => void;
}

/**
 * The provider with this key, enabled or not, or where none is named the only one that is enabled. Throws for `provider` `NOT_FOUND` where there is none, and
 * `BAD_USER_INPUT` where none is named and there are several.
 */
export async function findProvider(tx: Tx, key: string | null): Promise<ProviderRow> {
  const all = tx.db.selectFrom('Provider').selectAll().orderBy('id').limit(2);
  const found = await (key === null ? all.where('enabled', '=', 1) : all.where('key', '=', key)).execute();
  // A database may take other texts for the same.
  const [only, ...others] = key === null ? found : found.filter((row) => row.key === key);
  if (only === undefined) throw new AppError('NOT_FOUND', { field: 'provider' }, { zh: '没有这个身份提供方', en: 'There is no such provider' });
  if (others.length > 0) throw badInput('provider', { zh: '有多个身份提供方，请指明其中一个', en: 'There are several providers: name one' });
  return only;
}

/** Makes the service. */
export function createProviderService({ settings, database, log, audit, keys, publicKeys, onLostSecret }: ProviderServiceParts): ProviderService {
  const own = settings.provider;

  const requireRow = async (writer: LogWriter, uuid: string): Promise<ProviderRow> => {
    const row = await writer.db.selectFrom('Provider').selectAll().where('uuid', '=', uuid).modifyEnd(writer.dialect.forUpdate).executeTakeFirst();
    if (!row) throw new AppError('NOT_FOUND');
    return row;
  };

  const prepareOwn = () =>
    log.write(async (writer) => {
      const row = await writer.db.selectFrom('Provider').selectAll().where('key', '=', ownKey).modifyEnd(writer.dialect.forUpdate).executeTakeFirst();
      const wanted = own && settingsOf(own);
      if (row && wanted && row.usedAt !== null) requireSame(row, wanted);
      const { now } = await writer.stamp();
      if (!row && wanted) await insert(writer, { ...wanted, key: ownKey, createdAt: now });
      const changes = wanted ?? { enabled: 0 as const };
      if (row) await writer.db.updateTable('Provider').set(changes).where('id', '=', row.id).execute();
    });

  const sealAnew = (id: number) =>
    database.transaction(async (tx) => {
      const row = await tx.db.selectFrom('Provider').selectAll().where('id', '=', id).modifyEnd(tx.dialect.forUpdate).executeTakeFirst();
      if (!row) return;
      const anew = async (sealed: string | null) => {
        const opened = sealed === null ? null : await openedSecret(keys, sealed);
        if (sealed !== null && opened === null) onLostSecret(row.key);
        return opened?.isOld ? await sealedSecret(keys, opened.secret) : sealed;
      };
      const changes = { secret: await anew(row.secret), previousSecret: await anew(row.previousSecret) };
      if (changes.secret !== row.secret || changes.previousSecret !== row.previousSecret)
        await tx.db.updateTable('Provider').set(changes).where('id', '=', id).execute();
    });

  return {
    async prepare() {
      await prepareOwn().catch((error: unknown) => {
        // Another node that starts at the same moment was faster.
        if (!isDuplicate(error)) throw error;
        return prepareOwn();
      });
      const sealed = await database.read((tx) => tx.db.selectFrom('Provider').select('id').where('secret', 'is not', null).limit(providersMost).execute());
      for (const { id } of sealed) await sealAnew(id);
    },

    async voucherOf(provider) {
      const { key, kind, jwksUrl, issuer, audience } = provider;
      if (key === ownKey) {
        if (own === null || own.kind !== kind || settingsOf(own).issuer !== issuer) return null;
        return own.kind === 'SECRET' ? { kind: 'SECRET', secrets: own.secrets, audience: key } : jwksVoucher(publicKeys, own);
      }
      if (kind === 'JWKS') return jwksUrl === null || issuer === null || audience === null ? null : jwksVoucher(publicKeys, { jwksUrl, issuer, audience });
      const opened = await Promise.all([provider.secret, provider.previousSecret].map((sealed) => sealed && openedSecret(keys, sealed)));
      const secrets = opened.flatMap((one) => (one ? [one.secret] : []));
      return secrets.length === 0 ? null : { kind: 'SECRET', secrets, audience: key };
    },

    save: (viewer, uuid, input) =>
      log.write(async (writer) => {
        // Whoever makes one waits at the first one: two admins at once would each count without that of the other.
        if (uuid === null) await writer.db.selectFrom('Provider').select('id').orderBy('id').limit(1).modifyEnd(writer.dialect.forUpdate).execute();
        const before = uuid === null ? null : await requireRow(writer, uuid);
        const after = changedProvider(before, input, settings.allowsPrivate);
        await lockAdmin(writer, viewer);
        if (before && isSame(before, after)) return before;
        const { now } = await writer.stamp();
        const row = before ? await update(writer, before, after) : await insertBounded(writer, { ...after, key: newProviderKey(after.name), createdAt: now });
        await audit.record(writer, {
          by: viewer,
          action: before ? 'provider.update' : 'provider.create',
          target: { type: 'Provider', key: row.uuid },
          reason: null,
          change: before ? changeOf(before, after) : { after: { key: row.key, ...shown(after) } },
        });
        return row;
      }),

    async rotate(viewer, uuid, dropsPrevious) {
      const secret = newProviderSecret();
      const sealed = await sealedSecret(keys, secret);
      const provider = await log.write(async (writer) => {
        const row = await requireRow(writer, uuid);
        if (row.key === ownKey) throw ofEnvironment();
        if (row.kind !== 'SECRET') throw badInput('id', { zh: '这个身份提供方没有密钥', en: 'This provider has no secret: it publishes its keys' });
        await lockAdmin(writer, viewer);
        const { now } = await writer.stamp();
        const previous = dropsPrevious ? { previousSecret: null, previousSetAt: null } : { previousSecret: row.secret, previousSetAt: row.secretSetAt };
        const changes = { ...previous, secret: sealed, secretSetAt: now };
        await writer.db.updateTable('Provider').set(changes).where('id', '=', row.id).execute();
        await audit.record(writer, {
          by: viewer,
          action: 'provider.rotate',
          target: { type: 'Provider', key: uuid },
          reason: null,
          change: { after: { dropsPrevious } },
        });
        return { ...row, ...changes };
      });
      return { secret, provider };
    },

    list: (tx) => tx.db.selectFrom('Provider').selectAll().orderBy('id').limit(providersMost).execute(),

    async find(tx, viewer, uuid) {
      if (viewer?.role !== 'ADMIN') return null;
      return (await tx.db.selectFrom('Provider').selectAll().where('uuid', '=', uuid).executeTakeFirst()) ?? null;
    },
  };
}

function jwksVoucher(
  publicKeys: PublicKeys,
  { jwksUrl, issuer, audience }: { readonly jwksUrl: string; readonly issuer: string; readonly audience: string },
): Voucher {
  return { kind: 'JWKS', keys: (kid) => publicKeys.keysAt(jwksUrl, kid), issuer, audience };
}

/** What stands in the table of the provider of the environment; not its secrets. */
function settingsOf(own: OwnProvider): ProviderSettings {
  const { jwksUrl, issuer, audience } = own.kind === 'JWKS' ? own : { jwksUrl: null, issuer: null, audience: null };
  return { name: ownKey, kind: own.kind, jwksUrl, issuer, audience, enabled: 1 };
}

function requireSame(row: ProviderRow, wanted: ProviderSettings): void {
  const advice = 'people have come by the provider of the environment, and the ids of another one are other people: make a new provider by saveProvider';
  if (row.kind !== wanted.kind)
    throw new ConfigError([`${wanted.kind === 'SECRET' ? 'IDENTITY_SECRET' : 'IDENTITY_JWKS'}: must not take the place of a ${row.kind}; ${advice}`]);
  if (row.issuer !== wanted.issuer) throw new ConfigError([`IDENTITY_ISSUER: must stay "${row.issuer}"; ${advice}`]);
}

const settingNames = ['name', 'kind', 'jwksUrl', 'issuer', 'audience', 'enabled'] as const;

function isSame(before: ProviderSettings, after: ProviderSettings): boolean {
  return settingNames.every((name) => before[name] === after[name]);
}

function shown({ enabled, ...settings }: ProviderSettings): AuditValues {
  const { name, kind, jwksUrl, issuer, audience } = settings;
  return { name, kind, jwksUrl, issuer, audience, enabled: enabled === 1 };
}

function changeOf(before: ProviderSettings, after: ProviderSettings) {
  const [was, is] = [shown(before), shown(after)];
  const different = (values: AuditValues) => Object.fromEntries(Object.entries(values).filter(([name]) => was[name] !== is[name]));
  return { before: different(was), after: different(is) };
}

const noSecrets = { secret: null, secretSetAt: null, previousSecret: null, previousSetAt: null };

async function insert(writer: LogWriter, fields: ProviderSettings & Pick<ProviderRow, 'key' | 'createdAt'>): Promise<ProviderRow> {
  const row = { uuid: randomUUID(), ...fields, ...noSecrets, usedAt: null };
  await writer.db
    .insertInto('Provider')
    .values({ ...row })
    .execute();
  return await writer.db.selectFrom('Provider').selectAll().where('uuid', '=', row.uuid).executeTakeFirstOrThrow();
}

async function insertBounded(writer: LogWriter, fields: Parameters<typeof insert>[1]): Promise<ProviderRow> {
  const there = await writer.db.selectFrom('Provider').select('id').limit(providersMost).execute();
  if (there.length >= providersMost)
    throw new AppError(
      'CONFLICT',
      {},
      { zh: `最多 ${providersMost} 个身份提供方`, en: `There may be at most ${providersMost} providers: change one that is not used` },
    );
  return await insert(writer, fields);
}

async function update(writer: LogWriter, before: ProviderRow, after: ProviderSettings): Promise<ProviderRow> {
  // A secret is of no use to what has published keys, and what comes back to a secret gets a new one.
  const changes = after.kind === before.kind ? after : { ...after, ...noSecrets };
  await writer.db.updateTable('Provider').set(changes).where('id', '=', before.id).execute();
  return { ...before, ...changes };
}
