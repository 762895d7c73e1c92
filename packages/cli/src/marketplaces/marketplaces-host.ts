/** The deployment that marketplaces are connected to. */
import type { CatalogSource } from '@tai-autonomics/core';
import type { Governor } from '@tai-autonomics/governor';
import type { HeldEventsHost } from '@tai-autonomics/governor/operator';
import type { Config } from '../deployment/config.ts';

/** What the desks stand before. Everything that may be configured anew is asked for each time. */
export interface MarketplacesHost extends Pick<HeldEventsHost, 'store' | 'identity'> {
  readonly dir: string;
  readonly governor: Governor;
  readonly config: () => Config;
  readonly plans: () => CatalogSource['plans'];
  /** Told in a line what a person has to look at, and when it is over. */
  readonly say: (line: string) => void;
}
