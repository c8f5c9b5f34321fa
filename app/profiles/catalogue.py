"""Who does what: tasks, roles, tools and teams, as GET /roles shows them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.profiles import team
from app.profiles.roles import Content, read


class Subtask(Content):
    id: str
    title: str
    examples: str | None = None
    skills: list[str]


class Task(Content):
    """One task in the life of an AI product."""

    id: str
    title: str
    goal: str
    source: str
    skills: list[str]
    subtasks: list[Subtask]


class Role(Content):
    """A job and its reach: task -> 1 (does it) or 0.5 (does part of it)."""

    id: str
    title: str
    variant_of: str | None = None
    summary: str
    code: str
    tasks: dict[str, Annotated[float, Field(gt=0, le=1, strict=False)]]
    also_called: Annotated[list[str], Field(default_factory=list)]
    complemented_by: str
    note: str | None = None
    tools: list[str]
    source: str


class Team(Content):
    id: str
    title: str
    roles: Annotated[list[str], Field(min_length=1)]
    source: str


class ToolGroup(Content):
    """Tools of one field of work: reported by the 2020 sources, and in use today."""

    id: str
    title: str
    reported: list[str]
    today: list[str]


class _Roles(Content):
    schema_: Literal["plumbline.roles/1"] = Field(alias="schema")
    version: int
    sources: dict[str, str]
    tasks: list[Task]
    roles: list[Role]
    teams: list[Team]


class _Tools(Content):
    schema_: Literal["plumbline.tools/1"] = Field(alias="schema")
    version: int
    source: str
    groups: list[ToolGroup]
    by_role: dict[str, dict[str, list[str]]]


class Catalogue(Content):
    """Tasks, roles, teams and tools, checked against each other."""

    roles: _Roles
    tools: _Tools

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        tasks, roles = {t.id for t in self.roles.tasks}, {r.id for r in self.roles.roles}
        groups = {g.id for g in self.tools.groups}
        named = [(f"roles.{r.id}.tasks", task, tasks) for r in self.roles.roles for task in r.tasks]
        named += [(f"roles.{r.id}.tools", group, groups) for r in self.roles.roles for group in r.tools]
        named += [(f"roles.{r.id}.variant_of", r.variant_of, roles) for r in self.roles.roles if r.variant_of]
        named += [(f"teams.{t.id}.roles", role, roles) for t in self.roles.teams for role in t.roles]
        named += [("tools.by_role", role, roles) for role in self.tools.by_role]
        unknown = [f"{where}: there is no {name!r}" for where, name, known in named if name not in known]
        if unknown:
            raise ValueError("; ".join(unknown))
        return self

    @property
    def reach(self) -> dict[str, dict[str, float]]:
        """Role -> task -> share, for team.cover."""
        return {role.id: role.tasks for role in self.roles.roles}


def parse_catalogue(roles: Mapping[str, Any], tools: Mapping[str, Any]) -> Catalogue:
    """The catalogue from the contents of roles.yaml and tools.yaml. Raises ProfileError with every problem."""
    return read(Catalogue, {"roles": read(_Roles, roles, "roles"), "tools": read(_Tools, tools, "tools")}, "catalogue")


def catalogue_json(catalogue: Catalogue) -> dict[str, Any]:
    """The shape of GET /roles: the roles as a list, with tasks, tools and teams and what each team leaves uncovered."""
    tasks, reach = [task.id for task in catalogue.roles.tasks], catalogue.reach
    teams = []
    for group in catalogue.roles.teams:
        coverage = team.cover(reach, group.roles, tasks)
        teams.append(
            {
                **group.model_dump(),
                "covered": list(coverage.covered),
                "partly": list(coverage.partly),
                "uncovered": list(coverage.uncovered),
                "completed_by": list(team.completing_roles(reach, coverage.uncovered)),
            }
        )
    return {
        "items": [
            {**role.model_dump(), "tool_details": catalogue.tools.by_role.get(role.id, {})}
            for role in catalogue.roles.roles
        ],
        "next_cursor": None,
        "tasks": [task.model_dump() for task in catalogue.roles.tasks],
        "teams": teams,
        "tools": [group.model_dump() for group in catalogue.tools.groups],
        "sources": {**catalogue.roles.sources, "tools": catalogue.tools.source},
    }
