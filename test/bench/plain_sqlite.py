"""Reads, hashes and inserts the files of a directory in one transaction, as a deploy script in Python
would; what migrate_load is measured against. Usage: plain_sqlite.py DATABASE DIRECTORY"""
import hashlib
import os
import sqlite3
import sys

db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN")
db.execute("CREATE TABLE file (name text PRIMARY KEY, hash text, text text)")
for name in os.listdir(sys.argv[2]):
    if name.endswith(".sql"):
        with open(os.path.join(sys.argv[2], name), "rb") as f:
            text = f.read()
        db.execute("INSERT INTO file VALUES (?, ?, ?)",
                   (name, hashlib.sha256(text).hexdigest(), text.decode()))
db.execute("COMMIT")
db.close()
