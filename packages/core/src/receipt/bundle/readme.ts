/** The README of a bundle: how an auditor who trusts nobody checks it, with tools that are on most machines already. */

/** What the README is about. */
export interface BundleReadme {
  readonly origin: string;
  readonly coverage: 'whole' | 'partial';
  /** Whether a signed `manifest` is among the files. */
  readonly manifest: boolean;
  /** Whether there are hand-overs: the ledger changed its key, and the checkpoint is signed with the last one. */
  readonly handedOver?: boolean;
}

/** The text of `README.md` for a bundle. The same bundle, the same bytes. */
export const bundleReadme = (bundle: BundleReadme): string => {
  const whole = bundle.coverage === 'whole';
  const python = `${PYTHON_HEAD}\n${whole ? PYTHON_WHOLE : PYTHON_PARTIAL}`;
  return `# Evidence of ${bundle.origin}

${isEvaluation(bundle.origin) ? EVALUATION : ''}${whole ? 'Every receipt of this ledger up to its checkpoint, one a line, in `receipts.jsonl`.' : 'Some receipts of this ledger, each with a proof that it is one of those that were sealed.'}
This is an evidence system, not a certification claim: tamper-evident, it shows what was recorded, not that it was true. Nothing in this folder says whom to trust.
Get the ledger's key (a line \`name+id+key\`) from whoever you trust, by another way than this bundle, and put it into a file \`log.vkey\` beside this folder. Nothing of yours belongs inside: the verifier refuses it there.

## With the verifier

${block('sh', "(printf 'log '; cat ../log.vkey; printf 'quorum none\\n') > ../trust\nnpx --package @tai-autonomics/cli tai verify . --trust ../trust")}
(In a clone of its repository: \`npx tai verify\`. There is a package named \`tai\` that is not ours.) It also decides every disclosed decision again, from its recorded readings. What follows needs no program of ours.

## Are the receipts what was sealed?

Canonical bytes, places, ${whole ? 'links, tree' : 'proofs'} and disclosures, with Python alone:

${block('sh', `python3 - <<'END'\n${python}\nEND`)}
## Was the checkpoint signed by the key that you trust?

${block('sh', openssl('checkpoint', 'log.vkey'))}
${bundle.handedOver === true ? handoverSection() : ''}${whole ? linkSection() : ''}${bundle.manifest ? manifestSection() : ''}## What this does not show

That no later receipts exist: compare with a checkpoint that you saw before, or with a witness's. That what was recorded was true: follow the evidence to its sources.
`;
};

/** The path of an origin says the mode of its ledger. */
const isEvaluation = (origin: string): boolean => /^[^/]+\/r\d+\/e\//.test(origin);

const EVALUATION = '**NON-CONTRACTUAL**: the ledger of an evaluation. Its receipts bind nobody.\n\n';

const block = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;

const handoverSection = (): string =>
  `## If your key is an older one

The ledger changed its key. Each file in \`handovers/\` is the first checkpoint behind a change, signed with the key before and with the key that a receipt (\`"event":"key_rotated"\`) names. The verifier follows them from your key to the last one. By hand: the commands above with that file in the place of \`checkpoint\`, once with each of the two keys.

`;

const linkSection = (): string =>
  `## One link by hand\n\nA receipt's leaf hash is SHA-256 over a zero byte and its exact bytes; the next receipt says it in \`prev\`. These two lines must show the same value (if there are two receipts):\n\n${block(
    'sh',
    LINK,
  )}\n`;

const manifestSection = (): string =>
  `## Were the files packed together?\n\nThe manifest is a signed note of the export key over the SHA-256 of every other file. Get that key by another way too, into a file \`export.vkey\` beside this folder:\n\n${block(
    'sh',
    openssl('manifest', 'export.vkey'),
  )}\nThen that the files are those that it lists:\n\n${block(
    'sh',
    "grep -E '^[0-9a-f]{64}  ' manifest | sha256sum -c --quiet",
  )}\n`;

