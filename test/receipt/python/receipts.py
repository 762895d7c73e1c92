"""A verifier of evidence bundles in Python's standard library, written from docs/receipt-v1.md: all ten steps. In step 9 it
decides again (decide.py), without next steps: a decision in which it finds nothing wrong is "undecided". It shares no code
with the packages.

    python3 receipts.py < cases.jsonl      one case of test/vectors/receipt a line; answers one verdict a line
"""
import base64, calendar, functools, hashlib, json, re, sys, time

import decide

# ---- bytes


def h(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def b64u(b):
    return base64.urlsafe_b64encode(b).rstrip(b'=').decode()


def un64(text):
    """base64 in its one spelling, or None."""
    try:
        b = base64.b64decode(text, validate=True)
    except Exception:
        return None
    return b if base64.b64encode(b).decode() == text else None


def un64u(text):
    if not re.fullmatch(r'[A-Za-z0-9_-]*', text):
        return None
    try:
        b = base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))
    except Exception:
        return None
    return b if b64u(b) == text else None


def number(text):
    return int(text) if re.fullmatch(r'0|[1-9][0-9]{0,15}', text) and int(text) < 2**53 else None


def restore(r):
    """What a receipt says that its ledger lost in a restore: how much was kept, and size and root of what had been sealed."""
    if r['kind'] != 'decision' or r['verdict'] != 'approve' or r['event'] != 'restore_accepted':
        return None
    write = next((w for w in r['writes'] if w['cell'] == 'accepted_restores'), {})
    kept, (size, root) = write.get('set'), (list(write.get('key', [])) + ['', ''])[:2]
    size = number(size)
    whole = isinstance(kept, int) and not isinstance(kept, bool)
    return (kept, size, root) if whole and size and 0 <= kept < size and kept <= r['seq'] else None


def units(text):
    return len(text.encode('utf-16-le')) // 2


# ---- Ed25519: cofactorless, canonical, of torsion-free keys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, k = b - a, d - c, d + c, b + a
    return e * f % P, g * k % P, f * g % P, e * k % P


def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def times_both(n, p, m, q):
    """n times p and m times q, added: in one pass over the bits of both."""
    of, r = [None, p, q, add(p, q)], (0, 1, 1, 0)
    for i in range(max(n.bit_length(), m.bit_length()) - 1, -1, -1):
        r, which = add(r, r), (n >> i & 1) + 2 * (m >> i & 1)
        if which:
            r = add(r, of[which])
    return r


def encode(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, 'little')


def decode(b):
    if len(b) != 32:
        return None
    y = int.from_bytes(b, 'little')
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    u, v = y * y - 1, D * y * y + 1
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * I % P
    if (v * x * x - u) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, 'little'))


@functools.lru_cache(None)
def sound(key):
    a = decode(key)
    return a is not None and encode(a) == key and encode(a) != encode((0, 1, 1, 0)) and encode(times(L, a)) == encode((0, 1, 1, 0))


@functools.lru_cache(4096)
def good(key, message, signature):
    a = decode(key)
    if a is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], 'little')
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), 'little') % L
    minus = (P - a[0], a[1], a[2], P - a[3])
    return encode(times_both(s, BASE, k, minus)) == signature[:32]


# ---- JSON


def es_number(x):
    if isinstance(x, int):
        return str(x)
    if x == 0:
        return '0'
    sign, digits, exponent = ('-' if x < 0 else ''), *re.fullmatch(r'-?([0-9.]+)(?:e([+-][0-9]+))?', repr(x)).groups()
    whole, _, part = digits.partition('.')
    n = len(whole) + int(exponent or 0)
    d = (whole + part).lstrip('0')
    n -= len(whole + part) - len((whole + part).lstrip('0'))
    d = d.rstrip('0')
    k = len(d)
    if k <= n <= 21:
        return sign + d + '0' * (n - k)
    if 0 < n <= 21:
        return sign + d[:n] + '.' + d[n:]
    if -6 < n <= 0:
        return sign + '0.' + '0' * -n + d
    e = ('+' if n > 0 else '-') + str(abs(n - 1))
    return sign + d[0] + ('.' + d[1:] if k > 1 else '') + 'e' + e


def jcs(x):
    if x is None or isinstance(x, bool):
        return {None: 'null', True: 'true', False: 'false'}[x]
    if isinstance(x, (int, float)):
        return es_number(x)
    if isinstance(x, str):
        return json.dumps(x, ensure_ascii=False)
    if isinstance(x, list):
        return '[' + ','.join(map(jcs, x)) + ']'
    return '{' + ','.join(json.dumps(k, ensure_ascii=False) + ':' + jcs(x[k]) for k in sorted(x, key=lambda k: k.encode('utf-16-be'))) + '}'


def canonical(b):
    """The value of canonical JSON; ValueError for any other bytes."""
    text = b.decode('utf-8')

    def no(_):
        raise ValueError('no JSON')

    value = json.loads(text, parse_constant=no, parse_int=lambda t: int(t) if abs(int(t)) < 2**53 else float(t))
    if jcs(value).encode('utf-8') != b:
        raise ValueError('not canonical')
    return value


# ---- the schema of a receipt


def text(pattern):
    return lambda x: isinstance(x, str) and re.fullmatch(pattern, x) is not None


def free(least, most):
    return lambda x: isinstance(x, str) and least <= units(x) <= most


def whole(least):
    return lambda x: type(x) is int and least <= x < 2**53


def items(item, most):
    return lambda x: isinstance(x, list) and len(x) <= most and all(map(item, x))


def unique(item, most):
    code = lambda t: t.encode('utf-16-be')
    return lambda x: items(item, most)(x) and all(code(a) < code(b) for a, b in zip(x, x[1:]))


def shape(must, may={}):
    def check(x):
        return isinstance(x, dict) and must.keys() <= x.keys() <= must.keys() | may.keys() and all(
            {**must, **may}[k](v) for k, v in x.items())

    return check


