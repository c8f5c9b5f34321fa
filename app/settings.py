"""The one frozen Settings, from PLUMBLINE_* in the environment: read where a process starts, passed on as arguments."""

import os
import secrets
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _data_folder() -> Path:
    return platformdirs.user_data_path("plumbline", appauthor=False)


class Settings(BaseSettings):
    """What a deployment may choose. Each field is documented in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_", frozen=True, extra="ignore")

    data: Path = Field(default_factory=_data_folder, description="Data folder: database, secret, backups.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default SQLite in the data folder.")
    secret: SecretStr | None = Field(None, description="Key for resume codes; made in the data folder when unset.")
    banks: str = Field("", description="Folders of further banks, ':'-separated, beside the shipped ones.")
    base_url: str | None = Field(None, description="Address that people use, e.g. https://skills.example.org.")
    log_format: str = Field("console", pattern="^(console|json)$", description="How log lines are written.")

    @cached_property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{quote(str(self.data / 'plumbline.sqlite3'))}"

    @cached_property
    def bank_folders(self) -> tuple[Path, ...]:
        """The folders named in PLUMBLINE_BANKS, in order."""
        return tuple(Path(part).expanduser() for part in self.banks.split(os.pathsep) if part.strip())

    def server_secret(self) -> bytes:
        """The server's secret; made once in the data folder (mode 600) when none is set."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        path = self.data / "secret"
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = path.with_name(f"secret.{os.getpid()}")
            partial.touch(mode=0o600)
            partial.write_text(secrets.token_urlsafe(32), encoding="ascii")
            try:
                os.link(partial, path)  # fails when another process was first; its secret stands
            except FileExistsError:
                pass
            finally:
                partial.unlink()
        return path.read_text(encoding="ascii").strip().encode()


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
