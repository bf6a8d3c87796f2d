#!/usr/bin/env python3
"""What `latent solve-block` answers, by numpy as the objective reads: to try the client without the program."""
import hashlib, struct, sys
import numpy as np
S = struct.Struct("<8sHHIQQ")
inp, out = sys.stdin.buffer, sys.stdout.buffer
def die(text): sys.stderr.write("error: " + text + "\n"); out.flush(); sys.exit(1)
def answer(kind, tag, slots, *arrays):
    b = b"".join(struct.pack("<d", v) if isinstance(v, float) else struct.pack("<Q", v) for v in slots).ljust(64, b"\0")
    for a in arrays:
        x = np.ascontiguousarray(a).tobytes(); b += x + b"\0" * (-len(x) % 64)
    s = S.pack(b"\x89LATENT\n", 1, kind, 0, len(b), tag)
    out.write(s + hashlib.sha256(s + b).digest() + b); out.flush()
other = basis = None
while True:
    h = inp.read(64)
    if not h: break
    if len(h) < 64: die("cut off")
    sig, ver, kind, z, n, tag = S.unpack_from(h)
    p = inp.read(n)
    if len(p) < n or hashlib.sha256(h[:32] + p).digest() != h[32:]: die("bad frame")
    q = struct.unpack_from("<8Q", p); d = struct.unpack_from("<8d", p); pos = 64
    def arr(t, *shape):
        global pos
        c = int(np.prod(shape)); a = np.frombuffer(p, t, c, pos).reshape(shape)
        pos += (a.nbytes + 63) // 64 * 64
        return a
    st = lambda k: (k + 15) // 16 * 16
    if kind == 1: other = arr("<f4", q[0], st(q[1])); 
    elif kind == 2: basis = (arr("<f4", q[0]), arr("<f4", q[0], q[0]))
    elif kind == 4:
        n_, k = q[0], q[1]
        if q[3]:
            ends = arr("<u8", n_); raw = bytes(arr("u1", q[4])); b = 0; ids = []
            for e in ends: ids.append(int.from_bytes(hashlib.sha256(raw[b:int(e)]).digest()[:4], "little")); b = int(e)
        else: ids = [int(i) & 0xffffffff for i in arr("<i8", n_)]
        rows = np.zeros((n_, st(k)), np.float32)
        for i, x in enumerate(ids): rows[i, :k] = np.random.default_rng([q[2], x]).normal(0, .1 / k ** .5, k)
        answer(8, tag, (n_, k, 0., 0.), rows, rows.T @ rows)
    elif kind == 5:
        k = q[0]; g = arr("<f4", st(k), st(k))[:k, :k]; w, v = np.linalg.eigh(g)
        answer(2, tag, (k,), w.astype(np.float32), v.T.astype(np.float32))
    elif kind == 6:
        r = arr("<f4", q[0], st(q[1])).copy(); r[:, :q[1]] = r[:, :q[1]] @ basis[1].T
        answer(1, tag, q[:2], r)
    elif kind == 7:
        n_, k, m, oc, c, o = q[0], q[1], q[2], q[3], q[6], q[7]; al, la = d[4], d[5]
        off = arr("<u8", n_ + 1).astype(int); oth = arr("<u4", m); val = arr("<f4", m) if c else np.ones(m, np.float32)
        if o & 2: arr("<f4", n_, st(k))
        if off[0] or off[-1] != m or (np.diff(off) <= 0).any(): die("lists")
        w = al * (np.log1p(val) if c == 2 else val.astype(float)); G = np.diag(np.maximum(basis[0], 0).astype(float))
        rows = np.zeros((n_, st(k)), np.float32); gain = sq = 0.
        for i in range(n_):
            a, b = off[i], off[i + 1]; Y = other[oth[a:b], :k].astype(float); ww = w[a:b]
            if (np.diff(oth[a:b].astype(int)) <= 0).any(): die("order")
            x = np.linalg.solve(G + la * (oc + ww.sum()) * np.eye(k) + (Y * ww[:, None]).T @ Y, Y.T @ (1 + ww)); rows[i, :k] = x
            s = Y @ x; gain += ((1 + ww) * (1 - s) ** 2 - s * s).sum(); sq += (s * s).sum()
        answer(8, tag, (n_, k, float(gain), float(sq)), rows, rows.T @ rows)
    elif kind == 9:
        u, i, m, k = q[:4]; mean = d[4] / m; den = m / (u * i)
        al = d[5] if d[5] == d[5] else min(50, max(2, .06 / den)) / mean
        la = d[6] if d[6] == d[6] else .29 * (2 + al * mean) * den ** .5 * (u ** -.5 + i ** -.5) * (128 / k) ** .25
        answer(9, tag, (u, i, m, k, d[4], float(al), float(la)))
    else: die(f"kind {kind}")
