/** The `tai` command as a function, for tests and for embedding. */
export { EXIT, type ExitCode, type Io } from './io.ts';
export { main } from './main.ts';
