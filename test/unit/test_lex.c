/*
 * test_lex.c: the lexer: kinds and spans in each mode, places, damage, and what holds for any
 * bytes.
 */
#include "lex.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* One letter a kind, in the order of mig_token_kind. */
static const char kind_letters[] = "EBLCWQSNVS()OX";

/* The significant tokens as "W:select N:1", semicolons as "; ". */
static mig_str lexed(mig_ctx *ctx, mig_lex_mode mode, const char *z) {
    mig_lexer lexer = mig_lexer_new(mode, mig_str_of(z), 1);
    mig_buf buf = mig_buf_new(ctx);
    mig_token token;

    while ((token = mig_lex_significant(&lexer)).kind != MIG_TOK_END) {
        if (buf.n > 0)
            mig_buf_add_char(&buf, ' ');
        if (token.kind != MIG_TOK_SEMICOLON && token.kind != MIG_TOK_OPEN &&
            token.kind != MIG_TOK_CLOSE)
            mig_buf_addf(&buf, "%c:", kind_letters[token.kind]);
        mig_buf_add(&buf, mig_token_text(&lexer, &token));
    }
    return mig_buf_str(&buf);
}

static void check_modes(const char *z, const char *pg, const char *sqlite, const char *checksum) {
    mig_ctx *ctx = unit_ctx();

    CHECK_STR(lexed(ctx, MIG_LEX_POSTGRESQL, z), pg);
    CHECK_STR(lexed(ctx, MIG_LEX_SQLITE, z), sqlite);
    CHECK_STR(lexed(ctx, MIG_LEX_CHECKSUM, z), checksum);
    unit_free(ctx);
}

static void check_same(const char *z, const char *expected) {
    check_modes(z, expected, expected, expected);
}

static void test_common(void) {
    check_same("select 1, a.b ;", "W:select N:1 O:, W:a O:. W:b ;");
    check_same("'it''s' \"a\"\"b\" x'00'", "S:'it''s' Q:\"a\"\"b\" S:x'00'");
    check_same("a -- b 'c\nd /* ' */ e", "W:a W:d W:e");
    check_same("1.5e-3 .5 0xff 1e5+2", "N:1.5e-3 N:.5 N:0xff N:1e5 O:+ N:2");
    check_same("f(x)", "W:f ( W:x )");
    check_same("\xC3\xA9t\xC3\xA9$1 _x", "W:\xC3\xA9t\xC3\xA9$1 W:_x");
    check_same("a<=b||c<>d", "W:a O:<= W:b O:|| W:c O:<> W:d");
    check_same("x=-1", "W:x O:= O:- N:1");
    check_same("1--2", "N:1");
    check_same("''", "S:''");
    check_same("", "");
    check_same("a->>'b'", "W:a O:->> S:'b'");
}

