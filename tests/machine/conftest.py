"""The application under the machine, over both databases, and the book of the shipped questions."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from machine.book import Book, open_book
from machine.wire import Application

from app.banks.places import Shelf


@pytest.fixture(scope="session")
def book(content: Shelf) -> Book:
    """Every shipped question with its answers."""
    return open_book(content)


@pytest.fixture
def application(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Application]:
    """A server in this process over a database of its own."""
    with closing(Application(new_database(), tmp_path)) as running:
        yield running
