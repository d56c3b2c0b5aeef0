"""Runs a program on a terminal of its own: terminal.py STEPS.json PROGRAM ARGUMENTS...

STEPS.json is a list of [text to wait for, keys to press]. Prints JSON: what was on the screen, and the exit code (128 and
the number of the signal that ended it). A text that does not come within a minute ends both, with exit code 1.
"""

import json
import os
import pty
import select
import signal
import sys
import time

SECONDS = 60


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        steps = json.load(file)
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.argv[2], sys.argv[2:])
    screen = bytearray()
    seen = 0
    for text, keys in [*steps, [None, ""]]:
        until = time.monotonic() + SECONDS
        # The end of the program ends the wait for its last output.
        while text is None or (at := screen.find(text.encode(), seen)) < 0:
            ready, _, _ = select.select([terminal], [], [], max(0, until - time.monotonic()))
            try:
                piece = os.read(terminal, 4096) if ready else b""
            except OSError:  # Linux says so when the other side is closed.
                piece = b""
            if not piece:
                break
            screen += piece
        else:
            seen = at + len(text)
            os.write(terminal, keys.encode())
            continue
        if text is not None or not ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            print(f"{text!r} did not come; the screen has {bytes(screen)!r}", file=sys.stderr)
            return 1
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"screen": screen.decode(errors="replace"), "code": code if code >= 0 else 128 - code}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
