/** The links of Markdown pages: which of them lead nowhere. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { repository } from '../canary/repository.ts';

/** A page and its text. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** What is in code is shown, not linked. */
const prose = (text: string): string => text.replace(/^```.*?^```$/gms, '').replace(/(`+).*?\1/g, '');

/** The anchors of a page's headings, as code hosts spell them: lower case, hyphens for spaces, a number for the next alike. */
export const anchorsOf = (text: string): ReadonlySet<string> => {
  const seen = new Map<string, number>();
  const headings = [...text.replace(/^```.*?^```$/gms, '').matchAll(/^#{1,6} (.+)$/gm)];
  return new Set(
    headings.map(([, heading = '']) => {
      const slug = heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-');
      const before = seen.get(slug) ?? 0;
      seen.set(slug, before + 1);
      return before === 0 ? slug : `${slug}-${before}`;
    }),
  );
};

/** Where a page's relative links point, as they are written. */
export const targetsOf = ({ text }: Page): readonly string[] =>
  [...prose(text).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** A page's relative links that lead to no file of the repository, or to no heading of it. */
export const brokenLinks = (page: Page): readonly string[] =>
  targetsOf(page).flatMap((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page.file : join(dirname(page.file), path);
    const leadsNowhere = `${page.file}: ${target}`;
    if (path === '') return anchorsOf(page.text).has(anchor ?? '') ? [] : [leadsNowhere];
    if (file.startsWith('..') || !existsSync(join(repository, file))) return [leadsNowhere];
    if (anchor === undefined) return [];
    const isPage = statSync(join(repository, file)).isFile();
    return isPage && anchorsOf(readFileSync(join(repository, file), 'utf8')).has(anchor) ? [] : [leadsNowhere];
  });

/** The files that a page links to, from the root of the repository. */
export const linkedFiles = (page: Page): readonly string[] =>
  targetsOf(page).map((target) => relative('.', join(dirname(page.file), target.split('#')[0] ?? '')));
