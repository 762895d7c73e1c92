/** What one machine says of itself: how full a disk is, and how a unit of systemd stands. */
import { either as E } from 'fp-ts';
import type { Detector } from '../../detector.ts';

/** Where a unit can be, as systemd says. */
export const UNIT_STATES = [
  'active',
  'reloading',
  'inactive',
  'failed',
  'activating',
  'deactivating',
  'maintenance',
  'refreshing',
] as const;

/** The text of `df -P PATH` (POSIX): its one line. */
export const diskFree: Detector = {
  id: 'disk_free',
  version: 1,
  facts: ['disk_used_percent'],
  detect: (raw) => {
    const lines = typeof raw === 'string' && raw.length <= 10_000 ? raw.trimEnd().split('\n') : [];
    const [head = '', line = ''] = lines;
    const capacity = /^\S.*\s\d+\s+\d+\s+-?\d+\s+(\d{1,3})%\s+\/\S*$/.exec(line);
    return lines.length !== 2 || !head.startsWith('Filesystem') || capacity === null
      ? E.left('expected the text of `df -P PATH`, with one line')
      : E.right({ disk_used_percent: Math.min(100, Number(capacity[1])) });
  },
};

/** The text of `systemctl show -p ActiveState,NRestarts UNIT`. */
export const systemdUnit: Detector = {
  id: 'systemd_unit',
  version: 1,
  facts: ['unit_restarts', 'unit_state'],
  detect: (raw) => {
    const text = typeof raw === 'string' && raw.length <= 10_000 ? raw : '';
    const state = /^ActiveState=(\S+)$/m.exec(text)?.[1] ?? '';
    const restarts = /^NRestarts=(\d{1,9})$/m.exec(text)?.[1];
    return (UNIT_STATES as readonly string[]).includes(state)
      ? E.right({ unit_state: state, ...(restarts === undefined ? {} : { unit_restarts: Number(restarts) }) })
      : E.left('expected the text of `systemctl show -p ActiveState,NRestarts UNIT`');
  },
};
