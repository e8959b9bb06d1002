/*
 * lex.c: see lex.h.
 *
 * Two tables drive it: byte_class says what a byte is, scanners[mode][class] which function reads a
 * token that begins with it. A scanner gets the offset of the first byte and answers the offset
 * behind the last; it looks forward only, so that a whole text costs linear time. What never closes
 * is one token to the end of the text, and the two searches that could run to the end without
 * taking a token (a closing bracket, a nested comment) happen once a text.
 *
 * Sources of the rules: PostgreSQL, "Lexical Structure"; SQLite, "SQL Language Expressions" and the
 * behaviour of sqlite3_prepare_v2, which test_split_sqlite compares.
 */
#include "lex.h"

#include "text.h"

#include <string.h>

typedef enum byte_kind {
    STRAY, /* nothing begins with it */
    BLANK,
    ALPHA,  /* a letter, an underscore, any byte of a non-ASCII character */
    PREFIX, /* a letter that may stand before a literal: B E N U X */
    DIGIT,
    DOLLAR,
    QUOTE,
    DOUBLE,
    TICK,
    BRACKET,
    MINUS,
    SLASH,
    SEMI,
    OPEN,
    CLOSE,
    DOT,
    COLON,
    MARK, /* ? @ #: operators in PostgreSQL, variables in SQLite */
    OPER, /* the other characters of operators */
    SINGLE,
    N_BYTE_KINDS
} byte_kind;

/* Short names, so that the table reads as a table. */
enum {
    o_ = STRAY,
    sp = BLANK,
    al = ALPHA,
    pr = PREFIX,
    dg = DIGIT,
    dl = DOLLAR,
    qu = QUOTE,
    dq = DOUBLE,
    tk = TICK,
    br = BRACKET,
    mi = MINUS,
    sl = SLASH,
    se = SEMI,
    op = OPEN,
    cl = CLOSE,
    dt = DOT,
    co = COLON,
    mk = MARK,
    xx = OPER,
    si = SINGLE
};

/* clang-format off */
static const unsigned char byte_class[256] = {
    /* 00 */ o_, o_, o_, o_, o_, o_, o_, o_, o_, sp, sp, o_, sp, sp, o_, o_,
    /* 10 */ o_, o_, o_, o_, o_, o_, o_, o_, o_, o_, o_, o_, o_, o_, o_, o_,
    /* 20 */ sp, xx, dq, mk, dl, xx, xx, qu, op, cl, xx, xx, si, mi, dt, sl,
    /* 30 */ dg, dg, dg, dg, dg, dg, dg, dg, dg, dg, co, se, xx, xx, xx, mk,
    /* 40 */ mk, al, pr, al, al, pr, al, al, al, al, al, al, al, al, pr, al,
    /* 50 */ al, al, al, al, al, pr, al, al, pr, al, al, br, o_, si, xx, al,
    /* 60 */ tk, al, pr, al, al, pr, al, al, al, al, al, al, al, al, pr, al,
    /* 70 */ al, al, al, al, al, pr, al, al, pr, al, al, o_, xx, o_, xx, o_,
    /* 80 */ al, al, al, al, al, al, al, al, al, al, al, al, al, al, al, al,
    /* 90 */ al, al, al, al, al, al, al, al, al, al, al, al, al, al, al, al,
    /* a0 */ al, al, al, al, al, al, al, al, al, al, al, al, al, al, al, al,
    /* b0 */ al, al, al, al, al, al, al, al, al, al, al, al, al, al, al, al,
    /* c0 */ al, al, al, al, al, al, al, al, al, al, al, al, al, al, al, al,
    /* d0 */ al, al, al, al, al, al, al, al, al, al, al, al, al, al, al, al,
    /* e0 */ al, al, al, al, al, al, al, al, al, al, al, al, al, al, al, al,
    /* f0 */ al, al, al, al, al, al, al, al, al, al, al, al, al, al, al, al};
/* clang-format on */

typedef size_t (*scan_fn)(mig_lexer *lexer, size_t at, mig_token_kind *kind);

static byte_kind class_at(mig_str text, size_t at) {
    return at < text.n ? (byte_kind)byte_class[(unsigned char)text.p[at]] : STRAY;
}

/* Is it a byte of a word? */
#define WORD_KINDS (1u << ALPHA | 1u << PREFIX | 1u << DIGIT | 1u << DOLLAR)

static bool is_word(char byte) {
    return (1u << byte_class[(unsigned char)byte] & WORD_KINDS) != 0;
}

