"""What the machine refuses: no room on a disk or in memory, no permission. Nobody's input is at fault, no code either.

Such errors come from Python, from Arrow and from the event engine; a user is told them in one line.
"""

import errno
import re
import sys

_REFUSALS = {
    errno.ENOSPC: "no room is left on the disk. Free some, then run it again",
    errno.EFBIG: "the file would be larger than the disk or a limit allows. Write to another disk",
    errno.EDQUOT: "no room is left in your quota. Free some, then run it again",
    errno.EROFS: "the disk may only be read. Write to another folder",
    errno.EACCES: "permission is denied. Change it, or take another place",
    errno.EPERM: "permission is denied. Change it, or take another place",
}
_ENGINE_MEMORY = (
    "the event engine needs more memory than `memory_limit_gib` of params.yaml allows, or more room for what does not "
    "fit on the disk of temporary files (TMPDIR). Raise the one or free the other, then run it again"
)
_ENGINE_FILE = re.compile(r'file \\?"(?P<path>[^"\\]+)')
_ENGINE_ERRNO = re.compile(r'"errno":"(?P<number>[0-9]+)"')
_ENGINE_WORDS = {"No space left": errno.ENOSPC, "Permission denied": errno.EACCES, "Read-only file": errno.EROFS}


def refused_by_machine(error: BaseException) -> str | None:
    """What the machine refused, as one sentence with the file where it is known; None for any other error.

    >>> refused_by_machine(OSError(errno.ENOSPC, "No space left on device", "data/a.parquet"))
    'data/a.parquet: no room is left on the disk. Free some, then run it again.'
    >>> refused_by_machine(FileNotFoundError(errno.ENOENT, "No such file", "a.csv")) is None
    True
    """
    if isinstance(error, OSError):
        return _sentence(error.errno, str(error.filename or ""))
    engine = sys.modules.get("duckdb")  # Where nothing has loaded it, nothing of it can be raised.
    if engine is None or not isinstance(error, engine.Error):
        return None
    if isinstance(error, engine.OutOfMemoryException):
        return f"{_ENGINE_MEMORY}."
    return _of_engine(str(error)) if isinstance(error, engine.IOException) else None


def _of_engine(message: str) -> str | None:
    told = _ENGINE_ERRNO.search(message)
    worded = (number for words, number in _ENGINE_WORDS.items() if words in message)
    file = _ENGINE_FILE.search(message)
    return _sentence(int(told["number"]) if told else next(worded, None), file["path"] if file else "")


def _sentence(number: int | None, file: str) -> str | None:
    refusal = _REFUSALS.get(number) if number is not None else None
    return f"{file}: {refusal}." if refusal and file else f"{refusal}." if refusal else None
