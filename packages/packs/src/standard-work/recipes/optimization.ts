/** Standard work on cost and performance (D-30). That on tables runs against a PostgreSQL on this machine. */
import { type Work, work } from '../work.ts';

const CLOUD = 'a Google Cloud project, and `gcloud` with the right to change this resource';

const service = (annotations: object): object => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'reports' },
  spec: { template: { metadata: { annotations } }, traffic: [{ percent: 100, latestRevision: true }] },
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    latestCreatedRevisionName: 'reports-00002-a',
    latestReadyRevisionName: 'reports-00002-a',
  },
});
const requests = (value: string): object => ({
  timeSeries: [
    {
      metric: { type: 'run.googleapis.com/request_count', labels: { response_code_class: '2xx' } },
      resource: { type: 'cloud_run_revision', labels: { service_name: 'reports' } },
      points: [{ interval: { endTime: '2026-01-26T12:00:00Z' }, value: { int64Value: value } }],
    },
  ],
});
const recommendation = (recommenderSubtype: string, units: string, state = 'ACTIVE'): object => ({
  name: 'projects/123/locations/europe-west1-b/recommenders/google.compute.instance.MachineTypeRecommender/recommendations/0fd31b24',
  description: 'Save cost by changing machine type from n2-standard-8 to n2-standard-2.',
  recommenderSubtype,
  primaryImpact: {
    category: 'COST',
    costProjection: { cost: { currencyCode: 'EUR', units, nanos: -500_000_000 }, duration: '2592000s' },
  },
  stateInfo: { state },
  etag: '"f1e2d3c4"',
});
const table = (live: number, dead: number, changed: number): object => ({
  relid: 16_400,
  schemaname: 'public',
  relname: 'orders',
  seq_scan: 12,
  n_live_tup: live,
  n_dead_tup: dead,
  n_mod_since_analyze: changed,
  last_autovacuum: '2026-01-20T03:00:00+00:00',
});

