#!/usr/bin/env python3
"""Runs the examples of README.md and docs/*.md on the engine they are for.

A fenced block whose first word is sqlite, postgresql, sql (both engines), sh, python or text is an
example when it holds a prompt:

    sqlite> SELECT ...;      what one types in the sqlite3 shell
    psql> SELECT ...;        what one types in psql -XqAt
    sql> SELECT ...;         either; both must answer the same
    $ command                a shell command

A statement goes on until a line that ends with a semicolon; what follows it, up to the next prompt,
is the expected output. The character … stands for anything within a line; a line that holds only …
stands for any lines. A python block is a program; the text block behind it is what it prints. A
block "sql file=NAME" shows the file NAME of test/docs/data and is compared with it.

The blocks of one page share one database. A page starts in an empty one, in a directory that
the page calls /srv/app: a copy of test/docs/data. The database is called "app" on PostgreSQL, and its
file app.db on SQLite. A line <!-- example: fresh --> starts again with an empty database and a fresh
copy; <!-- example: only ENGINE --> limits the shell blocks that follow to one engine,
<!-- example: both --> lifts that.

The engine's own framing of an error differs: "Runtime error: " in the sqlite3 shell, "ERROR:  " in
psql. In sql blocks the second form is expected of both.

Run on all pages it also looks that every SQL function has an example on each engine, that every
link between the pages leads somewhere, and that docs/tables.md has the tables and columns there are.

With --update the expected outputs are replaced by the real ones where they differ; a person reads
the change before it is accepted. Times of today become ….
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(ROOT, "test", "docs", "data")
ALIAS = "/srv/app"
PROMPT = re.compile(r"^(sqlite> |psql> |sql> |\$ )")
MARK = "=====end of example %d====="
skipped = []
MARK_RE = re.compile(r"^=====end of example (\d+)=====$")


class Command:
    """One prompt with its text and expected output; lines are 0-based positions in the page."""

    def __init__(self, prompt, text, first_output, expected, kind):
        self.prompt = prompt
        self.text = text
        self.first_output = first_output
        self.expected = expected
        self.kind = kind  # sqlite, postgresql, sql, sh, python
        self.engines = ()
        self.fresh = False


def statement_ends(text):
    if text[:1] in (".", "\\"):
        return True
    code = re.sub(r"--[^\n]*$", "", text).rstrip()
    return code.endswith(";") and text.count("'") % 2 == 0


def block_commands(kind, lines, start):
    """Commands of the lines of one block; start is the page line of lines[0]."""
    out = []
    i = 0
    while i < len(lines):
        found = PROMPT.match(lines[i])
        if not found:
            i += 1
            continue
        prompt = found.group(1)
        text = lines[i][len(prompt):]
        i += 1
        while prompt != "$ " and not statement_ends(text) and i < len(lines):
            text += "\n" + lines[i]
            i += 1
        first = i
        while i < len(lines) and not PROMPT.match(lines[i]):
            i += 1
        out.append(Command(prompt, text, start + first, lines[first:i], kind))
    return out


def engines_of(kind, prompt, only):
    if kind in ("sqlite", "python"):
        return ("sqlite",)
    if kind == "postgresql":
        return ("postgresql",)
    if kind == "sql" or only is None:
        return ("sqlite", "postgresql")
    return (only,)


def page_read(path):
    """Commands and file checks of a page, in order."""
    lines = open(path, encoding="utf-8").read().split("\n")
    commands, files = [], []
    only, fresh, pending_python = None, False, None
    i = 0
    while i < len(lines):
        note = re.match(r"^<!-- example: (.*) -->$", lines[i])
        if note:
            words = note.group(1).split()
            if words == ["fresh"]:
                fresh = True
            elif words[0] == "only":
                only = words[1]
            elif words == ["both"]:
                only = None
            else:
                sys.exit("%s:%d: unknown example note" % (path, i + 1))
        fence = re.match(r"^```(\S+)( .*)?$", lines[i])
        if not fence:
            i += 1
            continue
        kind, info = fence.group(1), (fence.group(2) or "").strip()
        end = next((k for k in range(i + 1, len(lines)) if lines[k] == "```"), None)
        if end is None:
            sys.exit("%s:%d: block without an end" % (path, i + 1))
        body = lines[i + 1:end]
        new = []
        if info.startswith("file="):
            files.append((i + 1, info[5:], "\n".join(body)))
        elif kind == "python" and info != "sketch":
            pending_python = Command("python", "\n".join(body), 0, [], "python")
            pending_python.needs = info
        elif kind == "text" and pending_python is not None:
            pending_python.first_output = i + 1
            pending_python.expected = body
            new = [pending_python]
            pending_python = None
        elif kind in ("sqlite", "postgresql", "sql", "sh"):
            new = block_commands(kind, body, i + 1)
        for command in new:
            command.engines = engines_of(command.kind, command.prompt, only)
            command.fresh = fresh
            fresh = False
        commands.extend(new)
        i = end + 1
    if pending_python is not None:
        sys.exit("%s: a python block without the text block of its output" % path)
    return lines, commands, files


def matches(expected, actual):
    pattern = ""
    for line in expected:
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("…")) + r"\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


def tidy(lines):
    lines = [line.rstrip() for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


class Session:
    """Directory and database of one page on one engine."""

    def __init__(self, engine, number):
        self.engine = engine
        self.number = number
        self.place = tempfile.mkdtemp(prefix="migrate-docs-")
        self.env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC", PGTZ="UTC",
                        PGOPTIONS="-c timezone=UTC")
        self.generation = 0
        self.reset()

    def reset(self):
        self.generation += 1
        self.app = os.path.join(self.place, "app%d" % self.generation)
        shutil.copytree(DATA, self.app)
        module = os.path.join(ROOT, "build", "sqlite", "migrate.so")
        if os.path.exists(module):
            shutil.copy(module, self.app)
        os.chmod(self.place, 0o755)
        subprocess.run(["chmod", "-R", "a+rwX", self.app], check=True)
        if self.engine == "postgresql":
            name = "docs_%d_%d" % (self.number, self.generation)
            self.drop()
            subprocess.run(["createdb", name], env=self.env, check=True)
            self.env["PGDATABASE"] = name
        self.extension = False

    def drop(self):
        name = self.env.get("PGDATABASE", "")
        if name.startswith("docs_"):
            env = dict(self.env, PGDATABASE="postgres")
            subprocess.run(["dropdb", "--if-exists", "--force", name], env=env, check=True)

    def close(self):
        if self.engine == "postgresql":
            self.drop()
        shutil.rmtree(self.place)

    def real(self, text):
        text = text.replace(ALIAS, self.app)
        if self.engine == "postgresql":
            text = re.sub(r"""(["'])app\1""", r"\1%s\1" % self.env["PGDATABASE"], text)
        return text

    def shown(self, text):
        text = text.replace(self.app, ALIAS)
        if self.engine == "postgresql":
            text = text.replace('"%s"' % self.env["PGDATABASE"], '"app"')
        return text

    def run(self, args, stdin):
        done = subprocess.run(args, input=stdin.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=self.app, env=self.env, timeout=120)
        return self.shown(done.stdout.decode("utf-8", "replace"))

    def sql(self, commands):
        """Runs commands in one shell session; answers one list of lines for each."""
        text = ""
        sqlite = self.engine == "sqlite"
        first = commands[0].text
        if sqlite and not first.startswith(".load"):
            text += ".load ./migrate\n"
        if not sqlite and not self.extension and not first.startswith("CREATE EXTENSION"):
            text += "CREATE EXTENSION migrate;\n"
        self.extension = True
        echo = ".print " if sqlite else "\\echo "
        text += echo + MARK % 0 + "\n"
        for n, command in enumerate(commands):
            text += self.real(command.text) + "\n" + echo + MARK % (n + 1) + "\n"
        args = (["sqlite3", "-batch", "-init", "/dev/null", "app.db"] if sqlite
                else ["psql", "-XqAt"])
        out = self.run(["stdbuf", "-oL", "-eL"] + args, text)
        answers, lines = [], []
        for line in out.split("\n"):
            if MARK_RE.match(line):
                answers.append(lines)
                lines = []
            else:
                lines.append(line)
        if len(answers) > 1:
            answers[1] = answers[0] + answers[1]
        answers = answers[1:]
        while len(answers) < len(commands):
            answers.append(lines + ["(the session ended)"])
            lines = []
        return [self.frame(command, lines) for command, lines in zip(commands, answers)]

    def frame(self, command, lines):
        """The shell's words around an error, without what depends on how it is fed."""
        if self.engine != "sqlite":
            return tidy(lines)
        out, failed = [], False
        for line in lines:
            new = re.sub(r"^(Runtime error|Parse error|Error) near line \d+: ", r"\1: ", line)
            failed = failed or new != line
            if command.kind == "sql":
                new = re.sub(r"^(Runtime error|Parse error): ", "ERROR:  ", new)
            out.append(new)
        out = tidy(out)
        if failed and command.kind == "sql" and out:
            out[-1] = re.sub(r" \(\d+\)$", "", out[-1])
        return out

    def shell(self, command):
        out = self.run(["bash", "-c", self.real(command.text)], "")
        return tidy(out.split("\n"))

    def python(self, command):
        path = os.path.join(self.app, "example.py")
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.real(command.text))
        out = self.run([python_with_extensions(), path], "")
        return tidy(out.split("\n"))


