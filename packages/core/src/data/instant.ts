/**
 * Instants: RFC 3339 text on every wire, integer milliseconds since the Unix epoch inside.
 * Core has no `Date`; the calendar is computed (proleptic Gregorian, years 1970 to 9999, no leap seconds).
 */
import { receiptInstantMs } from '../receipt/receipt-instant.ts';

/** Milliseconds since the Unix epoch, or a duration in milliseconds; an integer. */
export type Ms = number;

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3})\d*)?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const MS_A_DAY = 86_400_000;
/** 9999-12-31T23:59:59.999Z */
export const LAST_INSTANT: Ms = 253_402_300_799_999;

/**
 * Reads an RFC 3339 instant (section 5.6, upper-case `T` and `Z`). What is finer than a millisecond is cut off: RFC 3339 sets no
 * limit, protobuf writes nine digits, Python six.
 * `undefined` for anything else, for a day that does not exist and for a year before 1970.
 *
 * @example
 * parseInstant('2026-11-21T08:00:00Z') // 1795248000000
 */
export const parseInstant = (text: string): Ms | undefined => receiptInstantMs(text) ?? parseOther(text);

/** The one spelling that receipts use: `YYYY-MM-DDTHH:mm:ss.sssZ`. Total for integers from 0 to the end of year 9999. */
export const formatInstant = (ms: Ms): string => {
  const place = ms % PLACES;
  const last = SPELT[place];
  if (last?.ms === ms) return last.text;
  const text = spelt(ms);
  SPELT[place] = { ms, text };
  return text;
};

/** Whether a number can be an instant: an integer from 1970 to the end of year 9999. */
export const isInstant = (n: unknown): n is Ms =>
  typeof n === 'number' && Number.isInteger(n) && n >= 0 && n <= LAST_INSTANT;

/** The same few instants (of a group, of an entitlement, the first and the last of all) stand in receipt after receipt. */
const PLACES = 127;
const SPELT: ({ readonly ms: Ms; readonly text: string } | undefined)[] = new Array(PLACES).fill(undefined);

const spelt = (ms: Ms): string => {
  const days = Math.floor(ms / MS_A_DAY);
  const rest = ms - days * MS_A_DAY;
  if (days !== lastDay.days) {
    lastDay.text = formatDay(days);
    lastDay.days = days;
  }
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${lastDay.text}${TWO[hours]}:${TWO[minutes - hours * 60]}:${TWO[seconds - minutes * 60]}.${THREE[rest - seconds * 1000]}Z`;
};

/** Any other spelling than that of receipts, which is nearly every instant that is read. */
const parseOther = (text: string): Ms | undefined => {
  const m = SHAPE.exec(text);
  if (m === null) return undefined;
  const part = (i: number): number => Number(m[i] ?? '0');
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || part(9) > 23 || part(10) > 59) return undefined;
  const fraction = Number((m[7] ?? '0').padEnd(3, '0'));
  const offset = (m[8] === '-' ? -1 : 1) * (part(9) * 60 + part(10)) * 60_000;
  const ms =
    daysFromCivil(year, month, day) * MS_A_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + fraction - offset;
  return ms >= 0 && ms <= LAST_INSTANT ? ms : undefined;
};

const daysInMonth = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : 30 + ((month + (month >> 3)) & 1);

/** Days since 1970-01-01. The year is counted from March, so that the leap day is its last. */
const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
};

/** `YYYY-MM-DDT` of a day since 1970-01-01. */
const formatDay = (days: number): string => {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${TWO[month]}-${TWO[day]}T`;
};

const padded = (count: number, width: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => String(n).padStart(width, '0'));
const TWO: readonly string[] = /* @__PURE__ */ padded(100, 2);
const THREE: readonly string[] = /* @__PURE__ */ padded(1000, 3);

// Most instants of one process are of one day: its text is kept (measured: formatting takes a quarter of the time).
const lastDay = { days: -1, text: '' };
