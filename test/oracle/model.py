"""model: what targets and plans mean, as slow and plain set arithmetic.

A second statement of docs/targets.md, made from the definitions and not from the C code, to have
something to compare that code with. Revisions are ids; everything is computed anew on each call.
"""
import re

RESERVED = ("head", "heads", "base", "current")
SHORTEST_PREFIX = 4
WORD = re.compile(r"[A-Za-z0-9_.]+")
TARGET = re.compile(r"(?:([A-Za-z0-9_.]+)@)?([A-Za-z0-9_.]*)([+-][0-9]+)?")


class Refused(Exception):
    """An error that the engine gives; kind is unknown, ambiguous, argument, state or graph."""

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


def closure(start, links):
    """start and all that is reached over links (a dictionary of sets)."""
    found, new = set(start), set(start)
    while new:
        new = {other for one in new for other in links[one]} - found
        found |= new
    return found


def turned(links):
    back = {one: set() for one in links}
    for one, others in links.items():
        for other in others:
            back[other].add(one)
    return back


class Catalog:
    """revisions: a list of (id, parents, dependencies, labels); dependencies by id or label."""

    def __init__(self, revisions):
        self.ids = [r[0] for r in revisions]
        self.label = {}
        for name, _, _, labels in revisions:
            for label in labels:
                if label in self.label or label in self.ids:
                    raise Refused("graph")
                self.label[label] = name
        for word in self.ids + list(self.label):
            if not WORD.fullmatch(word) or word in RESERVED or len(word) > 255:
                raise Refused("graph")
        if len(set(self.ids)) < len(self.ids):
            raise Refused("graph")
        self.revises = {r[0]: set(r[1]) for r in revisions}
        self.needs = {r[0]: {self.label.get(d, d) for d in r[2]} for r in revisions}
        self.below = {i: self.revises[i] | self.needs[i] for i in self.ids}
        if any(p not in self.revises for ps in self.below.values() for p in ps):
            raise Refused("graph")
        self.above = turned(self.below)
        self.revised_by = turned(self.revises)
        self.order = self.ranked()

    def ranked(self):
        """Parents and dependencies first, then by id (the cases have no dates)."""
        order, left = [], set(self.ids)
        while left:
            ready = [i for i in left if not self.below[i] & left]
            if not ready:
                raise Refused("graph")
            order.append(min(ready, key=lambda i: i.encode()))
            left.remove(order[-1])
        return order

    def related(self, one):
        return closure([one], self.revises) | closure([one], self.revised_by)

    def heads(self):
        return {i for i in self.ids if not self.revised_by[i]}

    def effective_heads(self):
        return {i for i in self.ids if not self.above[i]}

    def current(self, applied):
        return {i for i in applied if not self.above[i] & applied}

    def down_from(self, ones):
        return closure(ones, self.below)

    def up_from(self, ones):
        return closure(ones, self.above)

    def own(self, branch):
        """What lies on the branch of a revision only: it, what revises it, and what is below it
        without being shared: all that revises that is related to the branch."""
        related = self.related(branch)
        shared = {
            i
            for i in closure([branch], self.revises)
            if not closure([i], self.revised_by) <= related
        }
        return closure([branch], self.revises) - shared | closure([branch], self.revised_by)

    def lookup(self, word, scope=None):
        if word in self.revises or word in self.label:
            found = word if word in self.revises else self.label[word]
            if scope is not None and found not in scope:
                raise Refused("unknown")
            return found
        fits = [i for i in self.ids if i.startswith(word) and (scope is None or i in scope)]
        if len(word) < SHORTEST_PREFIX or not fits:
            raise Refused("unknown")
        if len(fits) > 1:
            raise Refused("ambiguous")
        return fits[0]


class Target:
    """One target, read against an applied set. names is what it names; base: it is base; bare: a
    number of steps without a start."""

    def __init__(self, catalog, applied, text):
        match = TARGET.fullmatch(text.strip() or "head")
        if not match or not (match[2] or match[3]):
            raise Refused("argument")
        self.catalog, self.word = catalog, match[2]
        self.branch, self.scope = None, None
        if match[1]:
            if match[1] in RESERVED:
                raise Refused("argument")
            self.branch = catalog.lookup(match[1])
            self.scope = catalog.related(self.branch)
        self.steps = int(match[3] or 0)
        self.bare, self.base = not self.word, self.word == "base"
        self.names = set() if self.bare or self.base else self.named(applied)
        if not self.bare and self.steps:
            self.walk()

    def named(self, applied):
        catalog, scope = self.catalog, self.scope
        if self.word == "heads":
            found = catalog.heads() if scope is not None else catalog.effective_heads()
        elif self.word == "head":
            found = catalog.heads()
        elif self.word == "current":
            found = catalog.current(applied)
        else:
            return {catalog.lookup(self.word, scope)}
        found = {i for i in found if scope is None or i in scope}
        if self.word == "head" and len(found) > 1:
            raise Refused("ambiguous")
        return found

    def single(self):
        if len(self.names) > 1:
            raise Refused("ambiguous")
        return next(iter(self.names), None)

    def walk(self):
        here = self.single()
        for _ in range(abs(self.steps)):
            if self.steps > 0:
                bases = {i for i in self.catalog.ids if not self.catalog.revises[i]}
                next_ = self.catalog.revised_by[here] if here else bases
                next_ = {i for i in next_ if self.scope is None or i in self.scope}
            elif here is None:
                raise Refused("argument")
            else:
                next_ = self.catalog.revises[here]
            if len(next_) > 1:
                raise Refused("ambiguous")
            if self.steps > 0 and not next_:
                raise Refused("argument")
            here = next(iter(next_), None)
        self.base, self.names = here is None, {here} - {None}


