"""The measurements of `make bench`; see run.sh, which prepares the server and the programs."""
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

import seed

root = sys.argv[1]
tmp = os.environ["MIG_TMP"]
module = os.path.join(root, "build/sqlite/migrate")
pairs = max(1, int(os.environ.get("BENCH_PAIRS", "9")))
only = [w for w in os.environ.get("BENCH_ONLY", "").split(",") if w]


def run(*command, stdin=None):
    """Runs a command; its wall seconds."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdin=stdin, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def psql(database, *commands):
    args = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database]
    for c in commands:
        args += ["-c", c]
    return subprocess.run(args, check=True, capture_output=True, text=True).stdout


def report(name, ours, theirs, note=""):
    ratio = [a / b for a, b in zip(ours, theirs)]
    print("%-44s %9.1f ms %9.1f ms   ratio %.3f (%.3f-%.3f)%s" % (
        name, statistics.median(ours) * 1000, statistics.median(theirs) * 1000,
        statistics.median(ratio), min(ratio), max(ratio), note), flush=True)


def revision(i, up, parent):
    return ("-- Revision %d\n--\n-- Revision ID: r%06d\n-- Revises: %s\n"
            "-- Create Date: 2024-01-01 00:00:00\n\n-- migrate:up\n%s\n-- migrate:down\n"
            "DROP TABLE t%d;\n\n" % (i, i, parent, up, i))


def ddl(i):
    return ("CREATE TABLE t%d (id integer PRIMARY KEY, name text NOT NULL, value integer);\n"
            "CREATE INDEX t%d_name ON t%d (name);\n" % (i, i, i))


def make_files(n):
    """A directory of n revisions, and the same SQL as one script."""
    directory = os.path.join(tmp, "files%d" % n)
    os.makedirs(directory, exist_ok=True)
    for i in range(n):
        with open(os.path.join(directory, "r%06d.sql" % i), "w") as f:
            f.write(revision(i, ddl(i), "r%06d" % (i - 1) if i else ""))
    os.chmod(directory, 0o755)
    raw = os.path.join(tmp, "raw%d.sql" % n)
    with open(raw, "w") as f:
        f.write("".join(ddl(i) for i in range(n)))
    os.chmod(raw, 0o644)
    with open(raw + ".sqlite", "w") as f:
        f.write("BEGIN;\n" + "".join(ddl(i) for i in range(n)) + "COMMIT;\n")
    time.sleep(0.3)  # files younger than that are read again to be sure
    return directory, raw


def bench_upgrade_sqlite(n):
    directory, raw = make_files(n)
    loaded = os.path.join(tmp, "loaded%d.db" % n)
    if os.path.exists(loaded):
        os.remove(loaded)
    run("sqlite3", "-batch", loaded, ".load " + module, "SELECT migrate_load('%s')" % directory)
    ours, theirs = [], []
    work = os.path.join(tmp, "work.db")
    for _ in range(pairs):
        shutil.copy(loaded, work)
        ours.append(run("sqlite3", "-batch", work, ".load " + module, "SELECT migrate_upgrade()"))
        shutil.copy(loaded, work)
        with open(raw + ".sqlite") as f:
            theirs.append(run("sqlite3", "-batch", work, stdin=f))
        os.remove(work)
    report("SQLite: upgrade of %d, beside the shell" % n, ours, theirs)


CPU = ("SELECT (split_part(pg_read_file('/proc/self/stat'), ' ', 14)::int"
       " + split_part(pg_read_file('/proc/self/stat'), ' ', 15)::int)")


def bench_upgrade_postgresql(n):
    directory, raw = make_files(n)
    psql("postgres", "DROP DATABASE IF EXISTS loaded", "CREATE DATABASE loaded")
    psql("loaded", "CREATE EXTENSION migrate", "SELECT migrate_load('%s')" % directory)
    ours, theirs, cpu = [], [], [[], []]
    tick = os.sysconf("SC_CLK_TCK")
    out = os.path.join(tmp, "cpu.txt")
    for _ in range(pairs):
        for mine in (True, False):
            psql("postgres", "DROP DATABASE IF EXISTS work",
                 "CREATE DATABASE work TEMPLATE loaded", "CHECKPOINT")
            args = ["psql", "-Xq", "-d", "work", "-o", out]
            args += ["-At", "-c", "SELECT migrate_upgrade()"] if mine else ["-1", "-f", raw]
            seconds = run(*args)
            (ours if mine else theirs).append(seconds)
        for mine in (True, False):
            psql("postgres", "DROP DATABASE IF EXISTS work",
                 "CREATE DATABASE work TEMPLATE loaded")
            args = ["psql", "-XqAt", "-d", "work"]
            args += (["-c", "SELECT migrate_upgrade()"] if mine else
                     ["-c", "BEGIN", "-f", raw, "-c", "COMMIT"])
            text = subprocess.run(args + ["-c", CPU], check=True, capture_output=True,
                                  text=True).stdout
            cpu[0 if mine else 1].append(int(text.split()[-1]) / tick)
    report("PostgreSQL: upgrade of %d, beside psql -1" % n, ours, theirs,
           "; backend CPU %.2f s and %.2f s" % (statistics.median(cpu[0]),
                                                statistics.median(cpu[1])))


def sqlite_open(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(module)
    return db


def bench_nothing():
    directory, _ = make_files(1000)
    path = os.path.join(tmp, "nothing.db")
    if os.path.exists(path):
        os.remove(path)
    db = sqlite_open(path)
    db.execute("SELECT migrate_load(?)", (directory,)).fetchall()
    db.execute("SELECT migrate_upgrade()").fetchall()
    db.close()
    db = sqlite_open(path)
    times = []
    for _ in range(50):
        begin = time.perf_counter()
        db.execute("SELECT migrate_upgrade()").fetchall()
        times.append(time.perf_counter() - begin)
    print("SQLite: nothing to do, 1000 revisions: %.2f ms; first call %.2f ms" % (
        statistics.median(times[1:]) * 1000, times[0] * 1000), flush=True)
    psql("postgres", "DROP DATABASE IF EXISTS loaded", "CREATE DATABASE loaded")
    psql("loaded", "CREATE EXTENSION migrate", "SELECT migrate_load('%s')" % directory,
         "SELECT migrate_upgrade()")
    script = "\\timing on\n" + "SELECT migrate_upgrade();\n" * 50
    text = subprocess.run(["psql", "-XqAt", "-d", "loaded"], input=script, check=True,
                          capture_output=True, text=True).stdout
    times = [float(line.split()[1]) for line in text.splitlines() if line.startswith("Time:")]
    print("PostgreSQL: nothing to do, 1000 revisions: %.2f ms; first call %.2f ms" % (
        statistics.median(times[1:]), times[0]), flush=True)


PLAN = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.enable_load_extension(True)
db.load_extension(sys.argv[2])
begin = time.perf_counter()
n = db.execute("SELECT count(*) FROM migrate_plan()").fetchone()[0]
seconds = time.perf_counter() - begin
peak = [w.split()[1] for w in open("/proc/self/status") if w.startswith("VmHWM")][0]
print(n, seconds, peak)
"""