/* The byte at an offset, 0 behind the end. */
static char byte_at(mig_str text, size_t at) {
    return at < text.n ? text.p[at] : '\0';
}

static bool is_word_byte(mig_str text, size_t at) {
    return at < text.n && is_word(text.p[at]);
}

static bool is_operator_byte(mig_str text, size_t at) {
    byte_kind kind = class_at(text, at);

    return kind == OPER || kind == MARK || kind == MINUS || kind == SLASH || kind == TICK;
}

static bool is_comment_start(mig_str text, size_t at) {
    char c = byte_at(text, at), next = byte_at(text, at + 1);

    return (c == '-' && next == '-') || (c == '/' && next == '*');
}

/* The offset of c at or behind at, or the end of the text. */
static size_t find_byte(mig_str text, size_t at, char c) {
    const char *found = at < text.n ? memchr(text.p + at, c, text.n - at) : NULL;

    return found == NULL ? text.n : (size_t)(found - text.p);
}

/* Behind the quote that closes what opened before at; a doubled quote does not. */
static size_t quoted_end(mig_str text, size_t at, char quote, bool *closed) {
    *closed = false;
    while ((at = find_byte(text, at, quote)) < text.n) {
        if (byte_at(text, at + 1) != quote) {
            *closed = true;
            return at + 1;
        }
        at += 2;
    }
    return text.n;
}

static size_t scan_quoted_as(mig_str text, size_t at, char quote, mig_token_kind good,
                             mig_token_kind *kind) {
    bool closed;
    size_t end = quoted_end(text, at + 1, quote, &closed);

    *kind = closed ? good : MIG_TOK_BAD;
    return end;
}

static size_t scan_stray(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    (void)lexer;
    *kind = MIG_TOK_BAD;
    return at + 1;
}

static size_t scan_blank(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    const char *start = lexer->text.p, *end = start + lexer->text.n, *p = start + at;

    *kind = MIG_TOK_BLANK;
    while (p < end && byte_class[(unsigned char)*p] == BLANK)
        p++;
    return (size_t)(p - start);
}

static size_t scan_word(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    const char *start = lexer->text.p, *end = start + lexer->text.n, *p = start + at;
    unsigned all = 0;

    *kind = MIG_TOK_WORD;
    while (p < end && is_word(*p))
        all |= (unsigned char)*p++;
    lexer->plain = all < 0x80;
    return (size_t)(p - start);
}

/* Digits with everything a number of either engine may hold: 0xff, 1_000, 1.5e-3. */
static size_t scan_number(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    mig_str text = lexer->text;
    bool hex = byte_at(text, at) == '0' && mig_lower(byte_at(text, at + 1)) == 'x';

    *kind = MIG_TOK_NUMBER;
    for (;; at++) {
        char c = byte_at(text, at);

        if (c == '.' && byte_at(text, at + 1) == '.')
            return at;
        if (c == '.' || is_word_byte(text, at))
            continue;
        if ((c == '+' || c == '-') && !hex && mig_lower(text.p[at - 1]) == 'e' &&
            mig_is_digit(byte_at(text, at + 1)))
            continue;
        return at;
    }
}

static size_t scan_semicolon(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    lexer->plain = true;
    *kind = MIG_TOK_SEMICOLON;
    return at + 1;
}

static size_t scan_open(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    lexer->plain = true;
    *kind = MIG_TOK_OPEN;
    return at + 1;
}

static size_t scan_close(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    lexer->plain = true;
    *kind = MIG_TOK_CLOSE;
    return at + 1;
}

static size_t scan_single(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    lexer->plain = true;
    *kind = MIG_TOK_OPERATOR;
    return at + 1;
}

static size_t scan_dot(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    if (mig_is_digit(byte_at(lexer->text, at + 1)))
        return scan_number(lexer, at, kind);
    *kind = MIG_TOK_OPERATOR;
    return byte_at(lexer->text, at + 1) == '.' ? at + 2 : at + 1;
}

static size_t scan_string(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    return scan_quoted_as(lexer->text, at, '\'', MIG_TOK_STRING, kind);
}

static size_t scan_double(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    return scan_quoted_as(lexer->text, at, '"', MIG_TOK_QUOTED, kind);
}

static size_t scan_tick(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    return scan_quoted_as(lexer->text, at, '`', MIG_TOK_QUOTED, kind);
}

