/** Carries an approved rollback out: it writes down which version is deployed. It runs in a process of its own. */
import { writeFile } from 'node:fs/promises';

export const rollback = async ({ step, options }) => {
  const { target_version } = step.with;
  await writeFile(options.path, target_version);
  return { deployed: target_version };
};
