"""How narrowly decisions were taken.

A fixture in which two numbers almost tie would ask of an f32 implementation to round like
this one. Every decision is therefore noted with its relative margin, and a case whose
narrowest decision is below the bound is refused.
"""


class Margins:
    def __init__(self):
        self.least = {}

    def note(self, kind, a, b, where=""):
        """A decision that compared a with b."""
        size = max(abs(a), abs(b))
        margin = abs(a - b) / size if size else 0.0
        if margin < self.least.get(kind, (2.0, ""))[0]:
            self.least[kind] = (margin, where)

    def narrowest(self, skip=()):
        found = [(m, k, w) for k, (m, w) in self.least.items() if k not in skip]
        return min(found, default=(2.0, "", ""))
