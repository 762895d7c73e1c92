/** Directories of subjects: those who hold a credential, and the one of a host that names its subjects by itself. */
import type { CredentialStore } from '../credentials/credentials.ts';
import type { SubjectDirectory } from '../ports.ts';

/** For a host that names subjects by itself, so that no caller can misspell one: `agent:NAME`, `user:NAME`, `service:NAME` all exist. */
export const anySubject: SubjectDirectory = { of: () => Promise.resolve('any') };

/** Whoever holds a credential is there. A store that can't list its subjects knows nobody. */
export const subjectsOf = ({ subjects }: Pick<CredentialStore, 'subjects'>): SubjectDirectory => ({
  of: (tenant) => subjects?.(tenant) ?? Promise.resolve([]),
});
