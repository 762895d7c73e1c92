/** What a machine says of its limits: inodes, its clock, its journal, its certificates, processes, units, containers. */
import type { Detector } from '../../detector.ts';
import {
  at,
  countAt,
  detectorOf,
  type Found,
  flagAt,
  MEBIBYTE,
  printed,
  propertyIn,
  secondsAt,
  textAt,
  wordAt,
} from './evidence.ts';

/** The text of `df -Pi PATH`: its one line. */
const diskInodes: Detector = detectorOf(
  'disk_inodes',
  ['inodes_used_percent'],
  'the text of `df -Pi PATH`, with one line',
  (raw): Found | undefined => {
    const [head = '', line = '', ...more] = printed(raw)?.trimEnd().split('\n') ?? [];
    const used = /^\S.*\s\d+\s+\d+\s+-?\d+\s+(\d{1,3})%\s+\/\S*$/.exec(line)?.[1];
    return used === undefined || more.length > 0 || !/^Filesystem\s+Inodes/.test(head)
      ? undefined
      : { inodes_used_percent: Math.min(100, Number(used)) };
  },
);

/** The text of `timedatectl show -p NTP -p NTPSynchronized`. */
const clockSync: Detector = detectorOf(
  'clock_sync',
  ['clock_service_on', 'clock_synchronized'],
  'the text of `timedatectl show -p NTP -p NTPSynchronized`',
  (raw): Found | undefined => {
    const text = printed(raw) ?? '';
    const [service, synchronized] = [yesIn(text, 'NTP'), yesIn(text, 'NTPSynchronized')];
    return service === undefined || synchronized === undefined
      ? undefined
      : { clock_service_on: service, clock_synchronized: synchronized };
  },
);

/** The text of `journalctl --disk-usage`. */
const journalUsage: Detector = detectorOf(
  'journal_usage',
  ['journal_mb'],
  'the text of `journalctl --disk-usage`',
  (raw): Found | undefined => {
    const [, size, unit = ''] = /journals take up (\d{1,6}(?:\.\d)?)([BKMGT]) /.exec(printed(raw) ?? '') ?? [];
    return size === undefined ? undefined : { journal_mb: Math.floor(Number(size) * (UNIT_MB[unit] ?? 0)) };
  },
);

/** `{now, enddate}`: the text of `openssl x509 -noout -enddate -dateopt iso_8601 -in FILE`, and when it was asked. */
const fileCertificate: Detector = detectorOf(
  'file_certificate',
  ['tls_file_left_s'],
  '{now, enddate}: the text of `openssl x509 -noout -enddate -dateopt iso_8601`, and an instant',
  (raw): Found | undefined => {
    const [, day, time] = /^notAfter=(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)Z\n?$/.exec(textAt(raw, 'enddate') ?? '') ?? [];
    const [now, until] = [secondsAt(raw, 'now'), secondsAt({ until: `${day}T${time}Z` }, 'until')];
    return now === undefined || until === undefined ? undefined : { tls_file_left_s: Math.max(0, until - now) };
  },
);

/** `{limits, open}`: the text of /proc/PID/limits, and how many entries /proc/PID/fd has. */
const processLimits: Detector = detectorOf(
  'process_limits',
  ['open_files', 'open_files_hard', 'open_files_soft'],
  '{limits, open}: the text of /proc/PID/limits, and how many files are open',
  (raw): Found | undefined => {
    const [, soft, hard] =
      /^Max open files\s+(\d{1,12})\s+(\d{1,12})\s+files/m.exec(printed(at(raw, 'limits')) ?? '') ?? [];
    const open = countAt(raw, 'open');
    return soft === undefined || open === undefined
      ? undefined
      : { open_files: open, open_files_soft: Number(soft), open_files_hard: Number(hard) };
  },
);

