/** Faults to plant in the canary workspace, and the gates that must refuse each. */

export interface Plant {
  readonly note: string;
  readonly path: string;
  readonly code: string;
  /** Per gate, the rule or compiler error that names the fault; a gate that is absent may let it pass. */
  readonly refusedBy: {
    readonly lint?: string;
    readonly types?: string;
    readonly layers?: string;
  };
}

const core = (file: string): string => `packages/core/src/planted-${file}.ts`;
const packs = (file: string): string => `packages/packs/src/planted-${file}.ts`;

/** A use of an import, so that the fault is the import and nothing else. */
const importing = (specifier: string): string =>
  `import * as planted from '${specifier}';\n\nexport const seen: unknown = planted;\n`;

const impure: readonly Plant[] = [
  {
    note: 'a file read in core',
    path: core('file-read'),
    code: importing('node:fs'),
    refusedBy: { lint: 'noNodejsModules', types: 'TS2591', layers: 'pure-packages-reach-no-built-in' },
  },
  {
    note: 'a file read in packs',
    path: packs('file-read'),
    code: importing('node:fs'),
    refusedBy: { lint: 'noNodejsModules', types: 'TS2591', layers: 'pure-packages-reach-no-built-in' },
  },
  {
    note: 'the clock in core',
    path: core('clock'),
    code: 'export const now = (): number => Date.now();\n',
    refusedBy: { lint: 'noRestrictedGlobals' },
  },
  {
    note: 'the clock in packs',
    path: packs('clock'),
    code: 'export const now = (): number => Date.now();\n',
    refusedBy: { lint: 'noRestrictedGlobals' },
  },
  {
    note: 'chance in core',
    path: core('chance'),
    code: 'export const die = (): number => Math.random();\n',
    refusedBy: { lint: 'plugin' },
  },
  {
    note: 'chance in core under another name',
    path: core('hidden-chance'),
    code: 'const { random } = Math;\n\nexport const die = (): number => random();\n',
    refusedBy: { lint: 'plugin' },
  },
  {
    note: 'a throw in core',
    path: core('throw'),
    code: "export const fail = (): never => {\n  throw new Error('planted');\n};\n",
    refusedBy: { lint: 'plugin' },
  },
  {
    note: 'a throw in packs',
    path: packs('throw'),
    code: "export const fail = (): never => {\n  throw new Error('planted');\n};\n",
    refusedBy: { lint: 'plugin' },
  },
  {
    note: 'a look at inherited members in core',
    path: core('inherited'),
    code: "export const isOpen = (x: object): boolean => 'open' in x;\n",
    refusedBy: { lint: 'plugin' },
  },
  {
    note: 'a value of unknown form taken apart in packs',
    path: packs('taken-apart'),
    code: 'export const openOf = (x: unknown): unknown => {\n  const { open } = x as { readonly open?: unknown };\n  return open;\n};\n',
    refusedBy: { lint: 'plugin' },
  },
  {
    note: 'a look at inherited members in an analysis',
    path: 'packages/core/src/analysis/planted-inherited.ts',
    code: "export const isOpen = (x: object): boolean => 'open' in x;\n",
    refusedBy: { lint: 'plugin' },
  },
  {
    note: 'a look at inherited members in the governor',
    path: 'packages/governor/src/planted-inherited.ts',
    code: "export const isOpen = (x: object): boolean => 'open' in x;\n",
    refusedBy: { lint: 'plugin' },
  },
  {
    note: "the host's locale in core",
    path: core('locale'),
    code: 'export const order = (a: string, b: string): number => a.localeCompare(b);\n',
    refusedBy: { lint: 'plugin' },
  },
  ...[
    ['process', 'process.env'],
    ['console', 'console.log'],
    ['fetch', 'fetch'],
    ['timer', 'setTimeout'],
    ['crypto', 'crypto.subtle'],
    ['encoder', 'new TextEncoder()'],
  ].map(
    ([name, code]): Plant => ({
      note: `${name} in core`,
      path: core(`global-${name}`),
      code: `export const seen: unknown = ${code};\n`,
      refusedBy: { lint: 'noRestrictedGlobals', types: 'error TS' },
    }),
  ),
];

