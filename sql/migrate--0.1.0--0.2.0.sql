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
