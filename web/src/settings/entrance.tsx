import type { EndReason } from 'parley-client';

/** Signing in, registering, visiting; says why the last session is over. */
export function Entrance({ reason }: { readonly reason: EndReason | null }) {
  return <main id="main">{reason}</main>;
}
