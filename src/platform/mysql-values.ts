import { format, raw, type SqlValue } from 'mysql2';
import { textLiteral } from './sql-text.ts';

/**
 * Puts values into the text of a statement so that no setting of a server can make anything else of them: a text in which quoting would matter
 * stands there as hexadecimal digits.
 */
export function formatStatement(text: string, values: readonly SqlValue[] = []): string {
  if (values.length === 0) return text;
  return format(text, values.map(literalOf));
}

function literalOf(value: SqlValue): SqlValue {
  return typeof value === 'string' ? raw(textLiteral(value)) : value;
}
