"""Every item type keeps the promises of the contract: its examples.yaml are run here, whatever the type."""

import json
from dataclasses import dataclass, replace
from typing import Any

import html5lib
import jinja2
import pytest

from app.banks import soundness, yaml_events
from app.errors import Invalid
from app.items import content, registry
from app.items.contract import Item, ItemType, Variant, all_texts
from app.items.variants import enumerate_variants, instantiate

pytestmark = pytest.mark.quick
SEED = b"conformance"


@dataclass(frozen=True)
class Case:
    item_type: ItemType[Any]
    entry: dict[str, Any]

    @property
    def item(self) -> Item:
        return self.item_type.schema.model_validate(self.entry["item"])

    def variant(self) -> Variant[Any]:
        """The variant that the example's answers are about."""
        wanted = self.entry.get("params", {})
        return next(v for v in enumerate_variants(self.item, 200) if all(v.values[k] == x for k, x in wanted.items()))


def _cases() -> list[Any]:
    cases = []
    for name, item_type in registry.types().items():
        document = yaml_events.read((registry.template_folder(item_type) / "examples.yaml").read_bytes())
        assert not document.faults, f"{name}: {document.faults}"
        cases += [
            pytest.param(Case(item_type, entry), id=entry["item"]["id"]) for entry in document.content["examples"]
        ]
    return cases


CASES = _cases()
every_example = pytest.mark.parametrize("case", CASES)


def test_every_type_has_examples_of_answers_and_of_refusals() -> None:
    for name in registry.types():
        answers = [a for c in CASES if c.values[0].item_type.name == name for a in c.values[0].entry["answers"]]
        assert any("score" in a for a in answers), name
        assert any("error" in a for a in answers), name
        assert any("form" in a for a in answers), name


@every_example
def test_examples_are_sound_items(case: Case) -> None:
    made, failed = soundness.variants(case.item, 200)
    assert [*failed, *soundness.names(case.item), *soundness.texts(case.item, made)] == []
    assert list(case.item_type.check(case.item, made)) == []


@every_example
def test_answers_score_as_the_examples_say(case: Case) -> None:
    variant = case.variant()
    for expected in case.entry["answers"]:
        raw = expected["answer"] if "answer" in expected else case.item_type.from_form(expected["form"])
        if "error" in expected:
            with pytest.raises(Invalid) as refused:
                case.item_type.parse(variant, raw)
            assert refused.value.code == expected["error"], (raw, refused.value.detail)
            assert refused.value.errors[0].path.startswith("answer")
            continue
        answer = case.item_type.parse(variant, raw)
        score = case.item_type.score(variant, answer)
        assert score.fraction == pytest.approx(expected["score"]), raw
        assert expected.get("misconception", score.misconception) == score.misconception, raw
        assert expected.get("read_as", score.read_as) == score.read_as, raw


@every_example
def test_parsing_twice_changes_nothing(case: Case) -> None:
    variant = case.variant()
    for expected in case.entry["answers"]:
        if "score" in expected and "answer" in expected:
            once = case.item_type.parse(variant, expected["answer"])
            assert case.item_type.parse(variant, json.loads(json.dumps(once))) == once


@every_example
def test_the_key_scores_one_and_a_skipped_item_zero_in_every_variant(case: Case) -> None:
    for variant in enumerate_variants(case.item, 50):
        key = case.item_type.parse(variant, case.item_type.key(variant))
        assert case.item_type.score(variant, key).fraction == 1
        assert case.item_type.score(variant, case.item_type.parse(variant, {"skip": True})).fraction == 0


@every_example
def test_an_item_survives_dump_and_load_and_split_and_join(case: Case) -> None:
    item = case.item
    stored = json.loads(json.dumps(content.dump(item)))
    assert content.load(stored) == item
    halves = [json.loads(json.dumps(half, sort_keys=True)) for half in content.split(item)]  # as JSONB might return it
    joined = content.join(*halves)
    assert joined == item
    assert content.content_hash(joined) == content.content_hash(item)
    assert instantiate(joined, SEED) == instantiate(item, SEED)


@every_example
def test_the_public_half_holds_no_secret(case: Case) -> None:
    public, _ = content.split(_with_canaries(case))
    text = json.dumps(public)
    assert "canary" not in text
    hidden = {"correct", "why", "misconception", "rationale", "answer", "near_misses", "derive", "constraints"}
    assert not [word for word in hidden | {"references", "verify", "feedback"} if f'"{word}"' in text]


