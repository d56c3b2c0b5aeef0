"""Text to ids and back, with a model's tokenizer.json (sec. 11, sec. 12)."""

from tokenizers import Tokenizer


def byte_of_char():
    """The byte that each character of a byte-level vocabulary stands for (GPT-2's table)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(b): b for b in plain}
    rest = [b for b in range(256) if b not in plain]
    table.update({chr(256 + k): b for k, b in enumerate(rest)})
    return table


class Text:
    """A byte-level tokenizer; without one, every text is empty."""

    def __init__(self, folder):
        path = folder / "tokenizer.json"
        self.tokenizer = Tokenizer.from_file(str(path)) if path.exists() else None
        self.table = byte_of_char()

    def encode(self, text):
        return self.tokenizer.encode(text).ids

    def bytes(self, v):
        if self.tokenizer is None:
            return b""
        added = self.tokenizer.get_added_tokens_decoder().get(v)
        if added is not None:
            return added.content.encode()
        return bytes(self.table[c] for c in self.tokenizer.id_to_token(v))

    def one(self, v):
        return decode(self.bytes(v))


def decode(data):
    r"""UTF-8; bytes that are none come out one by one as lower-case \xNN (sec. 11)."""
    return data.decode("utf-8", errors="backslashreplace")
