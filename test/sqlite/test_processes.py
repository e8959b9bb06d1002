"""Many processes at once on one file, and processes that are killed."""
import os
import random
import signal
import subprocess
import sys
import time

from support import Suite, connect

suite = Suite("test_processes")
PROCESSES = 20
KILLS = 50  # for each journal mode
REVISIONS = 40

# Each connects, upgrades, and says how many revisions it ran.
WORKER = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=0)
db.enable_load_extension(True)
db.load_extension(os.environ["SQLITE_MODULE"])
if len(sys.argv) > 2:
    db.execute("PRAGMA cache_size = 20")
    print("ready", flush=True)
answer = db.execute("SELECT migrate_upgrade('head')").fetchone()[0]
print(answer.count("Running upgrade"))
"""


def bundle(n):
    texts = []
    for i in range(n):
        texts.append("-- Table %d\n--\n-- Revision ID: r%04d\n-- Revises: %s\n-- migrate:up\n"
                     "CREATE TABLE t%d (id integer PRIMARY KEY, a text);\n"
                     "CREATE INDEX t%d_a ON t%d (a);\n"
                     "INSERT INTO t%d (a) VALUES (hex(randomblob(2000))), ('x');\n"
                     "ALTER TABLE t%d ADD COLUMN b text;\n"
                     "-- migrate:down\nDROP TABLE t%d;\n"
                     % (i, i, "r%04d" % (i - 1) if i else "", i, i, i, i, i, i))
    return "".join(texts)


def prepare(path, journal):
    db = connect(path)
    db.execute("PRAGMA journal_mode = " + journal).fetchone()
    db.execute("SELECT migrate_add(?)", (bundle(REVISIONS),)).fetchone()
    db.close()


def check(path):
    """All of it or nothing; the log agrees with the applied set, and both with the schema."""
    db = connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def column(sql):
        return [row[0] for row in db.execute(sql)]

    applied = column("SELECT revision FROM migrate_applied ORDER BY seq")
    logged = column("SELECT revision FROM migrate_logbook WHERE action = 'upgrade' ORDER BY id")
    tables = column("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 't[0-9]*'")
    indexes = column("SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB 't*_a'")
    assert applied == logged, (applied, logged)
    assert len(applied) == len(tables) == len(indexes), (applied, tables, indexes)
    assert len(applied) in (0, REVISIONS), applied
    for table in tables:
        assert column("SELECT count(*) FROM " + table) == [2], table
    db.close()
    return len(applied)


def race(path, journal):
    prepare(path, journal)
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, path], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True) for _ in range(PROCESSES)]
    said = [(worker.communicate()[0].strip(), worker.returncode) for worker in workers]
    ran = sorted(said)
    assert ran == [("0", 0)] * (PROCESSES - 1) + [(str(REVISIONS), 0)], said
    assert check(path) == REVISIONS


@suite.case
def twenty_at_once_delete(path):
    race(path, "delete")


@suite.case
def twenty_at_once_wal(path):
    race(path, "wal")


def small_worker(path):
    """A worker with a small cache, so that pages are written before COMMIT; it is about to run."""
    worker = subprocess.Popen([sys.executable, "-c", WORKER, path, "small"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert worker.stdout.readline() == b"ready\n"
    return worker


def whole_run(path):
    worker = small_worker(path)
    begin = time.monotonic()
    worker.communicate()
    assert check(path) == REVISIONS
    return time.monotonic() - begin


def kill_loop(path, journal):
    """The delay runs over the time that a whole run takes, so that the kills fall everywhere."""
    prepare(path, journal)
    with open(path, "rb") as file:
        start = file.read()

    def reset():
        for suffix in ("", "-journal", "-wal", "-shm"):
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)
        with open(path, "wb") as file:
            file.write(start)

    whole = whole_run(path)
    found = {0: 0, REVISIONS: 0}
    for i in range(KILLS):
        reset()
        worker = small_worker(path)
        time.sleep(whole * (i + random.random()) / KILLS)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        found[check(path)] += 1
        db = connect(path)
        db.execute("SELECT migrate_upgrade('head')").fetchone()
        db.close()
        assert check(path) == REVISIONS
    print("%s: %d kills, %d found nothing, %d found all" %
          (journal, KILLS, found[0], found[REVISIONS]))


@suite.case
def killed_delete(path):
    kill_loop(path, "delete")


@suite.case
def killed_wal(path):
    kill_loop(path, "wal")


suite.run()
