import type { FieldNullability, InputFieldMap, SchemaTypes, TypeParam } from '@pothos/core';
import { type GraphQLField, type GraphQLOutputType, getNamedType, isListType, isNonNullType, isObjectType } from 'graphql';
import { pageLimit } from '../kernel/page.ts';

declare global {
  export namespace PothosSchemaTypes {
    // The parameters have to be those of Pothos.
    export interface FieldOptions<
      Types extends SchemaTypes,
      ParentShape,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > {
      /** What the field costs by itself, where that is more than 1. */
      price?: number;
      /** The most items that the list can ever have, whatever others have written: the service sees to it. A page needs none. */
      most?: number;
    }
  }
}

/** What drawing a QR code costs beside a field that is only read. */
export const qrCodePrice = 50;

type AnyField = GraphQLField<unknown, unknown>;

/** What a field costs by itself, without what is selected of it. */
export function priceOf(field: AnyField): number {
  return numberOf(field, 'price') ?? 1;
}

/** The most items that a field can give, of each of which the selection is paid; `PAGE` where `first` or `last` say it; null where nothing is known. */
export function mostOf(field: AnyField): number | 'PAGE' | null {
  if (field.args.some(({ name }) => name === 'first' || name === 'last')) return 'PAGE';
  if (isConnection(field.type)) return null;
  return isList(field.type) ? (numberOf(field, 'most') ?? null) : 1;
}

/** How many items a page has for what its arguments say. */
export function pageSizeOf(wanted: unknown): number {
  return typeof wanted === 'number' ? Math.min(Math.max(wanted, 1), pageLimit.most) : pageLimit.default;
}

/** Whether a field gives a page of Relay's form, whose `edges` are its items. */
export function isConnection(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  if (!isObjectType(named) || isList(type)) return false;
  const { edges, pageInfo } = named.getFields();
  return edges !== undefined && pageInfo !== undefined && isList(edges.type);
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function numberOf({ extensions }: AnyField, name: 'price' | 'most'): number | undefined {
  const options: unknown = extensions.pothosOptions;
  const value: unknown = typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined;
  return typeof value === 'number' ? value : undefined;
}