@every_example
def test_the_view_and_the_form_hold_nothing_secret(case: Case) -> None:
    plain, planted = instantiate(case.item, SEED), instantiate(_with_canaries(case), SEED)
    view = registry.view(planted)
    assert "canary" not in json.dumps(view)
    assert view == registry.view(plain)
    assert "canary" not in _render(case.item_type, "form.html", _form_context(view, None))
    assert "canary" in _render(case.item_type, "review.html", {"review": case.item_type.review(planted, None)})


@every_example
def test_the_same_seed_gives_the_same_view_byte_for_byte(case: Case) -> None:
    first, again = (json.dumps(registry.view(instantiate(case.item, SEED))) for _ in range(2))
    assert first == again


@every_example
def test_an_answer_survives_the_form(case: Case) -> None:
    """What the form shows as chosen and sends back is the answer again."""
    variant = case.variant()
    view = registry.view(variant)
    for answer in (case.item_type.key(variant), {"skip": True}):
        html = _render(case.item_type, "form.html", _form_context(view, case.item_type.form_values(answer)))
        sent = case.item_type.from_form(_submitted(html))
        assert case.item_type.parse(variant, sent) == case.item_type.parse(variant, answer)


@every_example
def test_an_untouched_form_is_refused_not_scored(case: Case) -> None:
    html = _render(case.item_type, "form.html", _form_context(registry.view(case.variant()), None))
    with pytest.raises(Invalid):
        case.item_type.parse(case.variant(), case.item_type.from_form(_submitted(html)))


@every_example
def test_a_refusal_is_shown_beside_the_control(case: Case) -> None:
    context = {**_form_context(registry.view(case.variant()), None), "error": "not <b>this</b>"}
    html = _render(case.item_type, "form.html", context)
    assert "not &lt;b&gt;this&lt;/b&gt;" in html
    assert 'aria-describedby="answer-error' in html
    assert 'id="answer-error"' in html
    assert 'id="answer"' in html  # where the page's error summary leads


@every_example
def test_reviews_render_for_every_answer(case: Case) -> None:
    variant = case.variant()
    for expected in case.entry["answers"]:
        if "score" in expected and "answer" in expected:
            answer = case.item_type.parse(variant, expected["answer"])
            html = _render(case.item_type, "review.html", {"review": case.item_type.review(variant, answer)})
            assert "<style" not in html
            assert " style=" not in html
            assert "right" in html


@pytest.mark.parametrize("raw", [None, [], "a", 3, {"skip": 1}, {"skip": "true"}, {"skip": True, "x": 1}, {"?": 1}, {}])
@every_example
def test_what_is_no_answer_at_all_is_refused_with_a_code(case: Case, raw: object) -> None:
    with pytest.raises(Invalid) as refused:
        case.item_type.parse(case.variant(), raw)
    assert refused.value.code == "answer.shape"
    assert len(refused.value.detail) < 200


def _with_canaries(case: Case) -> Item:
    """The item with "canary" in every text and tag that must not be seen before the answer."""
    data = content.dump(case.item)
    for path, _, _ in all_texts(case.item_type, case.item):
        if path[-1] in ("stem", "text", "hint"):
            continue  # shown
        holder: Any = data
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = "canary in " + str(path[0])
    data["tags"] = ["canary"]
    data["subskill"] = "canary"
    data["references"] = [{"title": "canary"}]
    for option in data.get("options", data.get("near_misses", ())):
        if "misconception" in option:
            option["misconception"] = "canary"
    planted = content.load(data)
    assert replace(instantiate(planted, SEED), item=case.item) == instantiate(case.item, SEED)
    return planted


def _form_context(view: dict[str, Any], draft: dict[str, Any] | None) -> dict[str, Any]:
    return {"item": view, "ask_html": "Ask?", "ask_spoken": "Ask?", "draft": draft, "error": None}


def _render(item_type: ItemType[Any], template: str, context: dict[str, Any]) -> str:
    loader = jinja2.FileSystemLoader(registry.template_folder(item_type))
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template(template).render(context)


def _submitted(html: str) -> dict[str, list[str]]:
    """The fields a browser would send for this form."""
    fields: dict[str, list[str]] = {}
    for element in html5lib.parseFragment(html, namespaceHTMLElements=False).iter():
        name, tag = element.get("name"), element.tag
        if tag == "input" and (element.get("type") == "text" or element.get("checked") is not None):
            fields.setdefault(name, []).append(element.get("value"))
        if tag == "select":
            options = element.findall("option")
            chosen = next((option for option in options if option.get("selected") is not None), options[0])
            fields.setdefault(name, []).append(chosen.get("value"))
    return fields
