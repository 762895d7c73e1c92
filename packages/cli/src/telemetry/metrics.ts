/** The figures of a server, in the text format of Prometheus. No label holds anything that a caller can choose freely. */
import type { Answered, Governor } from '@tai-autonomics/governor';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What a server counts. */
export interface Metrics {
  readonly answered: (answered: Answered) => void;
  readonly fault: () => void;
  /** One request of a door. */
  readonly request: (door: 'http' | 'mcp', status: number) => void;
  /** All figures as they are now. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

/** Decisions take less than a millisecond; what they let run may take a minute. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counts from zero. `ready` is asked whenever the figures are read. */
export const createMetrics = (ready: Governor['ready']): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const intents = new Counter({
    name: 'tai_intents_total',
    help: 'Intents that were answered, by action and verdict; `unknown` where the tenant has no action of that name.',
    labelNames: ['action', 'verdict'] as const,
    registers,
  });
  const reasons = new Counter({
    name: 'tai_reasons_total',
    help: 'Reasons of refusals, and why intents were not decided, by code.',
    labelNames: ['code'] as const,
    registers,
  });
  const outcomes = new Counter({
    name: 'tai_outcomes_total',
    help: 'How approved actions ended.',
    labelNames: ['action', 'status'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'tai_intent_duration_seconds',
    help: 'From an intent to its durable answer; what an approval ran is included.',
    labelNames: ['verdict'] as const,
    buckets: SECONDS,
    registers,
  });
  const faults = new Counter({ name: 'tai_faults_total', help: 'Faults that the log names.', registers });
  const requests = new Counter({
    name: 'tai_requests_total',
    help: 'Requests of the doors, by their status.',
    labelNames: ['door', 'status'] as const,
    registers,
  });
  new Gauge({
    name: 'tai_ready',
    help: 'Whether intents can be decided now.',
    registers,
    async collect(): Promise<void> {
      this.set((await ready()).length === 0 ? 1 : 0);
    },
  });
  return {
    answered: ({ action = 'unknown', verdict, codes, outcome, repeated, ms }) => {
      if (repeated) return;
      intents.inc({ action, verdict });
      for (const code of codes) reasons.inc({ code });
      if (outcome !== undefined) outcomes.inc({ action, status: outcome });
      seconds.observe({ verdict }, ms / 1_000);
    },
    fault: () => faults.inc(),
    request: (door, status) => requests.inc({ door, status }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