/** The text of `systemctl show -p MemoryCurrent,MemoryMax,TasksCurrent,TasksMax UNIT`. What is unlimited, or not counted, is left out. */
const systemdLimits: Detector = detectorOf(
  'systemd_limits',
  ['unit_memory_max_mb', 'unit_memory_mb', 'unit_tasks', 'unit_tasks_max'],
  'the text of `systemctl show -p MemoryCurrent,MemoryMax,TasksCurrent,TasksMax UNIT`',
  (raw): Found | undefined => {
    const text = printed(raw) ?? '';
    if (!/^(Memory|Tasks)(Current|Max)=/m.test(text)) return undefined;
    const mb = (name: string): number | undefined => {
      const bytes = propertyIn(text, name);
      return bytes === undefined ? undefined : Math.floor(bytes / MEBIBYTE);
    };
    return {
      unit_memory_mb: mb('MemoryCurrent'),
      unit_memory_max_mb: mb('MemoryMax'),
      unit_tasks: propertyIn(text, 'TasksCurrent'),
      unit_tasks_max: propertyIn(text, 'TasksMax'),
    };
  },
);

/** Where a container can be, as Docker says. */
export const CONTAINER_STATES = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
  'other',
] as const;
/** What its health check says. */
export const CONTAINER_HEALTH = ['none', 'starting', 'healthy', 'unhealthy', 'other'] as const;

/** `docker inspect NAME`: a list of one container. */
const dockerContainer: Detector = detectorOf(
  'docker_container',
  ['container_exit_code', 'container_health', 'container_killed', 'container_memory_mb', 'container_state'],
  '`docker inspect NAME`: a list of one container with a State',
  (raw): Found | undefined => {
    const [one, ...more] = Array.isArray(raw) ? (raw as readonly unknown[]) : [];
    if (more.length > 0 || textAt(one, 'State', 'Status') === undefined) return undefined;
    const bytes = countAt(one, 'HostConfig', 'Memory');
    return {
      container_state: wordAt(CONTAINER_STATES, one, 'State', 'Status'),
      container_killed: flagAt(one, 'State', 'OOMKilled'),
      container_exit_code: countAt(one, 'State', 'ExitCode'),
      container_health:
        at(one, 'State', 'Health') === undefined ? 'none' : wordAt(CONTAINER_HEALTH, one, 'State', 'Health', 'Status'),
      // 0 is no limit.
      container_memory_mb: bytes === undefined || bytes === 0 ? undefined : Math.floor(bytes / MEBIBYTE),
    };
  },
);

/** The text of `git count-objects -v`. */
const gitObjects: Detector = detectorOf(
  'git_objects',
  ['git_loose_objects', 'git_packs'],
  'the text of `git count-objects -v`',
  (raw): Found | undefined => {
    const text = printed(raw) ?? '';
    const [loose, packs] = [/^count: (\d{1,12})$/m.exec(text)?.[1], /^packs: (\d{1,12})$/m.exec(text)?.[1]];
    return loose === undefined || packs === undefined
      ? undefined
      : { git_loose_objects: Number(loose), git_packs: Number(packs) };
  },
);

/** The text of `git status --porcelain=v2 --branch`: what is not one of its headers is a change. */
const gitBranch: Detector = detectorOf(
  'git_branch',
  ['git_ahead', 'git_behind', 'git_changed', 'git_head'],
  'the text of `git status --porcelain=v2 --branch`, of a branch with an upstream',
  (raw): Found | undefined => {
    const lines = printed(raw)?.trimEnd().split('\n') ?? [];
    const head = lines.flatMap((line) => /^# branch\.oid ([0-9a-f]{40}|[0-9a-f]{64})$/.exec(line)?.[1] ?? [])[0];
    const [, ahead, behind] =
      lines.map((line) => /^# branch\.ab \+(\d{1,9}) -(\d{1,9})$/.exec(line)).find(Boolean) ?? [];
    return head === undefined || ahead === undefined
      ? undefined
      : {
          git_head: head,
          git_ahead: Number(ahead),
          git_behind: Number(behind),
          git_changed: lines.some((line) => !line.startsWith('# ')),
        };
  },
);

/** All of this file. */
export const hostDetectors: readonly Detector[] = [
  diskInodes,
  clockSync,
  journalUsage,
  fileCertificate,
  processLimits,
  systemdLimits,
  dockerContainer,
  gitObjects,
  gitBranch,
];

const UNIT_MB: Readonly<Record<string, number>> = { B: 0.000_001, K: 0.001, M: 1, G: 1_024, T: 1_048_576 };

const yesIn = (text: string, name: string): boolean | undefined => {
  const said = new RegExp(`^${name}=(yes|no)$`, 'm').exec(text)?.[1];
  return said === undefined ? undefined : said === 'yes';
};
