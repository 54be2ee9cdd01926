/** What this browser keeps for the page: small settings, none of them a secret. Where storage is forbidden nothing is kept, and nothing fails. */
export function readKept(name: string): string | null {
  try {
    return localStorage.getItem(`parley.${name}`);
  } catch {
    return null;
  }
}

/** Keeps it; null forgets it. */
export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`parley.${name}`);
    else localStorage.setItem(`parley.${name}`, value);
  } catch {
    // A page in a private window works without.
  }
}