class State:
    """A catalog and what is applied, in the order of application."""

    def __init__(self, catalog, applied=()):
        self.catalog = catalog
        self.sequence = [i for i in catalog.order if i in catalog.down_from(applied)]

    @property
    def applied(self):
        return set(self.sequence)

    def become(self, wanted):
        kept = [i for i in self.sequence if i in wanted]
        self.sequence = kept + [i for i in self.catalog.order if i in wanted and i not in kept]

    def next_steps(self, target, applied):
        """What "+N" adds: the next N of the way to the heads (of the branch)."""
        heads = self.catalog.heads()
        if target.scope is not None:
            heads &= target.scope
        way = self.catalog.down_from(heads) - applied
        way = [i for i in self.catalog.order if i in way]
        if len(way) < target.steps:
            raise Refused("state")
        return set(way[: target.steps])

    def last_steps(self, target, sequence):
        """What "-N" removes: the last N applied; with a branch the last N of what is its own, and
        all that stands on those."""
        own = self.catalog.own(target.branch) if target.branch else self.applied
        mine = [i for i in sequence if i in own]
        if len(mine) < -target.steps:
            raise Refused("state")
        last = set(mine[target.steps:])
        return self.catalog.up_from(last) if target.branch else last

    def to_base(self, target):
        if target.branch:
            return self.catalog.up_from(self.catalog.own(target.branch))
        return set(self.catalog.ids)

    def upgrade(self, text):
        target = Target(self.catalog, self.applied, text)
        if target.bare:
            if target.steps <= 0:
                raise Refused("argument")
            self.become(self.applied | self.next_steps(target, self.applied))
        else:
            self.become(self.applied | self.catalog.down_from(target.names))

    def downgrade(self, text):
        if not text.strip():
            raise Refused("argument")
        target = Target(self.catalog, self.applied, text)
        self.become(self.applied - self.downgrade_drop(target))

    def downgrade_drop(self, target):
        catalog = self.catalog
        if target.bare:
            if target.steps >= 0:
                raise Refused("argument")
            return self.last_steps(target, self.sequence)
        if target.base:
            return self.to_base(target)
        to = target.single()
        if to is None:
            return set()
        if to not in self.applied:
            raise Refused("state")
        roots = catalog.revised_by[to]
        if target.branch and len(roots) > 1:
            roots = roots & closure([target.branch], catalog.revises)
            if not roots:
                raise Refused("argument")
        return catalog.up_from(roots)

    def stamp(self, texts, purge=False):
        targets, start = [], set() if purge else self.applied
        for text in texts:
            targets.append(Target(self.catalog, self.applied, text))
            if targets[-1].bare and len(texts) > 1:
                raise Refused("argument")
        if not targets:
            raise Refused("argument")
        if targets[0].bare:
            self.become(self.stamp_relative(targets[0], start))
            return
        names = set().union(*(t.names for t in targets))
        away = self.catalog.up_from(names)
        for target in targets:
            if target.base:
                away |= self.to_base(target)
        self.become(start - away | self.catalog.down_from(names))

    def stamp_relative(self, target, start):
        if target.steps == 0:
            raise Refused("argument")
        if target.steps > 0:
            return start | self.next_steps(target, start)
        return start - self.last_steps(target, [i for i in self.sequence if i in start])

    def history(self, text):
        catalog = self.catalog
        if text.strip() == "":
            return set(catalog.ids)
        if text.strip() == "pending":
            return set(catalog.ids) - self.applied
        if text.count(":") != 1:
            raise Refused("argument")
        start, end = (part.strip() for part in text.split(":"))
        first = Target(catalog, self.applied, start) if start else None
        last = Target(catalog, self.applied, end or "heads")
        if first and first.bare:
            if last.bare or first.steps >= 0:
                raise Refused("argument")
            first.names = self.away(last.names, catalog.revises, -first.steps, first.scope)
        elif last.bare:
            if last.steps > 0 and first and first.names:
                last.names = self.away(first.names, catalog.revised_by, last.steps, last.scope)
            elif last.steps < 0:
                last.names = self.away(catalog.heads(), catalog.revises, -last.steps, last.scope)
            else:
                raise Refused("argument")
        found = catalog.down_from(last.names)
        if first and first.names:
            found &= closure(first.names, catalog.revised_by)
            if not found and last.names:
                raise Refused("argument")
        elif first and first.scope is not None:
            found &= first.scope
        return found

    @staticmethod
    def away(start, links, steps, scope):
        """As many links away, by the shortest way, or the end of a shorter way."""
        layer = {i for i in start if scope is None or i in scope}
        seen, ends = set(layer), set()
        for _ in range(steps):
            ends |= {i for i in layer if not links[i]}
            layer = {o for i in layer for o in links[i]} - seen
            seen |= layer
        return ends | layer
