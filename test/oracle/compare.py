"""compare: a case, Alembic's answer and the model's answer; where they differ, why they may.

The answer of a case is always the model's (docs/targets.md). Each is marked "alembic" where Alembic
says the same, else with the reason why it does not. A difference without a reason is an error in
the model or in the documentation, and fails the generator.

A case file is lines of words:

    case NAME
    r ID PARENTS DEPENDENCIES LABELS      one a revision, in load order; lists by comma, - for none
    rows ID,ID                            what is applied at first, with all they stand on; - for none
    do COMMAND ARGS...                    upgrade, downgrade, stamp, purge, history, heads, load
    = APPLIED CURRENT MARK                a bit for each r line; for history and heads: LISTED - MARK
    ! KIND MARK                           an error: unknown, ambiguous, argument, state or graph

and several do, each on the state that the one before left.
"""
import re

import model

MARKS = {
    "alembic": "Alembic gives the same",
    "fault": "Alembic falls over; a clean answer here",
    "graph": "Alembic accepts or overlooks what is refused here when loaded",
    "redundant": "a parent is an ancestor of another: Alembic's rows become unsound",
    "rows": "rows that no engine leaves behind: one above another",
    "prefix": "ids only, by 4 or more characters; Alembic takes any length, and labels",
    "dotted": "an id with a dot takes +N and -N here",
    "steps-up": "+N: the next N of the plan to the heads",
    "undo-last": "-N: the last N applied",
    "branch-base": "label@base: what lies on that branch only",
    "branch-lookup": "a downgrade looks the revision up on its branch, as the other commands do",
    "nothing-above": "downgrade to an applied revision with nothing above: nothing to do",
    "stamp-several": "all targets of a stamp at once",
    "stamp-implied": "a stamp keeps what does not stand on its target",
    "stamp-relative": "a stamp takes relative targets as upgrade and downgrade do",
    "history": "history: start and end by the definition of docs/targets.md",
}


class Unexplained(Exception):
    pass


def is_redundant(catalog):
    """Does a revision name a parent or dependency that another one of its own stands on?"""
    for one in catalog.ids:
        for other in catalog.below[one]:
            if catalog.down_from([other]) - {other} & catalog.below[one]:
                return True
        if catalog.revises[one] & catalog.needs[one]:
            return True
    return False


def words_of(target):
    return [w for w in re.split(r"@|[+-][0-9]+|:", target) if w]


def is_shortened(catalog, target):
    known = set(catalog.ids) | set(catalog.label) | set(model.RESERVED)
    return any(w not in known for w in words_of(target))


def is_bare(target):
    return re.fullmatch(r"(.+@)?[+-][0-9]+", target) is not None


def is_dotted(target):
    return re.search(r"\.[^@]*[+-][0-9]+$", target) is not None


def names_branch_base(state, target):
    """label@base, also reached by steps (label@ID-N)."""
    try:
        read = model.Target(state.catalog, state.applied, target)
    except model.Refused:
        return False
    return read.base and read.branch is not None


def why_upgrade(target):
    return "steps-up" if is_bare(target) else None


def why_downgrade(state, target, ours, theirs):
    if is_bare(target):
        return "undo-last"
    if names_branch_base(state, target):
        return "branch-base"
    if theirs is None and ours == state.applied:
        return "nothing-above"
    if "@" in target:
        return "branch-lookup"
    return None


def why_stamp(state, args, ours, theirs):
    if any(re.search(r"[+-][0-9]+$", a) for a in args):
        return "stamp-relative"
    if any(names_branch_base(state, a) for a in args):
        return "branch-base"
    if len(args) > 1 or args[0].endswith("heads"):
        return "stamp-several"
    if ours and theirs is not None and theirs <= ours and ours - theirs <= state.applied:
        return "stamp-implied"
    return None


def mark(state, rows, command, args, ours, theirs, fell):
    """ours and theirs: sets, or None for an error. fell: theirs was no meant error."""
    if ours == theirs and not (fell and ours is None):
        return "alembic"
    if fell:
        return "fault"
    catalog = state.catalog
    if len(set(rows)) < len(rows) or any(
        r in catalog.down_from([o]) for r in rows for o in rows if r != o
    ):
        return "rows"
    if is_redundant(catalog):
        return "redundant"
    if any(is_shortened(catalog, a) for a in args):
        return "prefix"
    if any(is_dotted(a) for a in args):
        return "dotted"
    why = None
    if command == "upgrade":
        why = why_upgrade(args[0])
    elif command == "downgrade":
        why = why_downgrade(state, args[0], ours, theirs)
    elif command in ("stamp", "purge"):
        why = why_stamp(state, args, ours, theirs)
    elif command == "history":
        why = "history"
    if why is None:
        raise Unexplained("%s %s" % (command, " ".join(args)))
    return why


def bits(catalog, ones):
    return "".join("1" if i in ones else "0" for i in catalog.ids)


class Case:
    """Writes one case; each answer() is one command on the state that the last one left."""

    def __init__(self, name, revisions, rows):
        self.lines = ["case %s" % name]
        self.revisions, self.rows = revisions, list(rows)
        for one, *lists in revisions:
            self.lines.append("r %s %s" % (one, " ".join(",".join(x) or "-" for x in lists)))
        self.lines.append("rows %s" % (",".join(rows) or "-"))
        self.state = None

    def load(self, theirs_refuses):
        """True when the graph is sound; else the case ends here, as an error."""
        try:
            self.state = model.State(model.Catalog(self.revisions), self.rows)
            return True
        except model.Refused as refused:
            why = "alembic" if theirs_refuses else "graph"
            self.lines += ["do load", "! %s %s" % (refused.kind, why)]
            return False

    def ours(self, command, args):
        if command == "history":
            return self.state.history(args[0])
        if command == "heads":
            return self.state.catalog.heads()
        if command == "upgrade":
            self.state.upgrade(args[0])
        elif command == "downgrade":
            self.state.downgrade(args[0])
        else:
            self.state.stamp(args, command == "purge")
        return self.state.applied

    def answer(self, command, args, theirs_rows, fell=False):
        """theirs_rows: Alembic's rows afterwards (or what it lists), None for an error. True when
        both agree, so that the chain can go on from both states."""
        catalog, lists = self.state.catalog, command in ("history", "heads")
        before = model.State(catalog)
        before.sequence = list(self.state.sequence)
        theirs = theirs_rows
        if theirs is not None and not lists:
            theirs = catalog.down_from(theirs)
        kind, ours = None, None
        try:
            ours = self.ours(command, args)
        except model.Refused as refused:
            kind = refused.kind
        why = mark(before, self.rows, command, args, ours, theirs, fell)
        self.lines.append("do %s %s" % (command, " ".join(args)))
        if ours is None:
            self.lines.append("! %s %s" % (kind, why))
        else:
            current = "-" if lists else bits(catalog, catalog.current(ours))
            self.lines.append("= %s %s %s" % (bits(catalog, ours), current, why))
        if not lists and theirs_rows is not None:
            self.rows = sorted(theirs_rows)
        return ours == theirs

    def text(self):
        return "\n".join(self.lines) + "\n"
