"""What the HTTP and answer cases of the catalogue send, by the case's id: requests to the API, forms to pages."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = {"Content-Type": "application/json"}
ATTEMPTS = "/api/v1/attempts"
MARK = "Xq7Zmark"  # put where a value goes; no answer may hold it
NUL, HALF, DIGITS = "\\u0000", "\\ud800", "9" * 30
WHO = '{"assessment": "mathematics", "candidate": {"name": "%s", "email": "%s"}}'
GIVEN = '{"seq": @seq, "item_id": "@item", "answer": %s}'


@dataclass(frozen=True)
class Sent:
    """One request: to an attempt's responses where nothing else is said, as its owner.

    @attempt, @item and @seq are filled in.

    `status`, `code` and `says` stand where they differ from those of the case. `of`: the type of the active item.
    """

    body: str | bytes | Callable[[], Iterator[bytes]] = b""
    to: str = f"POST {ATTEMPTS}/@attempt/responses"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 0
    code: str = ""
    says: str = ""
    of: str = "numeric"


def start(body: str | bytes, **more: Any) -> Sent:
    return Sent(body, f"POST {ATTEMPTS}", **more)


def given(answer: str, **more: Any) -> Sent:
    return Sent(GIVEN % answer, **more)


def draft(answer: str, **more: Any) -> Sent:
    return Sent(f'{{"seq": @seq, "revision": 1, "answer": {answer}}}', f"PUT {ATTEMPTS}/@attempt/draft", **more)


def asked(to: str, **more: Any) -> Sent:
    return Sent(to=to, **more)


def pieces() -> Iterator[bytes]:
    for _ in range(50 * 1024):
        yield b" " * 1024


SHAPE, NUMBER = "answer.shape", "answer.number"
OF_ATTEMPT = ("GET ", "GET /result", "GET /replay", "POST /responses", "PUT /draft", "POST /finish", "POST /continue")
IDS = {"%00": "%00", "dots": "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "half a pair": "%ED%A0%80", "long": "x" * 10_000}
BODIES = {"/responses": GIVEN % '{"skip": true}', "/draft": '{"seq": @seq, "revision": 1, "answer": {}}'}
LISTS = ("/api/v1/domains", "/api/v1/assessments", "/api/v1/profiles", "/api/v1/roles")
METHODS = {
    "": {"POST"},
    "/@attempt": {"GET"},
    "/@attempt/draft": {"PUT"},
    "/@attempt/responses": {"POST"},
    "/@attempt/finish": {"POST"},
    "/@attempt/continue": {"POST"},
    "/@attempt/result": {"GET"},
    "/@attempt/replay": {"GET"},
}


def of_attempt(route: str, attempt: str = "@attempt", query: str = "") -> Sent:
    method, _, path = route.partition(" ")
    return Sent(BODIES.get(path, b""), f"{method} {ATTEMPTS}/{attempt}{path}{query}", JSON if path in BODIES else {})


CONTROL, UNICODE = "text.control_character", "text.unicode"
REQUESTS: dict[str, list[Sent]] = {
    "H01": [
        start(WHO % (NUL, "a@b")),
        start(WHO % ("a", f"{NUL}@b")),
        start(WHO % ("a\\u202eb", "a@b")),
        start(WHO % ("a\\u0085b", "a@b")),
        start(f'{{"assessment": "{NUL}"}}'),
        start(f'{{"assessment": "mathematics", "profile": "{NUL}"}}'),
        given(f'{{"value": "1{NUL}"}}', code=NUMBER, says="not a number"),
        given(f'{{"option": "{NUL}"}}', code=SHAPE, says="choose", of="single"),
        given(f'{{"{NUL}": 1}}', code=SHAPE, says="unknown part"),
        Sent(
            f'{{"seq": @seq, "item_id": "{NUL}", "answer": {{"skip": true}}}}',
            status=409,
            code="answer.stale",
            says="is active",
        ),
        asked("GET /api/v1/domains?cursor=AAAA", code="request.cursor", says="cursor"),
        asked("GET /api/v1/domains?cursor=%00", code="request.cursor", says="cursor"),
        asked("GET /api/v1/domains?%00=1", code="request.unknown_parameter", says="unknown"),
    ],
    "H02": [
        start(WHO % (HALF, "a@b")),
        start(WHO % ("a", f"{HALF}@b")),
        start(f'{{"assessment": "{HALF}"}}'),
        start(f'{{"assessment": "mathematics", "{HALF}": 1}}'),
        given(f'{{"value": "{HALF}"}}', code=NUMBER, says="not a number"),
        given(f'{{"value": "1", "unit": "{HALF}"}}', code=SHAPE, says="unit"),
        given(f'{{"option": "{HALF}"}}', code=SHAPE, says="choose", of="single"),
        given(f'{{"options": ["{HALF}"]}}', code=SHAPE, says="choose", of="multiple"),
        given(f'{{"{HALF}": 1}}', code=SHAPE, says="unknown part"),
        draft(f'{{"value": "{HALF}"}}', says="not valid Unicode"),
        draft(f'{{"{HALF}": 1}}', says="not valid Unicode"),
    ],
    "H03": [
        start(b'{"assessment": "\xff"}'),
        start('{"assessment": "café"}'.encode("latin-1")),
        start('{"assessment": "mathematics"}'.encode("utf-16")),
        Sent(b'\xed\xa0\x80{"seq": 1}'),
    ],
    "H04": [
        start(b"{}", headers={"Content-Length": str(50 * 1024 * 1024)}),
        start(b'{"assessment": "' + b"x" * 256 * 1024 + b'"}'),
        Sent(b'{"seq": @seq, "x": "' + b"x" * 300_000 + b'"}'),
    ],
    "H07": [
        start("[" * 100_000),
        start('{"assessment": ' + "[" * 50_000 + "]" * 50_000 + "}"),
        given('{"value": ' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}"),
        draft('{"value": ' + "[" * 33 + "]" * 33 + "}"),
    ],
    "H08": [
        start('{"assessment": "none", "assessment": "mathematics"}'),
        Sent('{"seq": @seq, "item_id": "@item", "answer": {"skip": true}, "answer": {"skip": true}}'),
        given('{"value": "1", "value": "2"}'),
        start('{"assessment": "mathematics", "candidate": {"name": "a", "name": "b", "email": "a@b"}}'),
    ],
    "H09": [
        *(
            start(f'{{"assessment": "mathematics", "{name}": "{MARK}"}}')
            for name in ("theta", "score", "org_id", "is_admin")
        ),
        start(f'{{"assessment": "mathematics", "candidate": {{"name": "a", "email": "a@b", "org_id": "{MARK}"}}}}'),
        Sent('{"seq": @seq, "item_id": "@item", "answer": {"skip": true}, "score": 1}'),
        Sent('{"seq": @seq, "item_id": "@item", "answer": {"skip": true}, "now": "2026-01-01T00:00:00Z"}'),
        Sent('{"seq": @seq, "revision": 1, "answer": {}, "theta": 3}', f"PUT {ATTEMPTS}/@attempt/draft"),
        given('{"value": "1", "score": 1}', code=SHAPE, says="unknown part"),
    ],
    "H10": [
        *(
            Sent(f'{{"seq": {one}, "item_id": "@item", "answer": {{"skip": true}}}}')
            for one in ('"1"', "1.0", "true", "1e0", "null", "[1]")
        ),
        Sent('{"seq": @seq, "revision": "1", "answer": {}}', f"PUT {ATTEMPTS}/@attempt/draft"),
        start('{"assessment": true}', says="string"),
        start('{"assessment": 777}', says="string"),
        Sent('{"seq": @seq, "item_id": "@item", "answer": {"skip": true}, "confidence": "0.5"}', says="number"),
        Sent('{"seq": @seq, "item_id": "@item", "answer": {"skip": true}, "confidence": true}', says="number"),
    ],
    "H11": [
        *(
            Sent(f'{{"seq": {one}, "item_id": "@item", "answer": {{"skip": true}}}}', says=says)
            for one, says in (
                (DIGITS, "1000"),
                ("-" + DIGITS, "1"),
                ("9" * 5000, "digits"),
                ("0", "1"),
                ("1001", "1000"),
            )
        ),
        Sent(f'{{"seq": @seq, "revision": {DIGITS}, "answer": {{}}}}', f"PUT {ATTEMPTS}/@attempt/draft"),
        given(f'{{"skip": true}}, "confidence": {DIGITS}', says="1"),
        given('{"skip": true}, "confidence": 1.1', says="1"),
        given('{"skip": true}, "confidence": -0.1', says="0"),
        *(asked(f"GET /api/v1/domains?limit={one}") for one in ("0", "101", "-1", DIGITS, "9" * 5000)),
    ],
    "H12": [
        *(start(f'{{"assessment": {one}}}') for one in ("NaN", "-Infinity", "1e999", "1e999999")),
        *(given(f'{{"skip": true}}, "confidence": {one}') for one in ("NaN", "Infinity", "-1e999")),
        given('{"value": 1e999}'),
        draft('{"value": NaN}'),
    ],
    "H13": [
        *(
            start('{"assessment": "mathematics"}', headers={"Content-Type": media})
            for media in (
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/xml",
                "application/jsonx",
                "",
            )
        ),
        Sent(GIVEN % '{"skip": true}', headers={"Content-Type": "text/plain"}),
    ],
    "H14": [
        start(gzip.compress(b'{"assessment": "mathematics"}'), headers={"Content-Encoding": "gzip", **JSON}),
        start(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip", **JSON}),
        Sent(GIVEN % '{"skip": true}', headers={"Content-Encoding": "deflate", **JSON}),
    ],
    "H15": [start("{}", headers={"Content-Length": "2", "Transfer-Encoding": "chunked"}, says="told in two ways")],
    "H16": [
        *(of_attempt(route, one) for route in OF_ATTEMPT for one in IDS.values()),
        *(asked(f"GET /api/v1/profiles/{one}") for one in IDS.values()),
        *(asked(f"GET /api/v1/{one}") for one in IDS.values()),
        *(start(f'{{"assessment": "{one}"}}', code="assessment.not_found") for one in ("../../etc/passwd", "none")),
        asked("GET /api/v2/domains"),
        asked("GET /api/"),
    ],
    "H17": [
        *(
            asked(f"GET {path}?{query}")
            for path in LISTS
            for query in (f"foo={MARK}", "limti=3", "%ED%A0%80=1", "a=1&a=2")
        ),
        asked("GET /api/v1/domains?limit=1&limit=2", says="limit: given twice"),
        asked("GET /api/v1/profiles/machine-learning-researcher?x=1", says="x: unknown parameter"),
        asked(f"GET /api/v1/domains?{'x' * 5000}=1"),
        *(of_attempt(route, query=f"?score={MARK}") for route in OF_ATTEMPT),
        Sent('{"assessment": "mathematics"}', f"POST {ATTEMPTS}?mode=practice"),
    ],
    "H18": [
        asked(f"{method} {ATTEMPTS}{path}")
        for path, right in METHODS.items()
        for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"} - right)
    ],
    "A08": [
        *(
            given(answer, of="single")
            for answer in ('{"option": "z"}', '{"option": ""}', '{"option": null}', '{"option": ["a"]}', "{}")
        ),
        given('{"option": "a", "options": ["a"]}', of="single", says="unknown part"),
        given('{"skip": true, "option": "a"}', of="single", says="not both"),
        given('{"skip": false}', of="single", says="skip is true"),
        given('{"skip": 1}', of="numeric", says="skip is true"),
        *(
            given(answer, of="multiple")
            for answer in (
                '{"options": []}',
                '{"options": ["z"]}',
                '{"options": "a"}',
                '{"options": [["a"]]}',
                json.dumps({"options": ["a"] * 10_000}),
                json.dumps({"options": [f"o{n}" for n in range(10_000)]}),
            )
        ),
        given('{"options": ["a", "a"]}', of="multiple", says="given twice"),
        Sent('{"seq": @seq, "item_id": "@item", "answer": ["a"]}', code="request.type", says="dictionary"),
        Sent('{"seq": @seq, "item_id": "@item", "answer": null}', code="request.type", says="dictionary"),
    ],
    "A09": [
        *(
            given(json.dumps({"value": typed}), says=says)
            for typed, says in (
                ("", "enter a number"),
                ("   ", "enter a number"),
                ("1e400", "too large"),
                ("1e999999", "too large"),
                ("1e-5000", "too close to 0"),
                ("NaN", "not a number"),
                ("0x10", "not a number"),
                ("3.14abc", "unit"),
                ("\u221e", "not a number"),
                ("\u0661\u0662", "digits 0 to 9"),
                ("1,234", "can mean two numbers"),
                ("1/0", "division by zero"),
                ("__import__('os')", "not a number"),
                ("=1+1", "not a number"),
            )
        ),
        given('{"value": 3.14}', code=SHAPE, says="as text"),
        given('{"value": null}', code=SHAPE, says="as text"),
    ],
    "A11": [
        given(json.dumps({"value": "1" * 200_000}), code="answer.too_long", says="at most 64 characters"),
        given(json.dumps({"value": "\u202e5"}), code=NUMBER, says="not a number"),
        given(json.dumps({"value": "5\u200b"}), code=NUMBER, says="not a number"),
        given(json.dumps({"value": "5" + "\u0301" * 60}), code=NUMBER, says="not a number"),
        given(json.dumps({"option": "a" * 100_000}), code=SHAPE, says="choose", of="single"),
        draft(json.dumps({"value": "x" * 200_000}), code="answer.too_long", says="at most 65,536 characters"),
    ],
    "A14": [asked(f"GET {ATTEMPTS}/@attempt/{what}") for what in ("result", "replay")],
}

NOT_THERE, REFUSED, GOES_ON = 404, 422, 303
NULS, PAIRS, MANY = "%00", "%ED%A0%80", "9" * 5000
AT_ITEM = "seq=@seq&item=@item&revision=1&"
PAGES: dict[str, list[tuple[str, str, int]]] = {
    "H01": [
        ("POST /resume", f"code={NULS}", REFUSED),
        ("POST /a/@attempt/q", f"{AT_ITEM}value=1{NULS}", REFUSED),
        ("POST /a/@attempt/q", f"seq={NULS}&item={NULS}", GOES_ON),
        ("POST /a/@attempt/draft", f"seq={NULS}", 409),
        ("POST /settings", f"theme={NULS}", GOES_ON),
        ("POST /tests/mathematics/start", f"time={NULS}", REFUSED),
        ("POST /tests/mathematics/start", f"time=none&mode={NULS}", REFUSED),
        ("GET /me?cursor=AA", "", REFUSED),
        ("GET /me?cursor=AAAAAAAA", "", REFUSED),
    ],
    "H02": [
        ("POST /resume", f"code={PAIRS}", REFUSED),
        ("POST /a/@attempt/q", f"{AT_ITEM}value={PAIRS}", REFUSED),
        ("POST /a/@attempt/q", f"{AT_ITEM}option={PAIRS}", REFUSED),
        ("POST /a/@attempt/q", f"seq={PAIRS}&item={PAIRS}", GOES_ON),
        ("POST /settings", f"theme={PAIRS}", GOES_ON),
        ("POST /tests/mathematics/start", f"time={PAIRS}", REFUSED),
        ("POST /tests/%FF/start", "time=none", NOT_THERE),
    ],
    "H04": [("POST /resume", "code=" + "x" * 300_000, 413)],
    "H11": [
        ("POST /a/@attempt/q", f"seq={MANY}&item=@item&value=1", GOES_ON),
        ("POST /a/@attempt/draft", f"seq=@seq&revision={MANY}&value=1", REFUSED),
        ("GET /a/@attempt/feedback/999", "", GOES_ON),
        (f"GET /a/@attempt/feedback/{'9' * 30}", "", NOT_THERE),
        (f"GET /a/@attempt/feedback/{MANY}", "", NOT_THERE),
        (f"GET /me?limit={MANY}", "", REFUSED),
    ],
    "H16": [
        (f"GET {path % one}", "", NOT_THERE)
        for one in IDS.values()
        for path in (
            "/%s",
            "/a/%s/q",
            "/a/%s/done",
            "/a/%s/saved",
            "/a/%s/stop",
            "/a/%s/feedback/1",
            "/r/%s",
            "/tests/%s",
            "/s/%s",
        )
    ],
    "A09": [("POST /a/@attempt/q", f"{AT_ITEM}value=abc", REFUSED), ("POST /a/@attempt/q", AT_ITEM, REFUSED)],
    "A11": [
        ("POST /a/@attempt/q", f"{AT_ITEM}value={'1' * 100_000}", REFUSED),
        ("POST /resume", "code=" + "x" * 10_000, REFUSED),
        ("POST /resume", "code=" + "%E2%80%AE" * 100, REFUSED),
    ],
}
