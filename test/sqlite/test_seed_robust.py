"""Seeding under fire: kills in the middle, many at once, interrupts, memory, secrets.

SEED_LONG=yes for more kills and a file of 200 MB; SEED_KILLS sets the kills by itself.
"""
import glob
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

from support import ROOT, Suite, connect

suite = Suite("test_seed_robust")
LONG = os.environ.get("SEED_LONG") == "yes"
SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")  # slow, and keeps memory that is free
KILLS = int(os.environ.get("SEED_KILLS", 100 if LONG else 3 if SANITIZED else 6))  # of four runs
PROCESSES = 6 if SANITIZED else 20
POINTS = 30000
PEOPLE = 1000
EXTRAS = 20000

# Runs one statement; "small" with a small cache, so that pages are written before COMMIT.
WORKER = """
import sys
sys.path.insert(0, sys.argv[2])
from support import connect
db = connect(sys.argv[1], timeout=0)
if sys.argv[4] == "small":
    db.execute("PRAGMA cache_size = 20")
print("ready", flush=True)
print(db.execute(sys.argv[3]).fetchone()[0])
"""

within = []  # kills that left a journal behind, a run

EXTRA = """-- Profiles: default
-- seed:apply
INSERT INTO extra (id, v)
    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < %d)
    SELECT i, 'extra ' || i FROM n WHERE i NOT IN (SELECT id FROM extra);
-- seed:clear
DELETE FROM extra WHERE id <= %d;
-- seed:verify
SELECT count(*) >= %d FROM extra;
""" % (EXTRAS, EXTRAS, EXTRAS)


def one(db, sql, *args):
    return db.execute(sql, args).fetchone()[0]


def write(directory, name, lines):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
        out.writelines(lines)


def seeds_make(path, mode="insert"):
    """A CSV file, a YAML file and an SQL seed; with an SQL seed no rows are only the file's."""
    directory = os.path.join(os.path.dirname(path), "seeds")
    write(directory, "points.csv", ["id,name,x\n"] + [
        "%d,point %d,%d.5\n" % (i, i, i % 1000) for i in range(1, POINTS + 1)])
    write(directory, "points.yaml", ["_seed: {mode: %s}\n" % mode])
    write(directory, "people.yaml", ["_seed: {depends_on: points, mode: %s}\npeople:\n" % mode] + [
        "  - {name: person %d, point: %d, note: note}\n" % (i, i) for i in range(1, PEOPLE + 1)])
    write(directory, "extra.sql", [EXTRA])
    return directory


def database_make(path, journal, mode="insert"):
    db = connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = " + journal).fetchone()
    db.execute("CREATE TABLE points (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, x REAL)")
    db.execute("CREATE TABLE people (name TEXT PRIMARY KEY, note TEXT, "
               "point INTEGER NOT NULL REFERENCES points (id))")
    db.execute("CREATE TABLE extra (id INTEGER PRIMARY KEY, v TEXT)")
    one(db, "SELECT migrate_seed_load(?)", seeds_make(path, mode))
    return db


