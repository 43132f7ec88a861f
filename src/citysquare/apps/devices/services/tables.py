"""Files of cameras: CSV as spreadsheets write it, read as if a stranger had written it, and written so that no spreadsheet runs it.

RFC 4180, with `;` or a tabulator in place of `,` where a spreadsheet uses them, UTF-8 or UTF-16 with its mark, or one of the code pages a
person names. A cell that could begin a formula gets an apostrophe before it on the way out, which is taken off on the way in.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from citysquare.apps.devices.services.errors import BadCameraFile
from citysquare.platform.names import LONGEST_NAME

LARGEST_FILE = 10_000_000
MOST_LINES = 5000
COLUMNS = (
    "id",
    "name",
    "space",
    "address",
    "sub_address",
    "user",
    "password",
    "enabled",
    "latitude",
    "longitude",
    "direction",
    "angle",
    "range",
    "height",
)
NEEDED = ("name", "space", "address")
ENCODINGS = ("utf-8", "windows-1251", "windows-1250", "windows-1252", "iso-8859-2", "koi8-u")
"""What may be named; a file with the mark of UTF-8 or UTF-16 says itself what it is."""
_SEPARATORS = ",;\t"
_LONGEST_CELL = max(600, LONGEST_NAME)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""Also as wide letters: some spreadsheets take those for the plain ones (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One camera of a file: its cells by column, and where it stands."""

    number: int
    """Of the line in the file, as an editor counts."""
    cells: Mapping[str, str]

    def __repr__(self) -> str:
        """Tell only where it stands: it may hold a password."""
        return f"Line({self.number})"


def read_lines(raw: bytes, *, encoding: str = "utf-8") -> list[Line]:
    """Return a file's lines. Raises BadCameraFile with a sentence on what is wrong with the file as a whole."""
    text = _text(raw, encoding)
    separator, text = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    header: list[str] | None = None
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = _header(row)
                continue
            lines.append(Line(reader.line_num, _cells(header, row, reader.line_num)))
            if len(lines) > MOST_LINES:
                raise BadCameraFile(_("The file has more than %(most)d lines. Divide it.") % {"most": MOST_LINES})
    except csv.Error:
        raise BadCameraFile(
            _("Line %(number)d cannot be read: a quotation mark is missing or too much.") % {"number": reader.line_num}
        ) from None
    if not lines:
        raise BadCameraFile(_("The file has no line beside its heading."))
    return lines


def _text(raw: bytes, encoding: str) -> str:
    if len(raw) > LARGEST_FILE:
        raise BadCameraFile(_("The file is larger than %(limit)d MB. Divide it.") % {"limit": LARGEST_FILE // 1_000_000})
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    try:
        text = raw.decode(marked or (encoding if encoding in ENCODINGS else "utf-8"))
    except UnicodeDecodeError:
        raise BadCameraFile(_("The file is not written in this encoding. Save it as CSV UTF-8, or choose the encoding it has.")) from None
    if "\0" in text:
        raise BadCameraFile(_("The file is no text. Save it as CSV."))
    return text


def _separator(text: str) -> tuple[str, str]:
    """Return what parts the cells, and the text without a line that only says so (`sep=;`, as one spreadsheet writes it)."""
    first, _mark, rest = text.partition("\n")
    named = first.strip().strip('"').lower()
    if named.startswith("sep=") and named[4:5] in _SEPARATORS and len(named) == 5:
        return named[4], rest
    counts = {each: first.count(each) for each in _SEPARATORS}
    return max(counts, key=lambda each: counts[each]), text


def _header(row: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in row]
    while names and not names[-1]:
        names.pop()
    unknown = [name for name in names if name not in COLUMNS and not _is_name(name)]
    if unknown:
        known = {"column": unknown[0][:40], "columns": ", ".join(COLUMNS)}
        raise BadCameraFile(_("There is no column “%(column)s”. Rename it or take it out; the columns are %(columns)s.") % known)
    if len(set(names)) != len(names):
        raise BadCameraFile(_("A column stands there twice."))
    missing = [name for name in NEEDED if name not in names and not (name == "name" and any(map(_is_name, names)))]
    if missing and "id" not in names:
        raise BadCameraFile(_("The first line has to name the columns; “%(column)s” is missing.") % {"column": missing[0]})
    return names


def _is_name(column: str) -> bool:
    """Whether this is the name in another language, such as `name:uk`."""
    head, mark, language = column.partition(":")
    return head == "name" and bool(mark) and 2 <= len(language) <= 3 and language.isascii() and language.isalpha()


def _cells(header: list[str], row: list[str], number: int) -> dict[str, str]:
    extra = row[len(header) :]
    if any(cell.strip() for cell in extra):
        raise BadCameraFile(_("Line %(number)d has more cells than the heading. Is the separator right?") % {"number": number})
    if any(len(cell) > _LONGEST_CELL for cell in row):
        raise BadCameraFile(_("Line %(number)d has a cell that is too long.") % {"number": number})
    return {name: _plain(cell, name) for name, cell in zip(header, row, strict=False)}


def _plain(cell: str, column: str) -> str:
    """Take off what `safe` put on; a password keeps its blanks."""
    text = cell if column == "password" else cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in _FORMULA else text


def write_lines(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Return a file that the import takes again: UTF-8 with its mark, so that every spreadsheet reads its letters."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + file.getvalue().encode()
