"""How far a run is, on stderr: a bar on a terminal, a line now and then elsewhere if somebody asks for it."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from crmkit._texts import Texts

_WIDTH = 25
_SECONDS = 0.1
_LINES = 10


class Bar:
    """Drawn by `show`, wiped by `close`; silent unless stderr is a terminal or it is `wanted`."""

    def __init__(self, texts: Texts, wanted: bool, stream: TextIO | None = None) -> None:
        self._texts = texts
        self._stream = sys.stderr if stream is None else stream
        # Without a console, as under pythonw, there is no stderr.
        self._terminal = self._stream is not None and self._stream.isatty()
        self._shown = self._terminal or (wanted and self._stream is not None)
        self._next_at = time.monotonic() + _SECONDS
        self._lines = 0
        self._drawn = 0

    def show(self, rows: int, share: float) -> None:
        """So many rows are done, and this much of the file is read, from 0 to 1."""
        if not self._shown:
            return
        text = self._texts.progress(rows, int(share * 100))
        if not self._terminal:
            if int(share * _LINES) > self._lines:
                self._lines = int(share * _LINES)
                print(text, file=self._stream, flush=True)
            return
        now = time.monotonic()
        if now < self._next_at:
            return
        self._next_at = now + _SECONDS
        filled = int(share * _WIDTH)
        line = f"[{'#' * filled}{' ' * (_WIDTH - filled)}] {text}"
        print("\r" + line.ljust(self._drawn), end="", file=self._stream, flush=True)
        self._drawn = len(line)

    def close(self) -> None:
        """Wipes the bar."""
        if self._drawn:
            print("\r" + " " * self._drawn + "\r", end="", file=self._stream, flush=True)
            self._drawn = 0
