/** Freezes a tree of objects, all the way down, and gives it. */
export function deepFreeze<T extends object>(tree: T): Readonly<T> {
  for (const value of Object.values(tree)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(tree);
}
