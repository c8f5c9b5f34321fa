import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.attempts import marks, strip
from app.measurement import scale
from app.results import charts
from app.results.charts import Row

pytestmark = pytest.mark.quick

ROWS = [
    Row("Machine learning", 195, (184, 206), (166, 224), 200, "too close", "Too close"),
    Row('R & D <"x">', 140, (130, 150), (114, 166), 200, "below", "Below"),
    Row("Mathematics", 299, (290, 300), (280, 300), 100, "meets", "Meets"),
]


def every_chart() -> list[str]:
    radar = charts.radar(ROWS, title="Shape", chart_id="rd")
    assert radar is not None
    return [
        charts.intervals(ROWS, title="You & the profile", chart_id="iv"),
        charts.intervals(ROWS, title="You & the profile", chart_id="ivm", compact=True),
        radar,
        charts.quantile_dots(list(range(140, 240, 5)), 200, title="How sure", chart_id="qd", cut_label="profile asks")[
            1
        ],
        strip.interval_strip(150, (60, 240), chart_id="st", target=200),
        charts.verdict_plot(0.2, 0.8, ("Below", "Too close", "Meets"), title="Words", chart_id="vp"),
    ]


@pytest.mark.parametrize("svg", every_chart())
def test_a_chart_is_well_formed_and_has_a_title_and_a_description(svg):
    root = ElementTree.fromstring(svg)  # noqa: S314  (our own string)
    assert root.get("role") == "img"
    named = [root.find(f".//*[@id='{part}']") for part in root.get("aria-labelledby", "").split()]
    assert [element.tag for element in named] == ["title", "desc"]
    assert all(element.text for element in named)


@pytest.mark.parametrize("svg", every_chart())
def test_a_chart_has_classes_and_neither_styles_nor_handlers(svg):
    assert not re.search(r"\s(style|on\w+|fill|stroke)=|<(script|style)", svg)
    assert "nan" not in svg.lower()


def test_charts_of_one_page_share_no_id():
    ids = re.findall(r'\bid="([^"]+)"', "".join(every_chart()))
    assert len(ids) == len(set(ids)) == 12


def test_the_bands_are_the_levels_of_the_scale():
    assert [(name.lower(), cut) for name, cut in marks.LEVELS[1:]] == [
        (level, scale.score(theta)) for level, theta in scale.CUTS.items()
    ]
    assert marks.TOP == scale.SCORE_MAX


def test_the_wide_and_the_compact_chart_say_the_same():
    wide, compact = every_chart()[:2]

    def words(svg: str) -> set[str]:
        return {element.text or "" for element in ElementTree.fromstring(svg).iter("text")}  # noqa: S314

    assert words(wide) == words(compact) >= {"Too close", "Below", "Meets", "Mathematics", "Developing"}


def test_a_row_without_a_target_has_neither_line_nor_word():
    svg = charts.intervals([Row("Mathematics", 150, (140, 160), (120, 180))], title="t", chart_id="x")
    assert 'class="ref"' not in svg
    assert 'class="vd' not in svg


@pytest.mark.parametrize("n", [0, 1, 2])
def test_two_domains_have_no_shape_to_draw(n):
    assert charts.radar(ROWS[:n], title="Shape", chart_id="rd") is None


@given(
    values=st.lists(st.floats(0, 300), min_size=20, max_size=20).map(sorted),
    cut=st.sampled_from([100.0, 200.0]),
)
@settings(max_examples=80, deadline=None)
def test_every_quantile_is_one_dot_and_the_filled_ones_reach_the_cut(values, cut):
    over, svg = charts.quantile_dots(values, cut, title="How sure", chart_id="qd", cut_label="profile asks")
    assert over == sum(value >= cut for value in values) == svg.count('class="qd on"')
    assert svg.count("<circle") == 20
    line = float(re.search(r'class="cut" x1="([\d.]+)"', svg)[1])
    for on, x, r in re.findall(r'class="qd( on)?" cx="([-\d.]+)" cy="[-\d.]+" r="([\d.]+)"', svg):
        assert (float(x) - float(r) > line - 0.2) if on else (float(x) + float(r) < line + 0.2)
        assert 0 <= float(x) <= 360


def test_the_strip_narrows_with_its_interval():
    def bar(lo: float, hi: float) -> float:
        svg = strip.interval_strip(150, (lo, hi), chart_id="st")
        return float(re.search(r'class="b90"[^>]* width="([\d.]+)"', svg)[1])

    assert bar(60, 240) > bar(110, 190) > bar(140, 160) > 0


def test_a_score_beyond_the_scale_stays_in_the_picture():
    svg = strip.interval_strip(310, (290, 330), chart_id="st")
    assert all(float(x) <= 240 for x in re.findall(r'cx="([\d.]+)"', svg))
