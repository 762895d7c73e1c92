/** What the observer of git says of a repository, and what it took for a change. */
import { gitObserver } from '@tai-autonomics/governor/local';
import { gitDeployment } from '@tai-autonomics/packs';

export const look = async (
  path: string,
): Promise<{ readonly stable: unknown; readonly changes: readonly string[] }> => {
  let changes: readonly string[] = [];
  const observer = gitObserver({
    source: 'git',
    repository: () => path,
    detector: gitDeployment,
    timeoutMs: 20_000,
    clock: () => 0,
    onRaw: (_, text) => {
      changes = (JSON.parse(text) as { changes: readonly string[] }).changes;
    },
  });
  const seen = await observer.observe('payments', observer.facts, new AbortController().signal, 'acme');
  return { stable: seen.find(({ fact }) => fact === 'deployment_stable')?.value, changes };
};