def state(path):
    """All rows of the user, and what log and catalog say of the seeds, in one value."""
    db = connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    digest = hashlib.sha256()
    for sql in ("SELECT * FROM points ORDER BY id", "SELECT * FROM people ORDER BY name",
                "SELECT * FROM extra ORDER BY id", "SELECT name, state FROM migrate_seed_list()",
                "SELECT action, revision, outcome, detail FROM migrate_logbook ORDER BY id"):
        for row in db.execute(sql):
            digest.update(repr(row).encode())
        digest.update(b"--")
    assert one(db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'migrate_keys%'") == 0
    db.close()
    return digest.hexdigest()


def files_take(path, to):
    os.makedirs(to, exist_ok=True)
    for name in glob.glob(path + "*"):
        shutil.copy(name, to)


def files_put(path, kept):
    for name in glob.glob(path + "*"):
        os.unlink(name)
    for name in os.listdir(kept):
        shutil.copy(os.path.join(kept, name), os.path.dirname(path))


def worker_start(path, sql):
    worker = subprocess.Popen([sys.executable, "-c", WORKER, path, ROOT, sql, "small"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert worker.stdout.readline() == "ready\n"
    return worker


def kill_loop(path, what, sql):
    """From the files as they are, the delays over the time a whole run takes."""
    kept = os.path.join(os.path.dirname(path), "kept")
    files_take(path, kept)
    old = state(path)
    worker = worker_start(path, sql)
    begin = time.monotonic()
    said = worker.communicate()[0]
    whole = time.monotonic() - begin
    assert worker.returncode == 0, said
    new = state(path)
    assert old != new
    found = {old: 0, new: 0}
    hot = 0
    for i in range(KILLS):
        files_put(path, kept)
        worker = worker_start(path, sql)
        time.sleep(whole * (i + random.random()) / KILLS)
        worker.kill()
        worker.communicate()
        hot += any(os.path.getsize(name) > 0 for name in glob.glob(path + "-[jw][oa]*"))
        after = state(path)
        assert after in found, "%s, kill %d: neither the old state nor the new" % (what, i + 1)
        found[after] += 1
    # And what was interrupted can simply be run again.
    files_put(path, kept)
    worker = worker_start(path, sql)
    time.sleep(whole / 2)
    worker.kill()
    worker.communicate()
    if state(path) == old:
        db = connect(path)
        one(db, sql)
        db.close()
    assert state(path) == new
    print("%s: %d kills, %d within a transaction, %d found the old state, %d the new one" %
          (what, KILLS, hot, found[old], found[new]))
    within.append(hot)


@suite.case
def killed_insert(path):
    database_make(path, "delete").close()
    kill_loop(path, "insert", "SELECT migrate_seed('*')")


@suite.case
def killed_force(path):
    db = database_make(path, "wal")
    one(db, "SELECT migrate_seed('*')")
    db.execute("UPDATE points SET x = -x WHERE id % 2 = 0")
    db.execute("UPDATE people SET note = 'mine'")
    db.execute("DELETE FROM extra WHERE id % 3 = 0")
    db.close()
    kill_loop(path, "force", "SELECT migrate_seed('*', '{\"force\": true}')")


@suite.case
def killed_sync(path):
    db = database_make(path, "delete", "sync")
    one(db, "SELECT migrate_seed('*')")
    db.execute("UPDATE points SET x = -x WHERE id % 2 = 0")
    db.execute("DELETE FROM people WHERE rowid % 4 = 0")
    db.execute("DELETE FROM points WHERE id % 5 = 0 AND id NOT IN (SELECT point FROM people)")
    db.execute("INSERT INTO points SELECT id + 100000, 'more ' || id, 0 FROM points")
    db.close()
    kill_loop(path, "sync", "SELECT migrate_seed('*')")


@suite.case
def killed_clear(path):
    db = database_make(path, "wal")
    one(db, "SELECT migrate_seed('*')")
    db.execute("INSERT INTO points VALUES (900000, 'mine', 1)")
    db.close()
    kill_loop(path, "clear", "SELECT migrate_seed_clear('*', '{\"confirm\": \"test.db\"}')")


@suite.case
def killed_in_the_middle(_):
    """Else the kills above say little."""
    assert len(within) == 4 and sum(within) > 0, within


def race(path, journal, sql, once):
    """Each answer in full; once is the line that only the one who did the work says."""
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, path, ROOT, sql, ""],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
               for _ in range(PROCESSES)]
    said = [worker.communicate()[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * PROCESSES, said
    assert sum(once in text.splitlines() for text in said) == 1, said
    return said


def twenty(path, journal):
    db = database_make(path, journal)
    said = race(path, journal, "SELECT migrate_seed('*')",
                "points: %d inserted, 0 updated, 0 unchanged, 0 removed" % POINTS)
    assert sum("extra: %d rows changed" % EXTRAS in text.splitlines() for text in said) == 1
    assert sum("points: 0 inserted, 0 updated, %d unchanged, 0 removed" % POINTS
               in text.splitlines() for text in said) == PROCESSES - 1
    assert db.execute("SELECT (SELECT count(*) FROM points), (SELECT count(*) FROM people), "
                      "(SELECT count(*) FROM extra)").fetchone() == (POINTS, PEOPLE, EXTRAS)
    assert one(db, "SELECT count(*) FROM migrate_logbook WHERE action = 'seed'") == 3 * PROCESSES
    assert one(db, "SELECT count(*) - count(DISTINCT id) FROM migrate_logbook") == 0
    db.close()


@suite.case
def twenty_at_once_delete(path):
    twenty(path, "delete")


@suite.case
def twenty_at_once_wal(path):
    twenty(path, "wal")


@suite.case
def clear_and_reseed_at_once(path):
    """Each empties and seeds again: whoever comes last, the rows are there once."""
    db = database_make(path, "wal")
    one(db, "SELECT migrate_seed('*')")
    sql = "SELECT migrate_seed('*', '{\"clear\": true, \"confirm\": \"test.db\"}')"
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, path, ROOT, sql, ""],
                                stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for worker in workers:
        said = worker.communicate()[0]
        assert worker.returncode == 0, said
        assert "points: %d rows removed" % POINTS in said.splitlines(), said
        assert "people: %d inserted, 0 updated, 0 unchanged, 0 removed" % PEOPLE in said, said
    assert db.execute("SELECT (SELECT count(*) FROM points), (SELECT count(*) FROM people), "
                      "(SELECT count(*) FROM extra)").fetchone() == (POINTS, PEOPLE, EXTRAS)


def million(path, rows):
    """Narrow rows, keys not in order, so that they have to be remembered."""
    directory = os.path.join(os.path.dirname(path), "seeds")
    write(directory, "points.csv", ["id,name,x\n"] + [
        "%d,p%d,%d\n" % (i * 7919 % rows + 1, i, i % 10) for i in range(rows)])
    db = connect(path, isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE points (id INTEGER PRIMARY KEY, name TEXT NOT NULL, x REAL)")
    one(db, "SELECT migrate_seed_load(?)", directory)
    return db


@suite.case
def interrupted(path):
    rows = 1000000
    db = million(path, rows)
    slowest = 0.0
    for delay in (0.05, 0.6, 1.5):
        asked = []

        def ask():
            asked.append(time.monotonic())
            db.interrupt()

        timer = threading.Timer(delay, ask)
        timer.start()
        error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed()")
        slowest = max(slowest, time.monotonic() - asked[0])
        timer.join()
        assert "interrupted" in str(error), error
        assert not db.in_transaction
        assert one(db, "SELECT count(*) FROM points") == 0
        assert one(db, "SELECT state FROM migrate_seed_list()") == "new"
        assert one(db, "SELECT count(*) FROM migrate_logbook WHERE action = 'seed'") == 0
    print("interrupted: %.3f s at most" % slowest)
    assert slowest < 5, slowest


PEAK = """
import sys
sys.path.insert(0, sys.argv[2])
from support import connect
def peak():
    with open("/proc/self/status") as status:
        return [int(line.split()[1]) for line in status if line.startswith("VmHWM")][0]
db = connect(sys.argv[1])
db.execute("SELECT migrate_current()").fetchone()
before = peak()
answer = db.execute(sys.argv[3]).fetchone()[0]
print(peak() - before, answer)
"""


def grown(path, sql):
    """KB by which the peak of memory grows in a process that runs the statement."""
    if not os.path.exists("/proc/self/status"):
        suite.skip("the peak of memory is read from /proc")
    if SANITIZED:
        suite.skip("the sanitizer keeps memory that is free")
    said = subprocess.run([sys.executable, "-c", PEAK, path, ROOT, sql], stdout=subprocess.PIPE,
                          check=True, universal_newlines=True).stdout
    more, answer = said.split(" ", 1)
    return int(more), answer


def memory_of(path, what, rows):
    """First into an empty table, then again, then with force, then taken back."""
    for sql, wanted in (
            ("SELECT migrate_seed()", "%d inserted, 0 updated, 0 unchanged, 0 removed"),
            ("SELECT migrate_seed()", "0 inserted, 0 updated, %d unchanged, 0 removed"),
            ("SELECT migrate_seed('*', '{\"force\": true}')",
             "0 inserted, 0 updated, %d unchanged, 0 removed"),
            ("SELECT migrate_seed_clear('*', '{\"confirm\": \"test.db\"}')", "%d rows removed")):
        more, answer = grown(path, sql)
        assert wanted % rows in answer, answer
        print("%s: %d KB more, %s" % (what, more, sql))
        # SQLite remembers the rows that a DELETE with a subquery is going to delete, 24 bytes each.
        most = 64 * 1024 + (rows * 24 // 1024 if "clear" in sql else 0)
        assert more < most, "%d KB more: %s" % (more, sql)


@suite.case
def memory_wide_rows(path):
    """20 MB, 200 MB in the long form: rows of 1 KB."""
    rows = 200000 if LONG else 20000
    directory = os.path.join(os.path.dirname(path), "seeds")
    text = "x" * 1000
    write(directory, "points.csv", ["id,name,x\n"] + [
        "%d,%s%d,1\n" % (i, text, i) for i in range(1, rows + 1)])
    db = connect(path, isolation_level=None)
    db.execute("CREATE TABLE points (id INTEGER PRIMARY KEY, name TEXT NOT NULL, x REAL)")
    one(db, "SELECT migrate_seed_load(?)", directory)
    db.close()
    memory_of(path, "wide rows", rows)


@suite.case
def memory_many_rows(path):
    """Keys without order are remembered, a bounded number at a time."""
    rows = 5000011 if LONG else 200003
    million(path, rows).close()
    memory_of(path, "many rows", rows)


@suite.case
def memory_yaml(path):
    rows = 200000 if LONG else 20000
    directory = os.path.join(os.path.dirname(path), "seeds")
    write(directory, "points.yaml", ["points:\n"] + [
        "  - {id: %d, name: %s, x: 1.5}\n" % (i, "y" * 80) for i in range(1, rows + 1)])
    db = connect(path, isolation_level=None)
    db.execute("CREATE TABLE points (id INTEGER PRIMARY KEY, name TEXT NOT NULL, x REAL)")
    one(db, "SELECT migrate_seed_load(?)", directory)
    db.close()
    memory_of(path, "yaml", rows)


@suite.case
def tables_of_the_engine(path):
    db = connect(path, isolation_level=None)
    for table, row in (("migrate_meta", "{key: format, value: 9}"),
                       ("MIGRATE_Applied", "{target: '', revision: x, seq: 1}"),
                       ("main.migrate_seed", "{target: '', name: x}"),
                       ("sqlite_schema", "{name: x}"), ("sqlite_sequence", "{name: x}")):
        one(db, "SELECT migrate_seed_add(?, 'own.yaml')", "\"%s\": [%s]\n" % (table, row))
        error = suite.raises(sqlite3.OperationalError, db, "SELECT migrate_seed_run('own')")
        assert ("is a table of the engine" in str(error)) == ("igrate" in table.lower()), error
        assert "does not exist" in str(error) or "of the engine" in str(error), error
    one(db, "SELECT migrate_seed_list()")


SECRET = "correct-horse-battery-77"


@suite.case
def secrets_stay_secret(path):
    """In no answer, no error, no table of the engine, no byte of the file."""
    db = connect(path, isolation_level=None)
    db.execute("CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, "
               "age INTEGER CHECK (typeof(age) IN ('integer', 'null')))")
    db.execute("CREATE TRIGGER shout BEFORE INSERT ON users WHEN NEW.name = 'loud' "
               "BEGIN SELECT RAISE(ABORT, 'not this one'); END")
    said = []
    head = "-- Param: name text required\n-- Param: password text secret required\n"
    scripts = {
        "good": "INSERT INTO users (name, password) "
                "VALUES (:name, migrate_password_hash(:password, 'bcrypt:4'));",
        "check": "INSERT INTO users (name, age) VALUES (:name, :password);",
        "missing": "INSERT INTO users (name, age) VALUES (:name, json_extract(:password, '$.x'));",
        "scheme": "SELECT migrate_password_hash(:name, :password);",
        "match": "SELECT :name GLOB load_extension(:password);",
        "unique": "INSERT INTO users (name, password) "
                  "VALUES (:name, migrate_password_hash(:password, 'bcrypt:4'));",
        "expect": "UPDATE users SET name = :password WHERE name = :name || :password;",
    }
    for name, sql in scripts.items():
        expect = "-- Expect: 1 row\n" if name == "expect" else ""
        said.append(one(db, "SELECT migrate_seed_add(?, ?)", head + expect + sql, name + ".sql"))
    try:
        said.append(one(db, "SELECT migrate_seed_add(?, 'users.yaml')",
                        "users:\n- {name: ann, password: {password: %s}}\n" % SECRET))
    except sqlite3.Error as error:
        assert "in a text that is stored" in str(error), error
        said.append(str(error))
    folder = path + ".seeds"
    os.mkdir(folder)
    with open(os.path.join(folder, "users.json"), "w", encoding="utf-8") as file:
        json.dump({"users": [{"name": "ann", "password": {"password": SECRET}, "age": "x"},
                             {"name": "ann", "password": {"password": SECRET}}]}, file)
    said.append(one(db, "SELECT migrate_seed_load(?)", folder))
    try:
        said.append(one(db, "SELECT migrate_seed_run('users')"))
    except sqlite3.Error as error:
        said.append(str(error))
    with open(os.path.join(folder, "users.json"), "w", encoding="utf-8") as file:
        json.dump({"users": [{"name": "ann", "password": {"password": SECRET}}]}, file)
    said.append(one(db, "SELECT migrate_seed_run('users')"))
    shutil.rmtree(folder)
    for name in scripts:
        for given in ({"name": "one", "password": SECRET}, {"name": "loud", "password": SECRET},
                      {"name": "two", "passwort": SECRET}, {"name": "two", "password": [SECRET]},
                      {"name": {"password": SECRET}, "password": SECRET}):
            try:
                said.append(one(db, "SELECT migrate_seed_run(?, ?)", name, json.dumps(given)))
            except sqlite3.Error as error:
                said.append(str(error))
    assert sum("row changed" in text for text in said) == 1, said
    assert one(db, "SELECT count(*) FROM users WHERE migrate_password_verify(?, password)",
               SECRET) == 2
    for sql in ("migrate_log()", "migrate_seed_list()", "migrate_status()", "migrate_history()"):
        said.append(repr(db.execute("SELECT * FROM " + sql).fetchall()))
    said.append("\n".join(db.iterdump()))
    for text in said:
        assert SECRET not in text, text
    db.close()
    for name in glob.glob(path + "*"):
        with open(name, "rb") as file:
            assert SECRET.encode() not in file.read(), name


suite.run()
