"""Statements of the answer path: compiled once for each dialect, then handed to the driver as they are.

`Connection.execute` looks a statement up in its cache and builds its context anew each time, some 35 us of the 40 that
such a statement takes; three of them stand in every answer. Both drivers, sqlite3 and psycopg, execute on a connection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

Processor = Callable[[Any], Any]


@dataclass(frozen=True)
class _Compiled:
    """The text for one dialect; how values go in (name and processor, in order) and how columns come out."""

    text: str
    is_positional: bool
    binds: Sequence[tuple[str, Processor | None]]
    columns: Sequence[Processor | None]


class Prepared:
    """A statement whose every value is a named parameter. Bind and result types of its columns are kept."""

    def __init__(self, statement: ClauseElement, names: Sequence[str] | None = None) -> None:
        """names: the columns that an insert gives; None for every other statement."""
        self._statement = statement
        self._names = None if names is None else list(names)
        self._known: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Execute it."""
        self._execute(connection, values)

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Execute it and return its first row, its columns as their types read them."""
        result, columns = self._execute(connection, values)
        row = result.fetchone()
        if row is None:
            return None
        return tuple(
            value if read is None or value is None else read(value) for value, read in zip(row, columns, strict=True)
        )

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, Sequence[Processor | None]]:
        known = self._known.get(connection.dialect.name)
        if known is None:
            known = self._known.setdefault(connection.dialect.name, self._compile(connection.dialect))
        bound = [(name, write(values[name]) if write else values[name]) for name, write in known.binds]
        parameters: Any = tuple(value for _, value in bound) if known.is_positional else dict(bound)
        driver: Any = connection.connection.dbapi_connection
        try:
            return driver.execute(known.text, parameters), known.columns
        except connection.dialect.loaded_dbapi.Error as error:
            # as SQLAlchemy raises it, so that nobody above needs to know which way a statement went
            raise DBAPIError.instance(
                known.text, parameters, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True
            ) from error

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._names)
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        binds = [(name, _impl(compiled.binds[name].type, dialect).bind_processor(dialect)) for name in names]
        columns: list[Processor | None] = []
        if isinstance(self._statement, Select):
            types = [column.type for column in self._statement.selected_columns]
            columns = [_impl(type_, dialect).result_processor(dialect, None) for type_ in types]
        return _Compiled(compiled.string, compiled.positional, binds, columns)


def _impl(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return type_.dialect_impl(dialect)
