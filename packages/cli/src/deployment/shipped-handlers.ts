/** What a deployment of either mode can change. The handlers of production are loaded for a contract alone. */
import { type HandlersOf, handlersOfEvaluation } from './eval-handlers.ts';

/** The handlers of a deployment, as its mode has them. */
export const shippedHandlers: HandlersOf = async (mode, places, isSandbox) => {
  if (mode === 'eval') return handlersOfEvaluation(mode, places, isSandbox);
  const { productionHandlers } = await import('./production-handlers.ts');
  return productionHandlers(places);
};
