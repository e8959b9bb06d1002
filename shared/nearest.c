/*
 * nearest.c: see nearest.h.
 *
 * The edit distance is computed only inside a band of two around the diagonal, so that one
 * comparison costs five cells a character; ids whose lengths differ by more than the allowance are
 * skipped. Only error paths come here.
 */
#include "nearest.h"

#define MAX_EDITS 2
#define MIN_SHARED 4

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Short ids get no allowance: every two of them are near each other. */
static size_t edits_allowed(mig_str id) {
    return id.n == 0 ? 0 : smaller(MAX_EDITS, (id.n - 1) / 3);
}

/* One row of the distance table, from the row before. Cells outside the band stay at limit + 1. */
static size_t edit_row(const size_t *above, size_t *row, mig_str a, mig_str b, size_t i,
                       size_t limit) {
    size_t from = i > limit ? i - limit : 1, to = smaller(b.n, i + limit), best = limit + 1, j;

    row[from - 1] = from == 1 && i <= limit ? i : limit + 1;
    for (j = from; j <= to; j++) {
        size_t cost = mig_lower(a.p[i - 1]) == mig_lower(b.p[j - 1]) ? 0 : 1;

        row[j] = smaller(above[j - 1] + cost, smaller(above[j], row[j - 1]) + 1);
        best = smaller(best, row[j]);
    }
    if (to < b.n)
        row[to + 1] = limit + 1;
    return best;
}

/* The number of edits from a to b, letter case aside; limit + 1 when there are more than limit. */
static size_t edit_distance(mig_str a, mig_str b, size_t limit) {
    size_t rows[2][MIG_MAX_ID + 2], i, j;

    if (a.n > MIG_MAX_ID || b.n > MIG_MAX_ID || a.n > b.n + limit || b.n > a.n + limit)
        return limit + 1;
    for (j = 0; j <= b.n; j++)
        rows[0][j] = smaller(j, limit + 1);
    for (i = 1; i <= a.n; i++)
        if (edit_row(rows[(i - 1) % 2], rows[i % 2], a, b, i, limit) > limit)
            return limit + 1;
    return smaller(rows[a.n % 2][b.n], limit + 1);
}

static size_t shared_length(mig_str a, mig_str b) {
    size_t n = smaller(a.n, b.n), i;

    for (i = 0; i < n && a.p[i] == b.p[i]; i++)
        continue;
    return i;
}

/* The neighbours of id in the sorted order are those that share the most with it. */
static size_t nearest_by_prefix(const mig_graph *graph, mig_str id) {
    size_t low = mig_graph_lower_bound(graph, id);
    size_t best = MIG_NONE, longest = MIN_SHARED - 1, i;

    for (i = low > 0 ? low - 1 : 0; i < graph->n && i <= low; i++) {
        size_t shared = shared_length(graph->revisions[graph->by_id[i]].id, id);

        if (shared > longest) {
            longest = shared;
            best = graph->by_id[i];
        }
    }
    return best;
}

size_t mig_graph_nearest(const mig_graph *graph, mig_str id) {
    size_t limit = edits_allowed(id), fewest = limit + 1, best = MIG_NONE, i;

    for (i = 0; i < graph->n && fewest > 0; i++) {
        size_t node = graph->by_id[i];
        size_t edits = edit_distance(graph->revisions[node].id, id, limit);

        if (edits < fewest) {
            fewest = edits;
            best = node;
        }
    }
    return best != MIG_NONE ? best : nearest_by_prefix(graph, id);
}

/* The name that shares the most first characters. */
static size_t names_by_prefix(const mig_str *names, size_t n, mig_str name) {
    size_t longest = MIN_SHARED - 1, best = MIG_NONE, i;

    for (i = 0; i < n; i++) {
        size_t shared = shared_length(names[i], name);

        if (shared > longest) {
            longest = shared;
            best = i;
        }
    }
    return best;
}

size_t mig_name_nearest(const mig_str *names, size_t n, mig_str name) {
    size_t limit = edits_allowed(name), fewest = limit + 1, best = MIG_NONE, i;

    for (i = 0; i < n && fewest > 0; i++) {
        size_t edits = edit_distance(names[i], name, limit);

        if (edits < fewest) {
            fewest = edits;
            best = i;
        }
    }
    return best != MIG_NONE ? best : names_by_prefix(names, n, name);
}