static size_t scan_line_comment(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    mig_str text = lexer->text;
    size_t end = find_byte(text, at, '\n'), cr;

    *kind = MIG_TOK_LINE_COMMENT;
    if (lexer->mode == MIG_LEX_SQLITE)
        return end;
    cr = find_byte((mig_str){text.p, end}, at, '\r');
    return cr;
}

/* Behind a comment that closes at the first end, however many begin inside; *inner says whether one
   does. */
static size_t flat_comment_end(mig_str text, size_t at, bool *closed, bool *inner) {
    *inner = false;
    for (at += 2; at + 1 < text.n; at++) {
        if (text.p[at] == '*' && text.p[at + 1] == '/') {
            *closed = true;
            return at + 2;
        }
        if (text.p[at] == '/' && text.p[at + 1] == '*')
            *inner = true;
    }
    *closed = false;
    return text.n;
}

static size_t nested_comment_end(mig_str text, size_t at, bool *closed) {
    size_t depth = 1;

    *closed = false;
    for (at += 2; at + 1 < text.n; at++) {
        if (text.p[at] == '/' && text.p[at + 1] == '*') {
            depth++;
            at++;
        } else if (text.p[at] == '*' && text.p[at + 1] == '/') {
            at++;
            if (--depth == 0) {
                *closed = true;
                return at + 1;
            }
        }
    }
    return text.n;
}

/* In checksum mode a comment nests where it then closes; else the text can only be SQLite's. */
static size_t scan_block_comment(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    bool closed, inner;
    size_t end;

    if (lexer->mode == MIG_LEX_POSTGRESQL) {
        end = nested_comment_end(lexer->text, at, &closed);
    } else {
        end = flat_comment_end(lexer->text, at, &closed, &inner);
        if (lexer->mode == MIG_LEX_CHECKSUM && inner) {
            bool nests = false;
            size_t far = lexer->flat ? 0 : nested_comment_end(lexer->text, at, &nests);

            lexer->ambiguous = true;
            lexer->flat = !nests;
            if (nests) {
                end = far;
                closed = true;
            }
        }
    }
    *kind = closed ? MIG_TOK_BLOCK_COMMENT : MIG_TOK_BAD;
    return end;
}

/* The longest run of operator characters that is no comment; as in PostgreSQL it ends in + or -
   only if it holds a character that no standard operator has. */
static size_t operator_run_end(mig_str text, size_t at, bool ticks) {
    size_t end = at;
    bool special = false;

    while (is_operator_byte(text, end) && !is_comment_start(text, end)) {
        if (text.p[end] == '`' && !ticks)
            break;
        special = special || memchr("~!@#%^&|`?", text.p[end], 10) != NULL;
        end++;
    }
    while (!special && end > at + 1 && (text.p[end - 1] == '+' || text.p[end - 1] == '-'))
        end--;
    return end;
}

static size_t scan_operator(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    *kind = MIG_TOK_OPERATOR;
    return operator_run_end(lexer->text, at, lexer->mode == MIG_LEX_POSTGRESQL);
}

static size_t scan_operator_sqlite(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    static const char *const pairs[] = {"||", "<=", "<>", "<<", ">=", ">>", "==", "!=", "->"};
    char c = byte_at(lexer->text, at), next = byte_at(lexer->text, at + 1);
    size_t i;

    *kind = MIG_TOK_OPERATOR;
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (c == pairs[i][0] && next == pairs[i][1])
            return c == '-' && byte_at(lexer->text, at + 2) == '>' ? at + 3 : at + 2;
    return at + 1;
}

static size_t scan_minus(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    if (is_comment_start(lexer->text, at))
        return scan_line_comment(lexer, at, kind);
    if (lexer->mode == MIG_LEX_SQLITE)
        return scan_operator_sqlite(lexer, at, kind);
    return scan_operator(lexer, at, kind);
}

static size_t scan_slash(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    if (is_comment_start(lexer->text, at))
        return scan_block_comment(lexer, at, kind);
    if (lexer->mode == MIG_LEX_SQLITE)
        return scan_operator_sqlite(lexer, at, kind);
    return scan_operator(lexer, at, kind);
}

/* A variable where word bytes follow the mark, else an operator of one byte. */
static size_t scan_variable(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    size_t end = at + 1;
    bool digits_only = byte_at(lexer->text, at) == '?';

    while (digits_only ? class_at(lexer->text, end) == DIGIT : is_word_byte(lexer->text, end))
        end++;
    *kind = end > at + 1 ? MIG_TOK_VARIABLE : MIG_TOK_OPERATOR;
    return end;
}

