/** standard_work 1.0.0: recipes on real formats, with the facts they look at and the actions that carry them out; loaded beside the library. */
import type { CatalogSource, Pack } from '@tai-autonomics/core';
import { CATEGORIES, type Recipe } from '@tai-autonomics/core/author';
import type { Detector } from '../detector.ts';
import { incidentPack } from '../incident/pack.ts';
import { recipes } from '../incident/recipes.ts';
import { internal } from '../platform/action.ts';
import {
  cloudMonitoring,
  cloudRunService,
  costRecommendation,
  firestoreIndex,
  procurementEntitlement,
  pubsubSubscription,
  serviceQuota,
} from './detectors/cloud.ts';
import { clusterDetectors } from './detectors/cluster.ts';
import {
  pgBackRest,
  postgresActivity,
  postgresAges,
  postgresSlots,
  postgresTable,
  sqliteIntegrity,
} from './detectors/databases.ts';
import { hostDetectors } from './detectors/host.ts';
import { kubernetesCertificate, kubernetesPods, kubernetesQuota } from './detectors/kubernetes.ts';
import { diskFree, systemdUnit } from './detectors/machine.ts';
import { settingDetectors } from './detectors/settings.ts';
import { tableDetectors } from './detectors/tables.ts';
import { standardWorkFacts } from './facts.ts';
import { clusterWork } from './recipes/cluster.ts';
import { dataWork } from './recipes/data.ts';
import { entitlementWork } from './recipes/entitlement.ts';
import { hostWork } from './recipes/host.ts';
import { infrastructureWork } from './recipes/infrastructure.ts';
import { optimizationWork } from './recipes/optimization.ts';
import { settingWork } from './recipes/settings.ts';
import { tableWork } from './recipes/tables.ts';
import { troubleshootingWork } from './recipes/troubleshooting.ts';
import type { RecipeFixture, Work } from './work.ts';

const unordered: readonly Work[] = [
  ...infrastructureWork,
  ...dataWork,
  ...entitlementWork,
  ...troubleshootingWork,
  ...optimizationWork,
  ...hostWork,
  ...tableWork,
  ...clusterWork,
  ...settingWork,
];
const works = CATEGORIES.flatMap((category) => unordered.filter(({ recipe }) => recipe.category === category));

/** The detectors of standard work, one a format. */
export const standardWorkDetectors: readonly Detector[] = [
  cloudRunService,
  pubsubSubscription,
  firestoreIndex,
  cloudMonitoring,
  serviceQuota,
  procurementEntitlement,
  costRecommendation,
  kubernetesPods,
  kubernetesQuota,
  kubernetesCertificate,
  postgresActivity,
  postgresSlots,
  postgresAges,
  postgresTable,
  pgBackRest,
  sqliteIntegrity,
  diskFree,
  systemdUnit,
  ...hostDetectors,
  ...tableDetectors,
  ...clusterDetectors,
  ...settingDetectors,
];

/** The recipes of standard work, in the order of their categories. Each begins with 5 percent of the tenants. */
export const standardWorkRecipes: readonly Recipe[] = works.map(({ recipe }) => recipe);

/** For each recipe evidence in the format of its product: one that selects it, and one that nearly does. */
export const standardWorkFixtures: Readonly<Record<string, readonly RecipeFixture[]>> = Object.fromEntries(
  works.map(({ recipe, fixtures }) => [recipe.recipe_id, fixtures]),
);

const actions = Object.assign({}, ...works.map((work) => work.actions)) as Pack['actions'];

/** The pack that holds what the recipes name. No plan that ships has it: put it into a plan of your own. */
export const standardWork: Pack = {
  pack_id: 'standard_work',
  version: '1.0.0',
  description:
    'Carries out standard work on machines, containers, databases, Kubernetes, what is configured in a cloud, quotas, entitlements, certificates and costs, in incidents that were checked.',
  tools: [
    {
      tool: 'standard_work',
      title: 'Carry standard work out',
      description:
        'Carries out the step of a recipe in an incident that was checked, with the incident’s id; or takes one back.',
      actions: Object.keys(actions),
    },
  ],
  signals: [],
  facts: {
    ...standardWorkFacts,
    ...(Object.assign({}, ...works.map(({ facts }) => facts)) as Pack['facts']),
    standard_work_allowed: {
      means: 'whether standard work on the resource may be done without asking again',
      type: { type: 'boolean' },
      origin: 'ledger',
      cell: 'standard_work_allowed',
      key: [{ fact: 'resource_ref' }],
      otherwise: false,
    },
  },
  cells: {
    ...(Object.assign({}, ...works.map(({ cells }) => cells)) as Pack['cells']),
    standard_work_allowed: {
      means: 'whether standard work on a resource may be done without asking again',
      key: ['resource'],
      type: { type: 'boolean' },
    },
  },
  actions: {
    ...actions,
    allow_standard_work: {
      ...internal({
        means: 'says whether standard work on a resource may be done without asking again',
        who: ['user'],
        relation: 'owner',
        arguments: { allowed: { means: 'whether it may', type: { type: 'boolean' } } },
        requires: [],
        emits: { approve: 'standard_work_allowance_set', refuse: 'action_refused' },
        writes: [
          {
            cell: 'standard_work_allowed',
            key: [{ fact: 'resource_ref' }],
            change: { set: { fact: 'argument.allowed' } },
          },
        ],
      }),
      entitlement: 'active',
    },
  },
  codes: {
    standard_work_not_allowed: 'the owner does not allow standard work on this resource',
    standard_work_argument_other: 'an argument is not what is seen, or not what was there before',
    standard_work_carried_out: 'it was carried out in this incident, and not taken back, or it runs',
    standard_work_not_carried_out: 'what this follows was not carried out, or was taken back, or runs',
  },
  required_iam_roles: ['read_deployment', 'write_config'],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: ['standard_work_approved', 'standard_work_done', 'standard_work_allowance_set'],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 300_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};

/**
 * A catalog with standard work beside its packs: the pack, its recipes in the pack of incidents, and the pack in the plans that
 * are named. Recipes of one's own go with them, and take the place of those of the same id: a catalog holds one version of each.
 */
export const withStandardWork = (
  source: CatalogSource,
  plans: readonly string[] = [],
  own: readonly Recipe[] = [],
): CatalogSource => {
  const byId = new Map([...recipes, ...standardWorkRecipes, ...own].map((recipe) => [recipe.recipe_id, recipe]));
  const incidents = incidentPack([...byId.values()]);
  const packs = source.packs.map((pack) => (pack.pack_id === incidents.pack_id ? incidents : pack));
  return {
    ...source,
    packs: [...packs, standardWork],
    plans: Object.fromEntries(
      Object.entries(source.plans).map(([id, plan]) => [
        id,
        plans.includes(id) ? { ...plan, packs: [...plan.packs, standardWork.pack_id] } : plan,
      ]),
    ),
  };
};
