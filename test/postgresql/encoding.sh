# Databases in other encodings: the core speaks UTF-8, the tables hold what the database speaks.

script='-- Crème brûlée
--
-- Revision ID: e01

-- migrate:up
CREATE TABLE "crème" (v text);
INSERT INTO "crème" VALUES ('"'brûlée'"');
-- migrate:down
DROP TABLE "crème";
'
broken='-- Broken
--
-- Revision ID: e02
-- Revises: e01

-- migrate:up
SELECT 1; CREATE TABLE "é" (a int, b intt);
'
for encoding in LATIN1 EUC_JP SQL_ASCII; do
    database=encoding_$(tr '[:upper:]' '[:lower:]' <<<$encoding)
    text=$script
    bad_text=$broken
    if [ $encoding = EUC_JP ]; then
        text=$(sed 's/è/ナ/g; s/û/ニ/g; s/é/ヌ/g' <<<"$script")
        bad_text=$(sed 's/é/ヌ/g' <<<"$broken")
    fi
    name=$(sed -n 's/^CREATE TABLE "\([^"]*\)".*/\1/p' <<<"$text")
    createdb -T template0 -E $encoding --locale=C "$database"
    export PGCLIENTENCODING=UTF8
    [ $encoding != SQL_ASCII ] || PGCLIENTENCODING=SQL_ASCII
    sql "$database" "CREATE EXTENSION migrate"
    psql -XqAt -d "$database" -v script="$text" <<<"SELECT migrate_add(:'script', 'text.sql')" >/dev/null
    same "$encoding: upgrade" "Running upgrade  -> e01, $(head -n 1 <<<"$text" | cut -c 4-)
Now at e01 (head)" "$(sql "$database" "SELECT migrate_upgrade()")"
    same "$encoding: the table" "$name" "$(sql "$database" "SELECT relname FROM pg_class WHERE relkind = 'r'
        AND relnamespace = 'public'::regnamespace")"
    same "$encoding: script" "${text%$'\n'}" "$(sql "$database" "SELECT script FROM migrate_show('e01')")"
    psql -XqAt -d "$database" -v script="$bad_text" <<<"SELECT migrate_add(:'script', 'text.sql')" >/dev/null
    if [ $encoding = SQL_ASCII ]; then
        column=39
    else
        column=38
    fi
    same "$encoding: place of an error" "line 7, column $column" \
        "$(sql "$database" "SELECT migrate_upgrade()" | sed -n 's/^CONTEXT:.*\(line.*\)$/\1/p')"
    same "$encoding: downgrade" "Now at base" "$(sql "$database" "SELECT migrate_downgrade('base')" | tail -n 1)"
done
unset PGCLIENTENCODING

# A file in UTF-8 with a character the database cannot hold is an error, not a question mark.
mkdir -p "$MIG_TMP/snowman"
printf -- '-- Snowman\n--\n-- Revision ID: e03\n\n-- migrate:up\nSELECT $$\342\230\203$$;\n' \
    >"$MIG_TMP/snowman/e03.sql"
chmod -R a+rX "$MIG_TMP/snowman"
check "a character that does not fit" grep -q 'has no equivalent in encoding "LATIN1"' \
    <(sql encoding_latin1 "SELECT migrate_load('$MIG_TMP/snowman')")
same "a character that does not fit: nothing is stored" 0 \
    "$(sql encoding_latin1 "SELECT count(*) FROM migrate.revision WHERE revision = 'e03'")"
