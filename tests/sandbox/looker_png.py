"""A real PNG with bars, by hand: one byte a pixel, a palette, zlib."""
from __future__ import annotations

import struct
import zlib

BACKGROUND, AXIS, GRID = 0, 1, 2
PALETTE = ((255, 255, 255), (90, 90, 90), (232, 232, 232), (66, 133, 244), (52, 168, 83), (251, 188, 4), (234, 67, 53),
           (154, 160, 166), (123, 31, 162), (0, 150, 136))
FIRST_BAR = 3
MARGIN = 40
GRID_LINES = 5


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: list[bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"PLTE", bytes(sum(PALETTE, ())))
            + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def blank(width: int, height: int) -> bytes:
    return png(width, height, [bytes([BACKGROUND]) * width] * height)


def bars(width: int, height: int, groups: list[list[float]]) -> bytes:
    """Stacked bars, one a group, from the bottom up."""
    most = max((sum(max(value, 0) for value in group) for group in groups), default=0) or 1
    inner_w, inner_h = max(1, width - 2 * MARGIN), max(1, height - 2 * MARGIN)
    step = inner_w / max(1, len(groups))
    rows = []
    for y in range(height):
        above = (height - MARGIN - y) / inner_h * most  # what a bar must reach to be seen here
        row = bytearray([BACKGROUND]) * width
        if MARGIN <= y <= height - MARGIN:
            if (height - MARGIN - y) % (inner_h // GRID_LINES or 1) == 0:
                row[MARGIN:width - MARGIN] = bytes([GRID]) * inner_w
            for n, group in enumerate(groups):
                reached = 0.0
                for part, value in enumerate(group):
                    reached += max(value, 0)
                    if 0 < above <= reached:
                        left, right = MARGIN + int(n * step + step * 0.15), MARGIN + int((n + 1) * step - step * 0.15)
                        color = FIRST_BAR + part % (len(PALETTE) - FIRST_BAR)
                        row[left:max(left + 1, right)] = bytes([color]) * max(1, right - left)
                        break
            row[MARGIN - 1] = AXIS
        if y == height - MARGIN:
            row[MARGIN - 1:width - MARGIN] = bytes([AXIS]) * (width - 2 * MARGIN + 1)
        rows.append(bytes(row[:width]))
    return png(width, height, rows)