def python_with_extensions():
    return os.environ.get("DOCS_PYTHON", "/usr/bin/python3")


def groups(commands):
    """Runs of SQL commands that share one shell session; everything else alone."""
    group = []
    for command in commands:
        is_sql = command.kind in ("sqlite", "postgresql", "sql")
        if group and (not is_sql or command.fresh):
            yield group
            group = []
        if is_sql:
            group.append(command)
        else:
            yield [command]
    if group:
        yield group


def can_run(command):
    needs = getattr(command, "needs", "")
    if command.kind != "python" or not needs:
        return True
    done = subprocess.run([python_with_extensions(), "-c", "import " + needs],
                          stderr=subprocess.DEVNULL)
    return done.returncode == 0


def page_run(path, engine, number):
    """Pairs (command, actual lines) of what the page has for the engine."""
    lines, commands, files = page_read(path)
    mine = [command for command in commands if engine in command.engines]
    if not mine:
        return []
    results = []
    session = Session(engine, number)
    try:
        for group in groups(mine):
            if group[0].fresh:
                session.reset()
            if group[0].kind == "sh":
                results.append((group[0], session.shell(group[0])))
            elif group[0].kind == "python":
                if can_run(group[0]):
                    results.append((group[0], session.python(group[0])))
                else:
                    print("skipped %s: no python module %s" % (path, group[0].needs))
                    skipped.append(group[0])
            else:
                results.extend(zip(group, session.sql(group)))
    finally:
        session.close()
    return results


