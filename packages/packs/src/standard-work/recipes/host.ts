/** Standard work on a machine: its clock, its disks, its certificates, processes, units, containers, repositories. All of it runs there. */
import { type Work, work } from '../work.ts';

const inodes = (used: string): string =>
  `Filesystem      Inodes   IUsed   IFree IUse% Mounted on\n/dev/sda1      2621440 2516583  104857   ${used} /\n`;
const clock = (on: string, synchronized: string): string => `NTP=${on}\nNTPSynchronized=${synchronized}\n`;
const journal = (size: string): string => `Archived and active journals take up ${size} in the file system.\n`;
const tls = (until: string): object => ({ now: '2026-01-26T12:00:00Z', enddate: `notAfter=${until}Z\n` });
const files = (open: number, soft: number): object => ({
  open,
  limits: `Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax open files            ${soft}                 524288               files     \n`,
});
const unit = (memory: number, tasks: number): string =>
  `MemoryCurrent=${memory * 1_048_576}\nMemoryMax=536870912\nTasksCurrent=${tasks}\nTasksMax=512\n`;
const container = (state: object, memory = 268_435_456): readonly object[] => [
  {
    Id: '3f4e1c0a9b7d',
    Name: '/checkout',
    State: { Status: 'running', Running: true, OOMKilled: false, ExitCode: 0, ...state },
    HostConfig: { Memory: memory, RestartPolicy: { Name: 'no', MaximumRetryCount: 0 } },
    Config: { Image: 'registry.acme.example/checkout:7' },
  },
];
const objects = (loose: number, packs: number): string =>
  `count: ${loose}\nsize: 51200\nin-pack: 10020\npacks: ${packs}\nsize-pack: 4096\nprune-packable: 0\ngarbage: 0\nsize-garbage: 0\n`;
const branch = (ahead: number, behind: number, ...changes: readonly string[]): string =>
  [
    `# branch.oid ${'4b825dc642cb6eb9a060e54bf8d69288fbee4904'}`,
    '# branch.head main',
    '# branch.upstream origin/main',
    `# branch.ab +${ahead} -${behind}`,
    ...changes,
    '',
  ].join('\n');

