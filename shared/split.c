/*
 * split.c: see split.h.
 *
 * One pass: each significant token moves two small machines on, one that knows where a statement
 * ends, one that collects what its traits depend on (the first words outside parentheses, and marks
 * that may stand anywhere). What the words mean is a table, rules[]. Everything is linear and
 * nothing is allocated before a caller wants a list.
 */
#include "split.h"

#include "text.h"

#include <string.h>

/* Every word that means something here, those with the same first letter together, by letter. */
#define KEYWORDS(X)                                                                                \
    X(ABORT, "abort")                                                                              \
    X(ADD, "add")                                                                                  \
    X(ALL, "all")                                                                                  \
    X(ALTER, "alter")                                                                              \
    X(AS, "as")                                                                                    \
    X(ATOMIC, "atomic")                                                                            \
    X(BEGIN, "begin")                                                                              \
    X(BIGSERIAL, "bigserial")                                                                      \
    X(BYTEA, "bytea")                                                                              \
    X(CASE, "case")                                                                                \
    X(CLUSTER, "cluster")                                                                          \
    X(COMMENT, "comment")                                                                          \
    X(COMMIT, "commit")                                                                            \
    X(CONCURRENTLY, "concurrently")                                                                \
    X(CONNECT, "connect")                                                                          \
    X(COPY, "copy")                                                                                \
    X(CREATE, "create")                                                                            \
    X(CREATE_SLOT, "create_slot")                                                                  \
    X(DATABASE, "database")                                                                        \
    X(DELETE, "delete")                                                                            \
    X(DETACH, "detach")                                                                            \
    X(DISCARD, "discard")                                                                          \
    X(DROP, "drop")                                                                                \
    X(END, "end")                                                                                  \
    X(EXISTS, "exists")                                                                            \
    X(EXPLAIN, "explain")                                                                          \
    X(EXTENSION, "extension")                                                                      \
    X(FALSE, "false")                                                                              \
    X(FOREIGN_KEYS, "foreign_keys")                                                                \
    X(FROM, "from")                                                                                \
    X(FUNCTION, "function")                                                                        \
    X(GRANT, "grant")                                                                              \
    X(IDENTITY, "identity")                                                                        \
    X(IF, "if")                                                                                    \
    X(INDEX, "index")                                                                              \
    X(INSERT, "insert")                                                                            \
    X(INTO, "into")                                                                                \
    X(JOURNAL_MODE, "journal_mode")                                                                \
    X(JSON, "json")                                                                                \
    X(JSONB, "jsonb")                                                                              \
    X(MATERIALIZED, "materialized")                                                                \
    X(MERGE, "merge")                                                                              \
    X(MIGRATE, "migrate")                                                                          \
    X(OFF, "off")                                                                                  \
    X(OR, "or")                                                                                    \
    X(PRAGMA, "pragma")                                                                            \
    X(PREPARE, "prepare")                                                                          \
    X(PRIMARY, "primary")                                                                          \
    X(PROCEDURE, "procedure")                                                                      \
    X(PUBLICATION, "publication")                                                                  \
    X(REFRESH, "refresh")                                                                          \
    X(REINDEX, "reindex")                                                                          \
    X(RELEASE, "release")                                                                          \
    X(REPLACE, "replace")                                                                          \
    X(REVOKE, "revoke")                                                                            \
    X(ROLLBACK, "rollback")                                                                        \
    X(SAVEPOINT, "savepoint")                                                                      \
    X(SCHEMA, "schema")                                                                            \
    X(SELECT, "select")                                                                            \
    X(SEQUENCE, "sequence")                                                                        \
    X(SERIAL, "serial")                                                                            \
    X(SET, "set")                                                                                  \
    X(SMALLSERIAL, "smallserial")                                                                  \
    X(START, "start")                                                                              \
    X(STDIN, "stdin")                                                                              \
    X(STDOUT, "stdout")                                                                            \
    X(SUBSCRIPTION, "subscription")                                                                \
    X(SYNCHRONOUS, "synchronous")                                                                  \
    X(SYSTEM, "system")                                                                            \
    X(TABLE, "table")                                                                              \
    X(TABLESPACE, "tablespace")                                                                    \
    X(TEMP, "temp")                                                                                \
    X(TEMP_STORE, "temp_store")                                                                    \
    X(TEXT, "text")                                                                                \
    X(TEMPORARY, "temporary")                                                                      \
    X(TO, "to")                                                                                    \
    X(TRANSACTION, "transaction")                                                                  \
    X(TRIGGER, "trigger")                                                                          \
    X(TRUNCATE, "truncate")                                                                        \
    X(TYPE, "type")                                                                                \
    X(UNIQUE, "unique")                                                                            \
    X(UPDATE, "update")                                                                            \
    X(VACUUM, "vacuum")                                                                            \
    X(VALUE, "value")                                                                              \
    X(VALUES, "values")                                                                            \
    X(VERBOSE, "verbose")                                                                          \
    X(VIEW, "view")                                                                                \
    X(WAL_CHECKPOINT, "wal_checkpoint")                                                            \
    X(WITH, "with")                                                                                \
    X(XML, "xml")

