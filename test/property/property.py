"""What must hold for every history, tried on random ones, on both engines.

plan      the rows of a plan are what the run then does, in that order, and what the log then says
closed    after every action the applied set is what the action means, and closed towards the base
          after every step of it
round     up to the heads and down to the base leave an empty applied set and the schema of before
steps     an upgrade in one call and one step by step end in the same state
offline   a script that the shell of the engine runs without the extension leaves what a run leaves
broken    a script that fails in the middle leaves nothing
stamp     a stamp leaves the set that it means, runs nothing, and the log says so
tampered  a stored script that was changed behind the engine's back is not run
damaged   tables that were changed so that they mean nothing are named, and left alone
outside   a section that is transaction:false runs where it can and is refused where it cannot

Each history tries each property once. A failure prints the seed of its history.
"""

import os
import random
import sys
import tempfile

from engines import Failed, Postgresql, Sqlite, quote
from graphs import is_order, random_history


class Broken(Exception):
    """A property does not hold."""


def check(holds, what, *values):
    if not holds:
        raise Broken("%s: %s" % (what, "; ".join(repr(v) for v in values)))


def load(database, history, chance):
    """All at once, or one bundle after another."""
    scripts = history.list
    at = chance.randint(0, len(scripts))
    for part in (scripts[:at], scripts[at:]):
        if part:
            database.action("migrate_add(%s, 'bundle.sql')" % quote(
                "\n".join(r.script() for r in part)))


def steps_of(lines, down):
    """The revisions that the lines of an answer name."""
    named = []
    for line in lines:
        if line.startswith("Running "):
            link = line.split(", Make ")[0].split(" ", 2)[2]
            below, _, above = link.partition(" -> ")
            named.append((below if down else above).strip())
    return named


def plan_of(database, target):
    rows = database.rows("SELECT step, operation, revision FROM migrate_plan(%s)" % quote(target))
    check([row[0] for row in rows] == [str(i + 1) for i in range(len(rows))], "steps count", rows)
    return [row[2] for row in rows], {row[1] for row in rows}


def random_up(chance, history, applied):
    """A target of an upgrade, and the applied set after it (None: as long as the answer)."""
    pending = [r.id for r in history.list if r.id not in applied]
    kind = chance.random()
    if kind < 0.2:
        return "heads", set(history.by_id)
    if kind < 0.45 and pending:
        return "+%d" % chance.randint(1, len(pending)), None
    name = chance.choice(pending or [r.id for r in history.list])
    return name, history.after_upgrade(applied, name)


def random_down(chance, history, applied):
    kind = chance.random()
    if kind < 0.15:
        return "base", set()
    if kind < 0.5:
        count = chance.randint(1, len(applied))
        return "-%d" % count, set(applied[:len(applied) - count])
    name = chance.choice(applied)
    return name, history.after_downgrade(applied, name)


def check_state(database, history, wanted, what):
    applied = database.applied()
    check(history.closed(applied), what + " leaves it open", applied)
    check(wanted is None or set(applied) == wanted, what + " applies the wrong set", applied,
          wanted)
    current = {row[0] for row in database.rows("SELECT revision FROM migrate_current()")}
    check(current == history.maximal(applied), what + " names the wrong current", current)
    states = dict(database.rows("SELECT revision, state FROM migrate_history()"))
    check({n for n in states if states[n] == "applied"} == set(applied),
          what + " lists the wrong states", states)


def run_one(database, history, chance, down):
    """One upgrade or downgrade: the plan before it, its answer, the log, the state after it."""
    applied = database.applied()
    if down and not applied:
        return
    target, wanted = (random_down if down else random_up)(chance, history, applied)
    what = "%s %s at %s" % ("downgrade" if down else "upgrade", target, applied)
    planned, operations = plan_of(database, target)
    # A target that is applied already is a downgrade for the plan; an upgrade to it does nothing.
    if not down and target in applied:
        planned, operations = [], set()
    before = database.rows("SELECT count(*) FROM migrate_log()")[0][0]
    lines = database.action("migrate_%sgrade(%s)" % ("down" if down else "up", quote(target)))
    done = steps_of(lines, down)
    check(planned == done, what + " does not do what was planned", planned, done)
    check(operations <= {"downgrade" if down else "upgrade"}, what + " planned", operations)
    logged = database.rows("SELECT action, revision FROM migrate_log() WHERE id > %s ORDER BY id" %
                           before)
    check(logged == [("downgrade" if down else "upgrade", name) for name in done],
          what + " logs something else", logged, done)
    check(is_order(history, done, down), what + " runs in a wrong order", done)
    check(lines[-1].startswith("Now at " if done else "Nothing to do; at "), what, lines)
    check_state(database, history, wanted, what)


