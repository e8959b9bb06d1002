"""Seeds through Python's sqlite3: parameters, error classes, files that are streamed, interrupts."""
import json
import os
import random
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
    time.sleep(0.3)  # a younger file is read again to be sure, and its stamp stored
    db = connect(path, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS marks"
               " (id INTEGER PRIMARY KEY, name TEXT NOT NULL, n INTEGER CHECK (n < 100))")
    one(db, "SELECT migrate_seed_load(?)", directory)
    return db


@suite.case
def large_file_refused(path):
    """All that is wrong is told, and nothing has been written before: not even what would be undone."""
    db = marks(path, ["60000,a,x\n", "5,b,1\n", ",c,1\n", "60002,,1\n"])
    for rows in (0, 1):
        changes = db.total_changes
        error = str(suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()"))
        assert db.total_changes == changes, db.total_changes - changes
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
def large_file_ragged(path):
    """Found when the file is read again, because it was changed behind its load."""
    db = marks(path, [])
    with open(os.path.join(os.path.dirname(path), "marks", "marks.csv"), "a") as file:
        file.write("70000,a\n70001,b,1,2\n")
    changes = db.total_changes
    error = str(suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()"))
    assert "marks.csv:60002:1: row 60001: expected 3 fields, found 2" in error, error
    assert "marks.csv:60003:1: row 60002: expected 3 fields, found 4" in error, error
    assert db.total_changes == changes


@suite.case
def large_file_no_column(path):
    """Said once, not for each row."""
    db = marks(path, [])
    db.execute("ALTER TABLE marks DROP COLUMN n")
    changes = db.total_changes
    error = str(suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()"))
    assert error.count('table "marks" has no column "n"') == 1, error
    assert db.total_changes == changes


@suite.case
def large_file_spelled_keys(path):
    """Doubles that are spelled differently, where no unique key would find them."""
    directory = os.path.join(os.path.dirname(path), "prices")
    os.makedirs(directory)
    with open(os.path.join(directory, "prices.csv"), "w") as file:
        file.write("price,n\n")
        for i in range(3000):
            file.write("%d.5,%d\n" % (i, i))
        file.write("25e-1,1\n")
    with open(os.path.join(directory, "prices.yaml"), "w") as file:
        file.write("_seed: {key: price}\n")
    db = connect(path, isolation_level=None)
    db.execute("CREATE TABLE prices (price NUMERIC, n INTEGER)")
    one(db, "SELECT migrate_seed_load(?)", directory)
    changes = db.total_changes
    error = str(suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()"))
    assert 'row 3001 of table "prices" has the key price=25e-1, as line 4 has' in error, error
    assert db.total_changes == changes


@suite.case
def file_changed_between_the_readings(path):
    """The file was checked, and something else is there when it is written: all is undone."""
    db = marks(path, [])
    name = os.path.join(os.path.dirname(path), "marks", "marks.csv")

    def spoil():
        with open(name, "r+b") as file:
            file.seek(-2, os.SEEK_END)
            file.write(b"9")
        return 1

    db.create_function("spoil", 0, spoil)
    db.execute("CREATE TEMP TRIGGER change AFTER INSERT ON main.marks WHEN NEW.id = 7"
               " BEGIN SELECT spoil(); END")
    error = str(suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()"))
    assert 'the file "marks.csv" was changed while it was read' in error, error
    assert one(db, "SELECT count(*) FROM marks") == 0
    db.execute("DROP TRIGGER change")
    assert "60000 inserted" in one(db, "SELECT migrate_seed()")


def twins(path, n, mode, rows, before, options):
    """What a CSV file (many rows a statement) and a YAML file (row by row) of the same rows make."""
    found = []
    for kind in ("csv", "yaml"):
        directory = os.path.join(os.path.dirname(path), "%s%d" % (kind, n))
        os.makedirs(directory)
        header = "_seed: {mode: %s}\n" % mode
        if kind == "csv":
            with open(os.path.join(directory, "t.csv"), "w") as file:
                file.write("id,a,b\n" + "".join(
                    "%d,%s,%s\n" % (i, "" if a is None else a, b) for i, a, b in rows))
        else:
            header += "t:\n" + "".join(
                "  - {id: %d, a: %s, b: %s}\n" % (i, "null" if a is None else '"%s"' % a, b)
                for i, a, b in rows)
        with open(os.path.join(directory, "t.yaml"), "w") as file:
            file.write(header)
        db = connect("%s-%s%d" % (path, kind, n), isolation_level=None)
        db.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL CHECK (b < 99));"
                         "CREATE TABLE said (what TEXT); BEGIN;" + before + "COMMIT")
        one(db, "SELECT migrate_seed_load(?)", directory)
        try:
            answer = one(db, "SELECT migrate_seed('*', ?)", options)
        except sqlite3.Error as error:
            answer = str(error).split("\n")[0]
        found.append((answer, db.execute("SELECT * FROM t ORDER BY id").fetchall(),
                      db.execute("SELECT * FROM said ORDER BY rowid").fetchall()))
        db.close()
    return found


@suite.case
def many_rows_a_statement(path):
    """It comes to the same as row by row: rows there, missing, different; triggers; a constraint."""
    triggers = (
        "",
        "CREATE TRIGGER i AFTER INSERT ON t WHEN NEW.id % 7 = 0 BEGIN"
        " UPDATE t SET b = -1 WHERE id = NEW.id + 3; INSERT INTO said VALUES ('i' || NEW.id); END;",
        "CREATE TRIGGER i BEFORE INSERT ON t WHEN NEW.id % 50 = 0 BEGIN SELECT RAISE(IGNORE); END;",
        "CREATE TRIGGER u AFTER UPDATE ON t BEGIN UPDATE t SET a = 'x' WHERE id = NEW.id + 40;"
        " INSERT INTO said VALUES ('u' || NEW.id); END;",
    )
    pick = random.Random(5)
    failed = 0
    for n in range(12):
        rows = [(i, pick.choice([None, "a", "b", "%d" % i]), "%d.5" % (i % 9)) for i in range(1, 1101)]
        if n % 6 == 5:
            rows[pick.randrange(1100)] = (5000, "too large", "99")
        pick.shuffle(rows)
        share = pick.choice([0, 0, 100, 1000])
        there = [r for r in rows if pick.randrange(1000) < share and r[0] < 5000]
        before = "".join("INSERT INTO t VALUES (%d, %s, %s);" % (
            i, "NULL" if a is None else "'%s'" % a, b if pick.randrange(300) else "0")
            for i, a, b in there) + triggers[n % 4]
        csv, yaml = twins(path, n, ("insert", "update", "sync")[n % 3], rows, before,
                          pick.choice(["{}", '{"force": true}']))
        assert csv == yaml, (n, csv[0], yaml[0])
        failed += "constraint" in csv[0]
    assert 1 <= failed <= 3, failed


@suite.case
def few_parameters_a_statement(path):
    """A connection that takes few parameters gets its rows one by one."""
    db = marks(path, [])
    if not hasattr(db, "setlimit"):
        suite.skip("setlimit needs Python 3.11")
    db.setlimit(9, 20)  # SQLITE_LIMIT_VARIABLE_NUMBER
    for said in ("60000 inserted", "60000 unchanged"):
        assert said in one(db, "SELECT migrate_seed()")


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
