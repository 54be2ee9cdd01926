import type { Parley } from 'parley-client';

/** Comes in, without asking for a proof where the page has a session already. `proofFor` asks your back end, where the person has logged in. */
export async function comeIn(parley: Parley, proofFor: () => Promise<string>): Promise<void> {
  if (!(await parley.restore())) await parley.identify({ proof: await proofFor() });
}
