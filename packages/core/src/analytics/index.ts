/** Figures over a ledger, each a fold that anyone can run again over the bundle. */
export { FIGURES, type FigureRun, type Period, startFigure } from './figure.ts';
export type { Counted, FigureContext, Reducer } from './reducer.ts';
