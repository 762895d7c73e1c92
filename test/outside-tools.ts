/** Tools that other people wrote and that a check needs. A missing one skips the check, with its name as the reason. */
import { spawnSync } from 'node:child_process';

type Tool = 'bash' | 'curl' | 'go' | 'mkfifo' | 'openssl' | 'python3' | 'sha256sum' | 'tar';

const known = new Map<Tool, boolean>();
/** Tools that call their version a command. */
const COMMANDS: readonly Tool[] = ['go', 'openssl'];

const isHere = (tool: Tool): boolean => {
  const asked = known.get(tool) ?? spawnSync(tool, [COMMANDS.includes(tool) ? 'version' : '--version']).status === 0;
  known.set(tool, asked);
  return asked;
};

/** Skips the test that asks, unless every tool is on this machine. */
export const needs = ({ skip }: { readonly skip: (why: string) => never }, ...tools: readonly Tool[]): void => {
  const missing = tools.filter((tool) => !isHere(tool));
  if (missing.length > 0) skip(`not on this machine: ${missing.join(', ')}`);
};
