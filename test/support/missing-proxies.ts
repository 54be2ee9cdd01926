import { findBinary } from './database-server.ts';

/** The reverse proxies for which there is a file in deploy/. */
export const proxyNames = ['nginx', 'haproxy'] as const;

/** One of them. */
export type ProxyName = (typeof proxyNames)[number];

/** Those of them that this machine lacks. */
export function missingProxies(): ProxyName[] {
  return proxyNames.filter((name) => findBinary(name) === null);
}
