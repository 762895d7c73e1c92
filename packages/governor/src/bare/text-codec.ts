/** UTF-8 and base64url by what is at hand: Node's own, or the pure ones. */
import { pureTextCodec, type TextCodec } from '@tai-autonomics/core/receipt';
import { nodeTextCodec } from '../node/text-codec.ts';

/** The same bytes, texts and refusals, whichever it is. */
export const textCodec: TextCodec = typeof Buffer === 'function' ? nodeTextCodec : pureTextCodec;