def page_update(path, results, engine):
    if engine == "postgresql":
        results = [r for r in results if "sqlite" not in r[0].engines]
    lines = open(path, encoding="utf-8").read().split("\n")
    today = re.compile(time.strftime(r"%Y-%m-%d[T ][0-9:]*Z?|%Y%m%d_[0-9]{4}", time.gmtime()))
    for command, actual in sorted(results, key=lambda r: -r[0].first_output):
        expected = tidy(command.expected)
        if not matches(expected, actual):
            last = command.first_output + len(command.expected)
            trailing = command.expected[len(expected):]
            lines[command.first_output:last] = [today.sub("…", line) for line in actual] + trailing
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))


def report(path, engine, command, actual):
    where = "%s:%d (%s)" % (os.path.relpath(path, ROOT), command.first_output, engine)
    print("FAILED %s: %s" % (where, command.text.split("\n")[0]))
    for line in tidy(command.expected):
        print("  - " + line)
    for line in actual:
        print("  + " + line)


def update_files(path):
    """Puts the files of test/docs/data into the blocks that show them."""
    lines = open(path, encoding="utf-8").read().split("\n")
    _, _, files = page_read(path)
    for line, name, text in reversed(files):
        real = open(os.path.join(DATA, name), encoding="utf-8").read().rstrip("\n")
        lines[line:line + (text.count("\n") + 1 if text else 0)] = real.split("\n")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))


