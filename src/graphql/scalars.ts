import { AppError, type Sentence } from '../kernel/errors.ts';
import { parseUuid } from '../kernel/ids.ts';
import { builder } from './builder.ts';

const sentences = {
  uuid: { zh: '请填写 UUID', en: 'Give a UUID in its canonical form' },
  dateTime: { zh: '请填写 RFC 3339 格式的时间', en: 'Give a time in the form of RFC 3339, such as 2026-01-31T12:00:00.000Z' },
  date: { zh: '请填写 YYYY-MM-DD 格式的日期', en: 'Give a day of the calendar as YYYY-MM-DD' },
} as const satisfies Readonly<Record<string, Sentence>>;

/** Refuses a value with its type's sentence. Where it stands is known only to whoever coerces the variables, so no field is named here. */
function refuse(sentence: Sentence): never {
  throw new AppError('BAD_USER_INPUT', {}, sentence);
}

const timeForm = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/** Milliseconds since 1970 of an RFC 3339 time, or null where the text is none. What is finer than a millisecond is cut off. */
function parseDateTime(text: string): number | null {
  const day = timeForm.exec(text)?.[1];
  return day !== undefined && isDate(day) ? Date.parse(text.toUpperCase()) : null;
}

/** Whether the text is a real day of the calendar as YYYY-MM-DD. */
function isDate(text: string): boolean {
  // Date.parse takes the 30th of February for the 1st or 2nd of March.
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
}

builder.scalarType('UUID', {
  description: 'A UUID (RFC 9562) in its canonical form of 36 characters. Either case is accepted; the server compares in lower case.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc9562',
  serialize: (uuid) => uuid,
  parseValue: (value) => (typeof value === 'string' && parseUuid(value) !== null ? value : refuse(sentences.uuid)),
});

builder.scalarType('DateTime', {
  description: 'A moment in the form of RFC 3339. Answers are in UTC, with milliseconds: 2026-01-31T12:00:00.000Z.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (time) => new Date(time).toISOString(),
  parseValue: (value) => (typeof value === 'string' ? parseDateTime(value) : null) ?? refuse(sentences.dateTime),
});

builder.scalarType('Date', {
  description: 'A day of the calendar, without a time or a zone: YYYY-MM-DD.',
  serialize: (day) => day,
  parseValue: (value) => (typeof value === 'string' && isDate(value) ? value : refuse(sentences.date)),
});
