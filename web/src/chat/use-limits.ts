import { LimitsDocument } from 'parley-client/documents';
import { useEffect, useState } from 'preact/hooks';
import { parley } from '../app/parley.ts';

export type Limits = ReadonlyMap<string, number>;

const none: Limits = new Map();
let reading: Promise<Limits> | null = null;

async function read(): Promise<Limits> {
  const { serverInfo } = await parley.request(LimitsDocument, {});
  return new Map(serverInfo.limits.map(({ name, value }) => [name, value]));
}

/** The numbers of this server, read once for the page; empty until they are there. */
export function useLimits(): Limits {
  const [limits, setLimits] = useState(none);
  useEffect(() => {
    let isHere = true;
    reading ??= read();
    reading.then(
      (known) => isHere && setLimits(known),
      () => {
        reading = null;
      },
    );
    return () => {
      isHere = false;
    };
  }, []);
  return limits;
}
