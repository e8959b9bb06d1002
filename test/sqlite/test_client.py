"""Python's sqlite3 as a client: isolation, cursors, error classes, notices, two connections."""
import os
import sqlite3
import threading

from support import Suite, connect, script, scripts

suite = Suite("test_client")


def applied(db):
    return [row[0] for row in db.execute("SELECT revision FROM migrate_applied ORDER BY seq")]


@suite.case
def plain_select_commits_by_itself(path):
    db = connect(path)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    answer = db.execute("SELECT migrate_upgrade('head')").fetchone()[0]
    assert answer.splitlines()[-1] == "Now at bbbb2 (head)", answer
    assert not db.in_transaction
    assert applied(connect(path)) == ["aaaa1", "bbbb2"]


@suite.case
def open_transaction_is_the_callers(path):
    db = connect(path)
    db.execute("CREATE TABLE mine (x)")
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    db.execute("INSERT INTO mine VALUES (1)")
    assert db.in_transaction
    db.execute("SELECT migrate_upgrade()").fetchone()
    assert db.in_transaction
    assert applied(connect(path)) == []
    db.rollback()
    assert applied(db) == []
    db.execute("INSERT INTO mine VALUES (1)")
    db.execute("SELECT migrate_upgrade()").fetchone()
    db.commit()
    assert applied(connect(path)) == ["aaaa1", "bbbb2"]


@suite.case
def autocommit_off(path):
    if not hasattr(sqlite3, "LEGACY_TRANSACTION_CONTROL"):
        suite.skip("autocommit=False needs Python 3.12")
    db = connect(path, autocommit=False)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    db.execute("SELECT migrate_upgrade()").fetchone()
    db.rollback()
    assert connect(path).execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    db.execute("SELECT migrate_upgrade()").fetchone()
    db.commit()
    assert applied(connect(path)) == ["aaaa1", "bbbb2"]


@suite.case
def isolation_level_none(path):
    db = connect(path, isolation_level=None)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    db.execute("BEGIN")
    db.execute("SELECT migrate_upgrade()").fetchone()
    db.execute("ROLLBACK")
    assert applied(db) == []


@suite.case
def answer_that_nobody_fetched(path):
    """A cursor that was never read to its end stays open, but reads no table."""
    db = connect(path)
    first = db.execute("SELECT migrate_load(?)", (scripts(path),))
    second = db.execute("SELECT migrate_upgrade('aaaa1')")
    db.execute("BEGIN")
    third = db.execute("SELECT migrate_upgrade('head')")
    db.execute("COMMIT")
    assert applied(connect(path)) == ["aaaa1", "bbbb2"]
    del first, second, third


@suite.case
def open_cursor_is_refused(path):
    db = connect(path)
    db.execute("CREATE TABLE mine (x)")
    db.executemany("INSERT INTO mine VALUES (?)", [(i,) for i in range(9)])
    db.commit()
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    for transaction in (False, True):
        cursor = db.execute("SELECT x FROM mine")
        cursor.fetchone()
        if transaction:
            db.execute("BEGIN")
        error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_upgrade()")
        assert "SELECT x FROM mine" in str(error), error
        cursor.fetchall()
        db.rollback()
    db.execute("SELECT migrate_upgrade()").fetchone()
    assert applied(db) == ["aaaa1", "bbbb2"]


@suite.case
def cached_statements_are_no_obstacle(path):
    db = connect(path)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    for _ in range(3):
        db.execute("SELECT count(*) FROM migrate_revision").fetchall()
        db.execute("SELECT migrate_upgrade()").fetchall()
        db.execute("SELECT migrate_downgrade('base')").fetchall()
    assert applied(db) == []


@suite.case
def error_classes(path):
    db = connect(path)
    db.execute("SELECT migrate_add(?)", (script("aaaa1", "", "CREATE TABLE t (x UNIQUE);"),))
    db.execute("SELECT migrate_upgrade()").fetchone()
    twice = script("bbbb2", "aaaa1", "INSERT INTO t VALUES (1), (1);")
    db.execute("SELECT migrate_add(?)", (twice,)).fetchone()
    error = suite.raises(sqlite3.IntegrityError, db, "SELECT migrate_upgrade()")
    assert "UNIQUE constraint failed: t.x\n" in str(error), error
    assert 'revision "bbbb2"' in str(error), error
    if hasattr(error, "sqlite_errorname"):
        assert error.sqlite_errorname == "SQLITE_CONSTRAINT_UNIQUE", error.sqlite_errorname
    error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_upgrade('zzzz')")
    assert str(error).startswith("can't locate revision"), error
    assert not db.in_transaction


