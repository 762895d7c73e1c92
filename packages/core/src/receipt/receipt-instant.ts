/** Instants as receipts spell them: `YYYY-MM-DDTHH:mm:ss.sssZ`, years 1970 to 9999. Text order is time order. */

const SHAPE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** Milliseconds since the Unix epoch of a receipt's instant; `undefined` for any other spelling and for days that don't exist. */
export const receiptInstantMs = (text: string): number | undefined => {
  if (text.length !== 24 || !SHAPE.test(text)) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  if (year < 1970 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = (DAYS_BEFORE[month] ?? 0) - (DAYS_BEFORE[month - 1] ?? 0) + (leap && month === 2 ? 1 : 0);
  if (day < 1 || day > length) return undefined;
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
  const days = (year - 1970) * 365 + leapDays + (DAYS_BEFORE[month - 1] ?? 0) + (leap && month > 2 ? 1 : 0) + day - 1;
  return (
    days * 86_400_000 +
    hour * 3_600_000 +
    minute * 60_000 +
    second * 1000 +
    twoDigits(text, 20) * 10 +
    text.charCodeAt(22) -
    48
  );
};

const twoDigits = (text: string, at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;
