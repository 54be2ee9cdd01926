import type { GraphQLField } from 'graphql';
import { scopesOf } from './scopes.ts';

/**
 * Spread into the options of a field whose answer depends on who asks, beyond the language: `title: t.string({ ...perViewer, … })`. An event
 * whose selection holds no such field is run once for everybody who gets it. Forgetting it shows no one anything of somebody else: in such a
 * run there is no viewer to ask for (see `Context.viewer`), and the event is run again for each.
 */
export const perViewer = { extensions: { perViewer: true } } as const;

/** Whether a field's answer depends on who asks: declared so, or open only to some. */
export function isPerViewer(field: Pick<GraphQLField<unknown, unknown>, 'extensions'>): boolean {
  const isOpen = scopesOf(field)?.every((scope) => scope === 'public' || scope === 'session') ?? false;
  return field.extensions.perViewer === true || !isOpen;
}
