import { languageTag, locale } from './i18n.ts';

/** Formatters are dear to make, so each is made once for each language. */
const made = new Map<string, Intl.DateTimeFormat>();

function dateFormat(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${languageTag.value} ${name}`;
  const found = made.get(key) ?? new Intl.DateTimeFormat(languageTag.value, options);
  made.set(key, found);
  return found;
}

const dayOf = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** How many days before today, by the clock of the reader. */
function daysAgo(iso: string): number {
  return Math.round((dayOf(new Date()) - dayOf(new Date(iso))) / 86_400_000);
}

/** `14:05`. */
export const formatTime = (iso: string) => dateFormat('time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso));

/** `Today`, `Yesterday`, a weekday within the last week, or the date. */
export function formatDay(iso: string): string {
  const days = daysAgo(iso);
  if (days === 0 || days === 1) {
    const name = new Intl.RelativeTimeFormat(languageTag.value, { numeric: 'auto' }).format(-days, 'day');
    return name.charAt(0).toUpperCase() + name.slice(1);
  }
  if (days > 1 && days < 7) return dateFormat('weekday', { weekday: 'long' }).format(new Date(iso));
  const isThisYear = new Date(iso).getFullYear() === new Date().getFullYear();
  return isThisYear
    ? dateFormat('day', { month: 'long', day: 'numeric' }).format(new Date(iso))
    : dateFormat('year', { year: 'numeric', month: 'long', day: 'numeric' }).format(new Date(iso));
}

/** For lists: the time today, else the day, as short as it is clear. */
export function formatShort(iso: string): string {
  const days = daysAgo(iso);
  if (days === 0) return formatTime(iso);
  if (days > 0 && days < 7) return dateFormat('short weekday', { weekday: 'short' }).format(new Date(iso));
  const isThisYear = new Date(iso).getFullYear() === new Date().getFullYear();
  return dateFormat(isThisYear ? 'short day' : 'short year', {
    ...(isThisYear ? {} : { year: '2-digit' }),
    month: 'numeric',
    day: 'numeric',
  }).format(new Date(iso));
}

/** The day and the time, in full. */
export const formatMoment = (iso: string) => dateFormat('moment', { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }).format(new Date(iso));

/** `3 minutes ago`. */
export function formatAgo(iso: string): string {
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  const format = new Intl.RelativeTimeFormat(languageTag.value, { numeric: 'auto' });
  if (seconds < 60) return format.format(0, 'second');
  if (seconds < 3600) return format.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86_400) return format.format(-Math.round(seconds / 3600), 'hour');
  return format.format(-Math.round(seconds / 86_400), 'day');
}

/** `1.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** step;
  return `${new Intl.NumberFormat(languageTag.value, { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value)} ${units[step]}`;
}

/** `1:05` for 65 seconds. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** `a, b and c`. */
export function formatList(names: readonly string[]): string {
  return new Intl.ListFormat(locale.value === 'zh' ? 'zh-CN' : 'en', { type: 'conjunction' }).format(names);
}
