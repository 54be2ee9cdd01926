import { catalogue, type ErrorCode, errorCodes } from '../kernel/errors.ts';
import { builder } from './builder.ts';

const values: Record<string, { value: ErrorCode; description: string }> = Object.fromEntries(
  errorCodes.map((code) => [code, { value: code, description: catalogue[code].meaning }]),
);

/** The `ErrorCode` enum, made from the catalogue. */
export const ErrorCodeRef = builder.enumType('ErrorCode', { description: 'Every value that `extensions.code` of an error can have.', values });
