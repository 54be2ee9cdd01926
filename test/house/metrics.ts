/** The metrics that expressions name, without what Prometheus adds to the name of a histogram. */
export function namesIn(text: string): string[] {
  const names = [...text.matchAll(/\b(?:parley|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
  return [...new Set(names)].sort();
}