typedef enum keyword {
    K_NONE,
#define KEYWORD_ENUM(name, text) K_##name,
    KEYWORDS(KEYWORD_ENUM)
#undef KEYWORD_ENUM
        K_OPEN,
    K_EQUALS
} keyword;

static const char *const keyword_names[] = {
#define KEYWORD_NAME(name, text) text,
    KEYWORDS(KEYWORD_NAME)
#undef KEYWORD_NAME
};

static const unsigned char keyword_lengths[] = {
#define KEYWORD_LENGTH(name, text) sizeof(text) - 1,
    KEYWORDS(KEYWORD_LENGTH)
#undef KEYWORD_LENGTH
};

#define MAX_KEYWORD 14 /* bytes */

/* Functions of the engine that change something or that would start a run inside a run. */
static const char *const action_names[] = {
    "migrate_add",           "migrate_assert_current",
    "migrate_downgrade",     "migrate_downgrade_online",
    "migrate_downgrade_sql", "migrate_dryrun",
    "migrate_init",          "migrate_load",
    "migrate_merge",         "migrate_repair",
    "migrate_reset",         "migrate_revision",
    "migrate_seed",          "migrate_seed_add",
    "migrate_seed_clear",    "migrate_seed_load",
    "migrate_seed_remove",   "migrate_seed_run",
    "migrate_setting",       "migrate_stamp",
    "migrate_upgrade",       "migrate_upgrade_online",
    "migrate_upgrade_sql",
};

#define MARK_CONCURRENTLY 0x001u
#define MARK_STDIN 0x002u
#define MARK_INTO 0x004u
#define MARK_MODIFY 0x008u /* a WITH query that writes */
#define MARK_ACTION 0x010u
#define MARK_MIGRATE 0x020u
#define MARK_NO_SLOT 0x040u /* create_slot = false and the like */
#define MARK_TABLESPACE 0x080u
#define MARK_ASSIGN 0x100u /* = or ( outside parentheses */
#define MARK_META 0x200u
#define MARK_REFRESH 0x400u
#define MARK_DROP 0x800u
#define MARK_ADD_VALUE 0x1000u

#define N_LEAD MIG_N_LEAD

/* Where SQLite's splitter stands; the states of sqlite3_complete. */
typedef enum trigger_state {
    AT_START,
    AT_EXPLAIN,
    AT_CREATE,
    AT_NORMAL,
    IN_TRIGGER,
    IN_TRIGGER_SEMI, /* behind a ; of the body */
    IN_TRIGGER_END   /* behind its END */
} trigger_state;

/*
 * mig_reading: lead are the first words outside parentheses (K_NONE: some other word), n_lead counts
 * all of them; verb is the first SELECT, INSERT ... outside parentheses; last and before are the
 * last token and the one before it; depth counts open parentheses, brackets
 * open brackets, atomic open BEGIN ATOMIC and CASE
 * (PostgreSQL), trigger is a trigger_state (SQLite).
 */
typedef mig_reading reading;

static char byte_lower(const mig_str text, size_t i) {
    return mig_lower(text.p[i]);
}

/* The first keyword that begins with a letter; where none does, that of a later one. */
static const unsigned char letter_first[] = {
    K_ABORT,        K_BEGIN,        K_CASE,           K_DATABASE,  K_END,
    K_FALSE,        K_GRANT,        K_IDENTITY,       K_IDENTITY,  K_JOURNAL_MODE,
    K_MATERIALIZED, K_MATERIALIZED, K_MATERIALIZED,   K_OFF,       K_OFF,
    K_PRAGMA,       K_REFRESH,      K_REFRESH,        K_SAVEPOINT, K_TABLE,
    K_UNIQUE,       K_VACUUM,       K_WAL_CHECKPOINT, K_XML,       K_OPEN,
    K_OPEN,         K_OPEN};

static keyword keyword_find(mig_str word) {
    size_t letter, k;

    if (word.n > MAX_KEYWORD || !mig_is_alpha(word.p[0]))
        return K_NONE;
    letter = (size_t)(byte_lower(word, 0) - 'a');
    for (k = letter_first[letter]; k < letter_first[letter + 1]; k++)
        if (keyword_lengths[k - 1] == word.n && keyword_names[k - 1][1] == byte_lower(word, 1) &&
            mig_str_is_nocase(word, keyword_names[k - 1]))
            return (keyword)k;
    return K_NONE;
}

/* The name without its quotes. */
static mig_str name_bare(const mig_lexer *lexer, const mig_token *token) {
    mig_str name = mig_token_text(lexer, token);

    return token->kind == MIG_TOK_QUOTED ? mig_str_sub(name, 1, name.n - 2) : name;
}

static bool is_name(const mig_token *token) {
    return token->kind == MIG_TOK_WORD || token->kind == MIG_TOK_QUOTED;
}

static bool is_action_name(mig_str name) {
    size_t i;

    if (name.n < 11 || byte_lower(name, 0) != 'm' || byte_lower(name, 7) != '_')
        return false;
    for (i = 0; i < sizeof action_names / sizeof *action_names; i++)
        if (mig_str_is_nocase(name, action_names[i]))
            return true;
    return false;
}

