/**
 * What the container starts: fills the deployment's folder from files that are mounted read-only, and runs `tai` with the
 * arguments that were given. An orchestrator mounts a secret as it likes (links, one folder a secret, mode 0444); `tai` wants
 * a folder of its own user's, mode 0700, that it can write to.
 *
 * TAI_SEED names the folder of what is mounted, `/seed` where absent. It is searched with its subfolders: `*.key`,
 * `*.mark.json` and `*.whsec` go into `keys/`, every other file into the deployment's folder. What is there already stays.
 * `tai serve` makes a new deployment where there is none, and prints its keys: in a container they would stand in the log
 * of the cluster, so it is refused unless TAI_NEW is 1.
 */
import { access, link, mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const say = (line) => process.stderr.write(`tai: ${line}\n`);

/** The files below a folder. What begins with two dots is how Kubernetes swaps a secret: the same files once more. */
const filesBelow = async (folder) => {
  const names = await readdir(folder).catch((error) => (error.code === 'ENOENT' ? [] : Promise.reject(error)));
  const found = [];
  for (const name of names.filter((each) => !each.startsWith('..')).sort()) {
    const path = await realpath(join(folder, name));
    if ((await stat(path)).isDirectory()) found.push(...(await filesBelow(join(folder, name))));
    else found.push(join(folder, name));
  }
  return found;
};

const placeOf = (name) => (/\.(key|mark\.json|whsec)$/.test(name) ? join('keys', name) : name);

/** Copies what is not there yet, for this user alone. */
const fill = async (seed, folder) => {
  const files = await filesBelow(seed);
  const names = files.map((path) => basename(path));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`${seed}: holds ${twice} twice; mount it once`);
  if (files.length > 0) await mkdir(join(folder, 'keys'), { recursive: true, mode: 0o700 });
  for (const path of files) {
    const to = join(folder, placeOf(basename(path)));
    if (await exists(to)) continue;
    // Whole or not there: a process that ends in the middle leaves no half of a file under its name.
    await rm(`${to}.seed`, { force: true });
    await writeFile(`${to}.seed`, await readFile(path), { mode: 0o600, flush: true });
    await link(`${to}.seed`, to).catch((error) => (error.code === 'EEXIST' ? undefined : Promise.reject(error)));
    await rm(`${to}.seed`);
  }
};

const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

const argv = process.argv.slice(2);
const at = argv.indexOf('--dir');
const folder = resolve(at === -1 ? '.tai' : (argv[at + 1] ?? '.tai'));
const command = pathToFileURL(process.env['TAI_COMMAND'] ?? '/app/packages/cli/bin/tai.js');
try {
  await fill(process.env['TAI_SEED'] ?? '/seed', folder);
  if (argv[0] === 'serve' && process.env['TAI_NEW'] !== '1' && !(await exists(join(folder, 'config.json')))) {
    say(`${folder}: holds no config.json, and none was mounted; see docs/deploying.md`);
    process.exitCode = 2;
  } else await import(command.href);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
