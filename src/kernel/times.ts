/** What RFC 3339 can write: the years 0000 to 9999, in UTC. */
const earliest = Date.parse('0000-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

const timeForm = /^(\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,3})\d*)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Milliseconds since 1970 of an RFC 3339 time, or null where the text is none, or one that could not be written again: a leap second, or a moment
 * that in UTC lies before the year 0000 or after 9999. What is finer than a millisecond is cut off.
 */
export function parseTime(text: string): number | null {
  const [, second = '', fraction = '0', zone = ''] = timeForm.exec(text.toUpperCase()) ?? [];
  if (!isDay(second.slice(0, 10))) return null;
  const time = Date.parse(`${second}.${fraction}${zone}`);
  return time >= earliest && time <= latest ? time : null;
}

/** A moment as answers tell it: RFC 3339 in UTC with milliseconds. What lies beyond the calendar, as rows of before may, is at its end. */
export function formatTime(time: number): string {
  return new Date(Math.min(Math.max(time, earliest), latest)).toISOString();
}

/** Whether the text is a real day of the calendar as YYYY-MM-DD. */
export function isDay(text: string): boolean {
  // Date.parse takes the 30th of February for the 1st or 2nd of March.
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
}