static keyword token_keyword(const mig_lexer *lexer, const mig_token *token) {
    if (token->kind == MIG_TOK_WORD)
        return keyword_find(mig_token_text(lexer, token));
    if (token->kind == MIG_TOK_QUOTED)
        return mig_str_is_nocase(name_bare(lexer, token), "migrate") ? K_MIGRATE : K_NONE;
    if (token->kind == MIG_TOK_OPEN)
        return K_OPEN;
    if (token->kind == MIG_TOK_OPERATOR && mig_str_is(mig_token_text(lexer, token), "="))
        return K_EQUALS;
    return K_NONE;
}

static bool is_verb(keyword k) {
    return k == K_SELECT || k == K_VALUES || k == K_TABLE || k == K_INSERT || k == K_UPDATE ||
           k == K_DELETE || k == K_MERGE || k == K_REPLACE;
}

/* ---- where a statement ends -------------------------------------------------------------- */

static void trigger_step(reading *r, mig_token_kind kind, keyword k) {
    switch (r->trigger) {
    case AT_START:
    case AT_EXPLAIN:
        if (k == K_CREATE)
            r->trigger = AT_CREATE;
        else if (r->trigger == AT_START)
            r->trigger = k == K_EXPLAIN ? AT_EXPLAIN : AT_NORMAL;
        break;
    case AT_CREATE:
        if (k != K_TEMP && k != K_TEMPORARY)
            r->trigger = k == K_TRIGGER ? IN_TRIGGER : AT_NORMAL;
        break;
    case AT_NORMAL:
        break;
    case IN_TRIGGER:
    case IN_TRIGGER_SEMI:
    case IN_TRIGGER_END:
        if (kind == MIG_TOK_SEMICOLON)
            r->trigger = IN_TRIGGER_SEMI;
        else
            r->trigger = r->trigger == IN_TRIGGER_SEMI && k == K_END ? IN_TRIGGER_END : IN_TRIGGER;
        break;
    }
}

static bool is_routine(const reading *r) {
    keyword what = r->lead[1] == K_OR && r->lead[2] == K_REPLACE ? r->lead[3] : r->lead[1];

    return r->lead[0] == K_CREATE && (what == K_FUNCTION || what == K_PROCEDURE);
}

/* The body of an SQL-standard routine: BEGIN ATOMIC ... END, with CASE ... END inside. */
static void atomic_step(reading *r, keyword k) {
    if (r->atomic == 0) {
        if (k == K_ATOMIC && r->last == K_BEGIN && r->depth == 0 && is_routine(r))
            r->atomic = 1;
    } else if (k == K_CASE) {
        r->atomic++;
    } else if (k == K_END) {
        r->atomic--;
    }
}

/* Does a semicolon end the statement here? */
static bool reading_ends(const reading *r) {
    if (r->engine == MIG_SQLITE)
        return r->trigger < IN_TRIGGER || r->trigger == IN_TRIGGER_END;
    return r->depth == 0 && r->atomic == 0;
}

/* ---- what is in it ----------------------------------------------------------------------- */

static unsigned word_marks(const reading *r, keyword k) {
    if (k == K_NONE)
        return 0;
    if (k == K_CONCURRENTLY)
        return MARK_CONCURRENTLY;
    if (k == K_MIGRATE)
        return MARK_MIGRATE;
    if (k == K_REFRESH || k == K_PUBLICATION)
        return MARK_REFRESH;
    if ((k == K_FALSE || k == K_OFF) && r->last == K_EQUALS &&
        (r->before == K_CREATE_SLOT || r->before == K_CONNECT || r->before == K_REFRESH))
        return MARK_NO_SLOT;
    if ((k == K_INSERT || k == K_UPDATE || k == K_DELETE || k == K_MERGE) && r->last == K_OPEN &&
        (r->before == K_AS || r->before == K_MATERIALIZED))
        return MARK_MODIFY;
    if (r->depth > 0)
        return 0;
    if ((k == K_STDIN || k == K_STDOUT) && (r->last == K_FROM || r->last == K_TO))
        return MARK_STDIN;
    if (k == K_INTO)
        return MARK_INTO;
    if (k == K_DROP)
        return MARK_DROP;
    if (k == K_VALUE)
        return r->last == K_ADD ? MARK_ADD_VALUE : 0;
    return k == K_TABLESPACE && r->last == K_SET ? MARK_TABLESPACE : 0;
}

static void lead_add(reading *r, keyword k) {
    if (r->n_lead < N_LEAD)
        r->lead[r->n_lead] = k;
    r->n_lead++;
    if (r->verb == K_NONE && is_verb(k))
        r->verb = k;
}

