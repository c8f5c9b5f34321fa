"""Every sentence about a result, generated from the result itself so that headline, chart and table cannot disagree.

The words of verdicts come from profiles.gap alone. Sentences speak of "the" level, so candidate and recruiter read the
same ones; a probability is never printed as 0 or 100 %.
"""

from collections.abc import Sequence

from app.measurement import estimation
from app.profiles import coverage, gap
from app.profiles.advice import Finding, NextStep, StepKind
from app.results.schemas import DomainResult, Result

_SPACE = "\N{NO-BREAK SPACE}"
_SURE, _UNLIKELY = 0.99, 0.01
_ALL = 0.995  # a share from which on "all" is said
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
AFTER_PRACTICE = (
    "Take the test itself: it shows no solution before its end, so its result is a measurement. "
    "Questions just practised can come again in it, and would raise the result."
)
_CLAUSES = {
    gap.Verdict.MEETS: ("meets the profile", "meet the profile"),
    gap.Verdict.BELOW: ("is below the profile", "are below the profile"),
    gap.Verdict.TOO_CLOSE: ("is too close to call", "are too close to call"),
}


def verdict_word(verdict: str) -> str:
    """How a verdict is written in charts and tables: "Meets", "Below" or "Too close"."""
    return gap.Verdict(verdict).value.capitalize()


def percent(probability: float) -> str:
    """A probability as whole per cent; ">99 %" and "<1 %" at the ends, because nothing measured here is certain."""
    if probability > _SURE:
        return f">99{_SPACE}%"
    if probability < _UNLIKELY:
        return f"<1{_SPACE}%"
    return f"{100 * probability:.0f}{_SPACE}%"


def points(value: float) -> str:
    """A number of points to read: whole, "less than 1 point" below one."""
    whole = f"{value:.0f}"
    return "less than 1 point" if value < 1 else f"{whole} point{'' if whole == '1' else 's'}"


def between(lo: float, hi: float) -> str:
    """A range in words. The upper end is at least 1, so that a range is never printed as nothing."""
    return f"between {lo:.0f} and {max(hi, 1):.0f}"


