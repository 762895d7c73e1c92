/** An observation as a person would write it in a file; the inverse of `parseObservation`. */
import type { Catalog } from '../catalog.ts';
import { formatInstant } from '../data/instant.ts';
import { express, type Wire } from '../data/value.ts';
import type { Observation, Refusal } from '../observation.ts';

type Members = { [member: string]: Wire };

/** What `parseObservation` reads back as this observation. Cells that the catalog doesn't know are left out. */
export const observationJson = (catalog: Catalog, o: Observation): { readonly [member: string]: Wire } => {
  const { subject, action, resource, binding, refusal, named, person, persons, signedBy } = o.intent;
  const state: Members = {};
  for (const [id, values] of o.state.cells) {
    const cell = catalog.cells.get(id);
    if (cell === undefined || values.size === 0) continue;
    const wires = new Map([...values].map(([key, value]) => [key, express(cell.type, value)]));
    state[id] = cellJson(wires, cell.key.length);
  }
  const evidence = o.evidence.map(
    (e): Wire => ({
      fact: e.fact,
      ...(e.about === resource.id ? {} : { about: e.about }),
      value: e.value as Wire,
      source: e.source,
      ...(e.observedAt === o.at ? {} : { observedAt: formatInstant(e.observedAt) }),
    }),
  );
  return {
    ...(o.id === 'observation' ? {} : { id: o.id }),
    at: formatInstant(o.at),
    mode: o.mode,
    ...(o.catalog === undefined ? {} : { catalog: o.catalog }),
    intent: {
      subject: {
        type: subject.type,
        id: subject.id,
        ...(subject.ref === subject.id ? {} : { ref: subject.ref }),
        ...(subject.scope.length === 0 ? {} : { scope: subject.scope }),
      },
      action: {
        id: action.id,
        ...(Object.keys(action.arguments).length === 0 ? {} : { arguments: action.arguments as Wire }),
      },
      resource: {
        id: resource.id,
        ...(resource.ref === resource.id ? {} : { ref: resource.ref }),
        ...(resource.environment === undefined ? {} : { environment: resource.environment }),
      },
      ...(binding === 'binding' ? {} : { binding }),
      ...(refusal === undefined ? {} : { refusal: refusalJson(refusal) }),
      ...(named === undefined ? {} : { named }),
      ...(person === undefined ? {} : { person }),
      ...(persons === undefined ? {} : { persons }),
      ...(signedBy === undefined ? {} : { signedBy }),
    } as Wire,
    ...(evidence.length === 0 ? {} : { evidence }),
    ...(Object.keys(state).length === 0 ? {} : { state }),
  };
};

const refusalJson = ({ requester, namesake, person, persons, binding, asks }: Refusal): Wire => ({
  ...(requester === '' ? {} : { requester }),
  ...(namesake === undefined ? {} : { namesake }),
  ...(person === undefined ? {} : { person }),
  ...(persons === undefined ? {} : { persons }),
  ...(binding === '' ? {} : { binding }),
  ...(asks.length === 0 ? {} : { asks }),
});

/** A cell's values, by key part after key part. */
const cellJson = (values: ReadonlyMap<string, Wire>, parts: number): Wire => {
  if (parts === 0) return values.get('') ?? null;
  const json: Members = {};
  for (const [key, value] of values) {
    const path: readonly string[] = parts === 1 ? [key] : (JSON.parse(key) as readonly string[]);
    let at = json;
    for (const part of path.slice(0, -1)) {
      const next = (at[part] ?? {}) as Members;
      at[part] = next;
      at = next;
    }
    at[path[path.length - 1] ?? ''] = value;
  }
  return json;
};
