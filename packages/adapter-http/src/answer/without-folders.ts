/** What comes from below a door names files of the machine, which nobody needs to know who asks over the net. */

/** A line in which of every absolute path only the last name is left: `/srv/tai/ledger.db: was deleted` says `ledger.db`. */
export const withoutFolders = (line: string): string => line.replace(FOLDERS, '');

/** Folders have spaces, too: all up to the last separator before a sign that ends a path. */
const FOLDERS = /(?<![^\s'"`(])(?:[A-Za-z]:)?[\\/](?:[^:;,'"`\n]*[\\/])?/g;