export const optimizationWork: readonly Work[] = [
  work({
    recipe_id: 'let_idle_service_sleep',
    title: 'Let a service sleep that nobody asks',
    category: 'optimization',
    kind: 'cloud_run_idle',
    explanation:
      'Instances of a service of Cloud Run are kept ready, and no request arrived. It may have none while nobody asks.',
    symptom: {
      all: [
        { fact: 'cloud_run_min_instances', above: 0 },
        { fact: 'cloud_run_requests', is: 0 },
      ],
    },
    step: {
      action: 'let_service_sleep',
      means: 'sets the least instances to 0',
      idempotent: true,
      command: 'gcloud run services update SERVICE --min-instances=0',
      needs: CLOUD,
    },
    undo: {
      action: 'set_min_instances',
      means: 'sets the least instances to what they were',
      idempotent: true,
      with: { instances: 'cloud_run_min_instances' },
      verify: { fact: 'cloud_run_min_instances', is: { fact: 'step.instances' } },
    },
    verify: { fact: 'cloud_run_min_instances', is: 0 },
    prevention: 'Keep instances ready only for services with a promise on their first answer.',
    selects: {
      cloud_run_service: service({ 'autoscaling.knative.dev/minScale': '2' }),
      cloud_monitoring: requests('0'),
    },
    nearly: [
      'one request arrived',
      { cloud_run_service: service({ 'autoscaling.knative.dev/minScale': '2' }), cloud_monitoring: requests('1') },
    ],
  }),
  work({
    recipe_id: 'resize_oversized_machine',
    title: 'Give a machine the size that it needs',
    category: 'optimization',
    kind: 'cost_recommended',
    explanation:
      'A machine is larger than its load needs, and the smaller one saves more than 10 a month. It is stopped, resized and started.',
    symptom: {
      all: [
        { fact: 'recommendation_state', is: 'ACTIVE' },
        { fact: 'recommendation_kind', is: 'CHANGE_MACHINE_TYPE' },
        { fact: 'recommendation_saves', above: 10 },
      ],
    },
    step: {
      action: 'resize_machine',
      means: 'stops the machine, resizes it as recommended, and starts it',
      command: 'gcloud compute instances set-machine-type INSTANCE --machine-type=TYPE',
      needs: CLOUD,
    },
    undo: {
      why: 'the size before stands in the description of the recommendation; resizing it back stops the machine again, so somebody has to choose when',
    },
    verify: { fact: 'recommendation_state', is: 'SUCCEEDED' },
    prevention: 'Choose machines by measured load, and look at recommendations every month.',
    selects: { cost_recommendation: recommendation('CHANGE_MACHINE_TYPE', '-87') },
    nearly: [
      'it saves 10, which is not worth a stop',
      { cost_recommendation: recommendation('CHANGE_MACHINE_TYPE', '-10') },
    ],
  }),
  work({
    recipe_id: 'snapshot_and_delete_disk',
    title: 'Delete a disk that nothing uses, and keep a snapshot',
    category: 'optimization',
    kind: 'cost_recommended',
    explanation: 'A disk has been attached to nothing for long. A snapshot of it is made, then it is deleted.',
    symptom: {
      all: [
        { fact: 'recommendation_state', is: 'ACTIVE' },
        { fact: 'recommendation_kind', is: 'SNAPSHOT_AND_DELETE_DISK' },
      ],
    },
    step: {
      action: 'snapshot_and_delete_disk',
      means: 'makes a snapshot of the disk and deletes it',
      command: 'gcloud compute snapshots create NAME --source-disk=DISK && gcloud compute disks delete DISK',
      needs: CLOUD,
    },
    undo: { why: 'the snapshot is kept; a disk made from it is another disk, and somebody has to choose where' },
    verify: { fact: 'recommendation_state', is: 'SUCCEEDED' },
    prevention: 'Delete disks with their machines (`auto-delete`), unless somebody says why not.',
    selects: { cost_recommendation: recommendation('SNAPSHOT_AND_DELETE_DISK', '-3') },
    nearly: [
      'somebody claimed it, and is at it',
      { cost_recommendation: recommendation('SNAPSHOT_AND_DELETE_DISK', '-3', 'CLAIMED') },
    ],
  }),
  work({
    recipe_id: 'vacuum_dead_rows',
    title: 'Vacuum a table that is full of dead rows',
    category: 'optimization',
    kind: 'postgres_slow_table',
    explanation:
      'Three rows in ten of a table are dead, and every read passes them. The table is vacuumed and analyzed.',
    symptom: { fact: 'pg_table_dead_percent', atLeast: 30 },
    step: {
      action: 'vacuum_table',
      means: 'vacuums and analyzes the table',
      command: 'psql -c "vacuum (analyze) TABLE"',
    },
    undo: { why: 'vacuuming changes no row that anybody can read' },
    verify: { fact: 'pg_table_dead_percent', below: 30 },
    prevention: 'Lower `autovacuum_vacuum_scale_factor` of this table.',
    selects: { postgres_table: table(7_000, 3_000, 9_000) },
    nearly: ['29 in a hundred are dead', { postgres_table: table(7_100, 2_900, 0) }],
  }),
  work({
    recipe_id: 'analyze_stale_table',
    title: 'Analyze a table that changed much since it was analyzed',
    category: 'optimization',
    kind: 'postgres_slow_table',
    explanation:
      'Much of a table changed since it was analyzed, so that the planner chooses by what is no longer so. It is analyzed.',
    symptom: {
      all: [
        { fact: 'pg_table_dead_percent', below: 30 },
        { fact: 'pg_table_stale_percent', above: 20 },
      ],
    },
    step: { action: 'analyze_table', means: 'analyzes the table', command: 'psql -c "analyze TABLE"' },
    undo: { why: 'statistics are only renewed; they change no row' },
    verify: { fact: 'pg_table_stale_percent', atMost: 20 },
    prevention: 'Lower `autovacuum_analyze_scale_factor` of this table, and analyze after each large load.',
    selects: { postgres_table: table(10_000, 100, 2_100) },
    nearly: ['a fifth of it changed', { postgres_table: table(10_000, 100, 2_000) }],
  }),
];
