import { getCACertificates } from 'node:tls';

let known: readonly string[] | null = null;

/** Whose certificates are believed: the authorities that Node knows, those of the system, and those of NODE_EXTRA_CA_CERTS. */
export function authorities(): string[] {
  known ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return [...known];
}