static void test_postgresql(void) {
    check_modes("$$it's;$$;", "S:$$it's;$$ ;", "V:$$it X:'s;$$;", "S:$$it's;$$ ;");
    check_modes("$a$ $b$ $a$ x", "S:$a$ $b$ $a$ W:x", "V:$a$ V:$b$ V:$a$ W:x", "S:$a$ $b$ $a$ W:x");
    check_modes("E'a\\'b' c", "S:E'a\\'b' W:c", "W:E S:'a\\' W:b X:' c", "S:E'a\\'b' W:c");
    check_modes("e'a'\n '\\'' b", "S:e'a'\n '\\'' W:b", "W:e S:'a' X:'\\'' b",
                "S:e'a'\n '\\'' W:b");
    check_modes("e'a' -- c\n '\\'' b", "S:e'a' -- c\n '\\'' W:b", "W:e S:'a' X:'\\'' b",
                "S:e'a' -- c\n '\\'' W:b");
    check_modes("U&'a' U&\"b\" N'c' b'1'", "S:U&'a' Q:U&\"b\" S:N'c' S:b'1'",
                "W:U O:& S:'a' W:U O:& Q:\"b\" W:N S:'c' W:b S:'1'",
                "S:U&'a' Q:U&\"b\" S:N'c' S:b'1'");
    check_modes("a/* /* */ ' */b", "W:a W:b", "W:a X:' */b", "W:a W:b");
    check_modes("=:n, :E 1:b[2:n] :_x", "O:= V::n O:, V::E N:1 V::b O:[ N:2 V::n O:] V::_x",
                "O:= V::n O:, V::E N:1 V::b Q:[2:n] V::_x",
                "O:= V::n O:, V::E N:1 V::b O:[ N:2 V::n O:] V::_x");
    check_modes("a:=b :::c : d :1", "W:a O::= W:b O::: V::c O:: W:d O:: N:1",
                "W:a O:: O:= W:b O:: O:: V::c O:: W:d V::1", "W:a O::= W:b O::: V::c O:: W:d V::1");
    check_modes(":U&\"x\" :b'1' :a'x'", "O:: Q:U&\"x\" O:: S:b'1' V::a S:'x'",
                "V::U O:& Q:\"x\" V::b S:'1' V::a S:'x'", "V::U O:& Q:\"x\" V::b S:'1' V::a S:'x'");
    check_modes(":e'\\''", "O:: S:e'\\''", "V::e X:'\\''", "V::e X:'\\''");
    check_modes("a::int", "W:a O::: W:int", "W:a O:: V::int", "W:a O::: W:int");
}

static void test_sqlite(void) {
    check_modes("[it's] `a``b` ?1 :n @n $n #n", "O:[ W:it X:'s] `a``b` ?1 :n @n $n #n",
                "Q:[it's] Q:`a``b` V:?1 V::n V:@n V:$n V:#n",
                "O:[ W:it X:'s] `a``b` ?1 :n @n $n #n");
    check_modes("`a`", "O:` W:a O:`", "Q:`a`", "Q:`a`");
    check_modes("$1 ?", "V:$1 O:?", "V:$1 O:?", "V:$1 O:?");
    check_modes("a[1]", "W:a O:[ N:1 O:]", "W:a Q:[1]", "W:a O:[ N:1 O:]");
    check_modes("@>1 @a", "O:@> N:1 O:@ W:a", "O:@ O:> N:1 V:@a", "O:@> N:1 V:@a");
    check_modes("/* a /* b */ c", "X:/* a /* b */ c", "W:c", "W:c");
}

/* What the first damaged token opened, or "". */
static const char *open_of(mig_lex_mode mode, const char *z) {
    mig_lexer lexer = mig_lexer_new(mode, mig_str_of(z), 1);
    const char *what;
    mig_token token;

    while ((token = mig_lex_next(&lexer)).kind != MIG_TOK_END) {
        what = mig_token_open(&lexer, &token);
        if (what != NULL)
            return token.start + token.length == strlen(z) ? what : "not to the end";
    }
    return "";
}

static void test_damage(void) {
    static const struct {
        const char *text, *pg, *sqlite;
    } cases[] = {{"a 'b", "string literal", "string literal"},
                 {"a 'b''", "string literal", "string literal"},
                 {"a \"b", "quoted identifier", "quoted identifier"},
                 {"/* a", "block comment", "block comment"},
                 {"/*/", "block comment", "block comment"},
                 {"$a$ b", "dollar-quoted string", ""},
                 {"E'\\'", "string literal", ""},
                 {"U&\"a", "quoted identifier", "quoted identifier"},
                 {"x'a", "string literal", "string literal"},
                 {"[a", "", "quoted identifier"},
                 {"`a", "", "quoted identifier"},
                 {"\\d", "", ""},
                 {"$", "", ""},
                 {"'a' $$b$$", "", ""}};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STR(mig_str_of(open_of(MIG_LEX_POSTGRESQL, cases[i].text)), cases[i].pg);
        CHECK_STR(mig_str_of(open_of(MIG_LEX_SQLITE, cases[i].text)), cases[i].sqlite);
    }
}

