/** Runs the command line of this process, as the launcher does with the built command. */
import process from 'node:process';
import { main } from '@tai-autonomics/cli';

process.exitCode = await main(process.argv.slice(2));
