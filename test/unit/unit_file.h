/*
 * unit_file.h: a file for the host of a unit test's context, read piece by piece.
 *
 * One file a program at a time: any name opens it.
 */
#ifndef UNIT_FILE_H
#define UNIT_FILE_H

#include "unit.h"

#define UNIT_FILE_STAMP "size and time"

/* From now on the context's host opens a file with these bytes, which must live as long. At most
   piece bytes are read at a time. */
void unit_file_set(mig_ctx *ctx, mig_str bytes, size_t piece);

/* The reading that comes behind so many good ones fails with MIG_E_FILE, "the disk is gone". */
void unit_file_fail_behind(size_t reads);

/* Is the file open? Opening or closing it twice is a failed check. */
bool unit_file_is_open(void);

#endif