static bool is_ambiguous(const char *z) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_CHECKSUM, mig_str_of(z), 1);

    while (mig_lex_next(&lexer).kind != MIG_TOK_END)
        continue;
    return lexer.ambiguous;
}

static void test_ambiguous(void) {
    CHECK(!is_ambiguous("select 'a', E'b', E'a\\n', $$ it's $$, array[1, 'x'], [a b] /* c */"));
    CHECK(is_ambiguous("E'a\\'b'"));
    CHECK(is_ambiguous("E'a'\n'b'"));
    CHECK(is_ambiguous("/* /* */ */"));
    CHECK(is_ambiguous("/* /* */ a"));
    CHECK(is_ambiguous("array['a]']"));
    CHECK(is_ambiguous("[it's] 'a'"));
    CHECK(is_ambiguous("a[1"));
}

static void test_places(void) {
    mig_lexer lexer = mig_lexer_new(MIG_LEX_POSTGRESQL, MIG_STR("\xC3\xA9 '\n\xC3\xA9' x\n y"), 7);
    mig_token token = mig_lex_significant(&lexer);

    CHECK_INT(token.line, 7);
    CHECK_INT(token.column, 1);
    token = mig_lex_significant(&lexer);
    CHECK_INT(token.line, 7);
    CHECK_INT(token.column, 3);
    token = mig_lex_significant(&lexer);
    CHECK_INT(token.line, 8);
    CHECK_INT(token.column, 4);
    CHECK(mig_token_is(&lexer, &token, "X"));
    CHECK(!mig_token_is(&lexer, &token, "xy"));
    mig_lexer_skip(&lexer, 1000);
    CHECK_INT(lexer.line, 9);
    CHECK_INT(mig_lex_next(&lexer).kind, MIG_TOK_END);
    CHECK_INT(mig_lex_next(&lexer).kind, MIG_TOK_END);
}

/* Any bytes: the spans follow each other, none is empty, all are covered; places agree with a count
   from the start. */
static bool spans_cover(mig_lex_mode mode, mig_str text) {
    mig_lexer lexer = mig_lexer_new(mode, text, 1);
    size_t at = 0;
    mig_token token;

    while ((token = mig_lex_next(&lexer)).kind != MIG_TOK_END) {
        if (token.start != at || token.length == 0 || token.length > text.n - at)
            return false;
        at += token.length;
    }
    return at == text.n;
}

static uint32_t random_state = 1;

static uint32_t random_next(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static void test_random_bytes(void) {
    static const char *const pieces[] = {
        "'",  "\"", "`", "[", "]", "$",  "$a$", "$$", "--", "/*", "*/",   "\n", "\\", "E", "U&",
        "x'", ";",  "a", "1", " ", "\r", ":",   "::", "@",  "\0", "\xC3", "+",  "-",  ".", "e"};
    char text[256];
    size_t n, i, round;
    const char *piece;

    for (round = 0; round < 3000; round++) {
        for (n = 0; n < 200; n += i) {
            piece = pieces[random_next() % (sizeof pieces / sizeof *pieces)];
            i = piece[0] == '\0' ? 1 : strlen(piece);
            memcpy(text + n, piece, i);
        }
        n = random_next() % 200;
        if (!CHECK(spans_cover(MIG_LEX_POSTGRESQL, (mig_str){text, n}) &&
                   spans_cover(MIG_LEX_SQLITE, (mig_str){text, n}) &&
                   spans_cover(MIG_LEX_CHECKSUM, (mig_str){text, n})))
            fprintf(stderr, "round %zu\n", round);
    }
}

int main(void) {
    CHECK_INT(mig_lex_mode_of(MIG_POSTGRESQL), MIG_LEX_POSTGRESQL);
    CHECK_INT(mig_lex_mode_of(MIG_SQLITE), MIG_LEX_SQLITE);
    test_common();
    test_postgresql();
    test_sqlite();
    test_damage();
    test_ambiguous();
    test_places();
    test_random_bytes();
    return unit_end("lex");
}
