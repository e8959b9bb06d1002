"""Random histories, and what a run must do to the applied set, said once more and independently.

A history is a list of revisions in an order in which parents and dependencies come first. Sections
hold SQL that both engines take: a table each, columns added to a table of an ancestor, rows,
indexes, verify sections, sections for one engine only, empty ones.
"""


class Revision:
    def __init__(self, name, parents, depends, date):
        self.id = name
        self.parents = parents
        self.depends = depends
        self.date = date
        self.label = None
        self.has_table = False
        self.up = []
        self.down = []
        self.extra = ""

    def script(self):
        lines = ["-- Make %s; it's \"one\" of many" % self.id, "--", "-- Revision ID: " + self.id]
        if self.parents:
            lines.append("-- Revises: " + ", ".join(self.parents))
        if self.depends:
            lines.append("-- Depends On: " + ", ".join(self.depends))
        if self.label:
            lines.append("-- Branch Labels: " + self.label)
        if self.date:
            lines.append("-- Create Date: " + self.date)
        lines += ["", "-- migrate:up"] + self.up
        lines += [self.extra, "-- migrate:down"] + self.down
        return "\n".join(lines) + "\n"


class History:
    """The revisions by id, and the sets that commands work with."""

    def __init__(self, revisions):
        self.list = revisions
        self.by_id = {r.id: r for r in revisions}

    def bundle(self):
        return "\n".join(r.script() for r in self.list)

    def below(self, ids):
        """The ids and all they stand on."""
        seen, todo = set(), list(ids)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += self.by_id[name].parents + self.by_id[name].depends
        return seen

    def above(self, ids):
        """The ids and all that stands on them."""
        seen = set(ids)
        for r in self.list:
            if any(p in seen for p in r.parents + r.depends):
                seen.add(r.id)
        return seen

    def closed(self, applied):
        return self.below(applied) == set(applied)

    def maximal(self, applied):
        under = set()
        for name in applied:
            under |= set(self.by_id[name].parents + self.by_id[name].depends)
        return set(applied) - under

    def heads(self):
        revised = {p for r in self.list for p in r.parents}
        return [r.id for r in self.list if r.id not in revised]

    def after_upgrade(self, applied, name):
        return set(applied) | self.below([name])

    def after_downgrade(self, applied, name):
        roots = [r.id for r in self.list if name in r.parents]
        return set(applied) - self.above(roots)

    def after_stamp(self, applied, names):
        return (set(applied) - self.above(names)) | self.below(names)


def is_order(history, steps, down):
    """Does a run in this order keep the applied set closed after each step?"""
    place = {name: i for i, name in enumerate(steps)}
    for name in steps:
        for other in history.by_id[name].parents + history.by_id[name].depends:
            if other in place and (place[other] > place[name]) != down:
                return False
    return True


def random_date(random):
    if random.random() < 0.1:
        return None
    return "2024-%02d-%02d %02d:00:00" % (
        random.randint(1, 3), random.randint(1, 9), random.randint(0, 23))


def random_parents(random, names):
    """Mostly one, sometimes none, sometimes a merge; never one that another one stands on."""
    if not names or random.random() < 0.12:
        return []
    recent = names[-4:]
    count = 1 if random.random() < 0.75 else random.randint(2, 3)
    return random.sample(recent, min(count, len(recent)))


def fill_table(random, r):
    table = "t_" + r.id
    r.has_table = True
    r.up.append("CREATE TABLE %s (\n  id integer PRIMARY KEY, -- the key; of course\n"
                "  note text DEFAULT 'a;b''c'\n);" % table)
    r.down.append("DROP TABLE %s;" % table)
    if random.random() < 0.5:
        r.up.append("INSERT INTO %s (id) VALUES (1), (2);" % table)
    if random.random() < 0.3:
        r.up.append("CREATE INDEX i_%s ON %s (note)" % (r.id, table))
    if random.random() < 0.3:
        r.extra = ("-- migrate:verify\nSELECT count(*) >= 0 FROM %s;\n"
                   "SELECT id > 0 FROM %s;\n" % (table, table))


def fill_column(r, table):
    r.up.append("ALTER TABLE t_%s ADD COLUMN c_%s integer;" % (table, r.id))
    r.down.append("ALTER TABLE t_%s DROP COLUMN c_%s" % (table, r.id))


def fill_engines(r):
    table = "t_" + r.id
    r.has_table = True
    r.up.append("/* for both */")
    r.extra = ("-- migrate:up engine:sqlite\nCREATE TABLE %s (id integer PRIMARY KEY, note text);\n"
               "-- migrate:up engine:postgresql\n"
               "SET search_path = public, pg_temp;\n"
               "CREATE TABLE %s (id serial PRIMARY KEY, note text);\n"
               "COMMENT ON TABLE %s IS 'it''s :here \\ %%';\n" % (table, table, table))
    r.down.append("DROP TABLE %s;" % table)


def random_history(random):
    revisions, names, labels = [], [], 0
    for i in range(random.randint(3, 12)):
        name = "r%02d_%03x" % (i, random.getrandbits(12))
        parents = random_parents(random, names)
        others = [n for n in names if n not in parents]
        depends = random.sample(others, 1) if others and random.random() < 0.2 else []
        r = Revision(name, parents, depends, random_date(random))
        history = History(revisions + [r])
        # A parent below another parent, or a dependency below a parent, says nothing new.
        r.parents = [p for p in parents
                     if not any(p in history.below(history.by_id[q].parents +
                                                   history.by_id[q].depends)
                                for q in parents if q != p)]
        r.depends = [d for d in depends if d not in history.below(r.parents)]
        tables = [n for n in history.below(r.parents + r.depends) if history.by_id[n].has_table]
        kind = random.random()
        if kind < 0.5 or not tables and kind < 0.8:
            fill_table(random, r)
        elif kind < 0.8:
            fill_column(r, random.choice(sorted(tables)))
        elif kind < 0.9:
            fill_engines(r)
        if random.random() < 0.15:
            labels += 1
            r.label = "label%d" % labels
        revisions.append(r)
        names.append(name)
    return History(revisions)
