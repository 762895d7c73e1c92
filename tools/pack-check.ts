/** The package gate: publint and are-the-types-wrong over every packed package. Needs a build. */
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
  console.log(`pack: ${tarballs.length} packages, ${faults} faults`);
  if (tarballs.length === 0) faults += 1;
} finally {
  rmSync(destination, { recursive: true, force: true });
}
process.exitCode = faults === 0 ? 0 : 1;
