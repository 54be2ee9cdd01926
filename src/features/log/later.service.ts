import DataLoader from 'dataloader';
import { createAttached } from '../../kernel/attached.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';

const changesAbove = createStatement((tx, slot: Slots<{ heads: readonly (readonly [logId: number, rev: number])[] }>) =>
  tx.db
    .selectFrom('Entry')
    .select('logId')
    .where(slot.oneOf(['logId', 'rev >'], 'heads'))
    .where((eb) => eb.or([eb('kind', '!=', 'SENT'), eb('people', 'is not', null)])),
);

interface Asked {
  readonly logId: number;
  readonly rev: number;
}

/** What was asked at one moment: one question for all, and of a log mostly the same one from several sides. */
interface Asking {
  readonly loader: DataLoader<Asked, boolean>;
  readonly known: Map<number, Asked & { readonly answer: Promise<boolean> }>;
}

const asking = createAttached<Tx, Asking>();

/**
 * Whether nothing but messages was added to a log above a rev, by which nobody joined or left: then every message that stands there up to that rev is as
 * it was then, and so is who may see it. May say no where that is not sure.
 */
export async function isUnchangedSince(tx: Tx, logId: number, rev: number): Promise<boolean> {
  const { loader, known } = askingIn(tx);
  const asked = known.get(logId);
  if (asked && asked.rev <= rev) return await asked.answer;
  const answer = loader.load({ logId, rev });
  known.set(logId, { logId, rev, answer });
  return await answer;
}

function askingIn(tx: Tx): Asking {
  let found = asking.get(tx);
  if (!found) {
    const load = async (asked: readonly Asked[]): Promise<boolean[]> => {
      const rows = await changesAbove(tx, { heads: asked.map(({ logId, rev }) => [logId, rev]) });
      const changed = new Set(rows.map(({ logId }) => logId));
      return asked.map(({ logId }) => !changed.has(logId));
    };
    found = { loader: new DataLoader(load, { cache: false }), known: new Map() };
    asking.set(tx, found);
  }
  return found;
}