def listing(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def named(identifier: str) -> str:
    """An id in words: "business-acumen" -> "business acumen"."""
    return identifier.replace("-", " ")


def headline(result: Result) -> str:
    """The first line: how far from the profile and how sure that is; never yes or no. Of practice: what was right."""
    if result["mode"] == "practice":
        right = sum(one["score"] == 1 for one in result["responses"])
        return f"Practice: {right} of {len(result['responses'])} right"
    title = _profile_name(result)
    if title is None:
        return _headline_without_profile(result)
    compared = _compared(result)
    if result["profile_gap"] is None:
        return f"Nothing that the {title} profile asks for was measured yet"
    expected, (lo, hi) = result["profile_gap"]["expected_gap"], result["profile_gap"]["gap_interval_90"]
    about = "Less than 1 point" if expected < 1 else f"About {points(expected)}"
    where = ""
    if _missing_domains(result):
        where = f" in {_lower(compared[0]['title'])}" if len(compared) == 1 else f" in {_count(len(compared))} domains"
    return f"{about} from the {title} profile{where}, likely {between(lo, hi)}"


def lead(result: Result) -> str:
    """The sentences under the headline: the verdict of every domain, and the gap that weighs most."""
    if result["mode"] == "practice":
        return "This is no measurement: solutions were shown after each question."
    compared = _compared(result)
    if not compared:
        return " ".join(domain_sentence(domain) for domain in result["domains"])
    sentences = []
    for verdict, (singular, plural) in _CLAUSES.items():
        titles = [_lower(d["title"]) for d in compared if d["target"] and d["target"]["verdict"] == verdict]
        if titles:
            sentences.append(f"{_capital(listing(titles))} {singular if len(titles) == 1 else plural}.")
    widest = next((finding for finding in result["gaps"] if finding["skill"] is None), None)
    if widest is not None and len(compared) > 1:
        sentences.append(f"The gap that weighs most is in {_lower(_title(result, widest['domain']))}.")
    return " ".join(sentences)


def domain_sentence(domain: DomainResult) -> str:
    """Score, range and the chances of the three levels."""
    chances = domain["level_probabilities"]
    lo, hi = domain["interval_90"]
    return (
        f"{domain['title']}: {points(domain['score'])} of 300, likely {between(lo, hi)}; level "
        f"{domain['level']} (chances: beginning {percent(chances['beginning'])}, developing "
        f"{percent(chances['developing'])}, accomplished {percent(chances['accomplished'])})."
    )


def dots_sentence(over: int, total: int, domain: DomainResult) -> str:
    """What the dot chart says, for the number of dots at or above the target."""
    return (
        f"Each dot is one chance in {total}: in {over} of {total} the true level in {_lower(domain['title'])} "
        "is at or above the profile."
    )


def gap_explained(result: Result) -> str:
    """What the points of the headline are."""
    if result["profile_gap"] is None:
        return ""
    return (
        "Points are steps on the scale from 0 to 300, where a level is 100 points wide. The gap is the mean distance "
        "still missing in the domains that were assessed, by the weight the profile gives them; being above a target "
        "in one domain does not make up for another. The range holds the true gap nine times out of ten. A firm word "
        "needs the answers on its side: where mostly the rarity of the level speaks, or fewer than "
        f"{_count(gap.MIN_ITEMS)} answers, it is too close to call."
    )


def index_sentence(result: Result) -> str:
    """The coverage index with its range, what it counts and what it is not. Empty without a profile."""
    covered = result["coverage"]
    if covered is None or covered["index"] is None or covered["interval_90"] is None:
        return ""
    lo, hi = covered["interval_90"]
    counted = (
        "all of the profile that tests can measure"
        if covered["assessed"] >= _ALL
        else f"the part of the profile that was assessed ({percent(covered['assessed'])} by weight)"
    )
    return (
        f"Coverage index: {percent(covered['index'])} of the asked skills, by weight, are expected at or above their "
        f"target (likely {percent(lo)} to {percent(hi)}), counting {counted}. "
        "It is not a hiring probability and not a percentile."
    )


def caveats(result: Result) -> list[str]:
    """What a reader must know before using the result, one sentence or two each."""
    notes = []
    if result["status"] == "provisional":
        answers = result["human_responses"]
        behind = f"{answers} answers of people so far" if answers else "no answers of people yet"
        notes.append(
            f"Provisional: the difficulty of these questions is an expert estimate with {behind}. "
            "The ranges are wide enough to allow for that; later calibration can move a score."
        )
    if not result["proctored"]:
        notes.append("Unproctored: nobody watched, so nothing here proves who answered or with what help.")
    if result["bank_visibility"] != "private":
        notes.append("Open bank: questions and keys are public. Use this for learning, not as a secure test.")
    else:
        notes.append("Private bank: these questions are not published by the organisation that gave the test.")
    if result["profile_basis"] == "judged":
        notes.append(
            "The profile is a judgement based on published role descriptions. Nobody in the role was measured."
        )
    if result["not_assessed"]:
        notes.append(f"Not assessed: {listing([named(name) for name in result['not_assessed']])}.")
    return notes


def other_roles_sentence(result: Result) -> str:
    """How to read the list of other roles."""
    unranked = sum(not role["ranked"] for role in result["other_roles"])
    limit = f"less than {percent(coverage.INDEX_MIN_ASSESSED)} of what they ask was assessed"
    if unranked == len(result["other_roles"]):
        return f"No role is ranked: {limit}."
    order = "Roles are ordered by the same coverage index; where ranges overlap, the order says little."
    return order if not unranked else f"{order} The last {_count(unranked)} are not ranked: {limit}."


def method() -> str:
    """The rule of verdicts, for the method page, with the numbers it uses."""
    return (
        f'A domain "meets" the profile when the chance that the true level is at or above its target is '
        f'{percent(gap.MEETS)} or more, it is "below" at {percent(gap.BELOW)} or less, and "too close" in between. '
        "Either word also has to hold when the odds before the first answer are taken as even, so that it rests on the "
        "answers and not on how common the level is. "
        f"A skill is called stronger or weaker than its domain when that is {percent(estimation.SIGNAL_CERTAINTY)} "
        f"certain, and only from {_count(estimation.MIN_SKILL_ITEMS)} answered items on."
    )


def strength_text(finding: Finding, title: str) -> str:
    """One strength, with the certainty behind it. title: of the domain or skill."""
    chance = f"chance that it is at or above its target: {percent(finding.p_meets)}"
    if finding.skill is not None:
        return f"{title}: stronger than the rest of the domain ({chance})."
    return f"{title} meets the profile ({chance})."


def gap_text(finding: Finding, title: str) -> str:
    """One gap, with its size and the certainty behind it. title: of the domain or skill."""
    size = points(finding.expected_gap) if finding.expected_gap < 1 else f"about {points(finding.expected_gap)}"
    chance = f"chance that it is at or above its target: {percent(finding.p_meets)}"
    if finding.skill is not None:
        return f"{title}: weaker than the rest of the domain; {size} may be missing ({chance})."
    if finding.verdict is gap.Verdict.BELOW:
        return f"{title} is below the profile, by {size} ({chance})."
    return f"{title} is too close to call; {size} may be missing ({chance})."


def step_text(step: NextStep, domain: str, skill: str | None) -> str:
    """One next step. domain, skill: titles."""
    if step.kind is StepKind.PRACTICE:
        first = f", beginning with {_lower(skill)}" if skill else ""
        return f"Practise {_lower(domain)}{first}: this is the gap that weighs most."
    if step.kind is StepKind.ASSESS:
        return f"Take the {_lower(domain)} test: it would tell most about the distance to the profile."
    return f"Continue with {_lower(domain)}: more answers there narrow the range most."


def _headline_without_profile(result: Result) -> str:
    if len(result["domains"]) != 1:
        return f"{_capital(_count(len(result['domains'])))} domains measured, each with its range"
    domain = result["domains"][0]
    return f"{domain['title']}: about {points(domain['score'])} of 300, likely {between(*domain['interval_90'])}"


def _compared(result: Result) -> list[DomainResult]:
    return [domain for domain in result["domains"] if domain["target"] is not None]


def _missing_domains(result: Result) -> bool:
    return result["coverage"] is not None and result["coverage"]["assessed"] < _ALL


def _profile_name(result: Result) -> str | None:
    return None if result["profile_title"] is None else _lower(result["profile_title"])


def _title(result: Result, domain: str) -> str:
    return next((d["title"] for d in result["domains"] if d["domain"] == domain), named(domain))


def _count(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)


def _lower(title: str) -> str:
    """A title inside a sentence; acronyms keep their capitals."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