export const hostWork: readonly Work[] = [
  work({
    recipe_id: 'turn_time_synchronization_on',
    title: 'Turn on what keeps the clock',
    category: 'infrastructure',
    kind: 'clock_unsynchronized',
    explanation: 'The clock is not synchronized, and no service is set to keep it. The service is turned on.',
    symptom: {
      all: [
        { fact: 'clock_synchronized', is: false },
        { fact: 'clock_service_on', is: false },
      ],
    },
    step: {
      action: 'turn_time_service_on',
      means: 'turns the time service on',
      idempotent: true,
      command: 'timedatectl set-ntp true',
    },
    undo: {
      action: 'turn_time_service_off',
      means: 'turns the time service off again',
      idempotent: true,
      verify: { fact: 'clock_service_on', is: false },
    },
    verify: { fact: 'clock_synchronized', is: true },
    prevention: 'Let the image of the machine have it on, and alert where `NTPSynchronized` is `no` for ten minutes.',
    selects: { clock_sync: clock('no', 'no') },
    nearly: ['the service is on, and cannot reach a server', { clock_sync: clock('yes', 'no') }],
  }),
  work({
    recipe_id: 'restart_time_service',
    title: 'Restart a time service that does not synchronize',
    category: 'infrastructure',
    kind: 'clock_unsynchronized',
    explanation:
      'A service is set to keep the clock, and does not. It is restarted, which makes it choose a server anew.',
    symptom: {
      all: [
        { fact: 'clock_synchronized', is: false },
        { fact: 'clock_service_on', is: true },
      ],
    },
    step: {
      action: 'restart_time_service',
      means: 'restarts the time service',
      command: 'systemctl restart systemd-timesyncd',
    },
    undo: { why: 'a restart leaves nothing behind' },
    verify: { fact: 'clock_synchronized', is: true },
    prevention: 'Name two servers, one of them inside the network.',
    selects: { clock_sync: clock('yes', 'no') },
    nearly: ['it is synchronized', { clock_sync: clock('yes', 'yes') }],
  }),
  work({
    recipe_id: 'renew_certificate_file',
    title: 'Renew a certificate of this machine that ends within a week',
    category: 'infrastructure',
    kind: 'certificate_file_expires',
    explanation: 'The certificate in a file ends within a week: its renewal did not run. It is renewed now.',
    symptom: { fact: 'tls_file_left_s', below: 604_800 },
    step: {
      action: 'renew_certificate_file',
      means: 'renews the certificate and has the server read it',
      command: 'certbot renew --cert-name NAME --deploy-hook "systemctl reload SERVER"',
    },
    undo: { why: 'the certificate before is kept in `archive`, and is valid until its own end' },
    verify: { fact: 'tls_file_left_s', atLeast: 604_800 },
    prevention: 'Alert when the timer that renews did not run for two days.',
    selects: { file_certificate: tls('2026-02-02 11:59:59') },
    nearly: ['it is valid for a week to the second', { file_certificate: tls('2026-02-02 12:00:00') }],
  }),
  work({
    recipe_id: 'fast_forward_checkout',
    title: 'Bring a checkout to the commit of its upstream',
    category: 'infrastructure',
    kind: 'checkout_behind',
    explanation:
      'A checkout that machines read is behind its upstream; nobody changed or committed anything in it. It is moved forward.',
    symptom: {
      all: [
        { fact: 'git_behind', above: 0 },
        { fact: 'git_ahead', is: 0 },
        { fact: 'git_changed', is: false },
      ],
    },
    step: {
      action: 'fast_forward_checkout',
      means: 'moves the branch forward to its upstream',
      command: 'git merge --ff-only @{upstream}',
    },
    undo: {
      action: 'reset_checkout',
      means: 'moves the branch back to the commit before',
      with: { commit: 'git_head' },
      verify: { fact: 'git_head', is: { fact: 'step.commit' } },
    },
    verify: { fact: 'git_behind', is: 0 },
    prevention: 'Let a push tell the machines that read it, and alert when a checkout is behind for an hour.',
    selects: { git_branch: branch(0, 3) },
    nearly: ['somebody committed in it: it has to be merged by hand', { git_branch: branch(1, 3) }],
  }),
  work({
    recipe_id: 'clean_expired_files',
    title: 'Remove files that have expired where inodes run out',
    category: 'troubleshooting',
    kind: 'inodes_used_up',
    explanation:
      'A disk has room, and hardly an inode left: many small files. Those that are declared temporary and have expired are removed.',
    symptom: { fact: 'inodes_used_percent', above: 95 },
    step: {
      action: 'clean_expired_files',
      means: 'removes temporary files that have expired, by their declaration',
      command: 'systemd-tmpfiles --clean',
    },
    undo: { why: 'only what is declared to end is removed' },
    verify: { fact: 'inodes_used_percent', atMost: 95 },
    prevention: 'Declare an age for each folder of sessions and caches in `tmpfiles.d`.',
    selects: { disk_inodes: inodes('96%') },
    nearly: ['one in twenty is left', { disk_inodes: inodes('95%') }],
  }),
  work({
    recipe_id: 'restart_unhealthy_container',
    title: 'Restart a container that fails its health check',
    category: 'troubleshooting',
    kind: 'container_unhealthy',
    explanation: 'A container runs, and fails its own health check. It is restarted.',
    symptom: {
      all: [
        { fact: 'container_state', is: 'running' },
        { fact: 'container_health', is: 'unhealthy' },
      ],
    },
    step: { action: 'restart_container', means: 'restarts the container', command: 'docker restart CONTAINER' },
    undo: { why: 'a restart changes nothing of the container but what it held in memory' },
    verify: { fact: 'container_health', is: 'healthy' },
    prevention: 'Let the process end when it cannot work, and set `--restart on-failure`.',
    selects: { docker_container: container({ Health: { Status: 'unhealthy', FailingStreak: 5 } }) },
    nearly: [
      'it has just been started',
      { docker_container: container({ Health: { Status: 'starting', FailingStreak: 0 } }) },
    ],
  }),
  work({
    recipe_id: 'start_ended_container',
    title: 'Start a container that ended with an error',
    category: 'troubleshooting',
    kind: 'container_ended',
    explanation: 'A container ended with an error, and nothing starts it again. It is started.',
    symptom: {
      all: [
        { fact: 'container_state', is: 'exited' },
        { fact: 'container_killed', is: false },
        { fact: 'container_exit_code', above: 0 },
      ],
    },
    step: { action: 'start_container', means: 'starts the container', command: 'docker start CONTAINER' },
    undo: {
      action: 'stop_container',
      means: 'stops the container',
      verify: { fact: 'container_state', is: 'exited' },
    },
    verify: { fact: 'container_state', is: 'running' },
    prevention: 'Set `--restart on-failure:5`, and alert on the last of those.',
    selects: { docker_container: container({ Status: 'exited', Running: false, ExitCode: 1 }) },
    nearly: ['it ended in order', { docker_container: container({ Status: 'exited', Running: false, ExitCode: 0 }) }],
  }),
  work({
    recipe_id: 'give_container_more_memory',
    title: 'Give a container more memory that was killed for using too much',
    category: 'troubleshooting',
    kind: 'container_ended',
    explanation:
      'A container was killed for using more memory than its limit. The limit is doubled, then it is started.',
    symptom: {
      all: [
        { fact: 'container_state', is: 'exited' },
        { fact: 'container_killed', is: true },
      ],
    },
    before: [
      {
        step: {
          action: 'double_container_memory',
          means: 'doubles the memory limit of the container',
          with: { before: 'container_memory_mb' },
          command: 'docker update --memory $((2 * BEFORE))m CONTAINER',
        },
        verify: { fact: 'container_memory_mb', above: { fact: 'step.before' } },
        undo: {
          action: 'set_container_memory',
          means: 'sets the memory limit to what it was',
          idempotent: true,
          with: { megabytes: 'container_memory_mb' },
          verify: { fact: 'container_memory_mb', is: { fact: 'step.megabytes' } },
        },
      },
    ],
    step: {
      action: 'start_killed_container',
      means: 'starts the container',
      command: 'docker start CONTAINER',
    },
    undo: {
      action: 'stop_killed_container',
      means: 'stops the container',
      verify: { fact: 'container_state', is: 'exited' },
    },
    verify: { fact: 'container_state', is: 'running' },
    prevention: 'Set the limit from the peak of the last month.',
    selects: {
      docker_container: container({ Status: 'exited', Running: false, OOMKilled: true, ExitCode: 137 }),
    },
    nearly: [
      'somebody killed it, and not for its memory',
      { docker_container: container({ Status: 'exited', Running: false, ExitCode: 137 }) },
    ],
  }),
  work({
    recipe_id: 'unpause_container',
    title: 'Let a container go on that is paused',
    category: 'troubleshooting',
    kind: 'container_answers_nothing',
    explanation: 'A container answers nothing: somebody paused all of its processes. They go on.',
    symptom: { fact: 'container_state', is: 'paused' },
    step: {
      action: 'turn_container_on',
      means: 'lets the processes of the container go on',
      idempotent: true,
      command: 'docker unpause CONTAINER',
    },
    undo: {
      action: 'turn_container_off',
      means: 'pauses the container again',
      idempotent: true,
      verify: { fact: 'container_state', is: 'paused' },
    },
    verify: { fact: 'container_state', is: 'running' },
    prevention: 'Let whatever pauses a container (a backup, a debugger) say until when.',
    selects: { docker_container: container({ Status: 'paused', Paused: true }) },
    nearly: ['it runs', { docker_container: container({}) }],
  }),
  work({
    recipe_id: 'raise_open_files_limit',
    title: 'Let a process open more files',
    category: 'entitlement',
    kind: 'open_files_used_up',
    explanation:
      'A process has nearly as many files open as it may. Its own limit is raised to what the machine grants, without a restart.',
    symptom: { fact: 'open_files', atLeast: { fact: 'open_files_soft', plus: -16 } },
    step: {
      action: 'raise_open_files',
      means: 'raises the limit of open files to the hard one',
      with: { hard: 'open_files_hard' },
      command: 'prlimit --pid PID --nofile=HARD:HARD',
    },
    undo: {
      action: 'set_open_files',
      means: 'sets the limit of open files to what it was',
      idempotent: true,
      with: { soft: 'open_files_soft' },
      verify: { fact: 'open_files_soft', is: { fact: 'step.soft' } },
    },
    verify: { fact: 'open_files', below: { fact: 'open_files_soft', plus: -16 } },
    prevention: 'Set `LimitNOFILE` in the unit, and close what is no longer used.',
    selects: { process_limits: files(1_010, 1_024) },
    nearly: ['there are seventeen left', { process_limits: files(1_007, 1_024) }],
  }),
  work({
    recipe_id: 'raise_unit_memory',
    title: 'Allow a unit more memory that has nearly all it may have',
    category: 'entitlement',
    kind: 'unit_memory_used_up',
    explanation:
      'A unit of systemd uses nearly all the memory that it may, and would be killed. It may have twice as much.',
    symptom: { fact: 'unit_memory_mb', atLeast: { fact: 'unit_memory_max_mb', plus: -32 } },
    step: {
      action: 'double_unit_memory',
      means: 'doubles the memory that the unit may use, until the next start of the machine',
      with: { before: 'unit_memory_max_mb' },
      command: 'systemctl set-property --runtime UNIT MemoryMax=$((2 * BEFORE))M',
    },
    undo: {
      action: 'set_unit_memory',
      means: 'sets the memory that the unit may use to what it was',
      idempotent: true,
      with: { megabytes: 'unit_memory_max_mb' },
      verify: { fact: 'unit_memory_max_mb', is: { fact: 'step.megabytes' } },
    },
    verify: { fact: 'unit_memory_mb', below: { fact: 'unit_memory_max_mb', plus: -32 } },
    prevention: 'Alert on `MemoryHigh`, which slows a unit down before `MemoryMax` kills it.',
    selects: { systemd_limits: unit(490, 40) },
    nearly: ['a good deal is left', { systemd_limits: unit(479, 40) }],
  }),
  work({
    recipe_id: 'raise_unit_tasks',
    title: 'Allow a unit more tasks that has all it may have',
    category: 'entitlement',
    kind: 'unit_tasks_used_up',
    explanation: 'A unit of systemd has as many tasks as it may: it can start no thread. It may have twice as many.',
    symptom: { fact: 'unit_tasks', atLeast: { fact: 'unit_tasks_max' } },
    step: {
      action: 'double_unit_tasks',
      means: 'doubles the tasks that the unit may have, until the next start of the machine',
      with: { before: 'unit_tasks_max' },
      command: 'systemctl set-property --runtime UNIT TasksMax=$((2 * BEFORE))',
    },
    undo: {
      action: 'set_unit_tasks',
      means: 'sets the tasks that the unit may have to what they were',
      idempotent: true,
      with: { tasks: 'unit_tasks_max' },
      verify: { fact: 'unit_tasks_max', is: { fact: 'step.tasks' } },
    },
    verify: { fact: 'unit_tasks', below: { fact: 'unit_tasks_max' } },
    prevention: 'Bound the pool of threads, and alert at four fifths of `TasksMax`.',
    selects: { systemd_limits: unit(100, 512) },
    nearly: ['one more may be started', { systemd_limits: unit(100, 511) }],
  }),
  work({
    recipe_id: 'shrink_journal',
    title: 'Shrink a journal that takes several gibibytes',
    category: 'optimization',
    kind: 'journal_large',
    explanation:
      'The journal of the machine takes more than four gibibytes. Its oldest parts are removed, down to one.',
    symptom: { fact: 'journal_mb', above: 4_096 },
    step: {
      action: 'shrink_journal',
      means: 'removes the oldest parts of the journal',
      command: 'journalctl --rotate --vacuum-size=1G',
    },
    undo: { why: 'what is removed is gone; what has to be kept for longer belongs into a log store' },
    verify: { fact: 'journal_mb', atMost: 4_096 },
    prevention: 'Set `SystemMaxUse` in journald.conf.',
    selects: { journal_usage: journal('4.1G') },
    nearly: ['it takes four', { journal_usage: journal('4.0G') }],
  }),
  work({
    recipe_id: 'repack_repository',
    title: 'Pack a repository that has many loose objects',
    category: 'optimization',
    kind: 'repository_slow',
    explanation: 'A repository has more loose objects than git itself would leave. They are packed.',
    symptom: {
      any: [
        { fact: 'git_loose_objects', above: 6_700 },
        { fact: 'git_packs', above: 50 },
      ],
    },
    step: { action: 'repack_repository', means: 'packs the objects of the repository', command: 'git gc --quiet' },
    undo: { why: 'packing changes no object' },
    verify: {
      all: [
        { fact: 'git_loose_objects', atMost: 6_700 },
        { fact: 'git_packs', atMost: 50 },
      ],
    },
    prevention: 'Let `git maintenance` run every day where pushes arrive.',
    selects: { git_objects: objects(6_701, 3) },
    nearly: ['git would leave it as it is', { git_objects: objects(6_700, 50) }],
  }),
];