/* What the locks of a statement that makes a table depend on; a word behind a name is a type there. */
static void locks_step(reading *r, const mig_lexer *lexer, const mig_token *token, unsigned k) {
    switch (k) {
    case K_PRIMARY:
    case K_UNIQUE:
        r->n_keys++;
        break;
    case K_SERIAL:
    case K_BIGSERIAL:
    case K_SMALLSERIAL:
        r->n_sequences += r->last_is_name;
        break;
    case K_IDENTITY:
        r->n_sequences += r->last == K_AS;
        break;
    case K_TEXT:
    case K_JSON:
    case K_JSONB:
    case K_BYTEA:
    case K_XML:
        r->long_values = r->long_values || (r->depth == 1 && r->last_is_name);
        break;
    default:
        r->n_commas += r->depth == 0 && lexer->text.p[token->start] == ',';
        break;
    }
    r->last_is_name = is_name(token) && k != K_AS;
}

static void token_add(reading *r, const mig_lexer *lexer, const mig_token *token) {
    keyword k = token_keyword(lexer, token);

    if (r->engine == MIG_SQLITE)
        trigger_step(r, token->kind, k);
    else
        atomic_step(r, k);
    if (r->engine == MIG_POSTGRESQL)
        locks_step(r, lexer, token, k);
    r->marks |= word_marks(r, k);
    if (is_name(token) && r->depth == 0)
        lead_add(r, k);
    if (token->kind == MIG_TOK_OPEN) {
        r->open_first = r->open_first || r->n_tokens == 0;
        r->marks |= (r->last_is_action ? MARK_ACTION : 0) | (r->depth == 0 ? MARK_ASSIGN : 0);
        r->depth++;
    } else if (token->kind == MIG_TOK_CLOSE && r->depth > 0) {
        r->depth--;
    } else if (k == K_EQUALS && r->depth == 0) {
        r->marks |= MARK_ASSIGN;
    } else if (token->kind == MIG_TOK_BAD && lexer->text.p[token->start] == '\\') {
        r->marks |= MARK_META;
    }
    r->last_is_action = is_name(token) && is_action_name(name_bare(lexer, token));
    r->before = r->last;
    r->last = k;
    r->n_tokens++;
}

/* Can it be the bound of an array slice, which PostgreSQL reads as a colon and a word? */
static bool is_slice(const mig_lexer *lexer, const mig_token *token) {
    return lexer->mode == MIG_LEX_POSTGRESQL && token->kind == MIG_TOK_VARIABLE &&
           lexer->text.p[token->start] == ':';
}

static mig_token slice_word(const mig_token *token) {
    mig_token word = *token;

    word.kind = MIG_TOK_WORD;
    word.start++;
    word.length--;
    return word;
}

static void reading_add(reading *r, const mig_lexer *lexer, const mig_token *token) {
    mig_token part = *token;
    char c = lexer->text.p[token->start];

    if (token->kind == MIG_TOK_OPERATOR && c == '[')
        r->brackets++;
    else if (token->kind == MIG_TOK_OPERATOR && c == ']' && r->brackets > 0)
        r->brackets--;
    if (r->brackets > 0 && is_slice(lexer, token)) {
        part.kind = MIG_TOK_OPERATOR;
        part.length = 1;
        token_add(r, lexer, &part);
        part = slice_word(token);
    }
    token_add(r, lexer, &part);
}

/* ---- what it means ----------------------------------------------------------------------- */

#define ON_PG 1u
#define ON_SQLITE 2u
#define ON_BOTH 3u
#define CONCURRENT (MIG_TRAIT_OUTSIDE | MIG_TRAIT_CONCURRENTLY)
#define VACUUM_TRAITS (MIG_TRAIT_OUTSIDE | MIG_TRAIT_VACUUM)

/* A statement that begins with words, and has all the marks of need and none of unless. */
typedef struct rule {
    unsigned engines;
    keyword words[3];
    unsigned need, unless;
    unsigned traits;
} rule;

static const rule rules[] = {
    {ON_BOTH, {K_BEGIN}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_BOTH, {K_COMMIT}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_BOTH, {K_END}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_BOTH, {K_ROLLBACK}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_BOTH, {K_SAVEPOINT}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_BOTH, {K_RELEASE}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_PG, {K_ABORT}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_PG, {K_START, K_TRANSACTION}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_PG, {K_PREPARE, K_TRANSACTION}, 0, 0, MIG_TRAIT_TRANSACTION},
    {ON_BOTH, {K_VACUUM}, 0, 0, VACUUM_TRAITS},
    {ON_BOTH, {K_DROP, K_TABLE}, 0, 0, MIG_TRAIT_DROP_TABLE},
    {ON_PG, {K_COPY}, MARK_STDIN, 0, MIG_TRAIT_COPY_STDIN},
    {ON_PG, {K_DROP, K_EXTENSION}, MARK_MIGRATE, 0, MIG_TRAIT_SELF},
    {ON_PG, {K_ALTER, K_EXTENSION, K_MIGRATE}, 0, 0, MIG_TRAIT_SELF},
    {ON_PG, {K_CREATE, K_INDEX, K_CONCURRENTLY}, 0, 0, CONCURRENT},
    {ON_PG, {K_CREATE, K_UNIQUE, K_INDEX}, MARK_CONCURRENTLY, 0, CONCURRENT},
    {ON_PG, {K_DROP, K_INDEX, K_CONCURRENTLY}, 0, 0, CONCURRENT},
    {ON_PG, {K_REINDEX}, MARK_CONCURRENTLY, 0, CONCURRENT},
    {ON_PG, {K_REINDEX, K_DATABASE}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_REINDEX, K_SCHEMA}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_REINDEX, K_SYSTEM}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_ALTER, K_TABLE}, MARK_CONCURRENTLY, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_CREATE, K_DATABASE}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_DROP, K_DATABASE}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_ALTER, K_DATABASE}, MARK_TABLESPACE, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_CREATE, K_TABLESPACE}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_DROP, K_TABLESPACE}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_ALTER, K_SYSTEM}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_DISCARD, K_ALL}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_ALTER, K_TYPE}, MARK_ADD_VALUE, 0, MIG_TRAIT_ADD_VALUE},
    {ON_PG, {K_CREATE, K_SUBSCRIPTION}, 0, MARK_NO_SLOT, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_ALTER, K_SUBSCRIPTION}, MARK_REFRESH, MARK_NO_SLOT, MIG_TRAIT_OUTSIDE},
    {ON_PG, {K_DROP, K_SUBSCRIPTION}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_SQLITE, {K_DETACH}, 0, 0, MIG_TRAIT_OUTSIDE},
    {ON_SQLITE, {K_PRAGMA}, 0, 0, MIG_TRAIT_PRAGMA},
};

