"""Alembic's entry: the connection comes from app/database/migrate.py, or the URL from the settings for `alembic`."""

from alembic import context
from sqlalchemy import Connection

from app.database.tables import metadata


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # a migration that waits for a lock must not queue every reader behind it
            connection.exec_driver_sql("set local lock_timeout = '4s'")
            connection.exec_driver_sql("set local statement_timeout = '5min'")
        context.run_migrations()


connection = context.config.attributes.get("connection")
if connection is not None:
    migrate(connection)
else:
    from app.database.engine import Database
    from app.settings import Settings

    with Database(Settings().url).writer.connect() as own:
        migrate(own)
        own.commit()
