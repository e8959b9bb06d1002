\echo Use "ALTER EXTENSION migrate UPDATE" to load this file. \quit

-- The log has two columns more. Who has views upon the function makes them again, and so it is with
-- privileges.
DROP FUNCTION migrate_log();
CREATE FUNCTION migrate_log()
    RETURNS TABLE (
        id pg_catalog.int8, at pg_catalog.text, who pg_catalog.text, action pg_catalog.text,
        target pg_catalog.text, revision pg_catalog.text, duration_ms pg_catalog.int8,
        outcome pg_catalog.text, detail pg_catalog.text, sqlstate pg_catalog.text,
        statement pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_log';
COMMENT ON FUNCTION migrate_log() IS
    'what was done, oldest first';

CREATE FUNCTION migrate_seed_remove(name pg_catalog.text)
    RETURNS SETOF pg_catalog.text
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_seed_remove';
COMMENT ON FUNCTION migrate_seed_remove(pg_catalog.text) IS
    'takes a seed out of the catalog; its rows stay';
REVOKE ALL ON FUNCTION migrate_seed_remove(pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_dryrun(target pg_catalog.text DEFAULT NULL, options pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (
        step pg_catalog.int8, operation pg_catalog.text, revision pg_catalog.text, source
        pg_catalog.text, line pg_catalog.int8, statement pg_catalog.text, milliseconds
        pg_catalog.text, lock pg_catalog.text, tables pg_catalog.text, rewrite pg_catalog.text,
        scan pg_catalog.text, rows pg_catalog.int8, outcome pg_catalog.text, note pg_catalog.text)
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_dryrun';
COMMENT ON FUNCTION migrate_dryrun(pg_catalog.text, pg_catalog.text) IS
    'runs an upgrade or downgrade, undoes it, and answers what each statement did';
REVOKE ALL ON FUNCTION migrate_dryrun(pg_catalog.text, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_dryrun(steps pg_catalog.int8, options pg_catalog.text DEFAULT NULL)
    RETURNS TABLE (
        step pg_catalog.int8, operation pg_catalog.text, revision pg_catalog.text, source
        pg_catalog.text, line pg_catalog.int8, statement pg_catalog.text, milliseconds
        pg_catalog.text, lock pg_catalog.text, tables pg_catalog.text, rewrite pg_catalog.text,
        scan pg_catalog.text, rows pg_catalog.int8, outcome pg_catalog.text, note pg_catalog.text)
    LANGUAGE c VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_dryrun';
COMMENT ON FUNCTION migrate_dryrun(pg_catalog.int8, pg_catalog.text) IS
    'the same for the last steps: -1 is the last one';
REVOKE ALL ON FUNCTION migrate_dryrun(pg_catalog.int8, pg_catalog.text) FROM PUBLIC;

CREATE FUNCTION migrate_progress()
    RETURNS TABLE (
        pid pg_catalog.int4, who pg_catalog.text, action pg_catalog.text, revision
        pg_catalog.text, step pg_catalog.int8, steps pg_catalog.int8, remaining pg_catalog.int8,
        statement pg_catalog.int8, statements pg_catalog.int8, rows pg_catalog.int8, state
        pg_catalog.text, blocked_by pg_catalog.text, started pg_catalog.text, since
        pg_catalog.text, query pg_catalog.text)
    LANGUAGE c STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'migrate_progress';
COMMENT ON FUNCTION migrate_progress() IS
    'which runs are under way, how far they are, and who waits for them';

-- Whoever owns the database uses it, as in 0.1.0.
DO $grant$
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
            migrate_seed_remove(pg_catalog.text),
            migrate_dryrun(pg_catalog.text, pg_catalog.text),
            migrate_dryrun(pg_catalog.int8, pg_catalog.text)
            TO %I WITH GRANT OPTION', owner);
END
$grant$;
