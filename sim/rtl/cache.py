"""Content-hashed build folders that parallel test workers can share."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def cache_root() -> Path:
    """Return the cache folder: ``$BITCORTEX_CACHE``, or ``bitcortex`` in the user's cache."""
    if override := os.environ.get("BITCORTEX_CACHE"):
        return Path(override).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "bitcortex"


def content_hash(*parts: str | bytes) -> str:
    """Return a 20-digit hexadecimal name for what goes into a build."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:20]


def cached(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """Return the folder of a build, making it once.

    Parameters
    ----------
    kind
        Name of the kind of build; a folder of the cache.
    key
        From `content_hash`, over everything that the result depends on.
    build
        Fills the empty folder it is given. If it raises, nothing is kept.
    """
    folder = cache_root() / kind / key
    done = folder / ".done"
    if done.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                build(folder)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            done.touch()
    return folder
