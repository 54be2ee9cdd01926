import { signal } from '@preact/signals';

/** The pages that have an address. The server gives the page for each of them; src/server/http/pages.ts has the same ones. */
const routes = ['/chats', '/people', '/groups', '/join', '/user', '/group', '/settings', '/sign-in', '/register'] as const;

/** The path that is shown, without query and hash. */
export const path = signal(location.pathname);

/** How many steps of this page lie behind, so that `back` never leaves it. */
let depth = 0;

addEventListener('popstate', (event) => {
  depth = typeof event.state?.depth === 'number' ? event.state.depth : 0;
  path.value = location.pathname;
});

/** Shows another path of the page. */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  const target = new URL(to, location.href);
  if (target.pathname === location.pathname && target.search === location.search) return;
  if (!options.replace) depth += 1;
  history[options.replace ? 'replaceState' : 'pushState']({ depth }, '', target);
  path.value = target.pathname;
}

/** Goes back where there is something of this page behind, else to `fallback`. */
export function back(fallback: string): void {
  if (depth > 0) history.back();
  else navigate(fallback, { replace: true });
}

type Names<P extends string> = P extends `${string}:${infer Name}/${infer Rest}` ? Name | Names<Rest> : P extends `${string}:${infer Name}` ? Name : never;
export type Params<P extends string> = Readonly<Record<Names<P>, string>>;

/** The parts of a path that the pattern names, such as `/chats/:id`; null where it is another path. */
export function match<P extends string>(pattern: P, of: string): Params<P> | null {
  const wanted = pattern.split('/');
  const given = of.replace(/\/+$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== value) return null;
    } else {
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    }
  }
  return params as Params<P>;
}

/** The path of a pattern with its parts: `pathTo('/chats/:id', { id })`. */
export function pathTo<P extends string>(pattern: P, params: Params<P>): string {
  return Object.entries<string>(params).reduce((all, [name, value]) => all.replace(`:${name}`, encodeURIComponent(value)), pattern as string);
}

/** Clicks on links inside of the page change what is shown; with a modifier key the browser does what it always does. */
document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin || link.getAttribute('href')?.startsWith('#')) return;
  if (link.pathname !== '/' && !routes.some((route) => link.pathname === route || link.pathname.startsWith(`${route}/`))) return;
  event.preventDefault();
  navigate(link.pathname + link.search + link.hash);
});
