/** The package gate: publint, are-the-types-wrong and a dry `npm publish` over every package. Needs a build. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll, type Tarball } from './tarballs.ts';

const root = process.cwd();

/** What publint has against the package, one line a fault. */
const publishingFaults = async ({ path }: Tarball): Promise<readonly string[]> => {
  const bytes = readFileSync(path);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ strict: true, pack: { tarball } });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
};

/** What are-the-types-wrong has against it: nothing, or its report. The packages are ES modules alone. */
const typingFaults = ({ path }: Tarball): readonly string[] => {
  const program = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const options = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii', '--no-color', '--no-emoji'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options, path], { encoding: 'utf8' });
  return status === 0 ? [] : [`are-the-types-wrong says:\n${stdout}${stderr}`];
};

/**
 * What `npm publish` would say of the packages, one line a warning; it publishes nothing, and asks no registry. That nobody is
 * logged in is no fault. npm mends what it dislikes of a manifest, silently but for a warning: then others get another one.
 */
const publishFaults = (tarballs: readonly Tarball[]): readonly string[] => {
  const workspaces = tarballs.flatMap(({ folder }) => ['--workspace', folder]);
  const options = ['publish', '--dry-run', '--offline', '--ignore-scripts', '--json', '--tag', 'latest', ...workspaces];
  const { status, stdout, stderr } = spawnSync('npm', options, { cwd: root, encoding: 'utf8' });
  const warnings = stderr.split('\n').filter((line) => /^npm (warn|error) /.test(line) && !/be logged in/.test(line));
  const missing = tarballs.filter(({ name }) => !stdout.includes(`"name": "${name}"`)).map(({ name }) => name);
  return [
    ...warnings,
    ...(status === 0 ? [] : [`npm publish --dry-run ended with ${status}`]),
    ...(missing.length === 0 ? [] : [`npm publish --dry-run leaves out ${missing.join(', ')}`]),
  ];
};

const destination = mkdtempSync(join(tmpdir(), 'tai-pack-'));
let faults = 0;
try {
  const tarballs = packAll(root, destination);
  for (const tarball of tarballs) {
    for (const fault of [...(await publishingFaults(tarball)), ...typingFaults(tarball)]) {
      faults += 1;
      console.error(`pack: ${tarball.name}: ${fault}`);
    }
  }
  for (const fault of publishFaults(tarballs)) {
    faults += 1;
    console.error(`pack: ${fault}`);
  }
  console.log(`pack: ${tarballs.length} packages, ${faults} faults`);
  if (tarballs.length === 0) faults += 1;
} finally {
  rmSync(destination, { recursive: true, force: true });
}
process.exitCode = faults === 0 ? 0 : 1;