static bool rule_fits(const rule *candidate, const reading *r) {
    size_t i;

    for (i = 0; i < 3 && candidate->words[i] != K_NONE; i++)
        if (candidate->words[i] != r->lead[i])
            return false;
    return (r->marks & candidate->need) == candidate->need && (r->marks & candidate->unless) == 0;
}

/* PRAGMA [schema.]name = value, for the names that a transaction ignores or refuses. */
static bool is_outside_pragma(const reading *r) {
    size_t i;

    if (r->lead[0] != K_PRAGMA)
        return false;
    for (i = 1; i <= 2; i++) {
        if (r->lead[i] == K_WAL_CHECKPOINT)
            return true;
        if ((r->marks & MARK_ASSIGN) != 0 &&
            (r->lead[i] == K_FOREIGN_KEYS || r->lead[i] == K_JOURNAL_MODE ||
             r->lead[i] == K_SYNCHRONOUS || r->lead[i] == K_TEMP_STORE))
            return true;
    }
    return false;
}

/* CLUSTER without a table. */
static bool is_cluster_all(const reading *r) {
    return r->lead[0] == K_CLUSTER &&
           (r->n_lead == 1 || (r->n_lead == 2 && r->lead[1] == K_VERBOSE));
}

static bool is_query(const reading *r) {
    keyword first = r->lead[0];

    if ((r->marks & (MARK_INTO | MARK_MODIFY)) != 0)
        return false;
    if (first == K_WITH)
        return r->verb == K_SELECT || r->verb == K_VALUES || r->verb == K_TABLE;
    return r->open_first || first == K_SELECT || first == K_VALUES || first == K_TABLE;
}

/* GRANT, REVOKE and COMMENT only name a function. */
static bool calls_action(const reading *r) {
    return (r->marks & MARK_ACTION) != 0 && r->lead[0] != K_GRANT && r->lead[0] != K_REVOKE &&
           r->lead[0] != K_COMMENT;
}

static unsigned reading_traits(const reading *r) {
    unsigned engine = r->engine == MIG_POSTGRESQL ? ON_PG : ON_SQLITE;
    unsigned traits = 0;
    size_t i;

    for (i = 0; r->lead[0] != K_NONE && i < sizeof rules / sizeof *rules; i++)
        if (rules[i].words[0] == r->lead[0] && (rules[i].engines & engine) != 0 &&
            rule_fits(&rules[i], r))
            traits |= rules[i].traits;
    if (engine == ON_SQLITE ? is_outside_pragma(r) : is_cluster_all(r))
        traits |= MIG_TRAIT_OUTSIDE;
    if (calls_action(r))
        traits |= MIG_TRAIT_SELF;
    if ((r->marks & MARK_META) != 0)
        traits |= MIG_TRAIT_META;
    if (is_query(r))
        traits |= MIG_TRAIT_QUERY;
    return traits;
}

/* ---- locks ------------------------------------------------------------------------------- */

/* What CREATE, behind its options, makes. */
static unsigned made_what(const reading *r) {
    size_t i;

    for (i = 1; i < N_LEAD; i++) {
        switch (r->lead[i]) {
        case K_TABLE:
        case K_INDEX:
        case K_VIEW:
        case K_SEQUENCE:
        case K_TYPE:
            return r->lead[i];
        case K_TEMP:
        case K_TEMPORARY:
        case K_MATERIALIZED:
        case K_UNIQUE:
            break;
        default:
            if (i > 1)
                return K_NONE;
        }
    }
    return K_NONE;
}

static bool has_if(const reading *r) {
    size_t i;

    for (i = 2; i < N_LEAD; i++)
        if (r->lead[i] == K_IF)
            return true;
    return false;
}

/* Measured on PostgreSQL 15: a table has an entry for itself and its type, a key for its index and
   its constraint, long values are a table with an index. */