def millis(x):
    m = isinstance(x, str) and re.fullmatch(r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z', x, re.ASCII)
    if not m:
        return None
    y, mo, d, hh, mi, s, ms = map(int, m.groups())
    if y < 1970 or not 1 <= mo <= 12 or not 1 <= d <= calendar.monthrange(y, mo)[1] or hh > 23 or mi > 59 or s > 59:
        return None
    return calendar.timegm((y, mo, d, hh, mi, s)) * 1000 + ms


ORIGIN = lambda x: isinstance(x, str) and len(x) <= 255 and re.fullmatch(r'[a-z0-9.-]+(/[a-z0-9._-]+)+', x) is not None
DIGEST = text(r'[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]')
INSTANT = lambda x: millis(x) is not None
ID = text(r'[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}')
SNAKE = text(r'[a-z][a-z0-9_]{0,63}')
VERSION = text(r'[0-9A-Za-z][0-9A-Za-z.+-]{0,63}')
VALUE = free(0, 1024)
SCALAR = lambda x: isinstance(x, bool) or whole(-(2**53) + 1)(x) or VALUE(x)
ACTS = {'set': SCALAR, 'at': INSTANT, 'add': unique(VALUE, 256), 'remove': unique(VALUE, 256),
        'replace': unique(VALUE, 256), 'plus': whole(-(2**53) + 1), 'clear': lambda x: x is True}
WRITE = lambda x: shape({'cell': text(r'[a-z][a-z0-9_./-]{0,127}'), 'key': items(free(0, 256), 8)}, ACTS)(x) and len(x) == 3
REF = shape({'seq': whole(0), 'leaf': DIGEST})
TERM = shape({'id': free(1, 128), 'digest': DIGEST})
COMMON = {'v': lambda x: x == 'tai-autonomics/receipt@1', 'origin': ORIGIN, 'seq': whole(0), 'prev': DIGEST, 'at': INSTANT,
          'kind': text('decision|outcome|consequence'), 'event': SNAKE, 'id': DIGEST, 'subject': ID,
          'catalog': shape({'id': ID, 'version': VERSION, 'digest': DIGEST}),
          'engine': shape({'name': text(r'[A-Za-z0-9@/._-]{1,64}'), 'version': VERSION, 'semantics': whole(1)}),
          'writes': items(WRITE, 256), '_sd_alg': lambda x: x == 'sha-256', '_sd': unique(DIGEST, 256)}
OPTIONAL = {'incident': ID, 'trace': text(r'(?!0{32})[0-9a-f]{32}')}
BODY = {'decision': ({'verdict': text('approve|refuse'), 'codes': unique(SNAKE, 256)}, {'deadline': INSTANT}),
        'outcome': ({'of': REF, 'status': text('success|failed|timeout|memory_exceeded|unknown|withdrawn')}, {}),
        'consequence': ({'of': REF}, {})}
BOUND = {'contractual': {'terms': lambda x: shape({}, {'policy': TERM, 'insurance': TERM, 'msa': TERM})(x) and len(x) > 0},
         'eval': {'session': shape({'id': ID, 'notice': lambda x: x == 'non-contractual'})}}


def parse_receipt(b):
    """A receipt, or None."""
    try:
        r = canonical(b) if len(b) <= 65535 else None
        must, may = BODY[r['kind']]
        bound = BOUND[r['mode']]
    except Exception:
        return None
    if not shape({**COMMON, **must, 'mode': lambda x: True, **bound}, {**OPTIONAL, **may})(r):
        return None
    if r['kind'] != 'decision':
        return r if r['of']['seq'] < r['seq'] else None
    refused = r['verdict'] == 'refuse'
    if refused != (len(r['codes']) > 0) or (refused and (r['writes'] or 'deadline' in r)):
        return None
    return r if r.get('deadline', r['at']) >= r['at'] else None


# ---- notes, keys, trust

NAME = lambda x: 0 < units(x) <= 255 and not any(c.isspace() or c in '+\u0085' or ord(c) < 32 or 127 <= ord(c) < 160 for c in x)


def parse_key(vkey):
    """(name, type, id, public key), or None."""
    parts = vkey.split('+', 2)
    b = un64(parts[2]) if len(parts) == 3 and len(vkey) <= 1024 else None
    if not b or b[0] not in (1, 4) or not NAME(parts[0]) or len(b) != 33:
        return None
    name, kind, key = parts[0], b[0], b[1:]
    key_id = h(name.encode() + b'\n', bytes([kind]), key)[:4]
    return (name, kind, key_id, key) if key_id.hex() == parts[1] and sound(key) else None


def parse_note(note):
    """(text, [(name, key id, signature)]), or None."""
    if units(note) > 1_000_000 or re.search(r'[\x00-\x09\x0b-\x1f]', note) or not note.endswith('\n'):
        return None
    split = note.rfind('\n\n')
    if split < 1 or split + 2 == len(note):
        return None
    found = []
    for line in note[split + 2:-1].split('\n'):
        parts = line.split(' ')
        b = un64(parts[2]) if len(parts) == 3 and parts[0] == '\u2014' and NAME(parts[1]) else None
        if b is None or len(b) < 5:
            return None
        found.append((parts[1], b[:4], b[4:]))
    return (note[:split + 1], found) if len(found) <= 100 else None


def parse_checkpoint(note):
    """(origin, size, root), or None."""
    parsed = parse_note(note)
    lines = parsed[0].split('\n') if parsed and len(parsed[0]) <= 512 else []
    if len(lines) != 4 or lines[3] != '' or not ORIGIN(lines[0]):
        return None
    size, root = number(lines[1]), un64(lines[2])
    return None if size is None or root is None or len(root) != 32 else (lines[0], size, root)


def judge(keys, note):
    """The known keys whose line is good, with a witness's time, and those whose line is bad."""
    body, lines = parse_note(note)
    verified, bad = [], []
    for name, key_id, signature in lines:
        key = next((k for k in keys if k[0] == name and k[2] == key_id), None)
        if key is None:
            continue
        if key[1] == 1:
            ok, time = good(key[3], body.encode(), signature), None
        else:
            time = int.from_bytes(signature[:8], 'big')
            ok = len(signature) == 72 and time < 2**53 and good(
                key[3], b'cosignature/v1\ntime %d\n' % time + body.encode(), signature[8:])
        (verified if ok else bad).append(key)
    return verified, bad


def approver_key(text):
    """(algorithm, public key, origin), or None. A key that signs by itself has no origin."""
    if not text.startswith('webauthn:'):
        key = un64u(text)
        return ('eddsa', key, None) if key is not None and len(key) == 32 and sound(key) else None
    m = re.fullmatch(r'webauthn:(es256|eddsa):([A-Za-z0-9_-]{43,44}):(.{1,256})', text)
    if m is None or host_of(m[3]) is None:
        return None
    key = un64u(m[2])
    if key is None or not (len(key) == 33 and key[0] in (2, 3) if m[1] == 'es256' else len(key) == 32 and sound(key)):
        return None
    return m[1], key, m[3]


def host_of(origin):
    label = r'[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
    m = re.fullmatch(r'(?:(https)://((?:%s\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)|http://(localhost))(?::([1-9][0-9]{0,4}))?' % label, origin)
    if m is None or m[4] == ('443' if m[1] else '80') or int(m[4] or 1) > 65535:
        return None
    return m[2] or m[3]


def parse_trust(written):
    """(log keys, witness keys by name, quorum, approvers' keys), or None. A quorum is None, a name, or (threshold, members)."""
    t = written.removeprefix('\ufeff').replace('\r\n', '\n')
    if len(t) > 1_000_000 or re.search(r'[\x00-\x08\x0b-\x1f\x7f]', t) or t.count('\n') >= 1024:
        return None
    logs, named, grouped, quorum, taken, approvers = [], {}, set(), 'unsaid', set(), {}
    for line in t.split('\n'):
        words = re.findall(r'[^ \t]+', line)
        if not words or words[0].startswith('#'):
            continue
        if words[0] in ('log', 'witness'):
            at = 1 if words[0] == 'log' else 2
            key = parse_key(words[at]) if at < len(words) <= at + 2 else None
            if key is None or key[3] in taken or key[1] != (1 if at == 1 else 4):
                return None
            taken.add(key[3])
            if at == 1 and ORIGIN(key[0]):
                logs.append(key)
            elif at == 2 and words[1] != 'none' and words[1] not in named:
                named[words[1]] = key
            else:
                return None
        elif words[0] == 'approver':
            key = approver_key(words[2]) if len(words) == 3 else None
            if key is None or key[1] in taken or words[1] in approvers:
                return None
            taken.add(key[1])
            approvers[words[1]] = key[1]
        elif words[0] == 'group':
            if len(words) < 4 or words[1] == 'none' or words[1] in named:
                return None
            members = words[3:]
            if any(m not in named or m in grouped for m in members) or len(set(members)) < len(members):
                return None
            grouped |= set(members)
            k = {'all': len(members), 'any': 1}.get(words[2], number(words[2]))
            if k is None or not 1 <= k <= len(members):
                return None
            named[words[1]] = (k, members)
        elif words[0] == 'quorum':
            if len(words) != 2 or quorum != 'unsaid' or (words[1] != 'none' and words[1] not in named):
                return None
            quorum = None if words[1] == 'none' else words[1]
        else:
            return None
    return None if quorum == 'unsaid' else (logs, named, quorum, approvers)


def witnessed(named, name, keys):
    node = named[name]
    if len(node) == 2:
        return sum(witnessed(named, m, keys) for m in node[1]) >= node[0]
    return node in keys


# ---- the tree


def push(stack, leaf):
    stack.append((0, leaf))
    while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
        (n, right), (_, left) = stack.pop(), stack.pop()
        stack.append((n + 1, h(b'\1', left, right)))


def root_of(stack):
    if not stack:
        return h()
    node = stack[-1][1]
    for _, left in reversed(stack[:-1]):
        node = h(b'\1', left, node)
    return node


def included(leaf, index, size, root, path):
    node, place, last = leaf, index, size - 1
    if index >= size:
        return False
    for sibling in path:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            node = h(b'\1', sibling, node)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            node = h(b'\1', node, sibling)
        place, last = place // 2, last // 2
    return last == 0 and node == root


def parse_proof(t):
    """(index, hashes, note), or None."""
    head, blank, note = t.partition('\n\n')
    lines = head.split('\n')
    if not blank or len(lines) < 2 or lines[0] != 'c2sp.org/tlog-proof@v1' or not lines[1].startswith('index '):
        return None
    path = [un64(line) for line in lines[2:]]
    index = number(lines[1][6:])
    return None if index is None or len(path) > 63 or any(p is None or len(p) != 32 for p in path) else (index, path, note)


def continues(size1, root1, size2, root2, path):
    """Whether the tree of size1 is the beginning of that of size2 (RFC 9162, 2.1.4.2)."""
    if size1 < 1 or size1 > size2 or len(path) > 63:
        return False
    if size1 == size2:
        return not path and root1 == root2
    place, last = size1 - 1, size2 - 1
    while place % 2:
        place, last = place // 2, last // 2
    nodes = ([root1] if place == 0 else []) + path
    if not nodes:
        return False
    older = newer = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            older, newer = h(b'\1', sibling, older), h(b'\1', sibling, newer)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            newer = h(b'\1', newer, sibling)
        place, last = place // 2, last // 2
    return last == 0 and older == root1 and newer == root2


def parse_continuity(t):
    """(old size, hashes, note), or None."""
    head, blank, note = t.partition('\n\n')
    lines = head.split('\n')
    if not blank or len(t) > 1_010_000 or not lines[0].startswith('old '):
        return None
    path, size = [un64(line) for line in lines[1:]], number(lines[0][4:])
    if size is None or len(path) > 63 or any(p is None or len(p) != 32 for p in path) or (size == 0 and path):
        return None
    return size, path, note


# ---- what follows from an approval (step 9)

KINDS = {'decision': {'request/intent', 'state/readings', 'decision/body'}, 'outcome': {'outcome/body'}, 'consequence': {'consequence/body'}}
ENGINES = {1}


def is_texts(x):
    return isinstance(x, list) and all(isinstance(t, str) for t in x)


def lawful_intent(x):
    """Whether a disclosed intent is of its form."""
    try:
        subject, action, resource = x['subject'], x['action'], x['resource']
        refusal = x.get('refusal')
        texts = [subject['id'], subject['ref'], subject['type'], action['id'], resource['id'], resource['ref'], x['binding'], x.get('signedBy', '')]
        ok = is_texts(texts) and is_texts(subject['scope']) and isinstance(action['arguments'], dict)
        ok = ok and resource.get('environment', 'unknown') in ('sandbox', 'production', 'unknown') and is_texts(resource.get('nearest', []))
        ok = ok and x.get('named', 'user') in ('agent', 'user', 'service')
        ok = ok and isinstance(x.get('person', ''), str) and is_texts(x.get('persons', []))
        if 'refusal' not in x:
            return ok
        told = [refusal['requester'], refusal['binding'], refusal.get('namesake', ''), refusal.get('person', '')]
        return ok and is_texts(told) and is_texts(refusal['asks']) and is_texts(refusal.get('persons', []))
    except (KeyError, TypeError, AttributeError):
        return False


class Follows:
    """Goes through the receipts of one ledger; answers of each "withheld", "not_available", "falsified" or "undecided"."""

    def __init__(self, catalogs):
        self.catalogs, self.open, self.names, self.cells, self.known, self.watched = catalogs, {}, {}, {}, True, None
        self.books, self.refusals = {}, {}

    def step(self, r, leaf, shown, whole):
        whole = whole and self.known
        said = self.look(r, b64u(leaf), shown, whole)
        if r['engine']['semantics'] not in ENGINES:
            self.known = False
        watches = any(w['cell'] == 'active_catalog' or w['cell'].startswith('entitlement_') for w in r['writes'])
        watches = watches and whole and r['catalog']['digest'] in self.catalogs
        before = self.tools(r['catalog']['digest']) if watches else None
        if r.get('verdict') != 'refuse':
            standing = [o['standing'] for seq, o in self.open.items() if o['standing'] is not None and seq != r['seq']]
            for w in r['writes']:
                for cells in [self.cells, *standing]:
                    decide.apply(cells, (w['cell'], decide.place(w['key'])), w)
        if watches:
            after = self.tools(self.cells.get(('active_catalog', decide.place([])), r['catalog']['digest']))
            change = 'not_known' if after is None else {'added': sorted(after - before), 'removed': sorted(before - after)}
            self.watched = {'leaf': b64u(leaf), 'receipt': r, 'change': None if before == after else change}
        return said

    def tools(self, digest):
        """The names of the tools that there are, by a catalog and the cells; None where the catalog is not here."""
        catalog = self.catalogs.get(digest)
        if catalog is None:
            return None
        plan, packs = (self.cells.get((cell, decide.place([]))) for cell in ('entitlement_plan', 'entitlement_packs'))
        sold = catalog['plans'].get(plan, {}).get('packs', []) if isinstance(plan, str) else []
        bought = [one for one in packs or [] if one in sold]
        return {tool['tool'] for pack in catalog['packs'] if pack.get('always') or pack['pack_id'] in bought for tool in pack['tools']}

    def unsaid(self, r):
        """Whether the tools changed in the receipt before, and this is not the one that says so."""
        if self.watched is None or self.watched['receipt']['seq'] != r['seq'] - 1 or not isinstance(self.watched['change'], dict):
            return False
        return r['kind'] != 'consequence' or r['event'] != 'tool_surface_changed' or r['of']['seq'] != r['seq'] - 1

    def look(self, r, leaf, shown, whole):
        catalog = self.catalogs.get(r['catalog']['digest'])
        if r['engine']['semantics'] not in ENGINES:
            return 'not_available'
        if whole and self.unsaid(r):
            return 'falsified'
        if catalog is None:
            return 'not_available'
        if (catalog['catalog']['id'], catalog['catalog']['version']) != (r['catalog']['id'], r['catalog']['version']):
            return 'falsified'
        return getattr(self, r['kind'])(r, leaf, shown, whole, catalog)

    @staticmethod
    def action_of(catalog, name):
        """An action where it stands, and its pack."""
        return next(((pack['actions'][name], pack) for pack in catalog['packs'] if name in pack['actions']), (None, None))

    def decision(self, r, leaf, shown, whole, catalog):
        intent = shown.get('request/intent')
        missing = [n for n in KINDS['decision'] if n not in shown]
        hidden = len(missing) > 0 or len(r['_sd']) > len(shown)
        form = lawful_intent(intent) and isinstance(shown.get('state/readings'), dict)
        if 'deadline' in r:
            decided = None if hidden or not form else (intent['action']['id'], catalog)
            again = None if decided is None else decide.decided_by(self.book(r, catalog), r, shown)
            followed = whole and again is not None and sum(o['standing'] is not None for o in self.open.values()) < 256
            self.open[r['seq']] = {'leaf': leaf, 'receipt': r, 'decided': decided, 'again': again, 'begun': False,
                                   'standing': dict(again.sight.cells) if followed else None}
        if hidden:
            return 'withheld'
        if not form:
            return 'falsified'
        body, (action, pack) = shown['decision/body'], self.action_of(catalog, intent['action']['id'])
        if r['subject'] != intent['subject']['ref'] or not isinstance(body, dict) or body.get('verdict') != r['verdict']:
            return 'falsified'
        reasons = body.get('reasons', []) if r['verdict'] == 'refuse' else []
        if not isinstance(reasons, list) or not all(isinstance(x, dict) and isinstance(x.get('code'), str) for x in reasons):
            return 'falsified'
        if sorted({x['code'] for x in reasons}) != r['codes'] or self.event(action, reasons) != r['event']:
            return 'falsified'
        if self.deadline(r, action, pack) != r.get('deadline'):
            return 'falsified'
        one = [self.one(kind, x, ref) for kind, x, ref in (
            ('subject', intent['subject']['type'] + ':' + intent['subject']['id'], intent['subject']['ref']),
            ('resource', ' ' + intent['resource']['id'], intent['resource']['ref']))]
        opened = self.open.get(r['seq']) if 'deadline' in r else None
        again = opened['again'] if opened else decide.decided_by(self.book(r, catalog), r, shown)
        if not all(one) or decide.differs(again, r, body) is not None:
            return 'falsified'
        wrong = decide.misread(self.book(r, catalog), r, shown, self.cells) if whole else None
        signed = self.signed(r, intent, action)
        if r['verdict'] == 'refuse' and again is not None:
            self.refusals[r['seq']] = {'leaf': leaf, 'shown': self.shown_to_approver(again, r, leaf, intent)}
        return 'undecided' if wrong is None and signed else 'falsified'

    @staticmethod
    def shown_to_approver(again, r, leaf, intent):
        """What an approver signs of a refusal; None where its plan cannot be made."""
        try:
            plan = [{'step': one['step'], 'with': one['with']} for one in again.steps()]
        except Exception:
            return None
        subject = {m: intent['subject'][m] for m in ('type', 'id', 'ref')}
        return {'receipt': r['seq'], 'leaf': leaf, 'requester': subject, 'action': intent['action']['id'], 'plan': plan,
                'arguments': intent['action']['arguments'], 'resource': intent['resource']['id'], 'catalog': r['catalog']['digest']}

    def signed(self, r, intent, action):
        """Whether the key that an intent says signed it did; of what was shown in a refusal that is not here nothing is said."""
        import approvals
        key, given = intent.get('signedBy'), intent['action']['arguments']
        if key is None:
            return True
        kind = {n: a['type']['type'] for n, a in (action['arguments'] if action else {}).items()}
        text = lambda n: given.get(n) if isinstance(given.get(n), str) else ''
        if kind.get('signature') != 'string':
            return False
        if kind.get('key') == 'string':
            name, said = 'approver-key', {'key': text('key'), 'ledger': r['origin'], 'subject': intent['subject']['ref']}
            if said['key'] != key:
                return False
        elif kind.get('receipt') == 'integer' and kind.get('leaf') == 'string':
            named = self.refusals.get(given['receipt']) if type(given.get('receipt')) is int else None
            if named is None or named['leaf'] != given.get('leaf') or named['shown'] is None:
                return 'refusal' in intent
            name, said = 'approval', {
                'approver': intent['subject']['ref'], 'by': intent['action']['id'], 'expires_at': text('expires_at'),
                'ledger': r['origin'], 'nonce': text('nonce'), 'shown': named['shown']}
        else:
            return False
        statement = 'tai-autonomics/%s@1\n%s' % (name, jcs(said))
        return approvals.counts(statement.encode(), key, text('signature'))

    def book(self, r, catalog):
        digest = r['catalog']['digest']
        if digest not in self.books:
            self.books[digest] = decide.Book(catalog)
        return self.books[digest]

    @staticmethod
    def event(action, reasons):
        if not reasons:
            return action['emits']['approve'] if action else 'action_approved'
        if reasons[0].get('gate') == 'registry':
            return 'tool_not_found'
        if reasons[0]['code'] == 'eval_only_refusal':
            return 'eval_only_refusal'
        return action['emits']['refuse'] if action else 'action_refused'

    @staticmethod
    def deadline(r, action, pack):
        if r['verdict'] == 'refuse' or action is None or 'after' not in action['does']:
            return None
        ms = millis(r['at']) + (action['does'].get('limits') or pack['compute_limits'])['timeoutMs']
        t = time.gmtime(ms // 1000)
        return time.strftime('%Y-%m-%dT%H:%M:%S', t) + '.%03dZ' % (ms % 1000)

    def one(self, kind, name, ref):
        """One name, one pseudonym, in both directions."""
        # Names of subjects and resources never meet; their pseudonyms share one room.
        is_name, is_ref = (kind, name), ('ref', ref)
        if self.names.get(is_name, ref) != ref or self.names.get(is_ref, is_name) != is_name:
            return False
        self.names[is_name], self.names[is_ref] = ref, is_name
        return True

    # ---- what follows

    @staticmethod
    def differs(opened, r, shown):
        d = opened['receipt']
        if opened['leaf'] != r['of']['leaf'] or any(d.get(m) != r.get(m) for m in ('id', 'incident', 'trace')):
            return True
        return shown and (d['subject'] != r['subject'] or d['catalog']['digest'] != r['catalog']['digest'])

    def outcome(self, r, leaf, shown, whole, catalog):
        opened = self.open.pop(r['of']['seq'], None)
        if opened is None:
            return 'falsified' if whole else 'not_available'
        if self.differs(opened, r, opened['decided'] is not None):
            return 'falsified'
        if opened['decided'] is None:
            return 'withheld'
        never = r['status'] in ('unknown', 'withdrawn')
        if whole and not opened['begun'] and not never:
            return 'falsified'
        if 'outcome/body' not in shown or len(r['_sd']) > len(shown):
            return 'withheld'
        action, _ = self.action_of(opened['decided'][1], opened['decided'][0])
        if action is None or 'after' not in action['does']:
            return 'falsified'
        event = 'action_withdrawn' if r['status'] == 'withdrawn' else action['does']['after'][r['status']]['emits']
        body = shown['outcome/body']
        if event != r['event'] or not isinstance(body, dict) or body.get('status') != r['status']:
            return 'falsified'
        if decide.ended(opened['again'], r, shown) is not None:
            return 'falsified'
        if r['status'] != 'withdrawn':
            return 'undecided'
        codes, result = self.withdrawn_by(opened), body.get('result')
        told = isinstance(result, dict) and result.get('codes') == codes
        return 'falsified' if opened['begun'] or codes is not None and not (codes and told) else 'undecided'

    @staticmethod
    def withdrawn_by(opened):
        """For what an approval would be refused by what was recorded since; None where that was not followed."""
        if opened['standing'] is None:
            return None
        now = decide.Decision(opened['again'].book, opened['again'].told, opened['standing'])
        return sorted({code for gate, code in now.reasons if gate != 'capacity'})

    def consequence(self, r, leaf, shown, whole, catalog):
        if r['writes']:
            return 'falsified'
        if r['event'] == 'tool_surface_changed':
            if not whole:
                return 'not_available'
            if self.watched is None or self.watched['receipt']['seq'] != r['of']['seq'] or self.watched['change'] is None:
                return 'falsified'
            if self.differs(self.watched, r, True):
                return 'falsified'
            if self.watched['change'] == 'not_known':
                return 'not_available'
            if 'consequence/body' not in shown:
                return 'withheld'
            return 'undecided' if shown['consequence/body'] == self.watched['change'] else 'falsified'
        opened = self.open.get(r['of']['seq'])
        if opened is None:
            return 'falsified' if whole else 'not_available'
        if self.differs(opened, r, opened['decided'] is not None):
            return 'falsified'
        if opened['decided'] is None:
            return 'withheld'
        action, _ = self.action_of(opened['decided'][1], opened['decided'][0])
        does = action['does'] if action else {}
        if does.get('begins') != r['event']:
            return 'falsified'
        again = opened['begun'] and not (does['idempotent'] and r['at'] > opened['receipt']['deadline'])
        withdrawn = not opened['begun'] and bool(self.withdrawn_by(opened))
        opened['begun'], opened['standing'] = True, None
        return 'falsified' if again or withdrawn else 'undecided'


# ---- the verification

KEPT_OPEN = {'key_rotated': 'ledger_key', 'key_revoked': 'revoked_keys', 'disclosures_purged': 'purged_disclosures',
             'engine_upgraded': 'engine_semantics', 'restore_accepted': 'accepted_restores',
             'clock_accepted': 'clock_accepted_until'}


def set_in(r, cell, kind):
    if r.get('verdict') == 'refuse':
        return None
    found = [w for w in r['writes'] if w['cell'] == cell and w['key'] == []]
    value = found[-1].get('set') if found else None
    return value if type(value) is kind and value != '' else None


class Verification:
    def __init__(self, case):
        self.case, self.failed = case, set()
        self.partial = case['coverage'] == 'partial'
        note = case.get('checkpoint')
        self.checkpoint = None if note is None else parse_checkpoint(note)
        self.seen = None if case.get('remembered') is None else parse_checkpoint(case['remembered'])
        self.handovers = [(n, parse_checkpoint(n)) for n in case.get('handovers', [])]
        self.outside = None if case.get('outside') is None else parse_checkpoint(case['outside'])
        known = [c for c in [self.checkpoint, self.seen, self.outside, *(c for _, c in self.handovers)] if c]
        self.origin = known[0][0] if known else None
        self.prev = None if self.origin is None else self.genesis(self.origin)
        self.stack, self.size, self.roots = [], 0, {}
        self.expected, self.last_at, self.leaves = 0, '', {}
        self.explained, self.pending, self.displaced, self.unreadable = False, False, False, False
        self.named, self.revoked = [], {}
        self.rules, self.recorded, self.cited = {}, {}, {}
        catalogs = case.get('decidedBy')
        self.follows = None if catalogs is None else Follows(catalogs)
        self.said, self.missing, self.complete, self.newest = [], set(), None, None
        self.orders, self.hidden, self.ids, self.repeated, self.stray = {}, set(), set(), [], []
        self.restores = []

    @staticmethod
    def genesis(origin):
        return b64u(h(b'tai-autonomics/genesis@1\n' + origin.encode() + b'\n'))

    def blame(self):
        self.failed.add('chain')
        self.explained = True

    def settle(self, vouched):
        if self.pending:
            self.pending = False
            self.failed.add('chain')
            if not vouched:
                self.explained = True

    def push(self, leaf):
        push(self.stack, leaf)
        self.size += 1
        self.prev = b64u(leaf)
        self.expected += 1
        self.roots[self.size] = root_of(self.stack)

    def step(self, line, disclosures, proof):
        b = line.encode('utf-8', 'surrogatepass')
        leaf, r = h(b'\0', b), parse_receipt(b)
        if r is None:
            self.failed.add('receipts')
            self.unreadable = True
            self.said.append('unreadable')
            if not self.partial:
                self.settle(False)
                self.push(leaf)
                self.explained = True
            return
        in_order = r['seq'] >= self.expected
        (self.part if self.partial else self.chain)(r, leaf, proof)
        self.keys(r, in_order)
        shown = self.disclosures(r, disclosures)
        self.attached(r, shown)
        whole = not (self.partial or self.displaced or self.unreadable)
        if whole or (self.partial and in_order):
            self.told(r, shown)
        if in_order and len(self.restores) < 1000:
            self.restores += [lost for lost in [restore(r)] if lost]
        broken = self.clear(r) if whole else False
        if self.follows:
            said = self.follows.step(r, leaf, shown, whole)
            self.said.append('falsified' if broken else said)
            if said == 'falsified':
                self.failed.add('rederivation')

    def lost(self, seen):
        """What the auditor saw is what the ledger says that it lost: no proof, and no contradiction."""
        _, size, root = seen
        return any(kept < size < gone or (size == gone and kept < size and un64u(gone_root) == root)
                   for kept, gone, gone_root in self.restores)

    def told(self, r, shown):
        """Ids that come again, names that no receipt of this kind has, orders of erasure."""
        if r['kind'] == 'decision':
            if r['id'] in self.ids:
                self.repeated.append(r['seq'])
            self.ids.add(r['id'])

    def attached(self, r, shown):
        if len(shown) < len(r['_sd']):
            self.hidden.add(r['seq'])
        for w in r['writes'] if r.get('verdict') == 'approve' else []:
            if w['cell'] == 'purged_disclosures' and len(w['key']) == 1 and 'add' in w:
                seq = number(w['key'][0])
                if seq is not None and seq < r['seq']:
                    self.orders.setdefault(seq, r['seq'])
        evidence = r['kind'] != 'consequence'
        self.stray += [n for n in shown if n not in KINDS[r['kind']] and not (evidence and re.fullmatch('evidence/[^/]+/[^/]+', n))]
        files = self.case.get('attachments')
        if files is None:
            return
        if r['catalog']['digest'] not in files['catalogs']:
            self.missing.add(r['catalog']['digest'])
        for name, value in shown.items():
            for entry in (value if isinstance(value, list) else [value]) if name.startswith('evidence/') else []:
                ref = entry.get('ref') if isinstance(entry, dict) else None
                digest = ref.get('digest') if isinstance(ref, dict) else None
                if isinstance(digest, str) and digest not in files['evidence']:
                    self.missing.add(digest)

    def flaws(self, r):
        eval_name = re.match(r'[^/]+/r1/e/', r['origin']) is not None
        contract_name = re.match(r'[^/]+/r1/c/', r['origin']) is not None
        if (r['mode'] == 'eval' and contract_name) or (r['mode'] == 'contractual' and eval_name):
            return True
        return r['kind'] != 'decision' and self.leaves.get(r['of']['seq'], r['of']['leaf']) != r['of']['leaf']

    def chain(self, r, leaf, _):
        if self.origin is None:
            self.origin, self.prev = r['origin'], self.genesis(r['origin'])
        if r['seq'] != self.expected:
            self.displaced = True
            self.settle(False)
            self.blame()
            if r['seq'] < self.expected:
                return
            self.expected = r['seq']
        else:
            holds = r['prev'] == self.prev
            self.settle(holds)
            explained, self.explained = self.explained, False
            if not holds and r['seq'] == 0:
                self.blame()
            elif not holds and not explained:
                self.pending = True
        if r['origin'] != self.origin or r['at'] < self.last_at:
            self.blame()
        self.last_at = r['at']
        if self.flaws(r):
            self.blame()
        self.leaves[r['seq']] = b64u(leaf)
        self.push(leaf)

    def part(self, r, leaf, proof):
        self.origin = self.origin or r['origin']
        seq = r['seq']
        if r['origin'] != self.origin or seq < self.expected:
            self.failed.add('chain')
        elif seq == self.expected and self.prev is not None and r['prev'] != self.prev:
            self.failed.add('chain')
        if (r['at'] < self.last_at and seq >= self.expected) or self.flaws(r):
            self.failed.add('chain')
        read = parse_proof(proof) if proof is not None else None
        own = parse_checkpoint(read[2]) if read else None
        if not self.checkpoint or not own or read[0] != seq or own != self.checkpoint or not included(leaf, seq, own[1], own[2], read[1]):
            self.failed.add('tree')
        if seq >= self.expected:
            self.last_at, self.prev, self.expected = r['at'], b64u(leaf), seq + 1
            self.leaves[seq] = b64u(leaf)
        self.size += 1

    def keys(self, r, in_order):
        if r.get('verdict') != 'approve':
            return
        if r['event'] == 'key_rotated' and (in_order or not self.partial):
            write = next((w for w in r['writes'] if w['cell'] == 'ledger_key' and w['key'] == []), None)
            if write and isinstance(write.get('set'), str):
                self.named.append((r['seq'], write['set']))
        if r['event'] == 'key_revoked':
            for w in r['writes']:
                if w['cell'] == 'revoked_keys' and len(w['key']) == 1 and re.fullmatch('[0-9a-f]{8}', w['key'][0]) and type(w.get('set')) is int:
                    self.revoked[w['key'][0]] = min(w['set'], self.revoked.get(w['key'][0], w['set']))

    def disclosures(self, r, texts):
        names, used = {}, set()
        for t in texts:
            try:
                value = canonical(un64u(t))
                salt, name, _ = value
                ok = len(t) <= 1_048_576 and isinstance(value, list) and re.fullmatch('[A-Za-z0-9_-]{21}[AQgw]', salt)
                ok = ok and len(name) <= 256 and re.fullmatch(r'[a-z][a-z0-9_]*(/[A-Za-z0-9_.:@-]+)+', name)
            except Exception:
                ok, name = False, None
            digest = b64u(h(t.encode()))
            if not ok or digest not in r['_sd'] or digest in used or name in names:
                self.failed.add('disclosures')
                return {}
            names[name] = value[2]
            used.add(digest)
        return names

    def clear(self, r):
        """What the ledger says of itself: its catalog, its semantics, that it is closed, and the terms that it recorded."""
        rules, decision, approved = self.rules, r['kind'] == 'decision', r.get('verdict') == 'approve'
        semantics, catalog = r['engine']['semantics'], r['catalog']['digest']
        broken = rules.get('semantics', semantics) != semantics or (decision and rules.get('catalog', catalog) != catalog)
        if rules.get('closed') and approved:
            own = KEPT_OPEN.get(r['event'])
            broken |= own is None or 'deadline' in r or any(w['cell'] != own for w in r['writes'])
        taken_over = approved and r['event'] == 'ledger_taken_over'
        if rules.get('moved') and r.get('verdict') != 'refuse':
            # Behind its move a ledger waits for the place that takes it over.
            broken |= not taken_over or 'deadline' in r or any(w['cell'] not in ('ledger_place', 'ledger_moved_to') for w in r['writes'])
        if broken:
            self.failed.add('rederivation')
        else:
            rules['catalog'] = set_in(r, 'active_catalog', str) or rules.get('catalog') or catalog
            moved = set_in(r, 'engine_semantics', int)
            rules['semantics'] = semantics if moved is None else moved
            if approved and (r['event'] == 'ledger_closed' or set_in(r, 'ledger_status', str) == 'closed'):
                rules['closed'] = True
            if approved:
                leaves = r['event'] == 'ledger_moved' or set_in(r, 'ledger_moved_to', str) is not None
                rules['moved'] = not taken_over and (leaves or rules.get('moved', False))
        for kind, cell in (('insurance', 'insurance_certificate'), ('msa', 'msa_agreement')):
            term, known, cited = r.get('terms', {}).get(kind), self.recorded.get(kind), self.cited.get(kind)
            if term and known is not None:
                if known in term.values():
                    self.drop(kind)
                else:
                    if cited and cited != term:
                        self.drop(kind)
                    self.cited.setdefault(kind, term)
            now = self.record(r, cell)
            if now is not None:
                if now in self.cited.get(kind, {}).values():
                    del self.cited[kind]
                else:
                    self.drop(kind)
                self.recorded[kind] = now
        return broken

    def drop(self, kind):
        if self.cited.pop(kind, None):
            self.failed.add('rederivation')

    @staticmethod
    def record(r, cell):
        if r.get('verdict') == 'refuse':
            return None
        found = [w for w in r['writes'] if w['cell'] == cell and w['key'] == []]
        value = found[-1].get('set') if found else None
        return value if isinstance(value, str) else None

    def finish(self):
        trust = None if 'trust' not in self.case else parse_trust(self.case['trust'])
        if 'trust' in self.case and trust is None:
            self.failed.add('trust')
        step5, signed, trusted = self.signatures(trust)
        self.settle(False)
        tree = self.checkpoint is not None and 'tree' not in self.failed
        if self.checkpoint and not self.partial:
            if self.size != self.checkpoint[1] or self.displaced or root_of(self.stack) != self.checkpoint[2]:
                self.failed.add('tree')
                tree = False
        if not self.checkpoint:
            # What nothing was sealed for, no step can find wrong.
            self.failed.discard('tree')
        step6, reached = self.consistency(trust)
        hangs = not self.failed & {'receipts', 'chain'} and (tree or not self.partial)
        labels = {'linked': 'unknown' if not self.case['receipts'] else 'yes' if hangs else 'no',
                  'signed': 'no' if signed == 'yes' and not tree else signed,
                  'trusted': 'no' if trusted == 'yes' and not tree else trusted}
        complete = None
        if not self.partial and tree and labels['trusted'] == 'yes':
            complete = 'witnesses' if trust[2] else None if reached is None else 'outside_checkpoint'
        own = [self.case.get('remembered'), self.case.get('outside')]
        unreadable = 'trust' in self.failed or any(n is not None and parse_checkpoint(n) is None for n in own)
        overall = 'unreadable' if unreadable else 'falsified' if self.failed else 'incomplete'
        files = self.case.get('attachments')
        statuses = {
            'trust': 'not_run' if 'trust' not in self.case else 'passed', 'receipts': 'passed', 'chain': 'passed',
            'tree': 'passed' if self.checkpoint else 'not_run', 'signatures': step5, 'consistency': step6, 'disclosures': 'passed',
            'digests': 'not_run' if files is None else 'incomplete' if self.missing else 'passed',
            'rederivation': 'not_run' if self.follows is None else 'undecided', 'freshness': self.freshness()}
        failed = [step for step in statuses if step in self.failed]
        return {'overall': overall, 'failed': failed, 'labels': labels, 'complete': complete,
                'steps': {step: 'failed' if step in self.failed else status for step, status in statuses.items()},
                'open': {'repeated': len(self.repeated), 'stray': len(self.stray)},
                'erased': sorted([seq, order] for seq, order in self.orders.items() if seq in self.hidden),
                **({} if self.follows is None else {'said': self.said})}

    def freshness(self):
        asked = self.case.get('freshness')
        if asked is None:
            return 'not_run'
        seen = None if self.newest is None else self.newest * 1000
        claimed = millis(self.last_at) if self.last_at else None
        late = seen is None or seen > asked['atMs'] + 300_000 or (claimed is not None and claimed > seen + 300_000)
        return 'incomplete' if late or asked['atMs'] - seen > asked['maxAgeMs'] else 'passed'

    def revoked_at(self, key, size, outside_only=False):
        own = None if outside_only else self.revoked.get(key[2].hex())
        told = any(r['name'] == key[0] and r['keyId'] == int.from_bytes(key[2], 'big') and size > r['lastGoodSize']
                   for r in self.case.get('revocations', []))
        return told or (own is not None and size > own)

    def sealer(self, size):
        before = [one for one in self.named if one[0] < size]
        return before[-1] if before else None

    def key_of(self, vkey, origin):
        key = parse_key(vkey)
        return key if key and key[1] == 1 and key[0] == origin else None

    def signatures(self, trust):
        none = 'unknown' if trust is None else 'no'
        if self.case.get('checkpoint') is None:
            return 'not_run', 'no', none

        def fail(signed='no', trusted=none):
            self.failed.add('signatures')
            return 'failed', signed, trusted

        if self.checkpoint is None:
            return fail()
        origin, size, _ = self.checkpoint
        sealer = None if self.partial else self.sealer(size)
        sealing = None if sealer is None else self.key_of(sealer[1], origin)
        if origin.endswith('/export') or (sealer and sealing is None):
            return fail()
        logs = [k for k in trust[0] if k[0] == origin] if trust else []
        witnesses = [k for k in trust[1].values() if len(k) == 4] if trust else []
        others = {k[3] for k in [*(trust[0] if trust else []), *witnesses] if k not in logs} | set(trust[3].values() if trust else [])
        names = [(one, self.key_of(one[1], self.origin)) for one in self.named]
        if any((parse_key(v) or (0, 0, 0, b''))[3] in others for _, v in self.named):
            return fail()
        handed, flaw = [], False
        proofs = [p for p in map(parse_continuity, self.case.get('consistency', [])) if p]
        for note, said in self.handovers:
            known = logs + [k for _, k in names if k]
            about = [path for old, path, _ in proofs if said and old == said[1]][:1]
            if self.partial and said is not None and not about:
                continue
            if said is None or said[0] != self.origin:
                here = False
            elif self.partial:
                here = any(continues(said[1], said[2], size, self.checkpoint[2], path) for path in about)
            else:
                here = self.roots.get(said[1]) == said[2]
            if not here or judge(known, note)[1]:
                flaw = True
            else:
                handed.append((note, said))
        heirs = [k for k in logs if k not in [n for _, n in names]]
        for one, key in names:
            if key in logs:
                heirs = [key]
            elif key:
                for note, said in [*handed, (self.case['checkpoint'], self.checkpoint)]:
                    signers = judge([*heirs, key], note)[0] if self.sealer(said[1]) == one else []
                    if key in signers and any(k in signers and not self.revoked_at(k, said[1]) for k in heirs):
                        heirs = [key]
                        break
        if self.partial:
            heirs = logs + [k for k in heirs if k not in logs]
        trusted_keys = logs + [k for k in heirs if k not in logs] + witnesses
        claims = [self.key_of(v, origin) for v in self.case.get('claimedKeys', [])] + ([sealing] if sealing else [])
        known = trusted_keys + [k for k in claims if k and k not in trusted_keys]
        verified, bad = judge(known, self.case['checkpoint'])
        if bad or (sealing and sealing not in verified):
            result = fail()
        else:
            signed = 'yes' if any(k[1] == 1 for k in verified) else 'unknown' if not known else 'no'
            mine = [k for k in verified if k in heirs]
            if trust is None:
                result = 'incomplete' if signed == 'yes' else 'not_run', signed, 'unknown'
            elif not mine or all(self.revoked_at(k, size) for k in mine) or (trust[2] and not witnessed(trust[1], trust[2], verified)):
                result = fail(signed)
            else:
                result = 'passed', 'yes', 'yes'
                self.newest = self.met_at(trust)
        # A flaw of a hand-over is only told where the checkpoint itself was judged.
        if flaw and not (bad or (sealing and sealing not in verified)):
            self.failed.add('signatures')
        return result

    def met_at(self, trust):
        """When the quorum was met last; without one, the newest witness's time."""
        times = []
        for name, key_id, signature in parse_note(self.case['checkpoint'])[1]:
            key = next((k for k in trust[1].values() if len(k) == 4 and k[0] == name and k[2] == key_id), None)
            if key:
                times.append((int.from_bytes(signature[:8], 'big'), key))
        for at in sorted((t for t, _ in times if t <= 253_402_300_799), reverse=True):
            if not trust[2] or witnessed(trust[1], trust[2], [k for t, k in times if t >= at]):
                return at
        return None

    def consistency(self, trust):
        """How step 6 ends, and the size that a checkpoint of another way vouches for."""
        now, proofs = self.checkpoint, []
        for text in self.case.get('consistency', []):
            read = parse_continuity(text)
            said = parse_checkpoint(read[2]) if read else None
            if said is None or (now and said != now):
                return self.conflict()
            here = None if self.partial else self.root_at(read[0])
            if here is not None and not continues(read[0], here, said[1], said[2], read[1]):
                return self.conflict()
            proofs.append(read)
        own = [(n, c, way) for n, c, way in ((self.case.get('remembered'), self.seen, False), (self.case.get('outside'), self.outside, True))
               if n is not None]
        ends, reached = [], None
        for note, seen, is_outside in own:
            end = 'not_run' if seen is None else self.compare(note, seen, now, proofs, trust)
            ends.append(end)
            if is_outside and end == 'passed':
                reached = seen[1]
        worst = next((e for e in ('failed', 'incomplete', 'not_run', 'passed') if e in ends), 'not_run')
        if worst == 'failed':
            self.failed.add('consistency')
        return worst, reached

    def conflict(self):
        self.failed.add('consistency')
        return 'failed', None

    def root_at(self, size):
        return self.roots.get(size)

    def compare(self, note, seen, now, proofs, trust):
        origin, size, root = seen
        good, bad = judge([k for k in (trust[0] if trust else []) if k[0] == origin], note)
        if good and not bad and all(self.revoked_at(k, size, True) for k in good):
            return 'incomplete'
        if now is None or origin != now[0]:
            return 'failed'
        bad = 'incomplete' if self.lost(seen) else 'failed'
        if size > now[1]:
            return bad
        if size == now[1]:
            return 'passed' if root == now[2] else bad
        if size == 0:
            return 'passed'
        here = None if self.partial else self.root_at(size)
        if here is not None:
            return 'passed' if here == root else bad
        about = [path for old, path, _ in proofs if old == size]
        if not about:
            return 'incomplete'
        return 'passed' if any(continues(size, root, now[1], now[2], path) for path in about) else bad


def verify(case):
    v = Verification(case)
    for i, line in enumerate(case['receipts']):
        shown, proofs = case.get('disclosures', []), case.get('proofs', [])
        v.step(line, shown[i] if i < len(shown) else [], proofs[i] if i < len(proofs) else None)
    return v.finish()


if __name__ == '__main__':
    for line in sys.stdin:
        print(json.dumps(verify(json.loads(line))), flush=True)
