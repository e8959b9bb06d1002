"""Seeds through Python's sqlite3: parameters, error classes, files that are streamed, interrupts."""
import json
import os
import resource
import sqlite3
import subprocess
import sys
import threading
import time

from support import ROOT, Suite, connect

suite = Suite("test_seed")
ROWS = 100000


def one(db, sql, *args):
    return db.execute(sql, args).fetchone()[0]


def write(path, name, text):
    """A file in a directory of seeds beside the database; answers the directory."""
    directory = os.path.join(os.path.dirname(path), "seeds")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "w", encoding="utf-8", newline="") as out:
        out.write(text)
    return directory


def points(path, rows=ROWS):
    """A data set of many rows and an empty table for it."""
    directory = write(path, "points.csv", "id,name,x\n" + "".join(
        "%d,point %d,%d.5\n" % (i, i, i % 1000) for i in range(1, rows + 1)))
    db = connect(path, isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE points (id INTEGER PRIMARY KEY, name TEXT NOT NULL, x REAL)")
    db.execute("SELECT migrate_seed_load(?)", (directory,)).fetchone()
    return db


@suite.case
def values_of_parameters(path):
    db = connect(path)
    db.execute("CREATE TABLE users (name TEXT UNIQUE, mail TEXT, age INTEGER)")
    one(db, "SELECT migrate_seed_add(?, 'user.sql')",
        "-- Seed: user\n-- Param: name text required\n-- Param: mail text\n-- Param: age integer\n"
        "-- seed:apply\nINSERT INTO users VALUES (:name, :mail, :age);\n")
    names = ["O'Hara", '"; DROP TABLE users; --', "ünï \u2028 cödé", "?1 :mail $1", "a\\b\n\tc"]
    for age, name in enumerate(names):
        answer = one(db, "SELECT migrate_seed_run('user', ?)",
                     json.dumps({"name": name, "age": age}))
        assert answer.splitlines()[0] == "user: 1 row changed", answer
    assert db.execute("SELECT name, mail, age FROM users ORDER BY age").fetchall() == [
        (name, None, age) for age, name in enumerate(names)]


@suite.case
def classes_of_errors(path):
    db = connect(path, isolation_level=None)
    db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    one(db, "SELECT migrate_seed_add(?, 'users.yaml')",
        "users:\n  - {id: 1, name: ann}\n  - {id: 2, name: ann}\n")
    error = suite.raises(sqlite3.IntegrityError, db, "SELECT migrate_seed()")
    assert "UNIQUE constraint failed: users.name" in str(error), error
    assert 'file "users.yaml", line 3' in str(error), error
    assert not db.in_transaction
    assert one(db, "SELECT count(*) FROM users") == 0
    error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed_run('nobody')")
    assert "nobody" in str(error), error


def marks(path, lines):
    """A database with a CSV seed of 60,000 good rows and some more lines."""
    directory = os.path.join(os.path.dirname(path), "marks")
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "marks.csv"), "w") as file:
        file.write("id,name,n\n")
        for i in range(60000):
            file.write("%d,name %d,%d\n" % (i, i, i % 7))
        file.writelines(lines)
    db = connect(path, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS marks"
               " (id INTEGER PRIMARY KEY, name TEXT NOT NULL, n INTEGER CHECK (n < 100))")
    one(db, "SELECT migrate_seed_load(?)", directory)
    return db