static size_t made_locks(const reading *r) {
    switch (made_what(r)) {
    case K_TABLE:
        return 2 + 2 * r->n_keys + r->n_sequences + (r->long_values ? 2 : 0);
    case K_VIEW:
        return 2;
    case K_INDEX:
    case K_SEQUENCE:
    case K_TYPE:
        return 1;
    default:
        return 0;
    }
}

static void locks_add(mig_locks *locks, const reading *r) {
    size_t n = 0;

    switch (r->lead[0]) {
    case K_CREATE:
        n = made_locks(r);
        locks->least += has_if(r) ? 0 : n;
        break;
    case K_DROP:
        n = r->lead[1] == K_TABLE ? 6 * (r->n_commas + 1) : 1;
        break;
    case K_ALTER:
        n = r->lead[1] == K_TABLE;
        break;
    case K_TRUNCATE:
        n = 4 * (r->n_commas + 1);
        break;
    default:
        break;
    }
    locks->likely += n;
}

/* ---- losses ------------------------------------------------------------------------------ */

/* Reads the names behind DROP TABLE, or the DROP actions behind ALTER TABLE. */
typedef struct loss_reader {
    mig_lexer lexer;
    mig_token token; /* the next to look at */
    bool columns;    /* ALTER TABLE */
    mig_str table;
} loss_reader;

static void loss_step(loss_reader *reader) {
    reader->token = mig_lex_significant(&reader->lexer);
}

static bool loss_skip(loss_reader *reader, const char *word) {
    if (!mig_token_is(&reader->lexer, &reader->token, word))
        return false;
    loss_step(reader);
    return true;
}

static bool loss_at(const loss_reader *reader, const char *operator_text) {
    return reader->token.kind == MIG_TOK_OPERATOR &&
           mig_str_is(mig_token_text(&reader->lexer, &reader->token), operator_text);
}

/* A name with its dots; empty where none stands here. */
static mig_str loss_name(loss_reader *reader) {
    size_t start = reader->token.start, end = start;

    while (is_name(&reader->token)) {
        end = reader->token.start + reader->token.length;
        loss_step(reader);
        if (!loss_at(reader, "."))
            break;
        loss_step(reader);
    }
    return mig_str_sub(reader->lexer.text, start, end - start);
}

static loss_reader loss_reader_new(mig_engine engine, mig_str text,
                                   const mig_statement *statement) {
    loss_reader reader;

    memset(&reader, 0, sizeof reader);
    reader.lexer = mig_lexer_new(mig_lex_mode_of(engine),
                                 mig_str_sub(text, statement->start, statement->length), 1);
    loss_step(&reader);
    reader.columns = loss_skip(&reader, "alter");
    if (!reader.columns)
        loss_skip(&reader, "drop");
    loss_skip(&reader, "table");
    if (loss_skip(&reader, "if"))
        loss_skip(&reader, "exists");
    if (reader.columns) {
        loss_skip(&reader, "only");
        reader.table = loss_name(&reader);
        if (loss_at(&reader, "*"))
            loss_step(&reader);
    }
    return reader;
}

/* Behind the next comma outside parentheses. */
static void loss_skip_action(loss_reader *reader) {
    size_t depth = 0;

    for (; reader->token.kind != MIG_TOK_END; loss_step(reader)) {
        if (reader->token.kind == MIG_TOK_OPEN)
            depth++;
        else if (reader->token.kind == MIG_TOK_CLOSE && depth > 0)
            depth--;
        else if (depth == 0 && loss_at(reader, ","))
            break;
    }
    if (reader->token.kind != MIG_TOK_END)
        loss_step(reader);
}

static bool loss_next_column(loss_reader *reader, mig_loss *loss) {
    while (reader->token.kind != MIG_TOK_END) {
        loss->table = reader->table;
        loss->column.n = 0;
        if (loss_skip(reader, "drop") &&
            !mig_token_is(&reader->lexer, &reader->token, "constraint")) {
            loss_skip(reader, "column");
            if (loss_skip(reader, "if"))
                loss_skip(reader, "exists");
            loss->column = loss_name(reader);
        }
        loss_skip_action(reader);
        if (loss->column.n > 0)
            return true;
    }
    return false;
}

static bool loss_next(loss_reader *reader, mig_loss *loss) {
    memset(loss, 0, sizeof *loss);
    if (reader->columns)
        return loss_next_column(reader, loss);
    loss->table = loss_name(reader);
    if (loss->table.n == 0)
        return false;
    if (loss_at(reader, ","))
        loss_step(reader);
    else
        reader->token.kind = MIG_TOK_END;
    return true;
}

static bool drops_column(mig_engine engine, mig_str text, const mig_statement *statement) {
    loss_reader reader = loss_reader_new(engine, text, statement);
    mig_loss loss;

    return loss_next(&reader, &loss);
}

/* ---- the public part --------------------------------------------------------------------- */

mig_splitter mig_splitter_new(mig_engine engine, mig_str text, int line) {
    mig_splitter splitter;

    splitter.lexer = mig_lexer_new(mig_lex_mode_of(engine), text, line);
    splitter.engine = engine;
    splitter.locks = (mig_locks){0, 0};
    return splitter;
}

