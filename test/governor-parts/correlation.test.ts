/** The ids that come beside an intent have one form, whichever door they come through. */
import { INCIDENT_ID, traceIdOf } from '@tai-autonomics/governor';
import { expect, test } from 'vitest';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

test.for([
  { note: 'as the specification shows it', header: `00-${trace}-${span}-01`, found: trace },
  { note: 'of a later version', header: `01-${trace}-${span}-01`, found: trace },
  { note: 'of a later version with more fields', header: `01-${trace}-${span}-01-more`, found: trace },
  { note: 'version ff', header: `ff-${trace}-${span}-01`, found: undefined },
  { note: 'version 00 with more fields', header: `00-${trace}-${span}-01-more`, found: undefined },
  { note: 'of a later version with junk', header: `01-${trace}-${span}-01more`, found: undefined },
  { note: 'a trace id of zeroes', header: `00-${'0'.repeat(32)}-${span}-01`, found: undefined },
  { note: 'a span id of zeroes', header: `00-${trace}-${'0'.repeat(16)}-01`, found: undefined },
  { note: 'capitals', header: `00-${trace.toUpperCase()}-${span}-01`, found: undefined },
  { note: 'junk behind', header: `00-${trace}-${span}-01 `, found: undefined },
  { note: 'junk before', header: ` 00-${trace}-${span}-01`, found: undefined },
  { note: 'a line end behind', header: `00-${trace}-${span}-01\n`, found: undefined },
  { note: 'without flags', header: `00-${trace}-${span}`, found: undefined },
  { note: 'nothing', header: '', found: undefined },
  { note: 'no text', header: 7, found: undefined },
  { note: 'no header', header: null, found: undefined },
])('a traceparent, $note', ({ header, found }) => expect(traceIdOf(header)).toBe(found));

test.for([
  { id: 'INC-7', is: true },
  { id: 'a', is: true },
  { id: 'a'.repeat(128), is: true },
  { id: 'a'.repeat(129), is: false },
  { id: '', is: false },
  { id: '-7', is: false },
  { id: 'INC 7', is: false },
  { id: 'INC-7\n', is: false },
])('$id is the id of an incident: $is', ({ id, is }) => expect(INCIDENT_ID.test(id)).toBe(is));
