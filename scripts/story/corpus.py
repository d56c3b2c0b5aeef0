"""Reads a folder of corpora and cleans it into plain ASCII stories.

A corpus is one text file of documents separated by `<|endoftext|>`. What a line break means differs from file to
file, so each source names its own rule; everything after that is the same for all of them. A cleaned story has one
line per paragraph, no title, no author line and no markup.
"""

import dataclasses
import hashlib
import pathlib
import re
import unicodedata

SEPARATOR = "<|endoftext|>"

# The books of childrens_classics.list that read like tales for children. The rest of that corpus (Verne, Alcott,
# Twain, novels for adults) has a vocabulary that a model of this size cannot use. Each entry is the beginning of a
# line of the list.
BOOKS = (
    "Aesop/",
    "Anna Sewell/",
    "Beatrix Potter/",
    "Carlo Collodi/",
    "Edith Nesbit/",
    "Frances Hodgson Burnett/A Little Princess",
    "Frances Hodgson Burnett/The Secret Garden",
    "George MacDonald/",
    "Hans Christian Andersen/",
    "Howard Pyle/",
    "Hugh Lofting/",
    "J. M. Barrie/",
    "Johanna Spyri/",
    "Kenneth Grahame/",
    "L. Frank Baum/",
    "Lewis Carroll/",
    "Oscar Wilde/The Canterville Ghost",
    "Oscar Wilde/The Happy Prince",
    "Rudyard Kipling/The Jungle Book",
    "The Brothers Grimm/",
)


@dataclasses.dataclass(frozen=True)
class Source:
    """One file of a corpora folder and how to use it."""

    name: str
    file: str
    # "line": a line is a paragraph. "blank": blank lines part paragraphs, lines inside one are wrapped.
    # "auto": decided per document, for a collection that mixes both.
    paragraphs: str
    # Documents kept out of training, to measure on.
    held_out: int
    # Share of the training windows in the first and in the second half of a run.
    early: float
    late: float


SOURCES = (
    Source("tinystories", "tinystories_pieces.txt", "line", 80, 0.25, 0.50),
    Source("fairytaleqa", "fairytaleqa_stories.txt", "auto", 8, 0.25, 0.30),
    Source("storybooks", "african_pratham_storybooks_en_ccby.txt", "blank", 20, 0.10, 0.15),
    Source("classics", "childrens_classics.txt", "blank", 0, 0.40, 0.05),
)

# UTF-8 quotes that were read as Windows-1252 somewhere on their way. The last entry is a closing quote whose third
# byte has no Windows-1252 character and was lost; it must come after the longer ones.
MOJIBAKE = (
    ("\u00e2\u20ac\u0153", '"'),
    ("\u00e2\u20ac\u2122", "'"),
    ("\u00e2\u20ac\u02dc", "'"),
    ("\u00e2\u20ac\u00a6", "..."),
    ("\u00e2\u20ac\u201d", "--"),
    ("\u00e2\u20ac\u201c", "-"),
    ("\u00e2\u20ac", '"'),
)
PUNCTUATION = str.maketrans(
    {
        "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00b4": "'",
        "\u2014": "--", "\u2015": "--", "\u2013": "-", "\u2026": "...", "\u00d7": "x",
        "\u00a0": " ", "\u2003": " ", "\u2029": "\n", "\t": " ",
        "\u014b": "ng", "\u014a": "Ng", "\u00c6": "Ae", "\u00e6": "ae",
    }
)  # fmt: skip

# Shorter texts are counting books, picture captions and headings without a story.
LEAST_CHARACTERS = 200
# A story is mostly letters and spaces; counting books and tables are not.
LEAST_LETTERS = 0.9
# No line of a wrapped text is longer than this.
WRAP_COLUMNS = 100


def ascii_text(text: str) -> str:
    """The text in ASCII: quotes and dashes translated, accents taken off, anything else dropped."""
    for broken, plain in MOJIBAKE:
        text = text.replace(broken, plain)
    text = unicodedata.normalize("NFKD", text.translate(PUNCTUATION))
    return text.encode("ascii", "ignore").decode("ascii")


def paragraphs(text: str, rule: str) -> list[str]:
    """Splits a document into paragraphs, each on one line with single spaces."""
    if rule == "auto":
        wrapped = "\n\n" in text and max(map(len, text.split("\n"))) <= WRAP_COLUMNS
        rule = "blank" if wrapped else "line"
    pieces = re.split(r"\n\s*\n", text) if rule == "blank" else text.split("\n")
    return [joined for joined in (" ".join(piece.split()) for piece in pieces) if joined]


