"""JSON routes of the public catalogue: domains, profiles, roles."""

from operator import itemgetter
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from app.banks import catalogue
from app.http.paging import Asked, UnknownCursor, page
from app.http.route import Db, StrictRoute, declared
from app.profiles import roles as profiles

router = APIRouter(prefix="/api/v1", tags=["catalogue"], route_class=StrictRoute)


class SkillShape(BaseModel):
    id: str
    title: str


class DomainShape(BaseModel):
    id: str
    title: str
    skills: list[SkillShape]
    live_items: int
    adaptive: bool


class DomainList(BaseModel):
    items: list[DomainShape]
    next_cursor: str | None = None


class ProfileList(BaseModel):
    items: list[dict[str, Any]]
    next_cursor: str | None = None


@router.get("/domains", response_model=DomainList, responses=declared(UnknownCursor))
async def list_domains(db: Db, window: Asked) -> Any:
    """The domains with a published bank."""
    items = [
        {
            "id": bank.domain,
            "title": bank.title,
            "skills": [
                {"id": skill["id"], "title": skill["title"]} for skill in bank.definition["blueprint"]["skills"]
            ],
            "live_items": bank.live_items,
            "adaptive": bank.is_adaptive,
        }
        for bank in await db.read(catalogue.banks)
    ]
    return page(items, window, itemgetter("id"))


@router.get("/profiles", response_model=ProfileList, responses=declared(UnknownCursor))
async def list_profiles(db: Db, window: Asked) -> Any:
    """The reference profiles in force."""
    return page([_profile(stored) for stored in await db.read(catalogue.profiles)], window, itemgetter("id"))


@router.get("/profiles/{profile_id}", response_model=dict[str, Any], responses=declared(catalogue.NoSuchProfile))
async def read_profile(profile_id: str, db: Db) -> Any:
    """One reference profile: the level, weight and target score that it asks of each domain, with its source."""
    return _profile(await db.read(catalogue.profile, profile_id))


@router.get("/roles", response_model=dict[str, Any], responses=declared())
async def list_roles(db: Db) -> Any:
    """Roles, the tasks they do, the tools they use, and what teams of them cover."""
    return await db.read(catalogue.roles)


def _profile(stored: catalogue.StoredProfile) -> dict[str, Any]:
    profile = profiles.Profile.model_validate(stored.content)
    return profiles.as_json(profile.model_copy(update={"version": stored.number}))
