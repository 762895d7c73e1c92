/** Capability packs, plans and pure detectors: the policy of the product, as data. */
export { advancedAnalytics } from './advanced-analytics/pack.ts';
export { type Edition, editions, withEditions } from './commerce/listings/editions.ts';
export { type Arm, offeredBook, type PriceExperiment, parsePriceExperiment } from './commerce/listings/experiment.ts';
export { type ListingFinding, lintListings } from './commerce/listings/lint-listing.ts';
export { buildListings, type Listing, priceOf } from './commerce/listings/listing.ts';
export { listingMarkdown } from './commerce/listings/markdown.ts';
export { parseListing } from './commerce/listings/parse-listing.ts';
export {
  type Discount,
  discounted,
  divideHalfEven,
  type Price,
  type PriceBook,
  parsePriceBook,
  priceText,
} from './commerce/listings/price-book.ts';
export { priceBooks } from './commerce/listings/price-books.ts';
export { checkPlan, type LawfulPlan } from './commerce/plans/check-plan.ts';
export {
  buildMatrix,
  type Matrix,
  type MatrixRow,
  matrixCells,
  matrixHead,
  matrixMarkdown,
  type Sale,
} from './commerce/plans/matrix.ts';
export { domainTerms, supportTerms } from './commerce/support/terms.ts';
export type { Detector } from './detector.ts';
export { detectors } from './detectors.ts';
export { type IamBinding, type IamChange, iamBindings, iamChanges } from './iam-drift-guard/changes.ts';
export { iamDrift, iamDriftDigest, iamDriftVersion1 } from './iam-drift-guard/detectors.ts';
export { iamDriftGuard } from './iam-drift-guard/pack.ts';
export {
  type IamCondition,
  type IamGrant,
  type IamPolicy,
  parseDeclaredPolicy,
  parseIamPolicy,
} from './iam-drift-guard/policy.ts';
export { CUSTOM_RECIPES, type CustomRecipesRefused, customRecipes } from './incident/custom-recipes.ts';
export { incidentPack, incidentResponse } from './incident/pack.ts';
export { recipesFor } from './incident/recipe.ts';
export { recipes } from './incident/recipes.ts';
export { recipeCommands, recipeExplanation, runbookOf, undoCommands } from './incident/runbook.ts';
export { DECISION_WITHIN_MS, RECURS_WITHIN_MS, SEVERITIES, type Severity } from './incident/sla.ts';
export { invariants } from './invariants.ts';
export { library } from './library.ts';
export { platform } from './platform/pack.ts';
export { policyEngine } from './policy-engine/pack.ts';
export { receiptVerifier } from './receipt-verifier/pack.ts';
export { desiredState } from './release-guard/desired-state.ts';
export { listingDigest, listingDocument } from './release-guard/listing-document.ts';
export { releaseGuard } from './release-guard/pack.ts';
export { gitDeployment } from './rollback-guard/detectors.ts';
export { gitConfiguration } from './rollback-guard/git-configuration.ts';
export { gitDeploymentVersion1 } from './rollback-guard/git-version-1.ts';
export { kubernetesDeployment } from './rollback-guard/kubernetes.ts';
export { kubernetesDeploymentVersion1 } from './rollback-guard/kubernetes-version-1.ts';
export { rollbackGuard } from './rollback-guard/pack.ts';
export {
  standardWork,
  standardWorkDetectors,
  standardWorkFixtures,
  standardWorkRecipes,
  withStandardWork,
} from './standard-work/pack.ts';
export type { RawEvidence, RecipeFixture } from './standard-work/work.ts';
export { storm, stormVersion1 } from './storm-discipline/detectors.ts';
export { stormDiscipline } from './storm-discipline/pack.ts';
