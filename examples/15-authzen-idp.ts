/** AuthZEN interop, an identity provider: may this user sign in at this application? Each answer leaves a receipt. */
import { hasRole, openDecisionPoint } from './authzen.ts';

const groups: Readonly<Record<string, string>> = { crm: 'sales', 'general-ledger': 'finance', wiki: 'staff' };
const isFor = (group: string) => ({ all: [hasRole(group), { fact: 'application_group', is: group }] });

const pdp = await openDecisionPoint({
  title: 'Sign-in at applications',
  roles: { staff: 'is employed', sales: 'works in sales', finance: 'works in finance' },
  facts: {
    application_group: {
      means: 'whom the application is for',
      type: { type: 'enum', values: Object.values(groups) },
      origin: 'observed',
      sources: ['application'],
      maxAgeMs: 60_000,
    },
  },
  actions: { access: { any: ['staff', 'sales', 'finance'].map(isFor) } },
  users: { alice: ['staff', 'sales'], bob: ['staff', 'finance'], carol: ['staff'] },
  resources: { crm: 'application', 'general-ledger': 'application', wiki: 'application' },
  seen: (resource) => (groups[resource] === undefined ? {} : { application_group: groups[resource] }),
});

for (const id of ['alice', 'bob', 'carol'])
  for (const application of Object.keys(groups)) {
    const { decision, context } = await pdp.ask('evaluation', {
      subject: { type: 'user', id },
      action: { name: 'access' },
      resource: { type: 'application', id: application },
      // A sign-in is worth a receipt: who asked, about whom, and what was answered.
      context: { record: true },
    });
    const { receipt } = context as { readonly receipt: { readonly seq: number; readonly event: string } };
    console.log(
      `${id} at ${application}: ${decision === true ? 'yes' : 'no'} (receipt ${receipt.seq}, ${receipt.event})`,
    );
  }
await pdp.close();