def walk(database, history, chance, count):
    for _ in range(count):
        kind = chance.random()
        if kind < 0.12:
            # Only what is applied already: a stamp must not claim tables that are not there.
            applied = database.applied()
            if applied:
                names = chance.sample(applied, min(len(applied), chance.randint(1, 2)))
                kept = history.after_stamp(applied, names)
                if kept == set(applied):
                    database.action("migrate_stamp(%s)" % quote(", ".join(names)))
                    check_state(database, history, kept, "stamp %s" % names)
        else:
            run_one(database, history, chance, kind > 0.6)


def property_plan(database, history, chance):
    load(database, history, chance)
    walk(database, history, chance, 8)


def property_round(database, history, chance):
    before = database.schema()
    load(database, history, chance)
    check(database.schema() == before, "a load changes the schema")
    database.action("migrate_upgrade('heads')")
    database.action("migrate_assert_current()")
    full = database.schema()
    database.action("migrate_downgrade('base')")
    check(database.applied() == [], "something is applied", database.applied())
    check(database.schema() == before, "the schema is another one", database.schema())
    database.action("migrate_upgrade('heads')")
    check(database.schema() == full, "the second time makes another schema")


def property_steps(database, history, chance):
    load(database, history, chance)
    walk(database, history, chance, 2)
    twin = database.copy()
    try:
        database.action("migrate_upgrade('heads')")
        for _ in range(len(history.list)):
            if len(twin.applied()) < len(history.list):
                twin.action("migrate_upgrade('+1')")
        check(database.books() == twin.books(), "the books differ", database.books(), twin.books())
        check(database.schema() == twin.schema(), "the schemas differ")
    finally:
        twin.close()


def script_of(database, direction, target):
    return "\n".join(database.action("migrate_%sgrade_sql(%s)" % (direction, quote(target)))) + "\n"


def offline_bare(database, history, chance, down):
    """A script from where the database is, run on a copy."""
    applied = database.applied()
    if down and not applied:
        return
    target, _ = (random_down if down else random_up)(chance, history, applied)
    direction = "down" if down else "up"
    script = script_of(database, direction, target)
    twin = database.copy(engine=False)
    try:
        status, words = twin.run_script(script)
        check(status == 0 and words == "", "the script fails", target, status, words, script)
        database.action("migrate_%sgrade(%s)" % (direction, quote(target)))
        compare(database, twin, None, target)
        twin = twin.with_engine()
        check(twin.rows("SELECT revision FROM migrate_current()") ==
              database.rows("SELECT revision FROM migrate_current()"), "the engine sees another")
        twin.action("migrate_upgrade('heads')")
        database.action("migrate_upgrade('heads')")
        compare(database, twin, None, "heads")
    finally:
        twin.close()


def compare(run, script, only, target):
    books = run.books(only), script.books()
    for name in books[0]:
        check(books[0][name] == books[1][name], "the script leaves another " + name, target,
              books[0][name], books[1][name])
    check(run.schema() == script.schema(), "the script makes another schema", target, run.schema(),
          script.schema())


