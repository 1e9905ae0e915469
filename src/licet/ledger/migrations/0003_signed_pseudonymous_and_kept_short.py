from django.db import migrations, models

SQLITE_OFF = ["DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete"]
SQLITE_AS_BEFORE = [
    """CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger_entry
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger_entry
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
]
SQLITE_ON = [
    """CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger_entry
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger_entry
       WHEN NOT EXISTS (SELECT 1 FROM ledger_summary WHERE OLD.seq BETWEEN first_seq AND last_seq)
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_checkpoint_no_update BEFORE UPDATE ON ledger_checkpoint
       BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END""",
    """CREATE TRIGGER ledger_checkpoint_no_delete BEFORE DELETE ON ledger_checkpoint
       BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END""",
    """CREATE TRIGGER ledger_summary_no_update BEFORE UPDATE ON ledger_summary
       BEGIN SELECT RAISE(ABORT, 'summaries are append-only'); END""",
    """CREATE TRIGGER ledger_summary_no_delete BEFORE DELETE ON ledger_summary
       BEGIN SELECT RAISE(ABORT, 'summaries are append-only'); END""",
    """CREATE TRIGGER ledger_summary_fits BEFORE INSERT ON ledger_summary
       WHEN NEW.first_seq IS NOT (SELECT min(seq) FROM ledger_entry)
         OR NEW.last_digest IS NOT (SELECT digest FROM ledger_entry WHERE seq = NEW.last_seq)
         OR NEW.last_seq >= (SELECT max(seq) FROM ledger_entry)
       BEGIN SELECT RAISE(ABORT, 'a summary stands for the oldest entries, in order'); END""",
    """CREATE TRIGGER ledger_reason_no_update BEFORE UPDATE ON ledger_reason
       BEGIN SELECT RAISE(ABORT, 'a reason is removed, never changed'); END""",
]
POSTGRESQL_ON = [
    "DROP TRIGGER ledger_no_change ON ledger_entry",
    """CREATE TRIGGER ledger_no_change BEFORE UPDATE OR TRUNCATE ON ledger_entry
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()""",
    """CREATE FUNCTION ledger_delete_covered() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM ledger_summary WHERE OLD.seq BETWEEN first_seq AND last_seq) THEN
              RAISE EXCEPTION 'the ledger is append-only';
            END IF;
            RETURN OLD;
          END $$""",
    """CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger_entry
       FOR EACH ROW EXECUTE FUNCTION ledger_delete_covered()""",
    """CREATE FUNCTION ledger_beside_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'checkpoints, summaries and reasons are append-only'; END $$""",
    """CREATE TRIGGER ledger_checkpoint_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_beside_append_only()""",
    """CREATE TRIGGER ledger_summary_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_summary
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_beside_append_only()""",
    """CREATE TRIGGER ledger_reason_no_update BEFORE UPDATE ON ledger_reason
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_beside_append_only()""",
    """CREATE FUNCTION ledger_summary_fits() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
            IF NEW.first_seq IS DISTINCT FROM (SELECT min(seq) FROM ledger_entry)
               OR NEW.last_digest IS DISTINCT FROM (SELECT digest FROM ledger_entry WHERE seq = NEW.last_seq)
               OR NEW.last_seq >= (SELECT max(seq) FROM ledger_entry) THEN
              RAISE EXCEPTION 'a summary stands for the oldest entries, in order';
            END IF;
            RETURN NEW;
          END $$""",
    """CREATE TRIGGER ledger_summary_fits BEFORE INSERT ON ledger_summary
       FOR EACH ROW EXECUTE FUNCTION ledger_summary_fits()""",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER ledger_summary_fits ON ledger_summary",
    "DROP FUNCTION ledger_summary_fits()",
    "DROP TRIGGER ledger_reason_no_update ON ledger_reason",
    "DROP TRIGGER ledger_summary_no_change ON ledger_summary",
    "DROP TRIGGER ledger_checkpoint_no_change ON ledger_checkpoint",
    "DROP FUNCTION ledger_beside_append_only()",
    "DROP TRIGGER ledger_no_delete ON ledger_entry",
    "DROP FUNCTION ledger_delete_covered()",
    "DROP TRIGGER ledger_no_change ON ledger_entry",
    """CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
       FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()""",
]
# The only update the table ever sees: the column is new, hashed by nothing, and says again what the action says.
FILL = """UPDATE ledger_entry SET part = substr(action || ':', 1, {place}(action || ':', ':') - 1)"""


def _on_postgresql(schema_editor):
    return schema_editor.connection.vendor == "postgresql"


def off(apps, schema_editor):
    if not _on_postgresql(schema_editor):
        for statement in SQLITE_OFF:
            schema_editor.execute(statement)
    else:
        schema_editor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_no_change")


def off_back(apps, schema_editor):
    # Adding a column makes SQLite build the table anew, so its triggers are gone by now.
    if not _on_postgresql(schema_editor):
        for statement in SQLITE_AS_BEFORE:
            schema_editor.execute(statement)


def on(apps, schema_editor):
    schema_editor.execute(FILL.format(place="strpos" if _on_postgresql(schema_editor) else "instr"))
    for statement in POSTGRESQL_ON if _on_postgresql(schema_editor) else SQLITE_ON:
        schema_editor.execute(statement)


def on_back(apps, schema_editor):
    if _on_postgresql(schema_editor):
        for statement in POSTGRESQL_BACK:
            schema_editor.execute(statement)
    else:
        for statement in SQLITE_ON:
            schema_editor.execute(f"DROP TRIGGER {statement.split()[2]}")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [
        migrations.RunPython(off, off_back),
        migrations.AddField("entry", "part", models.CharField(default="", max_length=40)),
        migrations.AddField("entry", "reason_digest", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("entry", "text", models.TextField(blank=True, default="")),
        migrations.AlterField("entry", "previous", models.CharField(blank=True, max_length=64)),
        migrations.AddIndex("entry", models.Index(fields=["actor", "seq"], name="ledger_actor")),
        migrations.AddIndex("entry", models.Index(fields=["part", "seq"], name="ledger_part")),
        migrations.AddIndex("entry", models.Index(fields=["site", "seq"], name="ledger_site")),
        migrations.AddIndex("entry", models.Index(fields=["at"], name="ledger_at")),
        migrations.CreateModel(
            name="Reason",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("salt", models.CharField(max_length=32)),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Name",
            fields=[
                ("pseudonym", models.CharField(max_length=14, primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=200, null=True, unique=True)),
                ("person", models.BigIntegerField(null=True)),
                ("forgotten_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.BigIntegerField(db_index=True)),
                ("text", models.TextField()),
                ("signature", models.CharField(max_length=88)),
                ("key", models.CharField(max_length=64)),
                ("stamp", models.TextField(blank=True)),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.CreateModel(
            name="Summary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_seq", models.BigIntegerField(unique=True)),
                ("last_seq", models.BigIntegerField(unique=True)),
                ("last_digest", models.CharField(max_length=64)),
                ("text", models.TextField()),
                ("signature", models.CharField(max_length=88)),
                ("key", models.CharField(max_length=64)),
            ],
            options={"ordering": ["first_seq"], "verbose_name_plural": "summaries"},
        ),
        migrations.RunPython(on, on_back),
    ]
