/**
 * How many sockets each address has open on this node, and how many of them have shown no session yet. Of this node and not of all: what several nodes
 * keep together would go on counting the sockets of one that was killed.
 */
export interface OpenSockets {
  /** Counts one more, without a session; false where the address has as many as it may: then nothing is counted. */
  enter(address: string): boolean;
  /** One of them has shown its session. */
  know(address: string): void;
  /** One of them is over. */
  leave(address: string, isKnown: boolean): void;
}

/** How many an address may have. */
export interface OpenSocketsLimits {
  readonly mostOfAddress: number;
  readonly mostWithoutSession: number;
}

/** Makes the account. Nothing is kept of an address without sockets. */
export function createOpenSockets({ mostOfAddress, mostWithoutSession }: OpenSocketsLimits): OpenSockets {
  const addresses = new Map<string, { all: number; unknown: number }>();
  return {
    enter(address) {
      const open = addresses.get(address) ?? { all: 0, unknown: 0 };
      if (open.all >= mostOfAddress || open.unknown >= mostWithoutSession) return false;
      open.all += 1;
      open.unknown += 1;
      addresses.set(address, open);
      return true;
    },
    know(address) {
      const open = addresses.get(address);
      if (open) open.unknown -= 1;
    },
    leave(address, isKnown) {
      const open = addresses.get(address);
      if (!open) return;
      open.all -= 1;
      if (!isKnown) open.unknown -= 1;
      if (open.all === 0) addresses.delete(address);
    },
  };
}