@suite.case
def errors_of_listings(path):
    db = connect(path)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    error = suite.raises(sqlite3.OperationalError, db, "SELECT * FROM migrate_show('zzzz')")
    assert str(error).startswith("can't locate revision"), error


@suite.case
def listings_by_name(path):
    db = connect(path)
    db.row_factory = sqlite3.Row
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    row = db.execute("SELECT * FROM migrate_history() WHERE revision = 'bbbb2'").fetchone()
    assert row.keys() == ["revision", "revises", "depends_on", "labels", "state", "flags",
                          "message", "created", "applied_at", "source"], row.keys()
    assert row["state"] == "pending" and row["created"] == "2024-01-02T10:00:00Z", tuple(row)


@suite.case
def wait_for_the_lock(path):
    connect(path).execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    holder = connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.4, lambda: holder.execute("COMMIT"))
    timer.start()
    db = connect(path, timeout=0)
    db.execute("SELECT migrate_upgrade()").fetchone()
    timer.join()
    assert applied(db) == ["aaaa1", "bbbb2"]


@suite.case
def no_endless_wait(path):
    connect(path).execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    holder = connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    os.environ["MIGRATE_LOCK_TIMEOUT"] = "200"
    try:
        db = connect(path, timeout=0)
        error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_upgrade()")
        assert str(error).startswith("database is locked\n"), error
        assert not db.in_transaction
    finally:
        del os.environ["MIGRATE_LOCK_TIMEOUT"]
    holder.execute("ROLLBACK")
    db.execute("SELECT migrate_upgrade()").fetchone()
    assert applied(db) == ["aaaa1", "bbbb2"]


@suite.case
def old_snapshot(path):
    """In WAL a transaction that began to read before another one committed cannot write."""
    db = connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = wal").fetchone()
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM migrate_applied").fetchall()
    other = connect(path)
    other.execute("SELECT migrate_upgrade('aaaa1')").fetchone()
    error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_upgrade()")
    assert str(error).startswith("another connection has changed the database"), error
    db.execute("ROLLBACK")
    db.execute("SELECT migrate_upgrade()").fetchone()
    assert applied(db) == ["aaaa1", "bbbb2"]


