"""Texts of conversations by transformers, for the templates in crates/tempo-chat/tests/templates.

smollm2.jinja is SmolLM2-135M-Instruct's own (Apache-2.0). The others are written for these tests, in the manner of the
family that they are named after: what its template uses of Jinja, in other words. python.jinja uses what is left.
"""

import datetime
import json
from pathlib import Path
from unittest import mock

from jinja2.exceptions import TemplateError
from transformers.utils import chat_template_utils

FOLDER = Path(__file__).resolve().parents[2] / "crates/tempo-chat/tests/templates"
NOW = datetime.datetime(2026, 3, 5, 14, 7, 9)
TOKENS = {"bos_token": "<|begin|>", "eos_token": "<|end_of_text|>"}


def say(*turns):
    return [{"role": role, "content": content} for role, content in turns]


CONVERSATIONS = {
    "one": say(("user", "What is  the sea?")),
    "system": say(("system", "Be brief."), ("user", " Why? \n")),
    "turns": say(
        ("user", "Hello"),
        ("assistant", "\nHello! What is it?\n"),
        ("user", "A \"cat\" & a <dog>, déjà vu \U0001f9ed"),
        ("assistant", "Yes."),
        ("user", "And now?"),
    ),
    "thought": say(
        ("system", "You are kind. /no_think"),
        ("user", "2 + 2?"),
        ("assistant", "<think>\nTwo and two.\n</think>\n\n4"),
        ("user", "And 3 + 3?"),
    ),
    "answered": say(("user", "Hi"), ("assistant", "<think>\nA greeting.\n</think>\n\nHi!")),
    "twice": say(("user", "One"), ("user", "Two")),
    "empty": say(("system", ""), ("user", "")),
}


class Now(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def text(source, messages, **more):
    try:
        found, _ = chat_template_utils.render_jinja_template([messages], chat_template=source, **TOKENS, **more)
        return {"text": found[0]}
    except TemplateError as error:
        return {"refused": str(error)}


def main():
    goldens = []
    with mock.patch.object(chat_template_utils, "datetime", Now):
        for path in sorted(FOLDER.glob("*.jinja")):
            source = path.read_text()
            switches = [name for name in ("enable_thinking", "thinking") if name in source]
            for name, messages in CONVERSATIONS.items():
                for thinking in (None, False, True) if switches else (None,):
                    more = {} if thinking is None else {switches[0]: thinking}
                    answer = messages[-1]["role"] == "user"
                    golden = text(source, messages, add_generation_prompt=answer, **more)
                    case = {"template": path.stem, "conversation": name, "thinking": thinking}
                    goldens.append({**case, **golden})
    out = {"now": NOW.isoformat(), **TOKENS, "conversations": CONVERSATIONS, "texts": goldens}
    (FOLDER.parent / "goldens.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