def offline_range(database, history, chance):
    """A script from base, run in a database that has never seen the engine, and one back."""
    name = chance.choice(history.list).id
    script = script_of(database, "up", "base:" + name)
    back = script_of(database, "down", name + ":base")
    other = database.empty()
    try:
        before = other.schema()
        status, words = other.run_script(script)
        check(status == 0 and words == "", "the script fails", name, status, words)
        twin = database.copy()
        try:
            twin.action("migrate_downgrade('base')")
            twin.rows("DELETE FROM " + twin.log_table)
            twin.action("migrate_upgrade(%s)" % quote(name))
            compare(twin, other, set(twin.applied()), name)
        finally:
            twin.close()
        other = other.with_engine()
        other.action("migrate_upgrade(%s)" % quote(name))
        check(set(other.applied()) == history.below([name]), "the engine sees another state",
              other.applied())
        # Not twice: it asserts the state it starts at.
        held = other.books(), other.schema()
        status, words = other.run_script(script)
        check(status != 0 and "starts at base" in words, "the script runs twice", status, words)
        check((other.books(), other.schema()) == held, "the second time leaves something")
        status, words = other.run_script(back)
        check(status == 0 and words == "", "the way back fails", name, status, words)
        check(other.schema() == before, "the way back leaves another schema", other.schema())
        check(other.applied() == [], "the way back leaves", other.applied())
    finally:
        other.close()


def property_offline(database, history, chance):
    load(database, history, chance)
    walk(database, history, chance, 2)
    offline_range(database, history, chance)
    offline_bare(database, history, chance, False)
    walk(database, history, chance, 2)
    offline_bare(database, history, chance, True)


def property_broken(database, history, chance):
    load(database, history, chance)
    walk(database, history, chance, 1)
    applied = database.applied()
    down = len(applied) == len(history.list) or bool(applied) and chance.random() < 0.4
    lines = script_of(database, "down" if down else "up", "base" if down else "heads").split("\n")
    places = [i for i, line in enumerate(lines) if line.startswith("-- Running")]
    places.append(len(lines) - 1 - lines[::-1].index("COMMIT;"))
    lines.insert(chance.choice(places), "INSERT INTO no_such_table VALUES (1);")
    twin = database.copy(engine=False)
    try:
        held = twin.books(), twin.schema()
        status, words = twin.run_script("\n".join(lines))
        check(status != 0 and "no_such_table" in words, "the script does not fail", status, words)
        check((twin.books(), twin.schema()) == held, "a broken script leaves something")
    finally:
        twin.close()


def property_stamp(database, history, chance):
    load(database, history, chance)
    walk(database, history, chance, 1)
    held = database.schema()
    ran = set(database.applied())
    for _ in range(6):
        applied = database.applied()
        names = chance.sample([r.id for r in history.list], chance.randint(1, 3))
        purge = chance.random() < 0.2
        wanted = history.below(names) if purge else history.after_stamp(applied, names)
        before = database.rows("SELECT count(*) FROM migrate_log()")[0][0]
        lines = database.action("migrate_stamp(%s, '{\"purge\": %s}')" % (
            quote(chance.choice([", ", " ", ","]).join(names)), "true" if purge else "false"))
        check_state(database, history, wanted, "stamp %s at %s" % (names, applied))
        ran &= wanted
        flags = dict(database.rows("SELECT revision, flags FROM migrate_history()"))
        check({n for n in flags if "stamped" in flags[n]} == wanted - ran, "the flags", flags)
        logged = database.rows("SELECT revision, detail FROM migrate_log() WHERE id > %s" % before)
        check(sorted(logged) == sorted(
            [(n, "marked as applied") for n in wanted - set(applied)] +
            [(n, "marked as not applied") for n in set(applied) - wanted]), "the log", logged)
        check(lines[-1].startswith("Now at " if logged else "Nothing to do; at "), "answer", lines)
    check(database.schema() == held, "a stamp changes the schema")


def property_tampered(database, history, chance):
    load(database, history, chance)
    name = chance.choice(history.list).id
    table = database.prefix + "script"
    text = database.rows("SELECT script FROM %s WHERE revision = '%s'" % (table, name))[0][0]
    for changed in (text + "\nDROP TABLE everything;", text.replace("Make", "Fake"), ""):
        database.rows("UPDATE %s SET script = %s WHERE revision = '%s'" % (
            table, quote(changed), name))
        held = database.books(), database.schema()
        try:
            database.action("migrate_upgrade('heads')")
        except Failed as error:
            check("does not match its checksum" in str(error) and name in str(error),
                  "another error", error)
        else:
            raise Broken("a changed script was run")
        check((database.books(), database.schema()) == held, "a refused run leaves something")
    database.rows("UPDATE %s SET script = %s WHERE revision = '%s'" % (table, quote(text), name))
    database.action("migrate_upgrade('heads')")
    check_state(database, history, set(history.by_id), "upgrade heads")