def check_files(path):
    passed = failed = 0
    _, _, files = page_read(path)
    for line, name, text in files:
        real = open(os.path.join(DATA, name), encoding="utf-8").read().rstrip("\n")
        if real == text:
            passed += 1
        else:
            failed += 1
            print("FAILED %s:%d: differs from test/docs/data/%s" % (path, line, name))
    return passed, failed


def check_functions(used, engines):
    """Every function of the install scripts is called in some example of each engine."""
    scripts = [name for name in os.listdir(os.path.join(ROOT, "sql"))
               if re.fullmatch(r"migrate--[0-9.]+(--[0-9.]+)?\.sql", name)]
    names = set()
    for name in scripts:
        text = open(os.path.join(ROOT, "sql", name), encoding="utf-8").read()
        names.update(re.findall(r"CREATE FUNCTION (\w+)", text))
    passed = failed = 0
    for engine in engines:
        for name in sorted(names):
            if name in used[engine]:
                passed += 1
            else:
                failed += 1
                print("FAILED %s has no example on %s" % (name, engine))
    return passed, failed


def check_tables():
    """Tables and columns of docs/tables.md, with their types, are those that migrate_init makes."""
    written, table = {}, None
    for line in open(os.path.join(ROOT, "docs", "tables.md"), encoding="utf-8"):
        heading = re.match(r"^## (\w+)$", line)
        row = re.match(r"^\| (\w+) \| (text|bigint) \|", line)
        if heading:
            table = heading.group(1)
        elif row:
            written.setdefault(table, []).append(row.groups())
    out = subprocess.run(
        ["sqlite3", "-batch", "-init", os.devnull, "-cmd",
         ".load " + os.path.join(ROOT, "build", "sqlite", "migrate"), ":memory:"],
        input="SELECT migrate_init();\n.mode list\nSELECT m.name, c.name, c.type FROM sqlite_schema m, "
              "pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid;\n",
        capture_output=True, text=True, check=False).stdout
    real = {}
    for line in out.split("\n"):
        if line.count("|") == 2:
            name, column, kind = line.split("|")
            name = {"migrate_logbook": "log"}.get(name, name.replace("migrate_", "", 1))
            real.setdefault(name, []).append((column, kind.lower()))
    if real and written == real:
        return 1, 0
    print("FAILED docs/tables.md: it says\n  %s\nbut there is\n  %s" % (written, real))
    return 0, 1


def anchors(path):
    """The anchors that headings of a page make."""
    found = set()
    for line in open(path, encoding="utf-8"):
        heading = re.match(r"^#+ (.*)$", line)
        if heading:
            words = re.sub(r"[^\w\- ]", "", heading.group(1).lower())
            found.add(words.replace(" ", "-"))
    return found


def check_links(page):
    passed = failed = 0
    text = re.sub(r"(?ms)^```.*?^```$", "", open(page, encoding="utf-8").read())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
        if os.path.exists(path) and (not anchor or anchor in anchors(path)):
            passed += 1
        else:
            failed += 1
            print("FAILED %s: the link %s leads nowhere" % (os.path.relpath(page, ROOT), target))
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--update", action="store_true")
    parser.add_argument("pages", nargs="*")
    args = parser.parse_args()
    docs = os.path.join(ROOT, "docs")
    pages = args.pages or [os.path.join(ROOT, "README.md")] + sorted(
        os.path.join(docs, name) for name in os.listdir(docs) if name.endswith(".md"))
    passed = failed = 0
    engines = args.engine or ["sqlite", "postgresql"]
    used = {engine: set() for engine in engines}
    for number, page in enumerate(pages):
        if args.update:
            update_files(page)
        for good, bad in (check_files(page), check_links(page)):
            passed, failed = passed + good, failed + bad
        for engine in engines:
            results = page_run(page, engine, number)
            if args.update:
                page_update(page, results, engine)
            for command, actual in results:
                used[engine].update(re.findall(r"migrate_\w+", command.text))
                if matches(tidy(command.expected), actual):
                    passed += 1
                else:
                    failed += 1
                    report(page, engine, command, actual)
    if not args.pages:
        for good, bad in (check_functions(used, engines), check_tables()):
            passed, failed = passed + good, failed + bad
    print("docs: %d passed, %d failed%s" % (passed, failed,
                                            ", %d skipped" % len(skipped) if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
