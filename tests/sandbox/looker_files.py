"""Files that Looker makes as a whole, as small as they may be: a spreadsheet, a PDF."""
from __future__ import annotations

import io
import zipfile


def zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def xlsx(rows: str) -> bytes:
    """The rows (CSV) where a spreadsheet's first sheet would be."""
    return zipped({"[Content_Types].xml": "<Types/>", "xl/worksheets/sheet1.xml": rows})


def pdf(title: str) -> bytes:
    """As small as one may be."""
    return (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n% " + title.encode("ascii", "replace")
            + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n")


def spoiled(data: bytes, how: str) -> bytes:
    """In place of such a file: "empty", "text", "cut"."""
    wrong = {"empty": b"", "text": b"This instance cannot make such files.", "cut": data[:len(data) // 2]}
    return wrong.get(how, data)
