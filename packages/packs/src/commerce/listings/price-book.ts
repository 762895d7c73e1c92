/** Price books: what a plan costs, from which day on, in whole minor units. A subscription pins its book. */
import type { Issue } from '@tai-autonomics/core';
import type { PlanId } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import { isMembers, type Members } from '../../members.ts';

/** A price for one month, in minor units of the book's currency. `from`: the least that it costs. */
export interface Price {
  readonly minor: number;
  readonly from?: true;
}

/** What is taken off a price, in whole percent, for whom. */
export interface Discount {
  readonly percent: number;
  readonly means: string;
}

/** One dated book. A plan that it does not name has no price of its own in it. */
export interface PriceBook {
  readonly id: string;
  readonly title: string;
  /** The day from which it is offered, YYYY-MM-DD. */
  readonly valid_from: string;
  readonly currency: 'EUR' | 'GBP' | 'USD';
  readonly prices: Readonly<Record<PlanId, Price>>;
  readonly discounts?: Readonly<Record<string, Discount>>;
}

/** The quotient of two non-negative integers, rounded to the nearest; a half goes to the even neighbour. */
export const divideHalfEven = (dividend: number, divisor: number): number => {
  const whole = Math.floor(dividend / divisor);
  const twice = 2 * (dividend - whole * divisor);
  if (twice === divisor) return whole % 2 === 0 ? whole : whole + 1;
  return twice < divisor ? whole : whole + 1;
};

/** A price less a discount of its book; the discount is rounded, half to even. `undefined` if the book has no such discount. */
export const discounted = (book: PriceBook, price: Price, discount: string): Price | undefined => {
  const known = Object.hasOwn(book.discounts ?? {}, discount) ? book.discounts?.[discount] : undefined;
  if (known === undefined) return undefined;
  return { ...price, minor: price.minor - divideHalfEven(price.minor * known.percent, 100) };
};

/** `$299.00`, `from €9,999.00`. */
export const priceText = ({ currency }: Pick<PriceBook, 'currency'>, { minor, from }: Price): string => {
  const sign = { EUR: '€', GBP: '£', USD: '$' }[currency];
  const whole = String(Math.floor(minor / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${from === true ? 'from ' : ''}${sign}${whole}.${String(minor % 100).padStart(2, '0')}`;
};

const MAX_MINOR = 1_000_000_000_00;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

type Wrong = (path: Issue['path'], expected: string, found: unknown) => void;

/** Reads a price book that somebody wrote. Fractions, signs and unknown members are refused; everything wrong is listed. */
export const parsePriceBook = (json: unknown): E.Either<readonly [Issue, ...Issue[]], PriceBook> => {
  const issues: Issue[] = [];
  const wrong: Wrong = (path, expected, found) => {
    const shown = typeof found === 'string' || typeof found === 'number' ? JSON.stringify(found) : typeof found;
    issues.push({ path, expected, found: shown.slice(0, 80) });
  };
  if (!isMembers(json)) wrong([], 'an object (a price book)', json);
  else {
    for (const name of Object.keys(json))
      if (!MEMBERS.includes(name)) wrong([name], `one of ${MEMBERS.join(', ')}`, name);
    const { id, title, valid_from: day, currency } = json;
    if (typeof id !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(id))
      wrong(['id'], 'an id: letters, digits, dashes', id);
    if (typeof title !== 'string' || title === '') wrong(['title'], 'a title', title);
    if (typeof day !== 'string' || !DAY.test(day)) wrong(['valid_from'], 'a day, YYYY-MM-DD', day);
    if (currency !== 'USD' && currency !== 'EUR' && currency !== 'GBP')
      wrong(['currency'], 'USD, EUR or GBP', currency);
    checkPrices(json['prices'], wrong);
    checkDiscounts(json['discounts'], wrong);
  }
  const [first, ...rest] = issues;
  return first === undefined ? E.right(json as unknown as PriceBook) : E.left([first, ...rest]);
};

const checkPrices = (prices: unknown, wrong: Wrong): void => {
  if (!isMembers(prices)) wrong(['prices'], 'an object from plan to price', prices);
  for (const [plan, price] of Object.entries(isMembers(prices) ? prices : {})) {
    const path = ['prices', plan];
    const { minor, from, ...rest }: Members = isMembers(price) ? price : {};
    if (!Number.isSafeInteger(minor) || Number(minor) < 0 || Number(minor) > MAX_MINOR)
      wrong([...path, 'minor'], `whole minor units from 0 to ${MAX_MINOR}`, minor);
    if (from !== undefined && from !== true) wrong([...path, 'from'], 'true, or no such member', from);
    for (const name of Object.keys(rest)) wrong([...path, name], 'minor or from', name);
  }
};

const checkDiscounts = (discounts: unknown, wrong: Wrong): void => {
  if (discounts === undefined) return;
  if (!isMembers(discounts)) wrong(['discounts'], 'an object from name to discount', discounts);
  for (const [name, discount] of Object.entries(isMembers(discounts) ? discounts : {})) {
    const { percent, means }: Members = isMembers(discount) ? discount : {};
    if (!Number.isSafeInteger(percent) || Number(percent) < 1 || Number(percent) > 100)
      wrong(['discounts', name, 'percent'], 'whole percent from 1 to 100', percent);
    if (typeof means !== 'string' || means === '') wrong(['discounts', name, 'means'], 'a sentence', means);
  }
};

const MEMBERS = ['id', 'title', 'valid_from', 'currency', 'prices', 'discounts'];
