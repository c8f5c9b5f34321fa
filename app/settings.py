"""The one frozen Settings, from PLUMBLINE_* in the environment: read where a process starts, passed on as arguments."""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _data_folder() -> Path:
    return platformdirs.user_data_path("plumbline", appauthor=False)


class Settings(BaseSettings):
    """What a deployment may choose. Each field is documented in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_", env_ignore_empty=True, frozen=True, extra="ignore")

    data: Path = Field(default_factory=_data_folder, description="Data folder: database, secret, backups.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default SQLite in the data folder.")
    secret: SecretStr | None = Field(None, description="Key for resume codes; made in the data folder when unset.")
    secret_old: SecretStr | None = Field(None, description="Former secrets, by spaces; what they signed still opens.")
    banks: str = Field("", description="Folders of further banks, ':'-separated, beside the shipped ones.")
    base_url: str | None = Field(None, description="Address that people use, e.g. https://skills.example.org.")
    in_flight: int = Field(64, ge=4, le=10_000, description="Requests under way at once before some are turned away.")
    starts_per_minute: float = Field(600, ge=0, description="Tests started from one address; 0 sets no limit.")
    answers_per_second: float = Field(5, ge=0, description="Answers and drafts of one attempt; 0 sets no limit.")
    work: bool = Field(True, description="Whether `serve` carries out background tasks too.")
    retention_months: int = Field(12, ge=1, le=1200, description="Months after which personal data are erased.")
    log_format: Literal["console", "json"] = Field("console", description="How log lines are written.")

    @field_validator("database_url")
    @classmethod
    def _readable(cls, url: str | None) -> str | None:
        if url is not None and (why := unreadable(url)) is not None:
            raise PydanticCustomError("database_url", "{why}", {"why": why})
        return url

    @field_validator("secret")
    @classmethod
    def _blank_is_empty(cls, secret: SecretStr | None) -> SecretStr | None:
        return secret if secret is not None and secret.get_secret_value().strip() else None

    @cached_property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{quote(str(self.data / 'plumbline.sqlite3'))}"

    @cached_property
    def bank_folders(self) -> tuple[Path, ...]:
        """The folders named in PLUMBLINE_BANKS, in order."""
        return tuple(Path(part).expanduser() for part in self.banks.split(os.pathsep) if part.strip())

    @cached_property
    def given_secret(self) -> str | None:
        """PLUMBLINE_SECRET; None where the data folder holds the secret."""
        return None if self.secret is None else self.secret.get_secret_value()

    @cached_property
    def former_secrets(self) -> tuple[str, ...]:
        """The secrets named in PLUMBLINE_SECRET_OLD."""
        return () if self.secret_old is None else tuple(self.secret_old.get_secret_value().split())


def unreadable(url: str) -> str | None:
    """Why a database URL cannot be meant so, without a word of it, for it may hold a password; None if it can."""
    from sqlalchemy.engine import make_url  # noqa: PLC0415  (`--help` does without)
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415  (as above)

    escapes = "@ : / # in a password are written %40 %3A %2F %23"
    try:
        known = make_url(url)
    except ArgumentError:
        return "cannot be read: expected sqlite:////path/to/file or postgresql://user:password@host/database"
    except ValueError:
        return f"cannot be read: the port is no number; {escapes}"
    backend = known.get_backend_name()
    if backend not in ("sqlite", "postgres", "postgresql"):
        return "this kind of database is not supported: use sqlite or postgresql"
    # what follows a second @ would be taken for the host, and told to whoever reads that it is not found
    place, _, query = url.partition("?")
    if backend != "sqlite" and (
        place.count("@") > 1 or any("@" in part.partition("=")[0] for part in query.split("&"))
    ):
        return f"cannot be read: there is more than one @; {escapes}"
    return None


def shipped(name: str) -> Path:
    """A folder that comes with the product, such as "question_banks": inside the wheel, else beside the checkout.

    Raises:
        FileNotFoundError: neither is there, so the installation is broken.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "_data" / name, here.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the shipped folder {name!r} is missing; install Plumbline again")
