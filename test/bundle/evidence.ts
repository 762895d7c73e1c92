/** A deployment with something to show: a tenant that bought, was refused, complied and acted once. And ways to export it. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildNoteKey, formatVkey } from '@tai-autonomics/core/receipt';
import type { NotDecided, Observer, Seen } from '@tai-autonomics/governor';
import {
  type BundleReport,
  type Exported,
  exportBundle,
  exportKeyName,
  folderSink,
  type LedgerSource,
  readBundle,
  type Selection,
  tarSink,
  trustFileFor,
  type VerifyBundleOptions,
  verifyBundle,
} from '@tai-autonomics/governor/bundle';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { deploymentIn } from '../governor/deployment.ts';
import {
  approvalOf,
  approved,
  clockAt,
  decided,
  makeReady,
  people,
  right,
  rollback,
  type Setting,
  START,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { memorySigner } from '../governor/signer.ts';

/** Bytes that look random and are the same every time. */
export const fixedRandom = (name: string): ((count: number) => Uint8Array) => {
  let asked = 0;
  return (count) => {
    asked += 1;
    return nodeSha256(new Uint8Array(Buffer.from(`${name} ${asked}`))).slice(0, count);
  };
};

/** What an export needs, and whom it is about. */
export interface Evidence {
  readonly setting: Setting;
  readonly source: LedgerSource;
  /** The ledger's key and the export key, as the operator would give them to an auditor. */
  readonly trust: string;
}

export const INCIDENT = 'INC-7';

/** A source over a tenant's ledger, with an export key of its own. */
export const sourceOf = (setting: Setting, tenant = TENANT): LedgerSource => ({
  store: setting.store,
  ledger: setting.identity.ledger(tenant),
  origin: setting.identity.origin(tenant),
  publicKey: setting.signer.publicKey,
  catalogs: setting.options.catalogs,
  exporter: memorySigner('export key'),
  seal: async () => E.mapLeft(({ detail }: NotDecided) => detail)(await setting.governor.seal(tenant)),
});

/** Tells the tenant's story: about fifteen receipts, decisions of both sorts, an outcome and consequences. */
const tell = async (setting: Setting, tenant = TENANT): Promise<void> => {
  const { governor, clock } = setting;
  const { agent, approver } = people(tenant);
  await makeReady(setting, tenant);
  // An auditor may have come by now.
  right(await governor.seal(tenant));
  clock.now += 60_000;
  const asked = { ...rollback, incident: INCIDENT };
  const refusal = await governor.submit(agent, asked);
  clock.now += 1_000;
  approved(await governor.submit(approver, approvalOf(refusal, clock.now + 3_600_000)));
  clock.now += 1_000;
  approved(await governor.submit(agent, asked));
  clock.now += 60_000;
  decided(await governor.submit(agent, { action: 'check_health', resource: '*' }));
  decided(await governor.submit(agent, rollback));
};

/** A folder of this process for what tests write; gone when it ends. */
export const workFolder = (): { readonly dir: string; readonly remove: () => void; readonly path: () => string } => {
  const dir = mkdtempSync(join(tmpdir(), 'tai-bundle-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }), path: () => join(dir, randomUUID()) };
};

/** An observer that says from which raw input it drew its conclusions. */
const referring = (observer: Observer, ref: NonNullable<Seen['ref']>): Observer => ({
  ...observer,
  observe: async (...asked) => (await observer.observe(...asked)).map((seen) => ({ ...seen, ref })),
});

/** Starts the deployment and tells its story. The folder keeps the world that the handler changes. */
export const makeEvidence = async (
  folder: string,
  tenants: readonly string[] = [TENANT],
  ref?: NonNullable<Seen['ref']>,
): Promise<Evidence> => {
  mkdirSync(folder, { recursive: true });
  const deployment = deploymentIn(folder);
  const clock = clockAt(START);
  const observer = deployment.observer(clock);
  const setting = await startGovernor({
    clock,
    random: fixedRandom('salts'),
    observers: [ref === undefined ? observer : referring(observer, ref)],
    handlers: [deployment.handler('deploys')],
  });
  for (const tenant of tenants) await tell(setting, tenant);
  const source = sourceOf(setting);
  return { setting, source, trust: trustOf(source) };
};

const vkeyOf = (name: string, publicKey: Uint8Array): string =>
  formatVkey(right(buildNoteKey(nodeSha256, name, 1, publicKey)));

/** The auditor's trust file: the ledger's key, and the export key where it is asked for. */
export const trustOf = ({ origin, publicKey, exporter }: LedgerSource, withExporter = false): string =>
  right(
    trustFileFor([
      vkeyOf(origin, publicKey),
      ...(withExporter && exporter !== undefined ? [vkeyOf(exportKeyName(origin), exporter.publicKey)] : []),
    ]),
  );

/** Exports to a folder, or to a tar file if the name says so. */
export const exportTo = async (source: LedgerSource, path: string, selection: Selection = {}): Promise<Exported> =>
  right(await exportBundle(source, selection, right(await (path.endsWith('.tar') ? tarSink(path) : folderSink(path)))));

/** Reads and verifies, or fails with the fault. */
export const verifyAt = async (path: string, options: Partial<VerifyBundleOptions> = {}): Promise<BundleReport> => {
  const bundle = right(await readBundle(path));
  try {
    return right(await verifyBundle(bundle, { rederive: true, ...options }));
  } finally {
    bundle.close();
  }
};

/** One step's status. */
export const statusOf = (report: BundleReport, step: BundleReport['steps'][number]['step']): string =>
  report.steps.find((result) => result.step === step)?.status ?? 'none';
