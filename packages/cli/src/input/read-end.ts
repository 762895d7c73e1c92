/** When something ends, as a person writes it. */
import { parseInstant } from '@tai-autonomics/core/engine';

/** An RFC 3339 instant, or so many days from now such as `90d`; `undefined` for anything else. */
export const readEnd = (text: string, at: number): number | undefined => {
  const [, days] = /^([1-9]\d{0,4})d$/.exec(text) ?? [];
  return days === undefined ? parseInstant(text) : at + Number(days) * DAY_MS;
};

const DAY_MS = 86_400_000;
