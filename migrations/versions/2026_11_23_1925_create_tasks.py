"""Create tasks, and find continuations and the attempts of a person quickly."""

import sqlalchemy as sa
from alembic import op

revision = "5b0e6c1f9a27"
down_revision = "d11d42aa64fe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=100), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('waiting','running','done','dead')", name=op.f("ck_tasks_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_tasks_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tasks_state_due_at", "tasks", ["state", "due_at"])
    op.create_index("ix_tasks_state_changed_at", "tasks", ["state", "changed_at"])
    op.create_index("ix_attempts_continues", "attempts", ["continues"])
    op.create_index("ix_attempts_person_id", "attempts", ["person_id"])


def downgrade() -> None:
    op.drop_index("ix_attempts_person_id", "attempts")
    op.drop_index("ix_attempts_continues", "attempts")
    op.drop_table("tasks")
