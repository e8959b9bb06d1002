#!/usr/bin/python3
"""generate: random cases with Alembic's and the model's answers, for test_oracle.

    /usr/bin/python3 generate.py SEED COUNT > cases.txt

Needs Alembic (Debian: python3-alembic), therefore Debian's own Python. Exits 1 when an answer of
the model differs from Alembic's without a documented reason (compare.py). The same seed gives the
same cases.
"""
import collections
import random
import sys

sys.dont_write_bytecode = True

try:
    import driver
except ImportError as error:
    sys.exit("generate: %s (on Debian: apt-get install python3-alembic)" % error)
import compare

LABELS = ["api", "billing", "core_x", "geo", "mobile7", "reports", "search"]


def new_ids(rnd, count):
    style = rnd.choice(["hex", "short", "twins", "dated", "dots"])
    made = []
    while len(made) < count:
        number = len(made)
        name = {
            "hex": "%012x" % rnd.getrandbits(48),
            "short": rnd.choice("kmnpz") + str(number),
            "twins": rnd.choice(["feed", "feeds", "fee"]) + "%x" % rnd.getrandbits(12),
            "dated": "2024%04d" % rnd.randrange(10000),
            "dots": "%d.%d" % (number // 4 + 1, number % 4),
        }[style]
        if name not in made:
            made.append(name)
    rnd.shuffle(made)
    return made


class Grower:
    """Grows a graph by what teams do: extend a tip, branch off, merge, start anew, depend."""

    def __init__(self, rnd):
        self.rnd, self.made = rnd, []
        self.weights = [rnd.choice([4, 10]), rnd.choice([0, 2, 4]), rnd.choice([0, 1, 3]),
                        rnd.choice([0, 0, 1])]
        self.p_depend, self.p_label = rnd.choice([0, 0, 0.3]), rnd.choice([0, 0.2, 0.5])
        self.labels = rnd.sample(LABELS, len(LABELS))

    def tips(self):
        used = {p for _, parents, _, _ in self.made for p in parents}
        return [r[0] for r in self.made if r[0] not in used]

    def parents(self):
        known, tips = [r[0] for r in self.made], self.tips()
        way = self.rnd.choices(["extend", "branch", "merge", "base"], self.weights)[0]
        if not known or way == "base":
            return []
        if way == "merge" and len(tips) > 1:
            return self.rnd.sample(tips, self.rnd.choice([2, 2, min(3, len(tips))]))
        return [self.rnd.choice(known if way == "branch" else tips)]

    def grow(self, name):
        rnd, parents, needs, labels = self.rnd, self.parents(), [], []
        if self.made and rnd.random() < self.p_depend:
            other = rnd.choice(self.made)
            if other[0] not in parents:
                needs = [rnd.choice([other[0]] + other[3])]
        if self.labels and rnd.random() < self.p_label:
            labels = [self.labels.pop()]
        self.made.append((name, parents, needs, labels))


def spoil(rnd, made):
    """One mistake that a team makes."""
    one, other = rnd.choice(made), rnd.choice(made)
    kind = rnd.choice(["gone", "needs gone", "itself", "cycle", "double", "label", "sign"])
    if kind == "gone":
        one[1].append("vanished")
    elif kind == "needs gone":
        one[2].append("vanished")
    elif kind == "itself":
        one[rnd.choice([1, 2])].append(one[0])
    elif kind == "cycle":
        one[rnd.choice([1, 2])].append(other[0])
        other[1].append(one[0])
    elif kind == "double":
        made.append((one[0], list(other[1]), [], []))
    elif kind == "label":
        one[3].append(rnd.choice([other[0], "twice"]))
        other[3].append("twice")
    else:
        made.append((one[0] + rnd.choice(["-", "@", "+"]) + "a", [], [], []))


def random_target(rnd, made, command):
    names = [r[0] for r in made]
    labels = [label for r in made for label in r[3]]
    name, count = rnd.choice(names), rnd.choice([1, 1, 2, 3])
    sign = "-" if command == "downgrade" else "+"
    forms = ["head", "heads", "base", name, name, name, name[: rnd.randint(4, 12)],
             "%s%d" % (sign, count), "%s%d" % (sign, count), "%s+%d" % (name, count),
             "%s-%d" % (name, count), "%s@head" % name, "%s@%s" % (name, rnd.choice(names)),
             "head-%d" % count, "base+%d" % count, "unknown1"]
    for label in rnd.sample(labels, min(2, len(labels))):
        forms += [label, label + "@head", label + "@heads", label + "@base",
                  "%s@%s" % (label, name), "%s@%s%d" % (label, sign, count),
                  "%s@head-%d" % (label, count), "%s+%d" % (label, count)]
    return rnd.choice(forms)


def random_job(rnd, made):
    command = rnd.choice(["upgrade"] * 5 + ["downgrade"] * 5 + ["stamp"] * 2 + ["purge", "history"])
    if command == "history":
        ends = ["", "current", "heads", rnd.choice(made)[0]]
        return command, ["%s:%s" % (rnd.choice(ends), rnd.choice(ends))]
    count = rnd.choice([1, 1, 1, 2]) if command in ("stamp", "purge") else 1
    return command, [random_target(rnd, made, command) for _ in range(count)]


def theirs(made, rows, command, args):
    """(rows or list, fell over)"""
    try:
        return driver.run(made, rows, command, args), False
    except driver.AlembicRefused:
        return None, False
    except driver.AlembicFell:
        return None, True


def random_case(rnd, name):
    grower = Grower(rnd)
    for one in new_ids(rnd, rnd.choice([1, 2, 3, 5, 6, 8, 10, 14])):
        grower.grow(one)
    made = grower.made
    if rnd.random() < 0.06:
        spoil(rnd, made)
    if rnd.random() < 0.5:
        made.sort()
    case = compare.Case(name, made, [])
    try:
        driver.run(made, [], "load", [])
        refused = False
    except (driver.AlembicRefused, driver.AlembicFell):
        refused = True
    if not case.load(refused):
        return case
    jobs = [("upgrade", [rnd.choice(["heads", "heads", rnd.choice(made)[0]])])]
    jobs += [random_job(rnd, made) for _ in range(rnd.choice([1, 3, 5]))]
    for command, args in jobs[rnd.choice([0, 0, 0, 1]):]:
        rows, fell = theirs(made, case.rows, command, args)
        if not case.answer(command, args, rows, fell):
            break
    return case


def main():
    seed, count = sys.argv[1], int(sys.argv[2])
    marks, failed = collections.Counter(), 0
    for number in range(count):
        name = "%s-%d" % (seed, number)
        try:
            case = random_case(random.Random(name), name)
        except compare.Unexplained as reason:
            print("generate: case %s: no reason why Alembic differs: %s" % (name, reason),
                  file=sys.stderr)
            failed += 1
            continue
        sys.stdout.write(case.text())
        marks.update(line.split()[-1] for line in case.lines if line[0] in "=!")
    for word, times in sorted(marks.items()):
        print("%6d %-16s %s" % (times, word, compare.MARKS[word]), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