/* Checksum mode: one token in either reading. */
static size_t scan_mark(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    size_t end = scan_operator(lexer, at, kind);

    return end > at + 1 ? end : scan_variable(lexer, at, kind);
}

static size_t scan_colon(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    char next = byte_at(lexer->text, at + 1);

    *kind = MIG_TOK_OPERATOR;
    if (lexer->mode == MIG_LEX_CHECKSUM && (next == ':' || next == '='))
        return at + 2;
    return scan_variable(lexer, at, kind);
}

static size_t scan_bracket_sqlite(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    size_t end = find_byte(lexer->text, at, ']');

    *kind = end < lexer->text.n ? MIG_TOK_QUOTED : MIG_TOK_BAD;
    return end < lexer->text.n ? end + 1 : end;
}

/* Checksum mode reads brackets as PostgreSQL does and remembers how far SQLite's name would reach.
 */
static size_t scan_bracket_checksum(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    *kind = MIG_TOK_OPERATOR;
    if (at >= lexer->bracket) {
        lexer->bracket = find_byte(lexer->text, at, ']');
        if (lexer->bracket == lexer->text.n)
            lexer->ambiguous = true;
    }
    return at + 1;
}

/* Behind the delimiter of a dollar quote that begins at at, or at itself when there is none. */
static size_t dollar_tag_end(mig_str text, size_t at) {
    size_t end = at + 1;

    if (class_at(text, end) == DIGIT)
        return at;
    while (is_word_byte(text, end) && text.p[end] != '$')
        end++;
    return byte_at(text, end) == '$' ? end + 1 : at;
}

static size_t scan_dollar_quote(mig_str text, size_t at, size_t tag_end, mig_token_kind *kind) {
    size_t length = tag_end - at, end = tag_end;

    while ((end = find_byte(text, end, '$')) < text.n) {
        if (text.n - end >= length && memcmp(text.p + end, text.p + at, length) == 0) {
            *kind = MIG_TOK_STRING;
            return end + length;
        }
        end++;
    }
    *kind = MIG_TOK_BAD;
    return text.n;
}

static size_t scan_dollar(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    size_t tag_end = dollar_tag_end(lexer->text, at), end = at + 1;

    if (tag_end > at && lexer->mode != MIG_LEX_SQLITE)
        return scan_dollar_quote(lexer->text, at, tag_end, kind);
    if (lexer->mode == MIG_LEX_POSTGRESQL) {
        while (class_at(lexer->text, end) == DIGIT)
            end++;
    } else {
        end = scan_variable(lexer, at, kind);
    }
    *kind = end > at + 1 ? MIG_TOK_VARIABLE : MIG_TOK_BAD;
    return end;
}

/* PostgreSQL joins string literals with a line end between them: the offset of the quote that goes
   on, or 0. */
static size_t continuation(mig_str text, size_t at) {
    bool line_end = false;

    for (;;) {
        if (class_at(text, at) == BLANK) {
            line_end = line_end || text.p[at] == '\n' || text.p[at] == '\r';
            at++;
        } else if (byte_at(text, at) == '-' && byte_at(text, at + 1) == '-') {
            at = find_byte(text, at, '\n');
        } else {
            return line_end && byte_at(text, at) == '\'' ? at : 0;
        }
    }
}

/* Behind one piece of an E'' literal whose quote stands before at. */
static size_t escape_piece_end(mig_str text, size_t at, bool *closed) {
    for (*closed = false; at < text.n; at++) {
        if (text.p[at] == '\\') {
            at++;
        } else if (text.p[at] == '\'') {
            if (byte_at(text, at + 1) != '\'') {
                *closed = true;
                return at + 1;
            }
            at++;
        }
    }
    return text.n;
}

/* An E'' literal with its continuations, in which backslashes escape too. quote is its first quote.
 */
static size_t scan_escape_string(mig_str text, size_t quote, mig_token_kind *kind) {
    bool closed = true;
    size_t end = quote;

    for (; quote != 0 && closed; quote = closed ? continuation(text, end) : 0)
        end = escape_piece_end(text, quote + 1, &closed);
    *kind = closed ? MIG_TOK_STRING : MIG_TOK_BAD;
    return end;
}

