"""The limit of what one stream of a run may say: its beginning and its end are kept."""

import re

LIMIT = 64 * 1024
NOTE = re.compile(r"\n… \d+ bytes left out …\n")


class Stream:
    def __init__(self, limit: int = LIMIT) -> None:
        self.half = limit // 2
        self.room = self.half
        self.tail = bytearray()
        self.left_out = 0

    def take(self, text: str) -> str:
        """What of text may be said at once."""
        data = text.encode(errors="replace")
        now, rest = cut(data, self.room)
        self.room = self.room - len(now) if not rest else 0
        if rest:
            # No more than the end of one huge text is ever looked at.
            self.left_out += max(0, len(rest) - self.half)
            self.tail += rest[-self.half :]
            surplus = len(self.tail) - self.half
            if surplus > 0:
                del self.tail[:surplus]
                self.left_out += surplus
        return now.decode(errors="replace")

    def finish(self) -> str:
        """What is left to say when the run has ended."""
        tail = bytes(self.tail).decode(errors="ignore")
        if not self.left_out:
            return tail
        return f"\n… {self.left_out} bytes left out …\n{tail}"


def cut(data: bytes, size: int) -> tuple[bytes, bytes]:
    """Splits data at size, or a few bytes before, where a character begins."""
    while 0 < size < len(data) and data[size] & 0xC0 == 0x80:
        size -= 1
    return data[:size], data[size:]
