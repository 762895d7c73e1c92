/** Figures over a ledger, each a fold that anyone can run again over the bundle. */
export { type Conversion, conversionOf, type Pilot, pilotOf } from './conversion.ts';
export { FIGURES, type FigureMemory, type FigureRun, type Period, startFigure } from './figure.ts';
export { recipeFigure } from './recipes.ts';
export type { Counted, FigureContext, Reducer, StartReducer } from './reducer.ts';