@suite.case
def large_file_refused(path):
    """It is checked while it is written; all that is wrong is told, and nothing stays."""
    db = marks(path, ["60000,a,x\n", "5,b,1\n", ",c,1\n", "60002,,1\n"])
    for rows in (0, 1):
        error = str(suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()"))
        for part in ('marks.csv:60002:9: column "n" of table "marks", row 60001: invalid input',
                     'marks.csv:60003: row 60002 of table "marks" has the key id=5, as line 7 has',
                     'marks.csv:60004:1: row 60003 of table "marks" has no value for its key "id"',
                     'marks.csv:60005:7: column "name" of table "marks"',
                     "Nothing was seeded"):
            assert part in error, (part, error)
        assert one(db, "SELECT count(*) FROM marks") == rows
        db.execute("INSERT INTO marks VALUES (-1, 'there', 0) ON CONFLICT DO NOTHING")


@suite.case
def large_file_doubled(path):
    """A doubled key that only the order of the keys gives away."""
    db = marks(path, ["7,again,1\n"])
    db.execute("INSERT INTO marks VALUES (-1, 'there', 0)")
    error = str(suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()"))
    assert 'row 60001 of table "marks" has the key id=7, as line 9 has' in error, error
    assert one(db, "SELECT count(*) FROM marks") == 1


@suite.case
def large_file_unsorted(path):
    db = marks(path, ["-5,last,1\n"])
    for said in ("60001 inserted, 0 updated, 0", "0 inserted, 0 updated, 60001"):
        assert said in one(db, "SELECT migrate_seed()")


@suite.case
def large_file_constraint(path):
    db = marks(path, ["60000,a,100\n"])
    error = str(suite.raises(sqlite3.IntegrityError, db, "SELECT migrate_seed()"))
    assert 'file "marks.csv", line 60002' in error and "row 60001" in error, error
    assert one(db, "SELECT count(*) FROM marks") == 0


@suite.case
def large_file(path):
    db = points(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = one(db, "SELECT migrate_seed()")
    assert answer.splitlines()[0] == (
        "points: %d inserted, 0 updated, 0 unchanged, 0 removed" % ROWS), answer
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    # The sanitizer keeps memory that is free.
    assert grown < (32 if "asan" not in os.environ["SQLITE_MODULE"] else 256) * 1024, (
        "%d KB more" % grown)
    assert db.execute("SELECT count(*), sum(id), sum(x) FROM points").fetchone() == (
        ROWS, ROWS * (ROWS + 1) // 2, sum(i % 1000 + 0.5 for i in range(1, ROWS + 1)))
    answer = one(db, "SELECT migrate_seed()")
    assert answer.splitlines()[0] == (
        "points: 0 inserted, 0 updated, %d unchanged, 0 removed" % ROWS), answer


@suite.case
def interrupt_in_the_middle(path):
    db = points(path)
    db.execute("CREATE TABLE mine (x)")
    asked = []

    def ask():
        asked.append(time.monotonic())
        db.interrupt()

    # Whole before it began: then half of what the clock says now is in the middle.
    start = time.monotonic()
    one(db, "SELECT migrate_seed()")
    middle = (time.monotonic() - start) / 2
    db.execute("DELETE FROM points")
    timer = threading.Timer(middle, ask)
    timer.start()
    error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()")
    stopped = time.monotonic()
    timer.join()
    assert "interrupted" in str(error), error
    assert stopped - asked[0] < 1, stopped - asked[0]
    assert not db.in_transaction
    assert one(db, "SELECT count(*) FROM points") == 0
    # In a transaction of the caller an interrupted write costs all of it.
    db.execute("BEGIN")
    db.execute("INSERT INTO mine VALUES (1)")
    timer = threading.Timer(middle, ask)
    timer.start()
    suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()")
    timer.join()
    if db.in_transaction:
        db.execute("ROLLBACK")
    other = connect(path)
    assert one(other, "SELECT count(*) FROM points") == 0
    assert one(other, "SELECT count(*) FROM mine") == 0


@suite.case
def database_among_the_seeds(path):
    """Its file is not opened: closing it would drop the locks of the transaction."""
    db = connect(path, isolation_level=None)
    db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    directory = write(path, "users.csv", "id,name\n1,ann\n")
    os.symlink(path, os.path.join(directory, "other.csv"))
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("SELECT migrate_seed_load(?)", (directory,)).fetchone()
    except sqlite3.OperationalError as error:
        assert "is a database that is open here" in str(error), error
    else:
        raise AssertionError("a database was read")
    other = subprocess.run(
        [sys.executable, "-c",
         "import sqlite3, sys\n"
         "try: sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')\n"
         "except sqlite3.OperationalError as error: print(error)", path],
        stdout=subprocess.PIPE, check=True, universal_newlines=True)
    assert other.stdout.strip() == "database is locked", other.stdout
    db.execute("ROLLBACK")


@suite.case
def pipe_among_the_seeds(path):
    db = connect(path)
    db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    directory = write(path, "users.csv", "id,name\n1,ann\n")
    os.mkfifo(os.path.join(directory, "pipe.csv"))
    db.execute("SELECT migrate_seed_load(?)", (directory,)).fetchone()
    assert one(db, "SELECT group_concat(name) FROM migrate_seed_list()") == "users"


@suite.case
def file_that_went(path):
    db = points(path, 10)
    one(db, "SELECT migrate_seed()")
    os.rename(os.path.join(os.path.dirname(path), "seeds"),
              os.path.join(os.path.dirname(path), "gone"))
    suite.raises(sqlite3.OperationalError, db, "SELECT count(*) FROM migrate_seed_show('points')")
    assert one(db, "SELECT count(*) FROM points") == 10


@suite.case
def lock_of_another(path):
    db = points(path, 10)
    other = connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    os.environ["MIGRATE_LOCK_TIMEOUT"] = "50"
    try:
        error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()")
    finally:
        del os.environ["MIGRATE_LOCK_TIMEOUT"]
    assert "database is locked" in str(error), error
    other.execute("COMMIT")
    one(db, "SELECT migrate_seed()")
    assert one(db, "SELECT count(*) FROM points") == 10


@suite.case
def two_seeders_at_once(path):
    points(path, 2000).close()
    code = ("import sys; sys.path.insert(0, sys.argv[2]); from support import connect\n"
            "print(connect(sys.argv[1]).execute('SELECT migrate_seed()').fetchone()[0])")
    runs = [subprocess.Popen([sys.executable, "-c", code, path, ROOT], stdout=subprocess.PIPE,
                             universal_newlines=True) for _ in range(4)]
    answers = [run.communicate()[0].splitlines()[0] for run in runs]
    assert sorted(answers) == [
        "points: 0 inserted, 0 updated, 2000 unchanged, 0 removed"] * 3 + [
        "points: 2000 inserted, 0 updated, 0 unchanged, 0 removed"], answers


@suite.case
def killed_in_the_middle(path):
    points(path).close()
    code = ("import sys; sys.path.insert(0, sys.argv[2]); from support import connect\n"
            "db = connect(sys.argv[1])\n"
            "print('begun', flush=True)\n"
            "db.execute('SELECT migrate_seed()').fetchone()")
    for delay in (0.05, 0.2, 0.4):
        run = subprocess.Popen([sys.executable, "-c", code, path, ROOT], stdout=subprocess.PIPE)
        run.stdout.readline()
        time.sleep(delay)
        run.kill()
        run.communicate()
        db = connect(path)
        assert one(db, "SELECT count(*) FROM points") in (0, ROWS)
        assert one(db, "SELECT state FROM migrate_seed_list()") in ("new", "applied")
        assert (one(db, "SELECT state FROM migrate_seed_list()") == "applied") == (
            one(db, "SELECT count(*) FROM points") == ROWS)
        assert one(db, "PRAGMA integrity_check") == "ok"
        db.close()


suite.run()
