#!/usr/bin/env python3
"""Takes documents in turns from several files, spread evenly over each, and prints them parted by <|endoftext|>.

scripts/study/texts.py 20 fairytaleqa_stories.txt tinystories.txt > texts/stories.txt

takes 20 of each file. Those of less than 800 characters are too short for a window and left out.
"""

import sys
from pathlib import Path

MARK = "<|endoftext|>"


def main():
    if len(sys.argv) < 3 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    count = int(sys.argv[1])
    chosen = []
    for path in sys.argv[2:]:
        texts = [text.strip() for text in Path(path).read_text(encoding="utf-8").split(MARK)]
        texts = [text for text in texts if len(text) >= 800]
        if len(texts) < count:
            sys.exit(f"{path} has {len(texts)} documents of 800 characters, {count} are wanted")
        chosen.append([texts[index * len(texts) // count] for index in range(count)])
    print(f"\n{MARK}\n".join(text for turn in zip(*chosen) for text in turn))


if __name__ == "__main__":
    main()
