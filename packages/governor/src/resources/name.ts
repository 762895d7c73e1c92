/** Names at the governor's own door. How a name is spelled, core says. */
import { nameFault } from '@tai-autonomics/core/engine';
import type { Caller } from '../api.ts';

/** The whole tenant; every tenant has it. */
export const WHOLE_TENANT = '*';

/** What is wrong with the names of who asks and of what is asked about, in one sentence; `undefined` if nothing is. */
export const namesFault = ({ tenant, subject }: Caller, resource: unknown): string | undefined => {
  const names = { tenant, 'subject’s id': subject.id, resource };
  for (const [whose, name] of Object.entries(names)) {
    const fault = nameFault(name);
    if (fault !== undefined) return `the ${whose}: ${fault}`;
  }
  return undefined;
};