const PYTHON_HEAD = String.raw`import base64, glob, hashlib, json, os
def h(*parts): return hashlib.sha256(b''.join(parts)).digest()
def b64u(b): return base64.urlsafe_b64encode(b).rstrip(b'=').decode()
def lines(path): return open(path, encoding='utf-8').read().split('\n')
origin, size, root = lines('checkpoint')[:3]
def receipt(b, seq):
    r = json.loads(b)
    same = json.dumps(r, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode() == b
    assert same, 'receipt %d is not canonical JSON' % seq
    assert r['seq'] == seq and r['origin'] == origin, 'receipt %d is out of place' % seq
    shown = 'disclosures/%d.json' % seq
    for text in json.load(open(shown)) if os.path.exists(shown) else []:
        assert b64u(h(text.encode())) in r['_sd'], 'receipt %d does not list a disclosure' % seq
    return r`;

const PYTHON_WHOLE = String.raw`prev, stack, n = b64u(h(b'tai-autonomics/genesis@1\n' + origin.encode() + b'\n')), [], 0
for line in open('receipts.jsonl', 'rb'):
    b = line.rstrip(b'\n')
    assert receipt(b, n)['prev'] == prev, 'receipt %d does not link to the one before' % n
    leaf = h(b'\0', b)
    prev, n = b64u(leaf), n + 1
    stack.append(leaf)
    m = n
    while m % 2 == 0:
        right = stack.pop()
        stack.append(h(b'\1', stack.pop(), right))
        m //= 2
assert n == int(size), 'the checkpoint is for %s receipts, here are %d' % (size, n)
node = stack.pop()
while stack: node = h(b'\1', stack.pop(), node)
assert base64.b64encode(node).decode() == root, 'the receipts do not have the root of the checkpoint'
print('%d receipts, linked, with the root of the checkpoint' % n)`;

const PYTHON_PARTIAL = String.raw`found = sorted(int(os.path.basename(p)[:-5]) for p in glob.glob('receipts/*.json'))
for seq in found:
    b = open('receipts/%d.json' % seq, 'rb').read()
    receipt(b, seq)
    proof, note = open('proofs/%d.tlog-proof' % seq, encoding='utf-8').read().split('\n\n', 1)
    head, index, *path = proof.split('\n')
    assert (head, index) == ('c2sp.org/tlog-proof@v1', 'index %d' % seq), 'another proof beside receipt %d' % seq
    assert note.split('\n')[:3] == [origin, size, root], 'receipt %d is proved for another checkpoint' % seq
    node, place, last = h(b'\0', b), seq, int(size) - 1
    for text in path:
        sibling = base64.b64decode(text, validate=True)
        assert last > 0, 'the proof of receipt %d is too long' % seq
        if place % 2 == 1 or place == last:
            node = h(b'\1', sibling, node)
            while place % 2 == 0 and place: place, last = place // 2, last // 2
        else:
            node = h(b'\1', node, sibling)
        place, last = place // 2, last // 2
    assert last == 0 and base64.b64encode(node).decode() == root, 'receipt %d is not in the tree' % seq
print('%d receipts, each proved to be one of the %s that were sealed' % (len(found), size))`;

/** Checks the signature of a note in the bundle with a key beside it. What it needs on the way stays beside it too. */
const openssl = (
  note: string,
  vkey: string,
): string => String.raw`cut -d+ -f3- ../${vkey} | base64 -d | tail -c 32 > ../key.raw
(printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat ../key.raw) | openssl pkey -pubin -inform DER -out ../key.pem
sed '/^$/,$d' ${note} > ../note.body
: > ../note.sig
grep '^— ' ${note} | cut -d' ' -f3 | while read -r line; do
  id=$(printf %s "$line" | base64 -d | head -c 4 | od -An -tx1 | tr -d ' \n')
  if [ "$id" = "$(cut -d+ -f2 ../${vkey})" ]; then printf %s "$line" | base64 -d | tail -c 64 > ../note.sig; fi
done
openssl pkeyutl -verify -rawin -pubin -inkey ../key.pem -in ../note.body -sigfile ../note.sig`;

const LINK = String.raw`(printf '\0'; sed -n 1p receipts.jsonl | tr -d '\n') | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '='
sed -n 2p receipts.jsonl | grep -o '"prev":"[^"]*"'`;
