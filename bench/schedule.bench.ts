/**
 * Leveled work. Workload: 100 000 items of 1 000 tenants and four severities wait; one is begun, one that is under way ends, and one
 * more comes in its place, so as many wait at the end. 32 may be under way at once, 4 of a tenant, 16 low ones. A decision is one
 * that is begun; the figure is decisions a minute of CPU, the median of the rounds.
 */
import { ALERT_SEVERITIES, createSchedule, type Work } from '@tai-autonomics/core/engine';
import { amount, cpuMs, figure, median } from './measure.ts';

const rounds = 5;
const items = amount(100_000);
const decisions = amount(200_000);

const workAt = (n: number): Work => ({
  tenant: `tenant-${(n * 7_919) % 1_000}`,
  severity: ALERT_SEVERITIES[n % ALERT_SEVERITIES.length] ?? 'low',
});

const round = (): number => {
  const schedule = createSchedule<Work>({ total: 32, byTenant: 4, bySeverity: { low: 16 } });
  for (let n = 0; n < items; n++) schedule.add(workAt(n));
  const underWay: Work[] = [];
  let begun = 0;
  const ms = cpuMs(() => {
    for (let n = 0; begun < decisions; n++) {
      const work = schedule.begin();
      if (work !== undefined) {
        begun += 1;
        underWay.push(work);
        schedule.add(workAt(items + n));
      } else {
        const oldest = underWay.shift();
        if (oldest !== undefined) schedule.end(oldest);
      }
    }
  });
  return (begun / ms) * 60_000;
};

/** Prints the figure. */
export const scheduleBench = async (): Promise<void> => {
  round();
  const perMinute = median(Array.from({ length: rounds }, round));
  console.log(
    `leveled work, ${figure('items', items)} waiting: ${figure('decisions a minute', perMinute)} decisions a minute`,
  );
};
