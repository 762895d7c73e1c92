import type { Deployment } from '../deployment.ts';
import type { Teller } from './teller.ts';
export const audit = async (_teller: Teller, _deployment: Deployment, _dir: string): Promise<void> => {};
