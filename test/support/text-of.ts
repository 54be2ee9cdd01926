import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

const texts = new WeakMap<object, string>();

/** A document as it is sent. Printed once: the generated ones are asked for again and again. */
export function textOf<R, V>(document: TypedDocumentNode<R, V>): string {
  const known = texts.get(document);
  if (known !== undefined) return known;
  const text = print(document);
  texts.set(document, text);
  return text;
}
