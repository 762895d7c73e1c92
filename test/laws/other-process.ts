/** The same decisions in another process: another time zone, another language, a clock that is a century off, other chances. */
import process from 'node:process';

const CENTURY_MS = 100 * 31_557_600_000;
const HostDate = Date;

globalThis.Date = class extends HostDate {
  constructor(...given: readonly [] | readonly [number]) {
    super(given[0] ?? HostDate.now() + CENTURY_MS);
  }
  static override now(): number {
    return HostDate.now() + CENTURY_MS;
  }
} as DateConstructor;
Math.random = (): number => 0.5;

const { decided } = await import('./decided.ts');
process.stdout.write(JSON.stringify(decided(Number(process.argv[2]))));
