/** The documents that the product reads and writes, as JSON Schema 2020-12: for editors, and for other languages. */
import { CaseTableCodec } from '../cases/case-table.ts';
import type { Describe } from '../data/codec.ts';
import { ObservationJsonCodec } from '../observation-codec.ts';
import { CatalogSourceCodec, PackCodec } from '../policy/catalog-source.ts';
import { InvariantsCodec } from '../policy/invariant.ts';
import { PolicyDocumentCodec } from '../policy/policy-document.ts';
import { DISCLOSURE_SCHEMA } from '../receipt/disclosure.ts';
import type { SchemaPart } from '../receipt/encoding/json.ts';
import { RECEIPT_SCHEMA } from '../receipt/receipt-schema.ts';
import { MANIFEST_STATEMENT_SCHEMA } from '../receipt/signing/dsse.ts';
import { RecipeCodec } from '../recipe/recipe.ts';
import { decisionSchema } from './decision.ts';
import { ENTITLEMENT_EVENT_SCHEMA } from './entitlement-event.ts';
import { withSharedParts } from './shared-parts.ts';

export type { SchemaPart } from '../receipt/encoding/json.ts';
export { ENTITLEMENT_EVENT_SCHEMA } from './entitlement-event.ts';

/** A document that has a schema. */
export type SchemaName =
  | 'pack'
  | 'catalog'
  | 'policy-document'
  | 'invariants'
  | 'observation'
  | 'case-table'
  | 'recipe'
  | 'decision'
  | 'receipt'
  | 'disclosure'
  | 'manifest-statement'
  | 'entitlement-event';

/**
 * The schema of each document, whole (P-13, R-04, R-23). The package carries each as `schemas/<name>.json` too.
 *
 * What a schema accepts may still be refused: a schema doesn't know which names a catalog declares, nor the order of a
 * sorted set. What a schema refuses is always refused. The converse holds for receipts, decisions and disclosures as
 * they are written: every one of them is valid.
 *
 * @example
 * const { pack } = schemas();
 * pack['$id']; // 'urn:tai-autonomics:schema:pack'
 */
export const schemas = (): { readonly [N in SchemaName]: SchemaPart } => ({
  pack: schemaOf('pack', 'A capability pack', PackCodec.describe),
  catalog: schemaOf('catalog', 'A catalog', CatalogSourceCodec.describe),
  'policy-document': schemaOf('policy-document', 'A policy document', PolicyDocumentCodec.describe),
  invariants: schemaOf('invariants', 'A file of invariants', InvariantsCodec.describe),
  observation: schemaOf('observation', 'An observation as it is written by hand', ObservationJsonCodec.describe),
  'case-table': schemaOf('case-table', 'A table of cases', CaseTableCodec.describe),
  recipe: schemaOf('recipe', 'A recipe', RecipeCodec.describe),
  decision: schemaOf('decision', 'A decision', decisionSchema),
  receipt: schemaOf('receipt', 'A receipt', () => RECEIPT_SCHEMA),
  disclosure: schemaOf('disclosure', 'A disclosure, decoded', () => DISCLOSURE_SCHEMA),
  'manifest-statement': schemaOf(
    'manifest-statement',
    'The in-toto statement over the files of an evidence bundle',
    () => MANIFEST_STATEMENT_SCHEMA,
  ),
  'entitlement-event': schemaOf(
    'entitlement-event',
    'An entitlement event of a marketplace',
    () => ENTITLEMENT_EVENT_SCHEMA,
  ),
});

const schemaOf = (name: SchemaName, title: string, describe: Describe): SchemaPart => {
  const definitions = new Map<string, SchemaPart>();
  const part = describe(definitions);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:tai-autonomics:schema:${name}`,
    ...withSharedParts({ ...part, title }, definitions),
  };
};