const upwards: readonly Plant[] = [
  {
    note: 'core imports packs by name',
    path: core('up-by-name'),
    code: importing('@tai-autonomics/packs'),
    refusedBy: { lint: 'noRestrictedImports', layers: 'core-imports-no-package' },
  },
  {
    note: 'core imports packs by relative path',
    path: core('up-by-path'),
    code: importing('../../packs/src/index.ts'),
    refusedBy: { types: 'TS6059', layers: 'core-imports-no-package' },
  },
  {
    note: 'packs import the governor',
    path: packs('up'),
    code: importing('@tai-autonomics/governor'),
    refusedBy: { lint: 'noRestrictedImports', layers: 'packs-import-core-alone' },
  },
  {
    note: 'the governor imports packs',
    path: 'packages/governor/src/planted-packs.ts',
    code: importing('@tai-autonomics/packs'),
    refusedBy: { layers: 'governor-imports-core-alone' },
  },
  {
    note: 'the governor imports an adapter',
    path: 'packages/governor/src/planted-up.ts',
    code: importing('@tai-autonomics/adapter-storage'),
    refusedBy: { layers: 'governor-imports-core-alone' },
  },
  {
    note: 'an adapter imports another by name',
    path: 'packages/adapter-http/src/planted-sideways.ts',
    code: importing('@tai-autonomics/adapter-storage'),
    refusedBy: { layers: 'adapters-never-meet' },
  },
  {
    note: 'an adapter imports another by relative path',
    path: 'packages/adapter-mcp/src/planted-sideways.ts',
    code: importing('../../adapter-http/src/index.ts'),
    refusedBy: { types: 'TS6059', layers: 'adapters-never-meet' },
  },
  {
    note: 'an adapter imports packs',
    path: 'packages/adapter-storage/src/planted-packs.ts',
    code: importing('@tai-autonomics/packs'),
    refusedBy: { layers: 'adapters-never-meet' },
  },
  {
    note: 'a package reaches into the files of another',
    path: 'packages/adapter-http/src/planted-reach.ts',
    code: importing('../../core/src/twice.ts'),
    refusedBy: { types: 'TS2878', layers: 'packages-meet-at-entry-points' },
  },
  {
    note: 'a receipt imports the decision side',
    path: 'packages/core/src/receipt/planted-decision.ts',
    code: importing('../twice.ts'),
    refusedBy: { layers: 'receipts-stand-alone' },
  },
  {
    note: 'a package imports a test',
    path: 'packages/governor/src/planted-rim.ts',
    code: importing('../../../tools/tarballs.ts'),
    refusedBy: { types: 'TS6059', layers: 'nobody-imports-the-rim' },
  },
];

const libraries: readonly Plant[] = [
  {
    note: 'core imports a sixth library',
    path: core('library'),
    code: importing('hono'),
    refusedBy: { lint: 'noRestrictedImports', layers: 'pure-packages-import-six-libraries' },
  },
  {
    note: 'a subpath of fp-ts in core',
    path: core('subpath'),
    code: importing('fp-ts/lib/Either.js'),
    refusedBy: { lint: 'noRestrictedImports' },
  },
  {
    note: 'a subpath of fp-ts in the governor',
    path: 'packages/governor/src/planted-subpath.ts',
    code: importing('fp-ts/lib/Either.js'),
    refusedBy: { lint: 'noRestrictedImports' },
  },
  {
    note: 'a library that the manifest does not declare',
    path: 'packages/governor/src/planted-undeclared.ts',
    code: importing('vitest'),
    refusedBy: { layers: 'only-declared-dependencies' },
  },
  {
    note: 'an import that leads nowhere',
    path: 'packages/governor/src/planted-nowhere.ts',
    code: importing('./nowhere.ts'),
    refusedBy: { types: 'TS2307', layers: 'everything-resolves' },
  },
];

const shape: readonly Plant[] = [
  {
    note: 'half of a cycle',
    path: 'packages/governor/src/planted-chicken.ts',
    code: "import { egg } from './planted-egg.ts';\n\nexport const chicken = (): unknown => egg;\n",
    refusedBy: { layers: 'no-cycle' },
  },
  {
    note: 'the other half',
    path: 'packages/governor/src/planted-egg.ts',
    code: "import { chicken } from './planted-chicken.ts';\n\nexport const egg = (): unknown => chicken;\n",
    refusedBy: { layers: 'no-cycle' },
  },
  {
    note: 'a file that nothing imports and that imports nothing',
    path: 'packages/governor/src/planted-orphan.ts',
    code: 'export const alone = 1;\n',
    refusedBy: { layers: 'no-orphan' },
  },
  {
    note: 'a default export',
    path: 'packages/governor/src/planted-default.ts',
    code: 'const value = 1;\n\nexport default value;\n',
    refusedBy: { lint: 'noDefaultExport' },
  },
  {
    note: 'any',
    path: 'packages/governor/src/planted-any.ts',
    code: 'export const open = (value: any): unknown => value;\n',
    refusedBy: { lint: 'noExplicitAny' },
  },
  {
    note: 'a promise that nobody waits for',
    path: 'packages/governor/src/planted-floating.ts',
    code: 'const append = async (): Promise<void> => {};\n\nexport const submit = (): void => {\n  append();\n};\n',
    refusedBy: { lint: 'noFloatingPromises' },
  },
  {
    note: 'an enum',
    path: 'packages/governor/src/planted-enum.ts',
    code: 'export enum Colour {\n  red = 1,\n}\n',
    refusedBy: { lint: 'noEnum', types: 'TS1294' },
  },
  {
    note: 'an export whose type is not written down',
    path: 'packages/governor/src/planted-inferred.ts',
    code: 'const one = (): number => 1;\n\nexport const inferred = one();\n',
    refusedBy: { types: 'TS9010' },
  },
  {
    note: 'a function of more than sixty lines',
    path: 'packages/governor/src/planted-long.ts',
    code: `export const long = (list: number[]): void => {\n${'  list.push(1);\n'.repeat(61)}};\n`,
    refusedBy: { lint: 'noExcessiveLinesPerFunction' },
  },
];

export const plants: readonly Plant[] = [...impure, ...upwards, ...libraries, ...shape];
