/**
 * The layers, from the bottom up:
 *
 *     core ◄─ packs ◄─ cli        core ◄─ governor ◄─ adapter-* ◄─ cli
 *
 * `npm run deps` runs these rules through tools/layers.ts, which also fails when a source file was not read.
 */

/** What the pure packages may import from outside of the workspace, and nothing else. */
const pureLibraries = '(^|/)node_modules/(fp-ts|io-ts|ts-pattern|@noble/curves|@noble/hashes|@noble/ed25519)/';

/** A file that another package may see: what `exports` of the package's manifest names. */
const entryPoints =
  '^packages/[^/]+/src/(index|author/index|engine/index|schemas/index|testing/index|analysis/index|analytics/index|receipt/index|conformance|postgres|firestore|objects|marketplaces/index|bundle/index|keys/index|door/index|local/index|remote/index|production/index|node/index|json/index|operator/index|tokens/index|gate/index|events/index|client/index|door/index)\\.ts$';

/** One rule a layer: what it may never see of the workspace. */
const layer = (name, from, above) => ({
  name,
  severity: 'error',
  comment: `${from} imports upwards or sideways.`,
  from: { path: `^packages/${from}/src/` },
  to: { path: `^packages/(${above})/` },
});

module.exports = {
  forbidden: [
    layer('core-imports-no-package', 'core', 'packs|governor|adapter-[^/]+|cli'),
    layer('packs-import-core-alone', 'packs', 'governor|adapter-[^/]+|cli'),
    layer('governor-imports-core-alone', 'governor', 'packs|adapter-[^/]+|cli'),
    {
      name: 'adapters-never-meet',
      severity: 'error',
      comment: 'An adapter sees core and governor: no other adapter, no packs, no cli.',
      from: { path: '^packages/(adapter-[^/]+)/src/' },
      to: { path: '^packages/(packs|cli|adapter-[^/]+)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'nobody-imports-the-rim',
      severity: 'error',
      comment: 'Tests, examples, benches and tools see packages; packages see none of them.',
      from: { path: '^packages/' },
      to: { path: '^(test|examples|bench|tools)/' },
    },
    {
      name: 'pure-packages-reach-no-built-in',
      severity: 'error',
      comment: 'core and packs run in a bare JavaScript context.',
      from: { path: '^packages/(core|packs)/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-packages-import-six-libraries',
      severity: 'error',
      comment: 'fp-ts, io-ts, ts-pattern, @noble/curves, @noble/hashes, @noble/ed25519, and nothing else.',
      from: { path: '^packages/(core|packs)/src/' },
      to: { pathNot: [pureLibraries, '^packages/'], dependencyTypesNot: ['core'], couldNotResolve: false },
    },
    {
      name: 'receipts-stand-alone',
      severity: 'error',
      comment: 'An auditor reads core/receipt alone: it imports nothing from the decision side.',
      from: { path: '^packages/core/src/receipt/' },
      to: { path: '^packages/core/src/', pathNot: '^packages/core/src/receipt/' },
    },
    {
      name: 'packages-meet-at-entry-points',
      severity: 'error',
      comment: 'Import another package by its name; never reach into its files.',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', entryPoints] },
    },
    {
      name: 'packages-meet-by-name',
      severity: 'error',
      comment: 'Import another package by its name, not by a relative path.',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'evaluation-reaches-no-production',
      severity: 'error',
      comment: 'What serves an evaluation can load no handler of what is contractual, and none of a service (M-12).',
      from: { path: '^packages/cli/src/evaluation\\.ts$' },
      to: { path: ['^packages/governor/src/production/', '^packages/cli/src/command\\.ts$'], reachable: true },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      comment: 'Data flows one way: split off what both need.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      comment:
        'Nothing imports this file and it imports nothing: it is dead, or an entry point that is not listed here.',
      from: { orphan: true, pathNot: ['/index\\.ts$', '^packages/cli/src/main\\.ts$', '-worker\\.ts$'] },
      to: {},
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      comment: 'An import that leads nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'only-declared-dependencies',
      severity: 'error',
      comment: 'What a package imports stands under `dependencies` of its own manifest.',
      from: { path: '^packages/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    preserveSymlinks: false,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@tai-autonomics/source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
