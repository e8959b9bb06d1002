# The library exports its SQL functions and what the server looks for, nothing else.

same "exported symbols" "" "$(nm -D --defined-only "$root/migrate.so" | awk '{ print $3 }' |
    grep -vE '^(migrate_[a-z_]+|pg_finfo_migrate_[a-z_]+|Pg_magic_func|_PG_init|_PG_fini)$')"
same "no way to run programs" "" "$(nm -D -u "$root/migrate.so" | awk '{ print $2 }' |
    grep -E '^(system|popen|exec|fork|OpenPipeStream)')"