static bool begins_shell_command(const mig_lexer *lexer, const mig_token *token) {
    char c = lexer->text.p[token->start];

    return (token->kind == MIG_TOK_BAD && c == '\\') ||
           (token->kind == MIG_TOK_OPERATOR && c == '.');
}

/* The rest of the line is the statement. */
static void take_line(mig_splitter *splitter, const mig_token *token, mig_statement *statement) {
    mig_str rest = mig_str_sub(splitter->lexer.text, token->start, SIZE_MAX);
    size_t end = rest.n;

    mig_str_find(rest, '\n', &end);
    mig_lexer_skip(&splitter->lexer, token->start + end);
    while (end > 0 && mig_is_space(rest.p[end - 1]))
        end--;
    statement->start = token->start;
    statement->length = end;
    statement->line = token->line;
    statement->column = token->column;
    statement->traits = MIG_TRAIT_META;
}

static bool may_drop_column(const reading *r) {
    return r->lead[0] == K_ALTER && r->lead[1] == K_TABLE && (r->marks & MARK_DROP) != 0;
}

static void statement_finish(mig_splitter *splitter, const reading *r, mig_statement *statement) {
    locks_add(&splitter->locks, r);
    statement->traits = reading_traits(r);
    if (may_drop_column(r) && drops_column(splitter->engine, splitter->lexer.text, statement))
        statement->traits |= MIG_TRAIT_DROP_COLUMN;
}

mig_split_result mig_splitter_next(mig_splitter *splitter, mig_statement *statement,
                                   mig_token *damage) {
    mig_lexer *lexer = &splitter->lexer;
    mig_statement unwanted;
    mig_token token;
    reading r;

    memset(&r, 0, sizeof r);
    r.engine = splitter->engine;
    if (statement == NULL)
        statement = &unwanted;
    memset(statement, 0, sizeof *statement);
    for (;;) {
        token = mig_lex_significant(lexer);
        if (token.kind == MIG_TOK_END || (token.kind == MIG_TOK_SEMICOLON && reading_ends(&r))) {
            if (r.n_tokens > 0)
                break;
            if (token.kind == MIG_TOK_END)
                return MIG_SPLIT_END;
            continue;
        }
        if (mig_token_open(lexer, &token) != NULL) {
            if (damage != NULL)
                *damage = token;
            return MIG_SPLIT_DAMAGE;
        }
        if (r.n_tokens == 0 && begins_shell_command(lexer, &token)) {
            take_line(splitter, &token, statement);
            return MIG_SPLIT_STATEMENT;
        }
        if (r.n_tokens == 0) {
            statement->start = token.start;
            statement->line = token.line;
            statement->column = token.column;
        }
        statement->length = token.start + token.length - statement->start;
        reading_add(&r, lexer, &token);
    }
    statement_finish(splitter, &r, statement);
    return MIG_SPLIT_STATEMENT;
}

/* Does the engine read a token of checksum mode as the same one? What only one of them has, or has
   in another way, counts as no. */
static bool token_agreed(mig_engine engine, mig_str text, const mig_token *token) {
    char first = text.p[token->start];

    switch (token->kind) {
    case MIG_TOK_WORD:
    case MIG_TOK_NUMBER:
    case MIG_TOK_SEMICOLON:
    case MIG_TOK_OPEN:
    case MIG_TOK_CLOSE:
    case MIG_TOK_BLOCK_COMMENT:
        return true;
    case MIG_TOK_STRING:
        return first == '\'';
    case MIG_TOK_QUOTED:
        return first == '"' || (first == '`' && engine == MIG_SQLITE);
    case MIG_TOK_OPERATOR:
        return token->length == 1 && memchr(",.=*+-/<>]", first, 10) != NULL &&
               !(engine == MIG_POSTGRESQL && token->start + 1 < text.n &&
                 text.p[token->start + 1] == '`');
    case MIG_TOK_BLANK:
    case MIG_TOK_LINE_COMMENT:
    case MIG_TOK_VARIABLE:
    case MIG_TOK_BAD:
    case MIG_TOK_END:
        break;
    }
    return false;
}

static void gist_finish(mig_gist *gist) {
    unsigned traits = reading_traits(&gist->reading);

    gist->n_statements++;
    gist->traits |= traits;
    locks_add(&gist->locks, &gist->reading);
    gist->queries = gist->queries && (traits & MIG_TRAIT_QUERY) != 0;
    gist->unsure = gist->unsure || may_drop_column(&gist->reading);
}

static void gist_turn(mig_gist *gist) {
    mig_engine engine = gist->reading.engine;

    memset(&gist->reading, 0, sizeof gist->reading);
    gist->reading.engine = engine;
}

void mig_gist_begin(mig_gist *gist, mig_engine engine) {
    gist->n_statements = 0;
    gist->traits = 0;
    gist->locks = (mig_locks){0, 0};
    gist->queries = true;
    gist->closed = false;
    gist->unsure = false;
    gist->reading.engine = engine;
    gist_turn(gist);
}

