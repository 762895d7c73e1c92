/** The catalog that comes with the command, compiled at most once in a process, however many commands it runs. */
import { loadCatalog } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';

type Loaded = ReturnType<typeof loadCatalog>;

let shipped: Loaded | undefined;

/** Compiles a catalog as it is written and takes its digest; the shipped one only the first time. */
export const loadWritten = (source: unknown): Loaded => {
  if (source !== library) return loadCatalog(source);
  shipped ??= loadCatalog(library);
  return shipped;
};
