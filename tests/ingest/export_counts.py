"""How many rows a file holds, counted from its bytes with no code of the pipeline: a range, where rows are damaged."""

import gzip
import io
import json
import re
import zipfile
import zlib

_LONGEST_SPAN = 2_000


def text_in(content: bytes) -> str:
    """The bytes as the text they are, also in gzip: by their mark, else UTF-8, else Windows-1252."""
    content = unpacked(content) or content
    if content[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return content.decode("utf-32", "replace")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[first:4096:2].count(0) > 0.35 * len(content[:4096]):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def lines_in(content: bytes, header: int = 0) -> tuple[int, int]:
    """Rows of a file with one record per line, blank lines left out; a lone carriage return may end a line or not."""
    text = text_in(content)
    least = sum(bool(line.strip()) for line in text.split("\n"))
    most = sum(bool(line) for line in re.split("[\r\n]", text))
    return max(0, least - header), most


def objects_in(content: bytes) -> tuple[int, int]:
    """Objects of JSON lines, of arrays, or each over several lines; any number where those are no JSON."""
    text = text_in(content).lstrip("\ufeff")
    first, _, rest = text.strip().partition("\n")
    over_lines = first.startswith("{") and first.rstrip().endswith(("{", "[", ",", ":")) and rest.lstrip()[:1] != "{"
    if not (re.match(r"\s*\[\s*\{", text) or over_lines):
        return lines_in(content)
    count, at, decoder = 0, 0, json.JSONDecoder()
    try:
        while rest := text[at:].lstrip():
            value, end = decoder.raw_decode(rest)
            count += len(value) if isinstance(value, list) else 1
            at = len(text) - len(rest) + end
    except (ValueError, RecursionError):
        return 0, 10**9
    return count, count


def records_in(content: bytes, header: int) -> tuple[int, int]:
    """Rows of delimited text: no fewer than where every proper cell over several lines is one, whatever delimits."""
    text = text_in(content)
    lines = text.replace("\r\n", "\n").split("\n")
    least = min(_records(lines, delimiter) for delimiter in ",;\t|")
    return max(0, least - header - _titles(lines)), sum(bool(line) for line in re.split("[\r\n]", text))


def _titles(lines: list[str]) -> int:
    """Lines that may be titles: not blank, of two cells at most, above the first that is wider."""
    count = 0
    for line in lines[:30]:
        if max(sum(bool(cell.strip()) for cell in line.split(d)) for d in ",;\t|") > 2:
            return count
        count += bool(line.strip())
    return 0


def _records(lines: list[str], delimiter: str) -> int:
    """Records, each a line, or the lines that a well quoted record of the header's width spans."""
    count = at = width = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        span, cells = _record_at(lines, at, delimiter)
        if span > 1 and count >= 3 and cells < width:
            span = 1
        width = width or cells
        at += span
        count += 1
    return count


def _record_at(lines: list[str], at: int, delimiter: str) -> tuple[int, int]:
    """Lines and cells of the record that begins at a line; one line where its quotes are not as RFC 4180 has them."""
    cells, used = 0, 0
    rest = lines[at]
    while True:
        cells += 1
        if not rest.startswith('"'):
            _, more, rest = rest.partition(delimiter)
            if not more:
                return used + 1, cells
            continue
        rest = rest[1:]
        while True:
            closed = re.match(r'(?:[^"]|"")*"(?!")', rest)
            if closed:
                rest = rest[closed.end() :]
                break
            used += 1
            if at + used >= len(lines) or used > _LONGEST_SPAN:
                return 1, cells
            rest = rest + "\n" + lines[at + used]
        if not rest.strip("\r"):
            return used + 1, cells
        if not rest.startswith(delimiter):
            return 1, cells
        rest = rest[1:]


def events_in(content: bytes) -> tuple[int, int]:
    """Events of an XES document, by their tags."""
    text = re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", "", text_in(content), flags=re.DOTALL)
    count = len(re.findall(r"<(?:\w+:)?event(?=[\s>/])", text))
    return count, count


def unpacked(content: bytes) -> bytes | None:
    """What a gzip file holds, or None where it is none or broken."""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return None


def lines_in_zip(content: bytes) -> tuple[int, int]:
    """Lines of all files of JSON lines in a zip; any number where a part of it cannot be read."""
    counts = [0, 0]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                name = info.filename
                if name.lower().endswith((".json", ".jsonl", ".ndjson", ".gz")) and not name.startswith("__MACOSX/"):
                    inner = archive.read(info)
                    inner = gzip.decompress(inner) if name.lower().endswith(".gz") else inner
                    counts = [a + b for a, b in zip(counts, lines_in(inner), strict=True)]
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, RuntimeError, NotImplementedError, ValueError):
        return 0, 10**9
    return counts[0], counts[1]
