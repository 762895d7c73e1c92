/** Compiles TypeScript from documents, each block as a module of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { repository } from '../canary/repository.ts';
import type { Block } from './blocks.ts';

/** What a block may name without saying where it comes from: the document has said it, or it goes without saying. */
const SURROUNDINGS: Readonly<Record<string, string>> = {
  governor: "declare const governor: import('@tai-autonomics/governor').Governor;",
  credentials: "declare const credentials: import('@tai-autonomics/governor').CredentialStore;",
  identity: "declare const identity: import('@tai-autonomics/governor/tokens').IdentityConfig;",
  callerOfItsKey:
    "declare const callerOfItsKey: (request: Request) => Promise<import('@tai-autonomics/governor').Caller | undefined>;",
  library: "import { library } from '@tai-autonomics/packs';",
  catalog: "declare const catalog: import('@tai-autonomics/core').Catalog;",
  observation: "declare const observation: import('@tai-autonomics/core').Observation;",
  request: 'declare const request: Request;',
  text: 'declare const text: string;',
  pngOf: 'declare const pngOf: (figure: unknown) => string;',
  scene: 'declare const scene: object;',
  ask: "declare const ask: (differs?: unknown) => import('@tai-autonomics/core/testing').Trial;",
  expect: "import { expect } from 'vitest'; import '@tai-autonomics/core/testing/vitest';",
};

/** Exports by name, and the entry point that they come from. */
export type Exports = ReadonlyMap<string, string>;

const folder = join(repository, '.build/docs');

const names = (text: string): ReadonlySet<string> => new Set(text.match(/[A-Za-z_]\w*/g));

/** The first line: what the block names and does not say. The block follows from line 2, in a scope of its own. */
const moduleOf = ({ text }: Block, exports: Exports): string => {
  const introduced = [...text.matchAll(/^import .*?;$|^(?:const|let) (?:\w+|\{.*?\}|\[.*?\])/gms)];
  const known = names(introduced.map(([part]) => part).join(' '));
  const used = [...names(text)].filter((name) => !known.has(name));
  const imports = used.flatMap((name) => {
    const from = exports.get(name);
    return from === undefined ? [] : [`import { ${name} } from '${from}';`];
  });
  const given = used.flatMap((name) => (exports.has(name) ? [] : (SURROUNDINGS[name] ?? [])));
  const isModule = /^import /m.test(text);
  return isModule
    ? `${[...imports, ...given].join(' ')}\n${text}`
    : `${[...imports, ...given].join(' ')} export {}; {\n${text}}\n`;
};

const OPTIONS = {
  noEmit: true,
  composite: false,
  declaration: false,
  declarationMap: false,
  sourceMap: false,
  isolatedDeclarations: false,
  noUnusedLocals: false,
  skipLibCheck: true,
  types: ['node'],
};

/** What the compiler says, with the place in the document in front. */
export const compileBlocks = (blocks: readonly Block[], exports: Exports): readonly string[] => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [n, block] of blocks.entries()) writeFileSync(join(folder, `block-${n}.ts`), moduleOf(block, exports));
  const config = { extends: '../../tsconfig.base.json', compilerOptions: OPTIONS, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(repository, 'node_modules/@typescript/native/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (status === 0 && lines.length === 0) return [];
  return lines.map((line) =>
    line.replace(/^block-(\d+)\.ts\((\d+),(\d+)\)/, (_, n: string, at: string) => {
      const block = blocks[Number(n)];
      return `${block?.file}:${(block?.line ?? 0) + Number(at) - 2}`;
    }),
  );
};