@suite.case
def reader_beside_a_commit(path):
    """In rollback mode COMMIT waits until another connection has read to its end."""
    db = connect(path)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    reader = connect(path, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM migrate_revision").fetchall()
    timer = threading.Timer(0.4, lambda: reader.execute("COMMIT"))
    timer.start()
    connect(path, timeout=0).execute("SELECT migrate_upgrade()").fetchone()
    timer.join()
    assert applied(db) == ["aaaa1", "bbbb2"]


@suite.case
def interrupted(path):
    """Ctrl-C in the middle: nothing of the run is left, and the connection works on."""
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;"
    db = connect(path, check_same_thread=False)
    db.execute("SELECT migrate_add(?)",
               (script("aaaa1", "", "CREATE TABLE t (x); CREATE INDEX i ON t (x); " + slow),))
    for begin in ("", "BEGIN"):
        db.execute(begin)
        timer = threading.Timer(0.3, db.interrupt)
        timer.start()
        error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_upgrade()")
        assert "interrupted" in str(error), error
        timer.join()
        assert not db.in_transaction, begin
        assert db.execute("SELECT name FROM sqlite_schema WHERE name = 't'").fetchall() == []
        assert applied(db) == []


@suite.case
def notice_function(path):
    """What a listing has no row for, and a long wait, are said through it."""
    heard = []
    directory = scripts(path)
    db = connect(path)
    db.create_function("migrate_notice", 1, heard.append)
    db.execute("SELECT migrate_load(?)", (directory,)).fetchone()
    db.execute("SELECT migrate_upgrade('+1')").fetchone()
    assert heard == [], heard
    os.rename(directory, directory + ".away")
    db.execute("SELECT * FROM migrate_status()").fetchall()
    db.execute("SELECT * FROM migrate_plan()").fetchall()
    assert len(heard) == 2 and heard[0] == heard[1], heard
    assert "was not read, the catalog is used as stored" in heard[0], heard
    holder = connect(path)
    holder.execute("BEGIN IMMEDIATE")
    os.environ["MIGRATE_LOCK_TIMEOUT"] = "1200"
    try:
        suite.raises(sqlite3.OperationalError, db, "SELECT migrate_downgrade('base')")
    finally:
        del os.environ["MIGRATE_LOCK_TIMEOUT"]
    assert heard[2:] == ["waiting for the write lock of the database"], heard
    holder.execute("ROLLBACK")


def run_behind(path, sql, work, end):
    """The answer of an action that looks while work is open elsewhere, and waits for its end."""
    db, holder = connect(path), connect(path, isolation_level=None)
    db.create_function("migrate_notice", 1, lambda _text: holder.execute(end) and None)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute(work).fetchall()
    answer = db.execute(sql).fetchone()[0].splitlines()
    db.close()
    holder.close()
    return answer


@suite.case
def changed_between_look_and_lock(path):
    """What was read without the lock counts only where nobody has changed it since."""
    upgrade, downgrade = "SELECT migrate_upgrade()", "SELECT migrate_downgrade('base')"
    for journal in ("delete", "wal"):
        db = connect(path + journal)
        db.execute("PRAGMA journal_mode = " + journal)
        db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
        for sql, work, end, steps, state in (
                (upgrade, upgrade, "COMMIT", 0, ["aaaa1", "bbbb2"]),
                (downgrade, "SELECT migrate_downgrade(-1)", "COMMIT", 1, []),
                (upgrade, "CREATE TABLE mine (x)", "COMMIT", 2, ["aaaa1", "bbbb2"]),
                (downgrade, downgrade, "ROLLBACK", 2, []),
                (upgrade, "SELECT migrate_stamp('aaaa1')", "ROLLBACK", 2, ["aaaa1", "bbbb2"])):
            answer = run_behind(path + journal, sql, work, end)
            assert len(answer) == steps + 1, (journal, sql, work, answer)
            assert applied(db) == state, (journal, sql, work, answer)
        db.close()


@suite.case
def denied_by_the_host(path):
    """An authorizer of the host sees what scripts do."""
    db = connect(path)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()

    def authorizer(action, first, *_):
        denied = action == sqlite3.SQLITE_CREATE_TABLE and first == "trips"
        return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK

    db.set_authorizer(authorizer)
    error = suite.raises(sqlite3.DatabaseError, db, "SELECT migrate_upgrade()")
    assert "not authorized" in str(error), error
    db.set_authorizer(None)
    assert applied(db) == []


@suite.case
def loaded_twice(path):
    db = connect(path)
    db.enable_load_extension(True)
    db.load_extension(os.environ["SQLITE_MODULE"])
    db.enable_load_extension(False)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    assert db.execute("SELECT count(*) FROM migrate_history()").fetchone() == (2,)


@suite.case
def close_leaves_nothing(path):
    db = connect(path)
    db.execute("SELECT migrate_load(?)", (scripts(path),)).fetchone()
    db.execute("SELECT migrate_upgrade()").fetchone()
    db.execute("SELECT * FROM migrate_history()").fetchall()
    db.close()
    assert not [name for name in os.listdir(os.path.dirname(path)) if "-" in name]


@suite.case
def utf16_database(path):
    db = connect(path)
    db.execute("PRAGMA encoding = 'UTF-16le'")
    text = script("aaaa1", "", "CREATE TABLE \"naïve\" (x DEFAULT 'é');", message="Été")
    db.execute("SELECT migrate_add(?)", (text,)).fetchone()
    assert "Été" in db.execute("SELECT migrate_upgrade()").fetchone()[0]
    assert db.execute("SELECT message FROM migrate_current()").fetchone() == ("Été",)
    assert db.execute("SELECT name FROM sqlite_schema WHERE name = 'naïve'").fetchone()


@suite.case
def sqlalchemy_connect_event(path):
    try:
        import sqlalchemy
        from sqlalchemy import event
    except ImportError:
        suite.skip("SQLAlchemy is not installed")
    engine = sqlalchemy.create_engine("sqlite:///" + path)

    @event.listens_for(engine, "connect")
    def load(db, _record):
        db.enable_load_extension(True)
        db.load_extension(os.environ["SQLITE_MODULE"])
        db.enable_load_extension(False)

    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT migrate_load(:d)"), {"d": scripts(path)})
        connection.execute(sqlalchemy.text("SELECT migrate_upgrade()")).fetchall()
    with engine.begin() as connection:
        rows = connection.execute(sqlalchemy.text(
            "SELECT revision FROM migrate_current()")).fetchall()
    assert [tuple(row) for row in rows] == [("bbbb2",)], rows
    engine.dispose()


suite.run()
