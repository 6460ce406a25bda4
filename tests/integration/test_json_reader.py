"""onit's JSON reader accepts what Python's accepts, and reads the same."""

import json
import pathlib
import random
import subprocess

import pytest

from harness import HELPERS, TIMEOUT_S

DECODER = pathlib.Path(HELPERS).parent / "json_decoder"

# Keys are those that the decoder looks for.
TEXTS = [
    'null', ' true\n', 'false', '0', '-0', '-12.50e+10', '1E5', '""', '"a\\u00e9\\n\\"\\\\\\/\\b\\f\\r\\t"', '"é€😀"',
    '"\\ud83d\\ude00"', '"\\u0000\\u001f"', '[]', '[[],[[]],{}]', '[1, "2", null, true, {"a": [false]}]', '{}',
    '{"a": 1, "b": {"a": [], "b": {}}, "": "", "é": 2, "\\"": 3}', '{"a": 1, "a": 2}', '{"\\u0061": {"b": 1}}',
    '12345678901234567890123', '[0.1,-1e-2,2E+2]',
]
BLANKS = " \t\n\r"
PIECES = ['"', "\\", "\\u", "[", "]", "{", "}", ",", ":", "0", "1", "-", ".", "e", "+", "nul", "null", "true", " ", "\n", "\v",
          "\x00", "\x7f", "é", '"a"', '"a":', "\\ud83d", "/*"]


def changed(text, random_):
    """The text with a piece put in, taken out or twice there."""
    text = list(text)
    for _ in range(random_.randint(1, 3)):
        at = random_.randint(0, len(text))
        kind = random_.randint(0, 3)
        if kind == 0:
            text[at:at] = random_.choice(PIECES)
        elif kind == 1:
            del text[at:at + random_.randint(1, 3)]
        elif kind == 2:
            text[at:at] = text[at:at + random_.randint(1, 4)]
        else:
            text[at:at + 1] = random_.choice(PIECES)
    return "".join(text)


def refuse(word):
    raise ValueError(word)  # NaN and the infinities are Python's own


def without_halves(value):
    """Half of a surrogate pair is no character, so onit replaces it; and a number is compared as it was written."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [without_halves(item) for item in value]
    if isinstance(value, dict):
        return {without_halves(key): without_halves(item) for key, item in value.items()}
    return value


def read_by_python(text):
    try:
        value = json.loads(text, parse_constant=refuse, parse_int=float)
    except ValueError:
        return "refused"
    return without_halves(value)


def read_by_onit(texts):
    requests = b"".join(b"%d\n%s" % (len(text), text) for text in (text.encode() for text in texts))
    output = subprocess.run([DECODER], input=requests, capture_output=True, check=True, timeout=TIMEOUT_S).stdout
    for _ in texts:
        size, _, output = output.partition(b"\n")
        answer, output = output[:int(size)], output[int(size):]
        yield json.loads(answer, parse_int=float) if answer else "refused"


def only_known_keys(value):
    """The decoder finds keys by asking for them."""
    if isinstance(value, list):
        return [only_known_keys(item) for item in value]
    if isinstance(value, dict):
        return {key: only_known_keys(value[key]) for key in ["", "a", "b", '"', "é"] if key in value}
    return value


def test_the_json_reader_reads_what_python_reads_and_refuses_what_it_refuses():
    random_ = random.Random(20)
    texts = list(TEXTS)
    for _ in range(20000):
        texts.append(changed(random_.choice(TEXTS), random_))
    accepted = 0
    for text, read in zip(texts, read_by_onit(texts)):
        expected = only_known_keys(read_by_python(text))
        assert read == expected, f"{text!r}: onit {read!r}, Python {expected!r}"
        accepted += expected != "refused"
    assert 2000 < accepted < 18000  # both happen often


@pytest.mark.parametrize("text", [b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'\xef\xbb\xbf[]'])
def test_the_json_reader_refuses_what_is_not_utf8(text):
    output = subprocess.run([DECODER], input=b"%d\n%s" % (len(text), text), capture_output=True, check=True,
                            timeout=TIMEOUT_S).stdout
    assert output == b"0\n"