def clean(text: str, rule: str) -> str:
    """A story ready for training, or an empty string when there is no story in the document."""
    kept = []
    for line in ascii_text(text).split("\n"):
        bare = line.strip()
        # Titles, rules, and lines that are nothing but a bracket: author credits and "[Illustration]".
        if bare.startswith("#") or re.fullmatch(r"-{3,}|\*[\s*]*|\[[^\]]*\]", bare):
            bare = ""
        kept.append(re.sub(r"[_*]", "", bare))
    story = "\n".join(paragraphs("\n".join(kept).strip("\n"), rule))
    letters = sum(c.isalpha() or c in " \n,.'\"!?-" for c in story)
    if len(story) < LEAST_CHARACTERS or letters < LEAST_LETTERS * len(story):
        return ""
    return story


def documents(folder: pathlib.Path, file: str) -> list[str]:
    """The raw documents of one corpus file."""
    return [d for d in (folder / file).read_text(encoding="utf-8").split(SEPARATOR) if d.strip()]


def chapters(folder: pathlib.Path, file: str) -> list[str]:
    """The chosen books of a book corpus, one document per chapter or tale (they begin at `## `)."""
    books = documents(folder, file)
    names = (folder / file).with_suffix(".list").read_text(encoding="utf-8").split("\n")
    names = [name for name in names if name.strip()]
    if len(names) != len(books):
        raise SystemExit(f"{file}: {len(books)} books, but its list names {len(names)}")
    parts = []
    for name, book in zip(names, books):
        if name.startswith(BOOKS):
            # What stands before the first rule is the title page.
            body = re.split(r"^-{3,}$", book, maxsplit=1, flags=re.MULTILINE)[-1]
            parts += re.split(r"^(?=## )", body, flags=re.MULTILINE)
    return parts


def read(folder: pathlib.Path) -> dict[str, list[str]]:
    """Every source of the folder, cleaned. A source whose file is missing is reported and left out."""
    stories = {}
    for source in SOURCES:
        if not (folder / source.file).is_file():
            print(f"{source.name}: {source.file} is not in {folder.name}, left out")
            continue
        split = chapters if (folder / source.file).with_suffix(".list").is_file() else documents
        cleaned = (clean(raw, source.paragraphs) for raw in split(folder, source.file))
        # The collections overlap (the same folk tale, the same picture book), and a story that is both trained on
        # and held out would make the measurement too good.
        stories[source.name] = list(dict.fromkeys(story for story in cleaned if story))
    if not stories:
        raise SystemExit(f"no corpus found in {folder}; expected {', '.join(s.file for s in SOURCES)}")
    return stories


def order_key(seed: int, story: str) -> bytes:
    """Orders stories at random, and the same way however the file is arranged or grows."""
    return hashlib.sha256(f"{seed}\n{story}".encode()).digest()


def split(stories: dict[str, list[str]], seed: int) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """(training, held out). The held-out stories of a source are the first ones by hash."""
    train, held = {}, {}
    for source in SOURCES:
        if source.name not in stories:
            continue
        ordered = sorted(stories[source.name], key=lambda story: order_key(seed, story))
        # A corpus smaller than usual still has to leave something to train on.
        count = min(source.held_out, len(ordered) // 4)
        if count:
            held[source.name] = ordered[:count]
        train[source.name] = ordered[count:]
    measured = {story for part in held.values() for story in part}
    return {name: [s for s in part if s not in measured] for name, part in train.items()}, held


def credits(folder: pathlib.Path) -> list[str]:
    """The names in the author lines (`[Name, Name]`), in ASCII, sorted, each once."""
    names = set()
    for source in SOURCES:
        # Only the picture books end in author lines; brackets elsewhere hold notes and captions.
        if source.name == "storybooks" and (folder / source.file).is_file():
            text = (folder / source.file).read_text(encoding="utf-8")
            for line in re.findall(r"^\[([^\]\n]+)\]\s*$", text, flags=re.MULTILINE):
                names.update(" ".join(name.split()) for name in re.split(r",| and |&|;", ascii_text(line)))
    return sorted(name for name in names if name)