def bench_plan():
    for n in (10000, 100000):
        text = os.path.join(tmp, "bundle.sql")
        with open(text, "w") as f:
            for i in range(n):
                f.write(revision(i, ddl(i), "r%06d" % (i - 1) if i else ""))
        os.chmod(text, 0o644)
        path = os.path.join(tmp, "plan.db")
        if os.path.exists(path):
            os.remove(path)
        db = sqlite_open(path)
        with open(text) as f:
            db.execute("SELECT migrate_add(?)", (f.read(),)).fetchall()
        db.close()
        seconds, peak = [], 0
        for _ in range(pairs):
            got = subprocess.run([sys.executable, "-c", PLAN, path, module], check=True,
                                 capture_output=True, text=True).stdout.split()
            assert int(got[0]) == n, got
            seconds.append(float(got[1]))
            peak = max(peak, int(got[2]) // 1024)
        print("SQLite: plan over %d: %.0f ms, peak %d MB" % (
            n, statistics.median(seconds) * 1000, peak), flush=True)
        psql("postgres", "DROP DATABASE IF EXISTS loaded", "CREATE DATABASE loaded")
        psql("loaded", "CREATE EXTENSION migrate",
             "SELECT count(*) FROM migrate_add(pg_read_file('%s'))" % text, "VACUUM ANALYZE")
        times, peak = [], 0
        for _ in range(pairs):
            out = subprocess.run(
                ["psql", "-XqAt", "-d", "loaded"], check=True, capture_output=True, text=True,
                input="\\timing on\nSELECT count(*) FROM migrate_plan();\n\\timing off\n"
                "SELECT substring(pg_read_file('/proc/self/status') from 'VmHWM:\\s+(\\d+)');\n"
                "SELECT substring(pg_read_file('/proc/self/status') from 'RssShmem:\\s+(\\d+)');\n"
            ).stdout.split()
            assert int(out[0]) == n, out
            times.append(float(out[2]))
            peak = max(peak, (int(out[-2]) - int(out[-1])) // 1024)
        print("PostgreSQL: plan over %d: %.0f ms, peak %d MB (without shared memory)" % (
            n, statistics.median(times), peak), flush=True)
        subprocess.run([os.path.join(root, "build/unit/bench_plan"), str(n)], check=True)


def bench_load():
    directory, _ = make_files(1000)
    path = os.path.join(tmp, "load.db")
    commands = (
        [os.path.join(root, "build/bench/load_sqlite")],
        [os.path.join(root, "build/bench/plain_sqlite")],
        ["/usr/bin/python3", os.path.join(root, "test/bench/plain_sqlite.py")])
    times = [[], [], []]
    for _ in range(pairs):
        for command, seconds in zip(commands, times):
            if os.path.exists(path):
                os.remove(path)
            seconds.append(run(*command, path, directory))
    report("SQLite: load of 1000 files, beside C", times[0], times[1])
    report("SQLite: load of 1000 files, beside Python", times[0], times[2])
    ours, theirs = [], []
    for _ in range(pairs):
        for mine in (True, False):
            psql("postgres", "DROP DATABASE IF EXISTS work", "CREATE DATABASE work")
            if mine:
                psql("work", "CREATE EXTENSION migrate")
                ours.append(run("psql", "-XqAt", "-d", "work", "-c",
                                "SELECT migrate_load('%s')" % directory))
            else:
                theirs.append(run(os.path.join(root, "build/bench/plain_postgresql"), "work",
                                  directory))
    report("PostgreSQL: load of 1000 files, beside a program", ours, theirs)


LARGE = """
import sqlite3, sys
db = sqlite3.connect(":memory:", isolation_level=None)
db.enable_load_extension(True)
db.load_extension(sys.argv[1])
if len(sys.argv) > 2:
    db.execute("SELECT migrate_load(?)", (sys.argv[2],)).fetchall()
    db.execute("SELECT migrate_upgrade()").fetchall()
print([w.split()[1] for w in open("/proc/self/status") if w.startswith("VmHWM")][0])
"""


def bench_large():
    directory = os.path.join(tmp, "large")
    os.makedirs(directory, exist_ok=True)
    row = "INSERT INTO t0 (name, value) VALUES ('%s', 1);\n" % ("x" * 60)
    with open(os.path.join(directory, "large.sql"), "w") as f:
        f.write(revision(0, ddl(0).replace("integer PRIMARY KEY", "integer") +
                         row * (10 * 1024 * 1024 // len(row)), ""))
    peaks = []
    for args in ([module], [module, directory]):
        peaks.append(int(subprocess.run([sys.executable, "-c", LARGE, *args], check=True,
                                        capture_output=True, text=True).stdout) // 1024)
    print("SQLite: a script of 10 MB (in a database in memory): peak %d MB over the %d MB of the "
          "empty process" % (peaks[1] - peaks[0], peaks[0]), flush=True)
    psql("postgres", "DROP DATABASE IF EXISTS work", "CREATE DATABASE work")
    text = psql("work", "CREATE EXTENSION migrate", "SELECT migrate_load('%s')" % directory,
                "SELECT migrate_upgrade()",
                "SELECT substring(pg_read_file('/proc/self/status') from 'VmHWM:\\s+(\\d+)')",
                "SELECT substring(pg_read_file('/proc/self/status') from 'RssShmem:\\s+(\\d+)')")
    words = text.split()
    print("PostgreSQL: a script of 10 MB: peak %d MB of the backend, without shared memory" % (
        (int(words[-2]) - int(words[-1])) // 1024), flush=True)


def wanted(name):
    return not only or name in only


print("ours, theirs, ratio: medians of %d interleaved pairs (least-most)" % pairs)
if wanted("upgrade"):
    bench_upgrade_sqlite(1000)
    bench_upgrade_postgresql(1000)
    bench_upgrade_sqlite(5000)
if wanted("nothing"):
    bench_nothing()
if wanted("plan"):
    bench_plan()
if wanted("load"):
    bench_load()
if wanted("large"):
    bench_large()
if wanted("seed"):
    seed.bench(tmp, module, pairs)
