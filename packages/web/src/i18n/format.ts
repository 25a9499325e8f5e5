/** Times and numbers in words of the reader's language, region and time zone. */
const DAY_MS = 86_400_000;

/** Midnights between two times, by the calendar: 0 on the same day, 1 when `ms` was yesterday. */
export function daysBetween(ms: number, nowMs: number): number {
  const day = (at: number) => new Date(at).setHours(12, 0, 0, 0);
  return Math.round((day(nowMs) - day(ms)) / DAY_MS);
}

/** `14:05` */
export function formatTime(locale: string, ms: number): string {
  return dateFormat(locale, { timeStyle: 'short' }).format(ms);
}

/** Of a conversation in the list: the time today, then yesterday, the weekday, the day, the date. */
export function formatListTime(locale: string, ms: number, nowMs: number): string {
  const days = daysBetween(ms, nowMs);
  if (days <= 0) return formatTime(locale, ms);
  if (days === 1) return sentence(new Intl.RelativeTimeFormat(regional(locale), { numeric: 'auto' }).format(-1, 'day'));
  if (days < 7) return dateFormat(locale, { weekday: 'short' }).format(ms);
  const sameYear = new Date(ms).getFullYear() === new Date(nowMs).getFullYear();
  return dateFormat(
    locale,
    sameYear ? { day: 'numeric', month: 'short' } : { year: '2-digit', month: '2-digit', day: '2-digit' },
  ).format(ms);
}

/** Between the days of a conversation: Today, Yesterday, the weekday, the full date. */
export function formatDay(locale: string, ms: number, nowMs: number): string {
  const days = daysBetween(ms, nowMs);
  if (days === 0 || days === 1) {
    return sentence(new Intl.RelativeTimeFormat(regional(locale), { numeric: 'auto' }).format(-days, 'day'));
  }
  if (days > 1 && days < 7) return dateFormat(locale, { weekday: 'long' }).format(ms);
  const sameYear = new Date(ms).getFullYear() === new Date(nowMs).getFullYear();
  return dateFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(ms);
}

/** `21 Nov 2026` */
export function formatDate(locale: string, ms: number): string {
  return dateFormat(locale, { dateStyle: 'medium' }).format(ms);
}

/** The whole moment, for tooltips and details. */
export function formatMoment(locale: string, ms: number): string {
  return dateFormat(locale, { dateStyle: 'full', timeStyle: 'short' }).format(ms);
}

export function formatNumber(locale: string, value: number): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** The reader's own kind of a language that names no region: `en` where the browser says en-GB is en-GB. */
export function regional(locale: string, spoken: readonly string[] = navigator.languages): string {
  if (locale.includes('-')) return locale;
  return spoken.find((one) => one.split('-')[0] === locale) ?? locale;
}

function sentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes far longer than using it, and a list of messages uses many. */
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const format = dateFormats.get(key) ?? new Intl.DateTimeFormat(regional(locale), options);
  dateFormats.set(key, format);
  return format;
}
