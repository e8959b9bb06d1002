"""driver: what Alembic itself does with a graph, its version rows and a command.

Alembic's own revision map, planner and row keeping run; there are no files and no database. The rows
that come out are turned into facts by the caller.
"""
import signal
import types
import warnings

from alembic.runtime.migration import HeadMaintainer
from alembic.script.base import ScriptDirectory
from alembic.script.revision import Revision, RevisionError, RevisionMap
from alembic.util import CommandError

SECONDS = 2.0


class AlembicRefused(Exception):
    """An error that Alembic means to give."""


class AlembicFell(Exception):
    """Alembic fell over (AssertionError, KeyError ...) or did not come back."""


class Hang(BaseException):
    pass


def alarm(number, frame):
    raise Hang()


signal.signal(signal.SIGALRM, alarm)


class FactRevision(Revision):
    """A revision without a file. Its module is what a step would run."""

    doc = longdoc = ""
    module = types.SimpleNamespace(upgrade=None, downgrade=None)


class FactRows(HeadMaintainer):
    """Keeps the rows in memory; a set, as the class itself does beside its table."""

    def _insert_version(self, version):
        assert version not in self.heads
        self.heads.add(version)

    def _delete_version(self, version):
        self.heads.remove(version)

    def _update_version(self, from_, to_):
        assert to_ not in self.heads
        self.heads.remove(from_)
        self.heads.add(to_)


def directory(revisions):
    """revisions: (id, parents, dependencies, labels), in load order."""
    made = object.__new__(ScriptDirectory)
    made.revision_map = RevisionMap(
        lambda: [
            FactRevision(i, tuple(parents) or None, tuple(deps) or None, tuple(labels) or None)
            for i, parents, deps, labels in revisions
        ]
    )
    with made._catch_revision_errors():
        made.revision_map._revision_map
    return made


def steps_of(scripts, rows, command, args):
    if command == "upgrade":
        return scripts._upgrade_revs(args[0], rows)
    if command == "downgrade":
        return scripts._downgrade_revs(args[0], rows)
    return scripts._stamp_revs(tuple(args), rows)


def answer(revisions, rows, command, args):
    scripts = directory(revisions)
    if command == "load":
        return None
    if command == "heads":
        return set(scripts.get_heads())
    if command == "history":
        start, end = args[0].split(":")
        start = tuple(rows) if start == "current" else start or "base"
        end = tuple(rows) if end == "current" else end or "heads"
        return {r.revision for r in scripts.walk_revisions(base=start, head=end)}
    if command == "purge":
        rows = ()
    keeper = FactRows(None, rows)
    for step in steps_of(scripts, tuple(rows), command, args):
        keeper.update_to_step(step)
    return keeper.heads


def run(revisions, rows, command, args):
    """The rows afterwards, or the revisions listed. Raises AlembicRefused or AlembicFell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            return answer(revisions, rows, command, args)
        except (CommandError, RevisionError) as error:
            raise AlembicRefused(str(error))
        except (Exception, Hang) as error:
            raise AlembicFell(repr(error))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
