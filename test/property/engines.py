"""The two engines behind one face: run SQL, ask for rows, copy a database, run a script without the
engine, and say what the database holds, times aside."""

import os
import shutil
import sqlite3
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Names and times differ between a run and its script; everything else must not.
TABLES = {
    "meta": "key, value",
    "revision": "revision, revises, depends_on, labels, message, description, created, source, "
                "directory, file_stamp, up_checksum, down_checksum, script_hash, up_facts, "
                "down_facts, size, missing",
    "script": "revision, script",
    "applied": "target, revision, seq, stamped, ran_checksum",
    "log": "target, id, action, revision, outcome, detail",
}
KEYS = {"meta": "key", "revision": "revision", "script": "revision", "applied": "seq", "log": "id"}


class Failed(Exception):
    """The database refused a statement."""


def quote(text):
    return "'" + text.replace("'", "''") + "'"


class Database:
    """One database with the engine loaded."""

    def action(self, call):
        """The lines an action answers."""
        raise NotImplementedError

    def rows(self, sql):
        raise NotImplementedError

    def close(self):
        raise NotImplementedError

    def applied(self):
        """The applied revisions in the order of their application."""
        return [row[0] for row in self.rows(
            "SELECT revision FROM %sapplied ORDER BY seq" % self.prefix)]

    def books(self, only=None):
        """The tables of the engine as values."""
        held = {}
        for name, columns in TABLES.items():
            table = self.log_table if name == "log" else self.prefix + name
            held[name] = self.rows("SELECT %s FROM %s ORDER BY %s" % (columns, table, KEYS[name]))
            if only is not None and name in ("revision", "script"):
                held[name] = [row for row in held[name] if row[0] in only]
        return held


class Sqlite(Database):
    name = "sqlite"
    prefix = "migrate_"
    log_table = "migrate_logbook"
    count = 0

    def __init__(self, directory, path=None, engine=True):
        self.directory = directory
        if path is None:
            Sqlite.count += 1
            path = os.path.join(directory, "db%d" % Sqlite.count)
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA synchronous = off")
        if engine:
            self.connection.enable_load_extension(True)
            self.connection.load_extension(
                os.environ.get("SQLITE_MODULE", os.path.join(ROOT, "build/sqlite/migrate")))

    def action(self, call):
        return self.rows("SELECT " + call)[0][0].split("\n")

    def rows(self, sql):
        try:
            return [tuple("" if v is None else str(v) for v in row)
                    for row in self.connection.execute(sql)]
        except sqlite3.Error as error:
            raise Failed(str(error)) from error

    def close(self):
        self.connection.close()
        os.unlink(self.path)

    def copy(self, engine=True):
        Sqlite.count += 1
        path = os.path.join(self.directory, "db%d" % Sqlite.count)
        shutil.copyfile(self.path, path)
        return Sqlite(self.directory, path, engine)

    def empty(self):
        return Sqlite(self.directory, engine=False)

    def with_engine(self):
        """The same database, seen with the engine."""
        self.connection.close()
        return Sqlite(self.directory, self.path)

    def run_script(self, text):
        """Pipes the text into the sqlite3 shell, which has no engine; its exit status and words."""
        done = subprocess.run(["sqlite3", "-batch", "-init", "/dev/null", "-cmd",
                               "PRAGMA synchronous = off", self.path], input=text,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def schema(self):
        held = [self.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE "
                          "'migrate\\_%' ESCAPE '\\' AND tbl_name NOT LIKE 'migrate\\_%' "
                          "ESCAPE '\\' ORDER BY type, name")]
        for row in held[0]:
            if row[0] == "table":
                held.append((row[1], self.rows("SELECT * FROM \"%s\" ORDER BY 1" % row[1])))
        return held


class Postgresql(Database):
    name = "postgresql"
    prefix = "migrate."
    log_table = "migrate.log"
    count = 0
    made = set()

    def __init__(self, directory, database=None, template=None, engine=True):
        self.directory = directory
        self.database = database
        if database is None:
            Postgresql.count += 1
            self.database = "property%d" % Postgresql.count
            if template is None:
                template = "property_template" if engine else "template0"
            subprocess.run(["createdb", "-T", template, self.database], check=True)
        self.session = subprocess.Popen(
            ["psql", "-XqAt", "-F", "\x1f", "-R", "\x1e", "-v", "VERBOSITY=verbose", "-d",
             self.database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @staticmethod
    def prepare():
        """A template with the engine."""
        subprocess.run(["createdb", "property_template"], check=True)
        subprocess.run(["psql", "-XqAt", "-d", "property_template", "-c",
                        "CREATE EXTENSION migrate"], check=True)

    def ask(self, sql):
        self.session.stdin.write(sql + "\n;\n\\echo =end=\n")
        self.session.stdin.flush()
        held = []
        for line in self.session.stdout:
            if line.endswith("=end=\n"):
                held.append(line[:-6])
                break
            held.append(line)
        text = "".join(held)
        if text.startswith("ERROR:") or "\nERROR:" in text:
            raise Failed(text)
        return text

    def action(self, call):
        return [row[0] for row in self.rows("SELECT " + call)]

    def rows(self, sql):
        text = self.ask(sql)
        if text == "":
            return []
        text = text[:-1] if text[-1] in "\x1e\n" else text
        return [tuple(row.split("\x1f")) for row in text.split("\x1e")]

    def disconnect(self):
        if self.session is not None:
            self.session.stdin.close()
            self.session.wait()
            self.session.stdout.close()
            self.session = None

    def close(self):
        self.disconnect()
        subprocess.run(["dropdb", self.database], check=True)

    def copy(self, engine=True):
        self.disconnect()
        twin = Postgresql(self.directory, template=self.database)
        self.__init__(self.directory, database=self.database)
        if not engine:
            twin.ask("DROP EXTENSION migrate")
        return twin

    def empty(self):
        return Postgresql(self.directory, engine=False)

    def with_engine(self):
        self.ask("CREATE EXTENSION migrate")
        return self

    def run_script(self, text):
        done = subprocess.run(["psql", "-XqAt", "-d", self.database], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def schema(self):
        held = [
            self.rows("SELECT table_name, column_name, data_type, is_nullable, column_default FROM "
                      "information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"),
            self.rows("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"),
            self.rows("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE "
                      "connamespace = 'public'::regnamespace ORDER BY 1"),
            self.rows("SELECT relname, relkind, obj_description(oid) FROM pg_class WHERE "
                      "relnamespace = 'public'::regnamespace ORDER BY 1"),
        ]
        for row in held[3]:
            if row[1] == "r":
                held.append((row[0], self.rows("SELECT * FROM public.%s ORDER BY 1" % row[0])))
        return held
