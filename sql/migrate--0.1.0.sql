\echo Use "CREATE EXTENSION migrate" to load this file. \quit

-- Every function runs with the rights of its caller. The tables (schema migrate) are not made here
-- but at the first action, so that they are dumped, restored and kept like any other table.

CREATE FUNCTION migrate_init(owner pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_init';
COMMENT ON FUNCTION migrate_init(pg_catalog.text) IS
    'makes the tables of the engine in schema migrate, owned by owner or by the caller';
REVOKE ALL ON FUNCTION migrate_init(pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_load(directory pg_catalog.text, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_load';
COMMENT ON FUNCTION migrate_load(pg_catalog.text, pg_catalog.text) IS
    'reads the revision scripts below a directory of the server into the catalog';
REVOKE ALL ON FUNCTION migrate_load(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_add(script pg_catalog.text, name pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_add';
COMMENT ON FUNCTION migrate_add(pg_catalog.text, pg_catalog.text) IS
    'reads one or more revision scripts from a text into the catalog';
REVOKE ALL ON FUNCTION migrate_add(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_revision(message pg_catalog.text, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_revision';
COMMENT ON FUNCTION migrate_revision(pg_catalog.text, pg_catalog.text) IS
    'makes a new revision script';
REVOKE ALL ON FUNCTION migrate_revision(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_merge(revisions pg_catalog.text, message pg_catalog.text DEFAULT NULL,
        options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_merge';
COMMENT ON FUNCTION migrate_merge(pg_catalog.text, pg_catalog.text, pg_catalog.text) IS
    'makes a revision that merges others';
REVOKE ALL ON FUNCTION migrate_merge(pg_catalog.text, pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_repair(id pg_catalog.text, script pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_repair';
COMMENT ON FUNCTION migrate_repair(pg_catalog.text, pg_catalog.text) IS
    'accepts the changed text of an applied revision without running it';
REVOKE ALL ON FUNCTION migrate_repair(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_upgrade(target pg_catalog.text DEFAULT NULL, options pg_catalog.text
        DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_upgrade';
COMMENT ON FUNCTION migrate_upgrade(pg_catalog.text, pg_catalog.text) IS
    'runs the revisions from here up to a target (default: head)';
REVOKE ALL ON FUNCTION migrate_upgrade(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_upgrade(steps pg_catalog.int8, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_upgrade';
COMMENT ON FUNCTION migrate_upgrade(pg_catalog.int8, pg_catalog.text) IS
    'refuses a number as the target of an upgrade and says what to type';
REVOKE ALL ON FUNCTION migrate_upgrade(pg_catalog.int8, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_downgrade(target pg_catalog.text, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_downgrade';
COMMENT ON FUNCTION migrate_downgrade(pg_catalog.text, pg_catalog.text) IS
    'undoes the revisions above a target';
REVOKE ALL ON FUNCTION migrate_downgrade(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_downgrade(steps pg_catalog.int8, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_downgrade';
COMMENT ON FUNCTION migrate_downgrade(pg_catalog.int8, pg_catalog.text) IS
    'undoes the last revisions: -1 is the last one';
REVOKE ALL ON FUNCTION migrate_downgrade(pg_catalog.int8, pg_catalog.text) FROM PUBLIC;

-- Without a SET clause: a procedure that has one cannot commit.
CREATE PROCEDURE migrate_upgrade_online(target pg_catalog.text DEFAULT NULL, options pg_catalog.text
        DEFAULT NULL)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'migrate_upgrade_online';
COMMENT ON PROCEDURE migrate_upgrade_online(pg_catalog.text, pg_catalog.text) IS
    'runs the revisions up to a target (default: head), each in a transaction of its own';
REVOKE ALL ON PROCEDURE migrate_upgrade_online(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE PROCEDURE migrate_upgrade_online(steps pg_catalog.int8, options pg_catalog.text
        DEFAULT NULL)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'migrate_upgrade_online';
COMMENT ON PROCEDURE migrate_upgrade_online(pg_catalog.int8, pg_catalog.text) IS
    'refuses a number as the target of an upgrade and says what to type';
REVOKE ALL ON PROCEDURE migrate_upgrade_online(pg_catalog.int8, pg_catalog.text) FROM PUBLIC;

CREATE PROCEDURE migrate_downgrade_online(target pg_catalog.text, options pg_catalog.text
        DEFAULT NULL)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'migrate_downgrade_online';
COMMENT ON PROCEDURE migrate_downgrade_online(pg_catalog.text, pg_catalog.text) IS
    'undoes the revisions above a target, each in a transaction of its own';
REVOKE ALL ON PROCEDURE migrate_downgrade_online(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE PROCEDURE migrate_downgrade_online(steps pg_catalog.int8, options pg_catalog.text
        DEFAULT NULL)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'migrate_downgrade_online';
COMMENT ON PROCEDURE migrate_downgrade_online(pg_catalog.int8, pg_catalog.text) IS
    'undoes the last revisions, each in a transaction of its own: -1 is the last one';
REVOKE ALL ON PROCEDURE migrate_downgrade_online(pg_catalog.int8, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_stamp(revisions pg_catalog.text, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_stamp';
COMMENT ON FUNCTION migrate_stamp(pg_catalog.text, pg_catalog.text) IS
    'records revisions as applied without running them';
REVOKE ALL ON FUNCTION migrate_stamp(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_upgrade_sql(range pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_upgrade_sql';
COMMENT ON FUNCTION migrate_upgrade_sql(pg_catalog.text) IS
    'writes an upgrade as an SQL script that needs no engine';
REVOKE ALL ON FUNCTION migrate_upgrade_sql(pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_downgrade_sql(range pg_catalog.text)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_downgrade_sql';
COMMENT ON FUNCTION migrate_downgrade_sql(pg_catalog.text) IS
    'writes a downgrade as an SQL script that needs no engine';
REVOKE ALL ON FUNCTION migrate_downgrade_sql(pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_assert_current()
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_assert_current';
COMMENT ON FUNCTION migrate_assert_current() IS
    'raises an error when the database is not at its heads';
REVOKE ALL ON FUNCTION migrate_assert_current() FROM PUBLIC;

CREATE FUNCTION migrate_seed_load(directory pg_catalog.text)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_seed_load';
COMMENT ON FUNCTION migrate_seed_load(pg_catalog.text) IS
    'reads the seeds below a directory of the server into the catalog';
REVOKE ALL ON FUNCTION migrate_seed_load(pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_seed_add(seed pg_catalog.text, name pg_catalog.text)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_seed_add';
COMMENT ON FUNCTION migrate_seed_add(pg_catalog.text, pg_catalog.text) IS
    'reads a seed from a text into the catalog; the ending of its name tells the format';
REVOKE ALL ON FUNCTION migrate_seed_add(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_seed(profile pg_catalog.text DEFAULT NULL, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_seed';
COMMENT ON FUNCTION migrate_seed(pg_catalog.text, pg_catalog.text) IS
    'runs the seeds of a profile and what they depend on';
REVOKE ALL ON FUNCTION migrate_seed(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_seed_run(name pg_catalog.text, params pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_seed_run';
COMMENT ON FUNCTION migrate_seed_run(pg_catalog.text, pg_catalog.text) IS
    'runs one seed, with parameters as a JSON object';
REVOKE ALL ON FUNCTION migrate_seed_run(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_seed_clear(profile pg_catalog.text, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_seed_clear';
COMMENT ON FUNCTION migrate_seed_clear(pg_catalog.text, pg_catalog.text) IS
    'takes back what the seeds of a profile have written';
REVOKE ALL ON FUNCTION migrate_seed_clear(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_reset(confirm pg_catalog.text DEFAULT NULL, options pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_reset';
COMMENT ON FUNCTION migrate_reset(pg_catalog.text, pg_catalog.text) IS
    'downgrades to base, upgrades to head and seeds anew';
REVOKE ALL ON FUNCTION migrate_reset(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_setting(name pg_catalog.text, value pg_catalog.text DEFAULT NULL)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_setting';
COMMENT ON FUNCTION migrate_setting(pg_catalog.text, pg_catalog.text) IS
    'reads or stores a setting of the engine in this database';
REVOKE ALL ON FUNCTION migrate_setting(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_current()
    RETURNS TABLE (
        revision pg_catalog.text, revises pg_catalog.text, depends_on pg_catalog.text,
        labels pg_catalog.text, state pg_catalog.text, flags pg_catalog.text, message
        pg_catalog.text, created pg_catalog.text, applied_at pg_catalog.text, source
        pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_current';
COMMENT ON FUNCTION migrate_current() IS
    'the revisions the database is at';

CREATE FUNCTION migrate_heads()
    RETURNS TABLE (
        revision pg_catalog.text, revises pg_catalog.text, depends_on pg_catalog.text,
        labels pg_catalog.text, state pg_catalog.text, flags pg_catalog.text, message
        pg_catalog.text, created pg_catalog.text, applied_at pg_catalog.text, source
        pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_heads';
COMMENT ON FUNCTION migrate_heads() IS
    'the revisions that no other revises';

CREATE FUNCTION migrate_branches()
    RETURNS TABLE (
        revision pg_catalog.text, revises pg_catalog.text, depends_on pg_catalog.text,
        labels pg_catalog.text, state pg_catalog.text, flags pg_catalog.text, message
        pg_catalog.text, created pg_catalog.text, applied_at pg_catalog.text, source
        pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_branches';
COMMENT ON FUNCTION migrate_branches() IS
    'the revisions at which branches begin';

CREATE FUNCTION migrate_history(range pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (
        revision pg_catalog.text, revises pg_catalog.text, depends_on pg_catalog.text,
        labels pg_catalog.text, state pg_catalog.text, flags pg_catalog.text, message
        pg_catalog.text, created pg_catalog.text, applied_at pg_catalog.text, source
        pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_history';
COMMENT ON FUNCTION migrate_history(pg_catalog.text) IS
    'the revisions, newest first';

CREATE FUNCTION migrate_show(id pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (
        revision pg_catalog.text, revises pg_catalog.text, depends_on pg_catalog.text,
        labels pg_catalog.text, state pg_catalog.text, flags pg_catalog.text, message
        pg_catalog.text, created pg_catalog.text, applied_at pg_catalog.text, source
        pg_catalog.text, description pg_catalog.text, script pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_show';
COMMENT ON FUNCTION migrate_show(pg_catalog.text) IS
    'one revision with its script';

CREATE FUNCTION migrate_plan(target pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (
        step pg_catalog.int8, operation pg_catalog.text, revision pg_catalog.text, message
        pg_catalog.text, statements pg_catalog.int8, transaction pg_catalog.text, note
        pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_plan';
COMMENT ON FUNCTION migrate_plan(pg_catalog.text) IS
    'what an upgrade or downgrade to a target would do';

CREATE FUNCTION migrate_plan(steps pg_catalog.int8)
    RETURNS TABLE (
        step pg_catalog.int8, operation pg_catalog.text, revision pg_catalog.text, message
        pg_catalog.text, statements pg_catalog.int8, transaction pg_catalog.text, note
        pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_plan';
COMMENT ON FUNCTION migrate_plan(pg_catalog.int8) IS
    'what a downgrade by some steps would do: -1 is the last one';

CREATE FUNCTION migrate_status()
    RETURNS TABLE (
        current pg_catalog.text, heads pg_catalog.text, applied pg_catalog.int8, pending
        pg_catalog.int8, changed pg_catalog.int8, missing pg_catalog.int8, last_run
        pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_status';
COMMENT ON FUNCTION migrate_status() IS
    'where the database is, in one row';

CREATE FUNCTION migrate_log()
    RETURNS TABLE (
        id pg_catalog.int8, at pg_catalog.text, who pg_catalog.text, action pg_catalog.text,
        target pg_catalog.text, revision pg_catalog.text, duration_ms pg_catalog.int8,
        outcome pg_catalog.text, detail pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_log';
COMMENT ON FUNCTION migrate_log() IS
    'what was done, oldest first';

CREATE FUNCTION migrate_seed_list()
    RETURNS TABLE (
        name pg_catalog.text, profiles pg_catalog.text, depends_on pg_catalog.text,
        requires pg_catalog.text, kind pg_catalog.text, tables pg_catalog.text,
        rows pg_catalog.int8, state pg_catalog.text, last_run pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_seed_list';
COMMENT ON FUNCTION migrate_seed_list() IS
    'the seeds of the catalog';

CREATE FUNCTION migrate_seed_show(name pg_catalog.text)
    RETURNS TABLE (
        table_name pg_catalog.text, row_number pg_catalog.int8, line pg_catalog.int8,
        key pg_catalog.text, state pg_catalog.text, differs pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_seed_show';
COMMENT ON FUNCTION migrate_seed_show(pg_catalog.text) IS
    'the rows of a data set beside their state in the database';

CREATE FUNCTION migrate_password_hash(password pg_catalog.text, scheme pg_catalog.text DEFAULT NULL)
    RETURNS pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL SAFE COST 1000000
    AS 'MODULE_PATHNAME', 'migrate_password_hash';
COMMENT ON FUNCTION migrate_password_hash(pg_catalog.text, pg_catalog.text) IS
    'hashes a password: bcrypt, or another scheme of crypt';

CREATE FUNCTION migrate_password_verify(password pg_catalog.text, hash pg_catalog.text)
    RETURNS pg_catalog.bool
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000000
    AS 'MODULE_PATHNAME', 'migrate_password_verify';
COMMENT ON FUNCTION migrate_password_verify(pg_catalog.text, pg_catalog.text) IS
    'does the hash fit the password?';

-- What changes something or reads files of the server is for the owner of the database, who may
-- pass it on. PostgreSQL 13 has no role that is always the owner: there it is the present one.
DO LANGUAGE plpgsql $grant$
DECLARE
    owner pg_catalog.name := 'pg_database_owner';
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) owner) THEN
        SELECT pg_catalog.pg_get_userbyid(d.datdba) INTO STRICT owner
            FROM pg_catalog.pg_database AS d
            WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database();
    END IF;
    EXECUTE pg_catalog.format(
        'GRANT EXECUTE ON FUNCTION
            migrate_init(pg_catalog.text),
            migrate_load(pg_catalog.text, pg_catalog.text),
            migrate_add(pg_catalog.text, pg_catalog.text),
            migrate_revision(pg_catalog.text, pg_catalog.text),
            migrate_merge(pg_catalog.text, pg_catalog.text, pg_catalog.text),
            migrate_repair(pg_catalog.text, pg_catalog.text),
            migrate_upgrade(pg_catalog.text, pg_catalog.text),
            migrate_upgrade(pg_catalog.int8, pg_catalog.text),
            migrate_downgrade(pg_catalog.text, pg_catalog.text),
            migrate_downgrade(pg_catalog.int8, pg_catalog.text),
            migrate_stamp(pg_catalog.text, pg_catalog.text),
            migrate_upgrade_sql(pg_catalog.text),
            migrate_downgrade_sql(pg_catalog.text),
            migrate_assert_current(),
            migrate_seed_load(pg_catalog.text),
            migrate_seed_add(pg_catalog.text, pg_catalog.text),
            migrate_seed(pg_catalog.text, pg_catalog.text),
            migrate_seed_run(pg_catalog.text, pg_catalog.text),
            migrate_seed_clear(pg_catalog.text, pg_catalog.text),
            migrate_reset(pg_catalog.text, pg_catalog.text),
            migrate_setting(pg_catalog.text, pg_catalog.text)
            TO %I WITH GRANT OPTION', owner);
    EXECUTE pg_catalog.format(
        'GRANT EXECUTE ON PROCEDURE
            migrate_upgrade_online(pg_catalog.text, pg_catalog.text),
            migrate_upgrade_online(pg_catalog.int8, pg_catalog.text),
            migrate_downgrade_online(pg_catalog.text, pg_catalog.text),
            migrate_downgrade_online(pg_catalog.int8, pg_catalog.text)
            TO %I WITH GRANT OPTION', owner);
END
$grant$;
