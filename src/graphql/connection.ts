import type { ObjectRef } from '@pothos/core';
import { pageLimit } from '../kernel/page.ts';
import { builder } from './builder.ts';

type SchemaTypes = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

/** The connection type of a list of `ref`: `<name>Connection` with edges `<name>Edge`. Its resolver gives a `Page`. */
export function connectionOf<Row>(name: string, ref: ObjectRef<SchemaTypes, Row>) {
  return builder.connectionObject(
    { type: ref, name: `${name}Connection`, description: `A page of a list of ${name}.` },
    { name: `${name}Edge`, description: `One ${name} in a page, with its place in the list.` },
  );
}

/** The arguments of a list that is read forwards: at most 100 a page, 20 when not said. */
export const forwardArgs = builder.args((t) => ({
  first: t.int({ description: `How many: 1 to ${pageLimit.most}, default ${pageLimit.default}.` }),
  after: t.string({ description: 'The cursor after which the page begins.' }),
}));
