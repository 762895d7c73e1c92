/** What an earlier deployment left in a folder. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether there is something of a name. */
export const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What a deployment left in a folder whose configuration is gone. A new one must never take its place unasked. */
export const keptOf = async (dir: string): Promise<string | undefined> => {
  for (const name of ['ledger.db', 'keys', 'credentials.json']) if (await exists(join(dir, name))) return name;
  return undefined;
};
