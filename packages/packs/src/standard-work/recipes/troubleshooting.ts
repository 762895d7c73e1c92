/** Standard work on what goes wrong at run time: pods, transactions, disks, units (D-29). The last three run on this machine. */
import { type Work, work } from '../work.ts';

const CLUSTER = 'a Kubernetes cluster, and `kubectl` with the right to change this resource';

const pods = (waiting: string | undefined, terminated: string | undefined, restartCount: number): object => ({
  apiVersion: 'v1',
  kind: 'List',
  metadata: { resourceVersion: '' },
  items: [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'checkout-7d9f-abcde', namespace: 'shop' },
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            image: 'registry.acme.example/checkout:7',
            ready: waiting === undefined,
            restartCount,
            state:
              waiting === undefined
                ? { running: { startedAt: '2026-01-26T11:00:00Z' } }
                : { waiting: { reason: waiting } },
            lastState:
              terminated === undefined
                ? {}
                : { terminated: { exitCode: terminated === 'OOMKilled' ? 137 : 1, reason: terminated } },
          },
        ],
      },
    },
  ],
});
const idle = (seconds: number, state = 'idle in transaction'): object => ({ pid: 4_711, state, idle_s: seconds });

export const troubleshootingWork: readonly Work[] = [
  work({
    recipe_id: 'raise_memory_limit',
    title: 'Give a container more memory that is killed for using too much',
    category: 'troubleshooting',
    kind: 'pod_crash_looping',
    explanation:
      'A container is killed for using more memory than its limit, again and again. Its limit is raised by a half.',
    symptom: {
      all: [
        { fact: 'pod_waiting', is: 'CrashLoopBackOff' },
        { fact: 'pod_terminated', is: 'OOMKilled' },
      ],
    },
    step: {
      action: 'raise_memory_limit',
      means: 'raises the memory limit of the container by a half',
      command: 'kubectl set resources deployment NAME --limits=memory=RAISED',
      needs: CLUSTER,
    },
    undo: { why: 'the template before is kept as a ReplicaSet; going back to it is going back to being killed' },
    verify: { fact: 'pod_waiting', is: 'none' },
    prevention: 'Set the limit from the peak of the last month, and let a test run at that load before a release.',
    selects: { kubernetes_pods: pods('CrashLoopBackOff', 'OOMKilled', 6) },
    nearly: ['it was killed once, and runs', { kubernetes_pods: pods(undefined, 'OOMKilled', 1) }],
  }),
  work({
    recipe_id: 'undo_crashing_rollout',
    title: 'Undo a rollout whose containers end with an error',
    category: 'troubleshooting',
    kind: 'pod_crash_looping',
    explanation: 'Containers of the newest template end with an error as soon as they start. The rollout is undone.',
    symptom: {
      all: [
        { fact: 'pod_waiting', is: 'CrashLoopBackOff' },
        { fact: 'pod_terminated', is: 'Error' },
      ],
    },
    step: {
      action: 'undo_crashing_rollout',
      means: 'rolls the deployment back to the template before',
      command: 'kubectl rollout undo deployment NAME',
      needs: CLUSTER,
    },
    undo: { why: 'the template that crashed is kept as a ReplicaSet; it is rolled out again once it is mended' },
    verify: { fact: 'pod_waiting', is: 'none' },
    prevention: 'Let a readiness probe fail before traffic arrives, and set `progressDeadlineSeconds`.',
    selects: { kubernetes_pods: pods('CrashLoopBackOff', 'Error', 6) },
    nearly: ['it ended in order, and is started again', { kubernetes_pods: pods('CrashLoopBackOff', 'Completed', 6) }],
  }),
  work({
    recipe_id: 'undo_rollout_without_image',
    title: 'Undo a rollout whose image cannot be pulled',
    category: 'troubleshooting',
    kind: 'pod_image_missing',
    explanation:
      'The image of the newest template cannot be pulled, so no new container starts. The rollout is undone.',
    symptom: { fact: 'pod_waiting', oneOf: ['ErrImagePull', 'ImagePullBackOff'] },
    step: {
      action: 'undo_rollout_without_image',
      means: 'rolls the deployment back to the template before',
      command: 'kubectl rollout undo deployment NAME',
      needs: CLUSTER,
    },
    undo: { why: 'the template is kept as a ReplicaSet; it is rolled out again once its image is there' },
    verify: { fact: 'pod_waiting', is: 'none' },
    prevention: 'Deploy by digest, and only what the registry answers for.',
    selects: { kubernetes_pods: pods('ImagePullBackOff', undefined, 0) },
    nearly: ['the container is being created', { kubernetes_pods: pods('ContainerCreating', undefined, 0) }],
  }),
  work({
    recipe_id: 'end_idle_transaction',
    title: 'End a transaction that nobody works in',
    category: 'troubleshooting',
    kind: 'postgres_blocked',
    explanation:
      'A transaction has been open and idle for more than a quarter of an hour: others wait for its locks. Its connection is ended.',
    symptom: { fact: 'pg_idle_transaction_s', above: 900 },
    step: {
      action: 'end_idle_transaction',
      means: 'ends the connection of that transaction',
      with: { pid: 'pg_idle_pid' },
      command: 'psql -c "select pg_terminate_backend(PID)"',
    },
    undo: { why: 'the server rolled the transaction back; its client asks again' },
    verify: { fact: 'pg_idle_transaction_s', atMost: 900 },
    prevention: 'Set `idle_in_transaction_session_timeout`.',
    selects: { postgres_activity: [idle(901), idle(3, 'active')] },
    nearly: ['it works', { postgres_activity: [idle(5_000, 'active')] }],
  }),
  work({
    recipe_id: 'compress_logs_of_full_disk',
    title: 'Compress logs on a disk that is nearly full',
    category: 'troubleshooting',
    kind: 'disk_full',
    explanation: 'A disk is more than nine tenths full. Logs are rotated and compressed now, not at night.',
    symptom: { fact: 'disk_used_percent', above: 90 },
    step: {
      action: 'compress_logs',
      means: 'rotates and compresses the logs',
      command: 'logrotate --force /etc/logrotate.conf',
    },
    undo: { why: 'what was logged is kept, compressed; `zcat` reads it' },
    verify: { fact: 'disk_used_percent', atMost: 90 },
    prevention: 'Rotate by size as well as by day, and alert at three quarters.',
    selects: {
      disk_free:
        'Filesystem     1024-blocks     Used Available Capacity Mounted on\n/dev/sda1         41152736 37860518   3292218      92% /\n',
    },
    nearly: [
      'it is exactly nine tenths full',
      {
        disk_free:
          'Filesystem     1024-blocks     Used Available Capacity Mounted on\n/dev/sda1         41152736 37037463   4115273      90% /\n',
      },
    ],
  }),
  work({
    recipe_id: 'start_failed_unit',
    title: 'Start a unit that failed',
    category: 'troubleshooting',
    kind: 'unit_failed',
    explanation: 'A unit of systemd failed, and systemd does not start it again by itself. It is reset and started.',
    symptom: { fact: 'unit_state', is: 'failed' },
    step: {
      action: 'start_unit',
      means: 'resets the unit and starts it',
      command: 'systemctl reset-failed UNIT && systemctl start UNIT',
    },
    undo: {
      action: 'stop_unit',
      means: 'stops the unit',
      verify: { fact: 'unit_state', oneOf: ['inactive', 'failed'] },
    },
    verify: { fact: 'unit_state', is: 'active' },
    prevention: 'Set `Restart=on-failure` with `RestartSec`, and alert on `NRestarts`.',
    selects: { systemd_unit: 'ActiveState=failed\nNRestarts=5\n' },
    nearly: ['somebody stopped it', { systemd_unit: 'ActiveState=inactive\nNRestarts=0\n' }],
  }),
];
