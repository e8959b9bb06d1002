"""The measurements of seeding in `make bench`: a CSV file of a million rows into a keyed table, beside
COPY (PostgreSQL) and .import (the sqlite3 shell) of the same file into an empty table of the same
shape. The file has been loaded (migrate_seed_load) before; its load is printed by itself."""
import os
import random
import statistics
import subprocess
import time

TABLE = ("CREATE TABLE %s (id integer PRIMARY KEY, name text NOT NULL, qty integer,"
         " price numeric(10,2), day date)")
# A third of the rows missing, a third different.
SPOIL = ("DELETE FROM item WHERE id % 3 = 0", "UPDATE item SET qty = qty + 1 WHERE id % 3 = 1")


def make_file(tmp, n):
    directory = os.path.join(tmp, "seeds%d" % n)
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "item.csv")
    pick = random.Random(1)
    with open(path, "w") as f:
        f.write("id,name,qty,price,day\n")
        for i in range(1, n + 1):
            f.write("%d,item number %d,%d,%.2f,2024-%02d-%02d\n" % (
                i, i, pick.randrange(1000), pick.randrange(100000) / 100, pick.randrange(1, 13),
                pick.randrange(1, 29)))
    os.chmod(directory, 0o755)
    os.chmod(path, 0o644)
    time.sleep(0.3)  # a file younger than that is read again to be sure
    return directory, path


def ratio_line(name, ours, theirs, extra=""):
    ratio = [a / b for a, b in zip(ours, theirs)]
    print("%-44s %9.1f ms %9.1f ms   ratio %.3f (%.3f-%.3f)%s" % (
        name, statistics.median(ours), statistics.median(theirs), statistics.median(ratio),
        min(ratio), max(ratio), extra), flush=True)


def timings(text):
    return [float(line.split()[1]) for line in text.splitlines() if line.startswith("Time:")]


def psql(script):
    return subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "work"], input=script,
                          check=True, capture_output=True, text=True).stdout


PEAK = ("SELECT substring(pg_read_file('/proc/self/status') from 'VmHWM:\\s+(\\d+)')::int"
        " - substring(pg_read_file('/proc/self/status') from 'RssShmem:\\s+(\\d+)')::int;\n")


def postgresql_copy(path):
    """COPY into an empty table of the same shape."""
    return timings(psql("DROP TABLE IF EXISTS other;\n%s;\nCHECKPOINT;\n\\timing on\n"
                        "COPY other FROM '%s' (FORMAT csv, HEADER);\n" % (TABLE % "other", path)))[0]


def postgresql_seed(before, options=""):
    """The checkpoint comes first: no page is written whole again only because of it."""
    out = psql("CHECKPOINT;\n%s;\nVACUUM ANALYZE item;\n\\timing on\n"
               "SELECT migrate_seed('*'%s);\n\\timing off\n%s" % (before, options, PEAK))
    line = [w for w in out.splitlines() if w.startswith("item: ")][0]
    return timings(out)[0], int(out.split()[-1]) // 1024, line


def bench_postgresql(directory, path, pairs):
    subprocess.run(["psql", "-XqAt", "-d", "postgres", "-c", "DROP DATABASE IF EXISTS work", "-c",
                    "CREATE DATABASE work"], check=True)
    out = psql("CREATE EXTENSION migrate;\n%s;\n\\timing on\nSELECT migrate_seed_load('%s');\n"
               % (TABLE % "item", directory))
    print("PostgreSQL: seed_load of 1,000,000 CSV rows: %.0f ms" % timings(out)[-1], flush=True)
    cases = (
        ("empty table", "TRUNCATE item", "", "item: 1000000 inserted"),
        ("unchanged", "SELECT 1", "", "1000000 unchanged"),
        ("mixed, force", "; ".join(SPOIL), ", '{\"force\": true}'", "333333 inserted, 333334 updated"),
    )
    times = {name: ([], []) for name, _, _, _ in cases}
    peak = 0
    for _ in range(pairs):
        for name, before, options, expected in cases:
            ours, used, line = postgresql_seed(before, options)
            assert expected in line, line
            peak = max(peak, used)
            times[name][0].append(ours)
            times[name][1].append(postgresql_copy(path))
    for name, _, _, _ in cases:
        ratio_line("PostgreSQL: seed, %s, beside COPY" % name, *times[name])
    print("PostgreSQL: seed: peak %d MB of the backend, without shared memory" % peak, flush=True)


def sqlite_shell(database, script):
    begin = time.perf_counter()
    out = subprocess.run(["/usr/bin/time", "-f", "peak %M", "sqlite3", "-batch", database],
                         input=script, check=True, capture_output=True, text=True)
    return (time.perf_counter() - begin) * 1000, out.stdout, int(out.stderr.split()[-1]) // 1024


def bench_sqlite(tmp, module, directory, path, pairs):
    database, other = os.path.join(tmp, "seed.db"), os.path.join(tmp, "import.db")
    load = ".load %s\n" % module
    for name in (database, other):
        if os.path.exists(name):
            os.remove(name)
    sqlite_shell(database, "%s;\n" % (TABLE % "item"))
    seconds, _, _ = sqlite_shell(database, "%sSELECT migrate_seed_load('%s');\n" % (load, directory))
    print("SQLite: seed_load of 1,000,000 CSV rows: %.0f ms" % seconds, flush=True)
    cases = (
        ("empty table", "DELETE FROM item", "", "item: 1000000 inserted"),
        ("unchanged", "SELECT 1", "", "1000000 unchanged"),
        ("mixed, force", "; ".join(SPOIL), ", '{\"force\": true}'", "333333 inserted, 333334 updated"),
    )
    times = {name: ([], []) for name, _, _, _ in cases}
    peak = 0
    for _ in range(pairs):
        for name, before, options, expected in cases:
            sqlite_shell(database, "%s;\n" % before)
            ours, out, used = sqlite_shell(database, "%sSELECT migrate_seed('*'%s);\n" % (load, options))
            assert expected in out, out
            peak = max(peak, used)
            times[name][0].append(ours)
            if os.path.exists(other):
                os.remove(other)
            theirs, _, _ = sqlite_shell(other, "%s;\n.import --csv --skip 1 %s item\n"
                                        % (TABLE % "item", path))
            times[name][1].append(theirs)
    for name, _, _, _ in cases:
        ratio_line("SQLite: seed, %s, beside .import" % name, *times[name])
    print("SQLite: seed: peak %d MB of the shell" % peak, flush=True)


def bench(tmp, module, pairs):
    directory, path = make_file(tmp, 1000000)
    bench_sqlite(tmp, module, directory, path, pairs)
    bench_postgresql(directory, path, pairs)