static size_t scan_prefixed(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    mig_str text = lexer->text;
    char prefix = mig_lower(text.p[at]), next = byte_at(text, at + 1);
    size_t end;
    bool closed;

    if (prefix == 'u' && next == '&' && byte_at(text, at + 2) == '\'')
        return scan_quoted_as(text, at + 2, '\'', MIG_TOK_STRING, kind);
    if (prefix == 'u' && next == '&' && byte_at(text, at + 2) == '"')
        return scan_quoted_as(text, at + 2, '"', MIG_TOK_QUOTED, kind);
    if (next != '\'' || prefix == 'u')
        return scan_word(lexer, at, kind);
    if (prefix != 'e')
        return scan_quoted_as(text, at + 1, '\'', MIG_TOK_STRING, kind);
    end = scan_escape_string(text, at + 1, kind);
    text.n = end;
    if (lexer->mode == MIG_LEX_CHECKSUM && end != quoted_end(text, at + 2, '\'', &closed))
        lexer->ambiguous = true;
    return end;
}

/* A variable where an identifier follows, and no literal with a prefix: :name, which is no SQL but a
   seed's parameter. a[1:n] reads as one too; the slice is written 1 : n. */
static size_t scan_colon_postgresql(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    byte_kind next = class_at(lexer->text, at + 1);
    bool name = next == ALPHA;

    if (next == PREFIX) {
        scan_prefixed(lexer, at + 1, kind);
        name = *kind == MIG_TOK_WORD;
    }
    if (name)
        return scan_variable(lexer, at, kind);
    *kind = MIG_TOK_OPERATOR;
    return next == COLON || byte_at(lexer->text, at + 1) == '=' ? at + 2 : at + 1;
}

static size_t scan_prefixed_sqlite(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    if (mig_lower(lexer->text.p[at]) == 'x' && byte_at(lexer->text, at + 1) == '\'')
        return scan_quoted_as(lexer->text, at + 1, '\'', MIG_TOK_STRING, kind);
    return scan_word(lexer, at, kind);
}

/* clang-format off */
static const scan_fn scanners[3][N_BYTE_KINDS] = {
    [MIG_LEX_POSTGRESQL] = {
        [STRAY] = scan_stray, [BLANK] = scan_blank, [ALPHA] = scan_word, [PREFIX] = scan_prefixed,
        [DIGIT] = scan_number, [DOLLAR] = scan_dollar, [QUOTE] = scan_string, [DOUBLE] = scan_double,
        [TICK] = scan_operator, [BRACKET] = scan_single, [MINUS] = scan_minus, [SLASH] = scan_slash,
        [SEMI] = scan_semicolon, [OPEN] = scan_open, [CLOSE] = scan_close, [DOT] = scan_dot,
        [COLON] = scan_colon_postgresql, [MARK] = scan_operator, [OPER] = scan_operator,
        [SINGLE] = scan_single},
    [MIG_LEX_SQLITE] = {
        [STRAY] = scan_stray, [BLANK] = scan_blank, [ALPHA] = scan_word, [PREFIX] = scan_prefixed_sqlite,
        [DIGIT] = scan_number, [DOLLAR] = scan_dollar, [QUOTE] = scan_string, [DOUBLE] = scan_double,
        [TICK] = scan_tick, [BRACKET] = scan_bracket_sqlite, [MINUS] = scan_minus, [SLASH] = scan_slash,
        [SEMI] = scan_semicolon, [OPEN] = scan_open, [CLOSE] = scan_close, [DOT] = scan_dot,
        [COLON] = scan_colon, [MARK] = scan_variable, [OPER] = scan_operator_sqlite, [SINGLE] = scan_single},
    [MIG_LEX_CHECKSUM] = {
        [STRAY] = scan_stray, [BLANK] = scan_blank, [ALPHA] = scan_word, [PREFIX] = scan_prefixed,
        [DIGIT] = scan_number, [DOLLAR] = scan_dollar, [QUOTE] = scan_string, [DOUBLE] = scan_double,
        [TICK] = scan_tick, [BRACKET] = scan_bracket_checksum, [MINUS] = scan_minus, [SLASH] = scan_slash,
        [SEMI] = scan_semicolon, [OPEN] = scan_open, [CLOSE] = scan_close, [DOT] = scan_dot,
        [COLON] = scan_colon, [MARK] = scan_mark, [OPER] = scan_operator, [SINGLE] = scan_single}};
/* clang-format on */

/* Are the next 8 bytes ASCII and none of them a line end? May say no where they are. */
static bool plain_eight(const char *p) {
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t eight;

    memcpy(&eight, p, sizeof eight);
    return ((eight | ((eight ^ ones * '\n') - ones)) & highs) == 0;
}

