/** docs/entitlements.md says what is: its event is applied, and its tables name every event and every note that there is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENTITLEMENT_EVENTS, EVENT_NOTES, emptyState } from '@tai-autonomics/core/engine';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { shipped } from '../fixtures/tenant.ts';
import { decided } from './apply.ts';

const page = readFileSync(join(repository, 'docs/entitlements.md'), 'utf8');

test('the event of the page is applied', () => {
  const event: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
  expect(decided(shipped, emptyState, event, '2026-11-21T09:00:00.000Z').verdict).toBe('approve');
});

test('every event and every note is on the page', () => {
  for (const event of Object.keys(ENTITLEMENT_EVENTS)) expect(page).toContain(`.${event.split('.')[1]}\``);
  for (const note of EVENT_NOTES) expect(page).toContain(`| \`${note}\` |`);
});