void mig_gist_token(mig_gist *gist, const mig_lexer *lexer, const mig_token *token) {
    reading *r = &gist->reading;

    if (gist->unsure || token->kind == MIG_TOK_BLOCK_COMMENT)
        return;
    if (lexer->ambiguous || token->kind == MIG_TOK_BAD ||
        (lexer->mode == MIG_LEX_CHECKSUM && !token_agreed(r->engine, lexer->text, token)) ||
        (r->n_tokens == 0 && begins_shell_command(lexer, token))) {
        gist->unsure = true;
    } else if (token->kind != MIG_TOK_SEMICOLON || !reading_ends(r)) {
        reading_add(r, lexer, token);
    } else if (r->n_tokens > 0) {
        gist_finish(gist);
        gist_turn(gist);
    }
}

void mig_gist_end(mig_gist *gist) {
    gist->closed = gist->reading.n_tokens == 0;
    if (!gist->unsure && gist->reading.n_tokens > 0)
        gist_finish(gist);
}

static bool damage_raise(mig_ctx *ctx, mig_str source, const mig_splitter *splitter,
                         const mig_token *damage) {
    mig_error error;

    memset(&error, 0, sizeof error);
    error.code = MIG_E_SYNTAX;
    error.message =
        mig_str_format(ctx, "%s is not closed", mig_token_open(&splitter->lexer, damage)).p;
    error.hint = "It opens at this place and reaches to the end: the script looks half-written.";
    error.source = mig_str_z(ctx, source);
    error.line = damage->line;
    error.column = damage->column;
    return mig_raise(ctx, &error);
}

bool mig_split(mig_ctx *ctx, mig_engine engine, mig_str source, mig_str text, int line,
               mig_statement **statements, size_t *n) {
    mig_splitter splitter = mig_splitter_new(engine, text, line);
    mig_split_result result;
    mig_statement statement, *items = NULL;
    mig_token damage;
    size_t room = 0;

    *statements = NULL;
    *n = 0;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    while ((result = mig_splitter_next(&splitter, &statement, &damage)) == MIG_SPLIT_STATEMENT) {
        items = mig_grow(ctx, items, *n, &room, sizeof *items);
        if (items == NULL)
            return false;
        items[(*n)++] = statement;
        *statements = items;
    }
    return result == MIG_SPLIT_END || damage_raise(ctx, source, &splitter, &damage);
}

bool mig_split_run(mig_ctx *ctx, const mig_section_run *run, const mig_statement **statements,
                   size_t *n) {
    mig_statement *cut = NULL;

    *statements = run->statements;
    *n = run->n_statements;
    if (run->statements != NULL)
        return mig_ctx_error(ctx) == NULL;
    if (!mig_split(ctx, mig_ctx_host(ctx)->engine, mig_str_of(run->source), run->text, run->line,
                   &cut, n))
        return false;
    *statements = cut;
    return true;
}

bool mig_split_losses(mig_ctx *ctx, mig_engine engine, mig_str text, const mig_statement *statement,
                      mig_loss **losses, size_t *n) {
    const unsigned drops = MIG_TRAIT_DROP_TABLE | MIG_TRAIT_DROP_COLUMN;
    loss_reader reader;
    mig_loss loss, *items = NULL;
    size_t room = 0;

    *losses = NULL;
    *n = 0;
    if (mig_ctx_error(ctx) != NULL)
        return false;
    if ((statement->traits & drops) == 0)
        return true;
    reader = loss_reader_new(engine, text, statement);
    while (loss_next(&reader, &loss)) {
        items = mig_grow(ctx, items, *n, &room, sizeof *items);
        if (items == NULL)
            return false;
        items[(*n)++] = loss;
        *losses = items;
    }
    return true;
}

mig_str mig_split_action(mig_engine engine, mig_str text, const mig_statement *statement) {
    mig_lexer lexer = mig_lexer_new(mig_lex_mode_of(engine),
                                    mig_str_sub(text, statement->start, statement->length), 1);
    mig_str name = {"", 0}, last = {"", 0};
    mig_token token;

    while ((token = mig_lex_significant(&lexer)).kind != MIG_TOK_END) {
        if (token.kind == MIG_TOK_OPEN && is_action_name(last))
            return last;
        if (is_slice(&lexer, &token))
            token = slice_word(&token);
        last = is_name(&token) ? name_bare(&lexer, &token) : name;
    }
    return name;
}

mig_str mig_split_title(mig_engine engine, mig_str text, const mig_statement *statement) {
    mig_str body = mig_str_sub(text, statement->start, statement->length);
    mig_lexer lexer = mig_lexer_new(mig_lex_mode_of(engine), body, 1);
    mig_token token = mig_lex_next(&lexer);
    size_t words = 0, end = token.length;

    for (; words < 3; token = mig_lex_next(&lexer)) {
        if (token.kind == MIG_TOK_BLANK && token.length == 1 && token.line == lexer.line)
            continue;
        if (token.kind != MIG_TOK_WORD || token.line > 1)
            break;
        end = token.start + token.length;
        words++;
    }
    return mig_str_sub(body, 0, end);
}
