"""Signatures of approvers in Python's standard library, written from docs/receipt-v1.md ("What an approver signs").

    python3 approvals.py < cases.jsonl     one {statement, key, signature} a line; answers true or false a line
"""
import json, sys

from receipts import approver_key, b64u, good, h, host_of, un64u

# ---- ECDSA on P-256 with SHA-256 (FIPS 186-5), of points in affine coordinates

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
A = P - 3
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(p, q):
    if p is None or q is None:
        return p or q
    (x1, y1), (x2, y2) = p, q
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    m = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) if p == q else (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (m * m - x1 - x2) % P
    return x3, (m * (x1 - x3) - y1) % P


def times(n, p):
    q = None
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def point(b):
    """A point of 33 bytes (SEC 1, compressed), or None."""
    x = int.from_bytes(b[1:], 'big')
    if x >= P:
        return None
    y2 = (x * x * x + A * x + B) % P
    y = pow(y2, (P + 1) // 4, P)
    if y * y % P != y2:
        return None
    return x, y if y & 1 == b[0] & 1 else P - y


def good256(key, message, signature):
    q = point(key)
    r, s = int.from_bytes(signature[:32], 'big'), int.from_bytes(signature[32:], 'big')
    if q is None or not 0 < r < N or not 0 < s <= N // 2:
        return False
    e, w = int.from_bytes(h(message), 'big'), pow(s, -1, N)
    found = add(times(e * w % N, BASE), times(r * w % N, q))
    return found is not None and found[0] % N == r


# ---- what counts


def of_page(client, challenge, origin):
    start = ('{"type":"webauthn.get","challenge":"%s","origin":"%s"' % (challenge, origin)).encode()
    rest = client[len(start):]
    if not client.startswith(start):
        return False
    return rest in (b'}', b',"crossOrigin":false}') or rest.startswith(b',"crossOrigin":false,') and rest.endswith(b'}')


def of_person(data, rp_id):
    if len(data) != 37 or data[:32] != h(rp_id.encode()):
        return False
    flags = data[32]
    return flags & 0x05 == 0x05 and flags & 0xc0 == 0 and not (flags & 0x10 and not flags & 0x08)


def counts(statement, key_text, signature_text):
    key = approver_key(key_text)
    if key is None:
        return False
    alg, public, origin = key
    if origin is None:
        signature = un64u(signature_text)
        return signature is not None and len(signature) == 64 and good(public, statement, signature)
    parts = [un64u(part) for part in signature_text.split('.')]
    if len(parts) != 3 or None in parts or len(parts[2]) != 64:
        return False
    data, client, signature = parts
    if not of_page(client, b64u(h(statement)), origin) or not of_person(data, host_of(origin)):
        return False
    return (good256 if alg == 'es256' else good)(public, data + h(client), signature)


if __name__ == '__main__':
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(counts(case['statement'].encode(), case['key'], case['signature'])), flush=True)
