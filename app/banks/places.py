"""Where an installation has its things. Light on purpose: every command imports it, `--help` too."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shelf:
    """Where content lies: the shipped folder (banks and profiles) and further folders of banks."""

    shipped: Path
    extra: tuple[Path, ...] = ()

    def banks(self) -> tuple[Path, ...]:
        """Every folder with a bank.yaml, shipped ones first. A named folder may be a bank or hold banks."""
        return tuple(bank for folder in (self.shipped, *self.extra) for bank in bank_folders(folder))

    def bank(self, domain: str) -> Path | None:
        """The folder of one domain's bank."""
        return next((folder for folder in self.banks() if folder.name == domain), None)

    def fingerprint(self) -> str:
        """A hash over names and bytes of every file that can be published."""
        total = hashlib.sha256()
        files = [self.shipped / "profiles" / name for name in ("profiles.yaml", "roles.yaml", "tools.yaml")]
        for folder in self.banks():
            files += [folder / "bank.yaml", *sorted((folder / "items").rglob("*.yaml"))]
        for file in files:
            content = file.read_bytes()
            total.update(f"{file.parent.name}/{file.name} {len(content)}\n".encode())
            total.update(content)
        return total.hexdigest()


@dataclass(frozen=True)
class Installation:
    """Where one installation has its things; what commands are handed instead of settings."""

    data: Path
    url: str
    migrations: Path
    shelf: Shelf
    own_secret: bool = True  # in the data folder, not from the settings


def bank_folders(folder: Path) -> list[Path]:
    """The banks in a folder of banks, or the folder itself when it is one."""
    if (folder / "bank.yaml").exists():
        return [folder]
    return sorted(path.parent for path in folder.glob("*/bank.yaml"))
