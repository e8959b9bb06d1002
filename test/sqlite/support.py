"""What the Python tests of this directory share."""
import os
import shutil
import sqlite3
import sys
import tempfile
import traceback

ROOT = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("SQLITE_MODULE",
                      os.path.join(ROOT, "..", "..", "build", "sqlite", "migrate"))


class Skipped(Exception):
    pass


class Suite:
    """Cases with a fresh path each; prints the failures and the line that test/run.sh sums."""

    def __init__(self, name):
        self.name = name
        self.cases = []

    def case(self, function):
        self.cases.append(function)
        return function

    @staticmethod
    def skip(why):
        raise Skipped(why)

    @staticmethod
    def raises(kind, db, sql):
        try:
            db.execute(sql).fetchall()
        except kind as error:
            return error
        raise AssertionError("no error: " + sql)

    def run(self):
        counts = {"passed": 0, "failed": 0, "skipped": 0}
        for function in self.cases:
            directory = tempfile.mkdtemp()
            try:
                function(os.path.join(directory, "test.db"))
                counts["passed"] += 1
            except Skipped as why:
                counts["skipped"] += 1
                print("skipped: %s, %s: %s" % (self.name, function.__name__, why))
            except Exception:
                counts["failed"] += 1
                print("failed: %s, %s" % (self.name, function.__name__))
                traceback.print_exc(file=sys.stdout)
            finally:
                shutil.rmtree(directory)
        tail = ", %(skipped)d skipped" % counts if counts["skipped"] else ""
        print(("%s: %d passed, %d failed" % (self.name, counts["passed"], counts["failed"])) + tail)
        sys.exit(1 if counts["failed"] else 0)


def connect(path, **options):
    db = sqlite3.connect(path, **options)
    db.enable_load_extension(True)
    db.load_extension(os.environ["SQLITE_MODULE"])
    db.enable_load_extension(False)
    return db


def scripts(path):
    """A copy of the plain scripts beside the database."""
    to = os.path.join(os.path.dirname(path), "scripts")
    if not os.path.isdir(to):
        shutil.copytree(os.path.join(ROOT, "scripts", "plain"), to)
    return to


def script(revision, revises, up, down="SELECT 1;", message="Message"):
    return ("-- %s\n--\n-- Revision ID: %s\n-- Revises: %s\n-- migrate:up\n%s\n"
            "-- migrate:down\n%s\n" % (message, revision, revises, up, down))
