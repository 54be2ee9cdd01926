import { AppError, type Sentence } from '../kernel/errors.ts';
import { parseUuid } from '../kernel/ids.ts';
import { formatTime, isDay, parseTime } from '../kernel/times.ts';
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

builder.scalarType('UUID', {
  description: 'A UUID (RFC 9562) in its canonical form of 36 characters. Either case is accepted; the server compares in lower case.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc9562',
  serialize: (uuid) => uuid,
  parseValue: (value) => (typeof value === 'string' && parseUuid(value) !== null ? value : refuse(sentences.uuid)),
});

builder.scalarType('DateTime', {
  description:
    'A moment in the form of RFC 3339, without leap seconds; in UTC it lies in the years 0000 to 9999. Answers are in UTC, with milliseconds: 2026-01-31T12:00:00.000Z.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: formatTime,
  parseValue: (value) => (typeof value === 'string' ? parseTime(value) : null) ?? refuse(sentences.dateTime),
});

builder.scalarType('Date', {
  description: 'A day of the calendar, without a time or a zone: YYYY-MM-DD.',
  serialize: (day) => day,
  parseValue: (value) => (typeof value === 'string' && isDay(value) ? value : refuse(sentences.date)),
});
