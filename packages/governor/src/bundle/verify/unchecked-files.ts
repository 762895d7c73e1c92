/** What the files of a bundle leave unchecked, beside what its receipts do. */
import type { Unchecked } from '@tai-autonomics/core/receipt';
import type { DetectedCounts } from './detected-facts.ts';
import type { ManifestVerdict } from './manifest-check.ts';

/** All of it. `timeStamp`: a token is among the files. `unnamed`: catalogs and raw inputs that no receipt names. */
export const uncheckedFiles = (
  verdict: ManifestVerdict,
  { again, byOlder, noDetector, notAvailable, unshown }: DetectedCounts,
  {
    timeStamp,
    unnamed,
    passedOver,
  }: { readonly timeStamp: boolean; readonly unnamed: number; readonly passedOver: ReadonlySet<string> },
): readonly Unchecked[] => [
  ...(noDetector === 0
    ? []
    : [
        open(
          'detectors',
          `${count(noDetector, 'fact')} of a detector that is not here: nothing shows that they follow from their raw input.`,
        ),
      ]),
  ...(notAvailable === 0
    ? []
    : [open('evidence', `${count(notAvailable, 'fact')} whose raw input is not here, or could not be read again.`)]),
  ...(unshown === 0
    ? []
    : [word('evidence', `The issuer's word: ${count(unshown, 'observed fact')} without a raw input.`)]),
  ...(again === 0
    ? []
    : [
        word(
          'evidence',
          `The issuer's word: that the raw inputs of ${count(again, 'fact')} are what was there to be seen.`,
        ),
      ]),
  ...(byOlder === 0
    ? []
    : [
        word(
          'detectors',
          `The issuer's choice: an older version of a detector than the one that is here, for ${count(byOlder, 'fact')}.`,
        ),
      ]),
  ...ofManifest(verdict),
  ...(passedOver.size === 0
    ? []
    : [
        word(
          'unnamed_files',
          `What is no part of a bundle was passed over: ${[...passedOver].sort().slice(0, 5).join(', ')}.`,
        ),
      ]),
  ...(timeStamp ? [word('time_stamp', 'The time-stamp token checkpoint.tsr was not looked at.')] : []),
  ...(unnamed === 0
    ? []
    : [
        word('unnamed_files', `${count(unnamed, 'catalog or raw input')} that no receipt names, and nothing rests on.`),
      ]),
];

const open = (what: Unchecked['what'], sentence: string): Unchecked => ({ what, sentence, open: true });
const word = (what: Unchecked['what'], sentence: string): Unchecked => ({ what, sentence, open: false });
const count = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

/** Of the manifest: whether the files were packed together. */
const ofManifest = (verdict: ManifestVerdict): readonly Unchecked[] => {
  if (verdict.manifest === 'broken') return [];
  if (verdict.manifest === 'none')
    return verdict.tooManyFiles === true
      ? [open('manifest', 'Whether the files were packed together: there are more than a manifest can list.')]
      : [
          word(
            'manifest',
            'Whether the files were packed together: there is no manifest, and you trust no export key.',
          ),
        ];
  return verdict.signed === 'trusted'
    ? []
    : [word('manifest', 'Who packed the files together: you trust no key that signed the manifest.')];
};
