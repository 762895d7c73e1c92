/** What a timer of Node can wait at most, in milliseconds. */
export const WAIT_MS_MAX = 2_147_000_000;
