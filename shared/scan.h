/*
 * scan.h: finds the script files of a directory and reads those that may have changed.
 *
 * A file whose stamp (see mig_host.list_files) equals the one stored when it was loaded is not
 * opened: that is what makes looking at a thousand files before each upgrade cheap.
 */
#ifndef MIG_SCAN_H
#define MIG_SCAN_H

#include "state.h"

typedef struct mig_found {
    mig_str path;       /* below the directory; or the name of a text */
    mig_str file_stamp; /* may be empty */
    mig_look look;
    mig_str text;        /* p NULL: not read, because the stamp is the stored one */
    mig_script *scripts; /* NULL until parsed */
    size_t n_scripts;
    bool bad; /* it could not be read, and a complaint says so */
} mig_found;

typedef struct mig_scan {
    mig_str directory; /* absolute; empty: texts, not files */
    mig_found *files;  /* by path, bytewise */
    size_t n, room;
} mig_scan;

/* May the caller read files of the server? Else the error, with this hint. */
bool mig_scan_allowed(mig_ctx *ctx, const char *hint);

/*
 * Lists directory (absolute) and reads what the state does not know by its stamp. Files that cannot
 * be read are complaints.
 */
bool mig_scan_directory(mig_ctx *ctx, mig_str directory, const mig_state *state, mig_scan *scan,
                        mig_complaints *list);

/* Can it be the name of a file or text: UTF-8 without control characters? It is shown to people. */
bool mig_scan_name_check(mig_str name);

/* A scan of one text. */
bool mig_scan_text(mig_ctx *ctx, mig_str name, mig_str text, mig_scan *scan);

/* Reads (if need be) and parses a file of the scan; complaints go to list. Only once. */
bool mig_scan_parse(mig_ctx *ctx, mig_scan *scan, mig_found *file, mig_complaints *list);

/*
 * Does the directory hold just what the state knows of it: one file for each of its revisions, each
 * with the stored stamp? Then there is nothing to load. (A file with several revisions answers
 * false: then they are compared one by one.)
 */
bool mig_scan_is_known(const mig_scan *scan, const mig_state *state);

#endif
