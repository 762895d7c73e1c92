/** What the help of `tai report` says below its options. */
import type { HelpNotes } from './help-note.ts';
import { EXIT } from './io.ts';

const REPORTED = {
  [EXIT.ok]: 'reported',
  [EXIT.failed]: 'the bundle is falsified, so nothing is reported',
  [EXIT.incomplete]: 'reported; nothing is wrong in what was checked of the bundle, not everything could be',
} as const;

/** Of every report, by its full name. */
export const REPORT_NOTES: Readonly<Record<string, HelpNotes>> = {
  'report weekly': {
    examples: [
      'tai report weekly --tenant acme --rules rules.json',
      'tai report weekly bundle --trust trust.txt --json',
    ],
    exits: REPORTED,
  },
  'report incident': {
    examples: ['tai report incident inc-w0giz8OvJP_c8ed_X6K7_M --tenant acme'],
    exits: REPORTED,
  },
  'report proposals': { examples: ['tai report proposals --tenant acme'], exits: REPORTED },
  'report kaizen': { examples: ['tai report kaizen --tenant acme'], exits: REPORTED },
  'report rca': { examples: ['tai report rca lost-orders --tenant acme'], exits: REPORTED },
  'report sla': { examples: ['tai report sla --tenant acme --since 2026-11-01T00:00:00Z'], exits: REPORTED },
  'report andon': { examples: ['tai report andon --tenant acme --csv -o andon.csv'], exits: REPORTED },
};