def refused(database, call, word):
    held = database.books(), database.schema()
    try:
        database.action(call)
    except Failed as error:
        check(word in str(error), call + " says something else", error)
    else:
        raise Broken(call + " is not refused")
    check((database.books(), database.schema()) == held, call + " leaves something")


def damages(database, history, applied):
    """What to do to the tables, and what the engine must say then."""
    table = database.prefix
    below = [n for n in applied if history.above([n]) & set(applied) != {n}]
    pending = [r.id for r in history.list if r.id not in applied]
    yield "UPDATE %smeta SET value = '99'" % table, "newer than this engine"
    yield "DELETE FROM %smeta" % table, "no valid row"
    if below:
        yield ("DELETE FROM %sapplied WHERE revision = '%s'" % (table, below[0]),
               "\"%s\" below it is not" % below[0])
    if applied:
        yield ("DELETE FROM %srevision WHERE revision = '%s'" % (table, applied[-1]),
               "\"%s\"" % applied[-1])
    if pending:
        yield ("DELETE FROM %sscript WHERE revision = '%s'" % (table, pending[0]),
               "the script of revision \"%s\" is not in the catalog" % pending[0])


def property_damaged(database, history, chance):
    load(database, history, chance)
    walk(database, history, chance, 2)
    change, word = chance.choice(list(damages(database, history, database.applied())))
    database.rows(change)
    refused(database, "migrate_upgrade('heads')", word)


def property_outside(database, history, chance):
    """VACUUM runs outside a transaction only: on SQLite in a run, on both in a script."""
    odd = chance.choice(history.list)
    odd.extra += "\n-- migrate:up transaction:false\nVACUUM;\n"
    odd.down.append("\n-- migrate:down transaction:false\nVACUUM;")
    load(database, history, chance)
    word = "revision \"%s\" has a transaction:false section" % odd.id
    notes = database.rows("SELECT note FROM migrate_plan('heads') WHERE revision = '%s'" % odd.id)
    check("transaction" in notes[0][0], "the plan does not say it", notes)
    script = script_of(database, "up", "heads")
    back = script_of(database, "down", "heads:base")
    other = database.copy(engine=False)
    try:
        before = other.schema()
        status, words = other.run_script(script)
        check(status == 0 and words == "", "the script fails", status, words, script)
        if database.name == "sqlite":
            database.rows("BEGIN")
            refused(database, "migrate_upgrade('heads')", word)
            database.rows("ROLLBACK")
            database.action("migrate_upgrade('heads')")
            compare(database, other, None, "heads")
        else:
            refused(database, "migrate_upgrade('heads')", word)
        status, words = other.run_script(back)
        check(status == 0 and words == "", "the way back fails", status, words, back)
        check(other.applied() == [] and other.schema() == before, "the way back leaves something")
    finally:
        other.close()


PROPERTIES = [property_plan, property_round, property_steps, property_offline, property_broken,
              property_stamp, property_tampered, property_damaged, property_outside]


def try_property(engine, directory, prove, seed):
    chance = random.Random(seed)
    history = random_history(chance)
    database = engine(directory)
    try:
        prove(database, history, chance)
        return True
    except (Broken, Failed) as reason:
        print("%s on %s, PROPERTY_SEED=%s: %s" % (prove.__name__, engine.name, seed, reason))
        return False
    finally:
        database.close()


def main():
    cases = int(os.environ.get("PROPERTY_CASES", "30"))
    given = os.environ.get("PROPERTY_SEED")
    seeds = [int(given)] if given else [random.getrandbits(40) for _ in range(cases)]
    wanted = sys.argv[1:]
    passed = failed = 0
    Postgresql.prepare()
    with tempfile.TemporaryDirectory() as directory:
        for engine, share in ((Sqlite, 1), (Postgresql, 5)):
            for seed in seeds[:max(1, len(seeds) // share)]:
                for prove in PROPERTIES:
                    if wanted and prove.__name__[9:] not in wanted:
                        continue
                    if try_property(engine, directory, prove, seed):
                        passed += 1
                    else:
                        failed += 1
    print("property: %d passed, %d failed" % (passed, failed))
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