/* Moves to end, counting lines, and characters by their first bytes. */
static void lexer_advance(mig_lexer *lexer, size_t end) {
    const char *p = lexer->text.p;
    int line = lexer->line, column = lexer->column;
    size_t at;

    if (lexer->plain || (end == lexer->at + 1 && p[lexer->at] == ' ')) {
        lexer->column += (int)(end - lexer->at);
        lexer->at = end;
        return;
    }
    for (at = lexer->at; at < end; at++) {
        for (; end - at > 8 && plain_eight(p + at); at += 8)
            column += 8;
        if (p[at] == '\n') {
            line++;
            column = 1;
        } else {
            column += ((unsigned char)p[at] & 0xC0U) != 0x80U;
        }
    }
    lexer->at = end;
    lexer->line = line;
    lexer->column = column;
}

/* A literal or comment that reaches over the ] at which SQLite's name would end is read differently
   by the engines. */
static void check_bracket(mig_lexer *lexer, size_t end) {
    if (lexer->at < lexer->bracket && lexer->bracket < end && lexer->bracket < lexer->text.n)
        lexer->ambiguous = true;
}

mig_lexer mig_lexer_new(mig_lex_mode mode, mig_str text, int line) {
    mig_lexer lexer;

    memset(&lexer, 0, sizeof lexer);
    lexer.mode = mode;
    lexer.text = text;
    lexer.line = line;
    lexer.column = 1;
    return lexer;
}

/* Most tokens are blanks and words, which all modes read alike: not through the table. */
static size_t token_scan(mig_lexer *lexer, size_t at, mig_token_kind *kind) {
    byte_kind first = class_at(lexer->text, at);

    if (first == BLANK)
        return scan_blank(lexer, at, kind);
    if (first == ALPHA)
        return scan_word(lexer, at, kind);
    return scanners[lexer->mode][first](lexer, at, kind);
}

mig_token mig_lex_next(mig_lexer *lexer) {
    mig_token token;
    size_t end;

    token.kind = MIG_TOK_END;
    token.start = lexer->at;
    token.length = 0;
    token.line = lexer->line;
    token.column = lexer->column;
    if (lexer->at >= lexer->text.n)
        return token;
    lexer->plain = false;
    end = token_scan(lexer, lexer->at, &token.kind);
    if (end > lexer->text.n)
        end = lexer->text.n;
    if (lexer->mode == MIG_LEX_CHECKSUM)
        check_bracket(lexer, end);
    token.length = end - token.start;
    lexer_advance(lexer, end);
    return token;
}

mig_token mig_lex_significant(mig_lexer *lexer) {
    mig_token token;

    do {
        token = mig_lex_next(lexer);
    } while (token.kind == MIG_TOK_BLANK || token.kind == MIG_TOK_LINE_COMMENT ||
             token.kind == MIG_TOK_BLOCK_COMMENT);
    return token;
}

void mig_lexer_skip(mig_lexer *lexer, size_t to) {
    if (to > lexer->text.n)
        to = lexer->text.n;
    lexer->plain = false;
    if (to > lexer->at)
        lexer_advance(lexer, to);
}

const char *mig_token_open(const mig_lexer *lexer, const mig_token *token) {
    mig_str text = mig_token_text(lexer, token);

    if (token->kind != MIG_TOK_BAD || text.n == 0)
        return NULL;
    switch (class_at(text, 0)) {
    case QUOTE:
        return "string literal";
    case PREFIX:
        return byte_at(text, 2) == '"' ? "quoted identifier" : "string literal";
    case DOUBLE:
    case TICK:
    case BRACKET:
        return "quoted identifier";
    case SLASH:
        return "block comment";
    case DOLLAR:
        return text.n > 1 ? "dollar-quoted string" : NULL;
    case STRAY:
    case BLANK:
    case ALPHA:
    case DIGIT:
    case MINUS:
    case SEMI:
    case OPEN:
    case CLOSE:
    case DOT:
    case COLON:
    case MARK:
    case OPER:
    case SINGLE:
    case N_BYTE_KINDS:
        break;
    }
    return NULL;
}

bool mig_token_is(const mig_lexer *lexer, const mig_token *token, const char *word) {
    return token->kind == MIG_TOK_WORD && mig_str_is_nocase(mig_token_text(lexer, token), word);
}

mig_lex_mode mig_lex_mode_of(mig_engine engine) {
    return engine == MIG_POSTGRESQL ? MIG_LEX_POSTGRESQL : MIG_LEX_SQLITE;
}
