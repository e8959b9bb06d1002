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
            migrate_seed_remove(pg_catalog.text)
            TO %I WITH GRANT OPTION', owner);
END
$grant$;
