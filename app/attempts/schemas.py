"""The shapes of requests and responses of attempts (API.md). Requests are strict: no coercion, no unknown field."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.items.fields import clean_text

# for clients alone: `clean_text` refuses these characters itself, with a code of their own
_PLAIN = r"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
_TEXT, _ADDRESS = {"pattern": f"^[^{_PLAIN}]*$"}, {"pattern": rf"^[^@\s{_PLAIN}]+@[^@\s{_PLAIN}]+$"}
Id = Annotated[str, Field(max_length=100, json_schema_extra=_TEXT), AfterValidator(clean_text)]
Name = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\n\t]*$", json_schema_extra=_TEXT), AfterValidator(clean_text)
]
Email = Annotated[
    str, Field(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$", json_schema_extra=_ADDRESS), AfterValidator(clean_text)
]


class Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class CandidateBody(Request):
    name: Name
    email: Email


class StartBody(Request):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={"examples": [{"assessment": "machine-learning-researcher-quick"}]},
    )

    assessment: Annotated[Id, Field(description="An id from GET /assessments.")]
    mode: Annotated[
        Literal["assess", "practice"],
        Field(description="`assess` measures; `practice` shows the solution after each answer and has no deadline."),
    ] = "assess"
    candidate: Annotated[
        CandidateBody | None, Field(description="Who takes it, where that is to be kept; it is never sent back.")
    ] = None
    profile: Annotated[
        Id | None,
        Field(description="What the result is compared with: an id from GET /profiles; else that of the assessment."),
    ] = None


class DraftBody(Request):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={"examples": [{"seq": 1, "revision": 3, "answer": {"option": "b"}}]},
    )

    seq: Annotated[int, Field(ge=1, le=1000)]
    revision: Annotated[int, Field(ge=0, le=2**31 - 1)]
    answer: dict[str, Any]


class ResponseBody(Request):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "examples": [
                {"seq": 1, "item_id": "math.calculus.example", "answer": {"value": "3.14"}, "confidence": 0.8},
                {"seq": 2, "item_id": "ml.theory.example", "answer": {"skip": True}},
            ]
        },
    )

    seq: Annotated[int, Field(ge=1, le=1000)]
    item_id: Annotated[str, Field(max_length=200)]
    answer: Annotated[dict[str, Any], Field(description="By type; {'skip': true} for any.")]
    confidence: Annotated[
        Annotated[float, Field(ge=0, le=1)] | None,
        Field(description="How sure the candidate is to be right, 0 to 1. Kept with the answer; it changes no score."),
    ] = None


class SectionShape(BaseModel):
    domain: str
    index: int
    of: int


class More(BaseModel):
    items: int
    half_width_90: float


class ProgressShape(BaseModel):
    answered: int
    likely_total: tuple[int, int]
    precision: Annotated[
        float, Field(description="Share of the information wanted that is there: 0 at first, 1 at the end.")
    ]
    half_width_90: float | None = None
    more: More | None = None


class EstimateShape(BaseModel):
    domain: str
    score: float
    interval_90: tuple[float, float]


class DraftShape(BaseModel):
    revision: int
    answer: dict[str, Any]


class ItemShape(BaseModel):
    """The view of an item: these fields, and those of its type (options; units and hint; ...). Never the key."""

    model_config = ConfigDict(extra="allow")

    id: str
    version: int
    type: str
    domain: str
    skill: str
    stem_html: str
    time_s: int


class TurnShape(BaseModel):
    seq: int
    item: ItemShape
    draft: DraftShape | None


class StateShape(BaseModel):
    id: str
    assessment: str
    mode: str
    status: Literal["created", "active", "completed", "expired", "scored", "rescored"]
    created_at: str
    expires_at: str | None
    time_remaining_s: float | None
    seq: int
    section: SectionShape
    progress: ProgressShape
    estimate: EstimateShape | None
    turn: TurnShape | None


class FeedbackShape(BaseModel):
    """On the answer just given. The key has the form of an answer; `why` is null where this answer calls for none."""

    score: Annotated[float, Field(ge=0, le=1)]
    key: dict[str, Any]
    why: str | None
    rationale_html: str


class AnsweredShape(StateShape):
    feedback: Annotated[FeedbackShape | None, Field(description="In practice alone; otherwise there is none.")] = None


class StartedShape(StateShape):
    token: Annotated[str, Field(description="The bearer of this attempt; shown this once.", examples=["pla_..."])]


class AssessmentShape(BaseModel):
    id: str
    title: str
    description: str
    domains: list[str]
    minutes: int
    mode: Literal["adaptive", "form"]
    profile: str
    precision: Annotated[
        Literal["quick", "standard", "verified", "screening"],
        Field(description="When it ends: at a time (`quick`), at a standard error, or when one level is certain."),
    ]
    visibility: Literal["public", "private"]


class AssessmentList(BaseModel):
    items: list[AssessmentShape]
    next_cursor: str | None = None


class ReplayStep(BaseModel):
    seq: int
    item_id: str
    version: int
    answer: dict[str, Any]
    score: float
    theta: float
    se: float
    source: str
    domain: str
    at: str


class ReplayShape(BaseModel):
    """Everything that is derived again from: see `plumbline db verify --replay`."""

    attempt: str
    assessment: str
    seed: str
    started_at: str
    expires_at: str | None
    status: str
    end_reason: str | None
    versions: dict[str, Any]
    steps: list[ReplayStep]
