/** A catalog of the second generator that loads, and observations of its actions. */
import { type Catalog, compileCatalog, type Observation } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { type Document, observed } from '../fixtures/tenant.ts';
import type { Dice } from '../generators/dice.ts';
import { type Json, secondCatalog } from '../generators/second/catalog.ts';
import { secondObservation } from '../generators/second/observation.ts';

/** A catalog, and observations of one of its actions: of `act`, where none is named. */
export interface Scene {
  readonly source: Json;
  readonly catalog: Catalog;
  readonly observe: (action?: string) => Observation;
}

/** A catalog that loads. What does not is no catalog: a write that can leave its cell's type, a step in a circle. */
export const sceneOf = (d: Dice): Scene | undefined => sceneAround(d, secondCatalog(d));

/** The same around a source that is written already. */
export const sceneAround = (d: Dice, source: Json): Scene | undefined => {
  const compiled = compileCatalog(source);
  if (E.isLeft(compiled)) return undefined;
  const catalog = compiled.right;
  return {
    source,
    catalog,
    observe: (action) => observed(catalog, secondObservation(d, source, action) as Document),
  };
};
