import { registerHooks } from 'node:module';

/**
 * Whoever imports a module of src gets another one in its place; only the other one gets the original. `path` is from src, `replacement` the
 * address of the other module.
 */
export function replaceModule(path: string, replacement: string): void {
  const original = new URL(`../../../src/${path}`, import.meta.url).href;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      return resolved.url === original && context.parentURL !== replacement ? { ...resolved, url: replacement } : resolved;
    },
  });
}
