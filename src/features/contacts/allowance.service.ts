import type { LogWriter } from '../log/log.service.ts';
import { readRelation, writeRelation } from './relation.service.ts';

/**
 * Lets two people write to each other: from now on as if each had written to the other, until they are unfriended. Whoever blocks the other blocks all
 * the same. Both are told that they may. The writer holds both own logs. False, and nothing is told, where it was so already.
 */
export async function letWrite(writer: LogWriter, oneId: number, otherId: number): Promise<boolean> {
  const ways = [
    { userId: oneId, otherId },
    { userId: otherId, otherId: oneId },
  ] as const;
  let isSo = true;
  for (const way of ways) isSo = (await readRelation(writer, way)).countsAsWritten === 1 && isSo;
  if (isSo) return false;
  await writer.stamp();
  for (const way of ways) {
    await writeRelation(writer, way, { countsAsWritten: 1 });
    writer.append(way.userId, { kind: 'PERSON', aboutId: way.otherId }, [way.userId]);
  }
  return true;
}
