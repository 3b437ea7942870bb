#!/usr/bin/env python3
"""Writes archives that no device should unpack: usage: hostile-archives.py FOLDER

One file each; its name says what it tries. With mksquashfs and zstd on the machine there are those of these kinds too.
"""
import gzip
import io
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile

MIB = 1 << 20
BOMB = 1 << 30


def entry(name, kind=tarfile.REGTYPE, data=b"", mode=0o644, link="", **more):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mode, info.linkname = kind, len(data) if kind == tarfile.REGTYPE else 0, mode, link
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


def tar(*entries, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def gz(data):
    return gzip.compress(data, 1)


def raw_header(name, size, kind=b"0", size_field=None):
    """A header by hand, for what no packer writes."""
    block = bytearray(512)
    block[0:len(name)] = name
    block[100:108] = b"0000644\0"
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = size_field or b"%011o\0" % size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def stream(path, head, zeros, program):
    """A head, and so many zeros behind it, packed as they are made."""
    with open(path, "wb") as out:
        packer = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=out)
        packer.stdin.write(head)
        block = bytes(4 * MIB)
        for _ in range(zeros // len(block)):
            packer.stdin.write(block)
        packer.stdin.close()
        packer.wait()


def squashfs(path, build, *options):
    with tempfile.TemporaryDirectory() as folder:
        build(folder)
        subprocess.run(["mksquashfs", folder, path, "-quiet", "-no-progress", "-noappend", *options], check=True, stdout=subprocess.DEVNULL)


def plain():
    good = entry("good", data=b"good\n")
    yield "parent", tar(entry("../escaped", data=b"x"))
    yield "parent-within", tar(entry("a/../../escaped", data=b"x"))
    yield "parent-hidden", tar(entry("./a/.//../../escaped", data=b"x"))
    yield "absolute", tar(entry("/etc/edge-escaped", data=b"x"))
    yield "absolute-doubled", tar(entry("//etc/edge-escaped", data=b"x"))
    yield "link-absolute", tar(entry("link", tarfile.SYMTYPE, link="/etc/shadow"))
    yield "link-parent", tar(entry("link", tarfile.SYMTYPE, link="../../../../etc/shadow"))
    yield "link-through", tar(entry("inner", tarfile.DIRTYPE, mode=0o755), entry("link", tarfile.SYMTYPE, link="inner"), entry("link/escaped", data=b"x"))
    yield "link-out-by-two", tar(entry("d/e/up", tarfile.SYMTYPE, link="../.."), entry("out", tarfile.SYMTYPE, link="d/e/up/../../etc"), entry("out/edge-escaped", data=b"x"))
    yield "link-replaced", tar(entry("a", tarfile.DIRTYPE, mode=0o755), entry("a", tarfile.SYMTYPE, link="."), good)
    yield "link-empty", tar(entry("link", tarfile.SYMTYPE, link=""))
    yield "hard-absolute", tar(entry("hard", tarfile.LNKTYPE, link="/etc/shadow"))
    yield "hard-parent", tar(entry("hard", tarfile.LNKTYPE, link="../../../../../../etc/shadow"))
    yield "hard-later", tar(entry("hard", tarfile.LNKTYPE, link="good"), good)
    yield "hard-to-link", tar(good, entry("link", tarfile.SYMTYPE, link="good"), entry("hard", tarfile.LNKTYPE, link="link"))
    yield "hard-bomb", gz(tar(entry("big", data=bytes(8 * MIB)), *[entry(f"again{i}", tarfile.LNKTYPE, link="big") for i in range(64)]))
    yield "character-device", tar(entry("memory", tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=1))
    yield "block-device", tar(entry("disk", tarfile.BLKTYPE, mode=0o666, devmajor=8, devminor=0))
    yield "fifo", tar(entry("fifo", tarfile.FIFOTYPE))
    yield "setuid", tar(entry("root", data=b"#!/bin/sh\n", mode=0o4755))
    yield "setgid", tar(entry("group", data=b"#!/bin/sh\n", mode=0o2755))
    yield "sparse-gnu", raw_header(b"sparse", 0, b"S") + bytes(1024)
    yield "sparse-pax", tar(entry("sparse", data=b"x", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 60)}))
    yield "twice", tar(good, entry("good", data=b"other\n"))
    yield "file-as-folder", tar(entry("a", data=b"x"), entry("a/b", data=b"x"))
    yield "control-characters", tar(entry("a\x1b[2Jb\nc", data=b"x"))
    yield "no-utf8", tar(entry("a\udcff\udcfeb", data=b"x"), form=tarfile.GNU_FORMAT)
    yield "long-name", tar(entry("/".join(["n" * 200] * 20), data=b"x"))
    yield "long-component", tar(entry("n" * 300, data=b"x"))
    yield "deep", tar(entry("/".join(["d"] * 400), data=b"x"))
    yield "many-entries", gz(tar(*[entry(f"e{i}") for i in range(120_000)], form=tarfile.USTAR_FORMAT))
    yield "huge-size", raw_header(b"huge", 0, size_field=b"\x80" + b"\xff" * 11) + bytes(1024)
    yield "greatest-size", gz(raw_header(b"huge", 0, size_field=b"\x80\0\0\0\x7f" + b"\xff" * 7) + bytes(300 * MIB))
    yield "petabyte", raw_header(b"huge", 0, size_field=b"\x80\0\0\0\0\x10\0\0\0\0\0\0") + bytes(1024)
    yield "negative-size", raw_header(b"minus", 0, size_field=b"-0000000001\0") + bytes(1024)
    yield "truncated-gzip", gz(tar(entry("random", data=os.urandom(MIB))))[:-300_000]
    yield "truncated-tar", tar(entry("random", data=os.urandom(MIB)))[:600_000]
    yield "no-gzip", b"\x1f\x8b" + os.urandom(5000)
    yield "no-zstd", b"\x28\xb5\x2f\xfd" + os.urandom(5000)
    yield "no-squashfs", b"hsqs" + os.urandom(5000)
    yield "zip", b"PK\x03\x04" + os.urandom(500)
    yield "nothing", b""
    yield "empty-tar", bytes(10240)
    yield "gzip-of-nothing", gz(b"")


def main(folder):
    os.makedirs(folder, exist_ok=True)
    count = 0
    for name, data in plain():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data)
        count += 1
    gzip_tool = ["gzip", "-1"]
    for name, head in (
        ("bomb-gzip", raw_header(b"zeros", BOMB)),
        ("bomb-behind-the-end", raw_header(b"good", 0) + bytes(1024)),
        ("bomb-pax-header", raw_header(b"pax", BOMB, b"x")),
        ("bomb-long-name", raw_header(b"././@LongLink", BOMB, b"L")),
    ):
        stream(os.path.join(folder, name), head, BOMB, gzip_tool)
        count += 1
    if shutil.which("zstd"):
        stream(os.path.join(folder, "bomb-zstd"), raw_header(b"zeros", BOMB), BOMB, ["zstd", "-q", "-1", "-c"])
        stream(os.path.join(folder, "bomb-zstd-window"), raw_header(b"zeros", BOMB), BOMB, ["zstd", "-q", "-1", "--long=31", "-c"])
        count += 2
    if shutil.which("mksquashfs"):
        squashfs(os.path.join(folder, "squashfs-device"), lambda f: None, "-p", "memory c 666 0 0 1 1")

        def setuid(f):
            path = os.path.join(f, "root")
            with open(path, "wb") as out:
                out.write(b"#!/bin/sh\n")
            os.chmod(path, 0o4755 | stat.S_ISUID)

        squashfs(os.path.join(folder, "squashfs-setuid"), setuid)
        squashfs(os.path.join(folder, "squashfs-link"), lambda f: os.symlink("/etc/shadow", os.path.join(f, "link")))

        def zeros(f):
            with open(os.path.join(f, "zeros"), "wb") as out:
                out.truncate(BOMB)

        squashfs(os.path.join(folder, "squashfs-bomb"), zeros)
        damaged = os.path.join(folder, "squashfs-damaged")
        squashfs(damaged, setuid)
        with open(damaged, "r+b") as out:
            out.seek(96)
            out.write(os.urandom(200))
        count += 5
    print(count)


main(sys.argv[1])
