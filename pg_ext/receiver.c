/*
 * receiver.c: hands the rows of a query to the core while it runs, without keeping them.
 *
 * integer types and boolean become integers, everything else text.
 */
#include "pgm.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

static mig_value column_value(FmgrInfo *output, Oid type, Datum datum) {
    mig_value value = {MIG_INT, {NULL, 0}, 0};
    text *packed;
    char *written;

    switch (type) {
    case INT8OID:
        value.integer = DatumGetInt64(datum);
        return value;
    case INT4OID:
        value.integer = DatumGetInt32(datum);
        return value;
    case INT2OID:
        value.integer = DatumGetInt16(datum);
        return value;
    case BOOLOID:
        value.integer = DatumGetBool(datum) ? 1 : 0;
        return value;
    case TEXTOID:
        packed = DatumGetTextPP(datum);
        value.type = MIG_TEXT;
        value.text = pgm_from_server(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
        return value;
    default:
        written = OutputFunctionCall(output, datum);
        value.type = MIG_TEXT;
        value.text = pgm_from_server(written, strlen(written));
        return value;
    }
}

static bool receive_row(TupleTableSlot *slot, DestReceiver *self) {
    pgm_receiver *receiver = (pgm_receiver *)self;
    TupleDesc desc = slot->tts_tupleDescriptor;
    MemoryContext old = MemoryContextSwitchTo(receiver->memory);
    int i;

    slot_getallattrs(slot);
    for (i = 0; i < desc->natts; i++)
        receiver->values[i] = slot->tts_isnull[i] ? (mig_value){MIG_NULL, {NULL, 0}, 0}
                                                  : column_value(&receiver->output[i],
                                                                 TupleDescAttr(desc, i)->atttypid,
                                                                 slot->tts_values[i]);
    if (!receiver->row(receiver->ctx, receiver->arg, receiver->values, (size_t)desc->natts))
        receiver->stopped = true;
    MemoryContextSwitchTo(old);
    MemoryContextReset(receiver->memory);
    return !receiver->stopped;
}

static void receive_startup(DestReceiver *self, int operation, TupleDesc desc) {
    pgm_receiver *receiver = (pgm_receiver *)self;
    Oid output;
    bool varlena;
    int i;

    receiver->memory =
        AllocSetContextCreate(CurrentMemoryContext, "migrate received row", ALLOCSET_DEFAULT_SIZES);
    receiver->values = palloc0(Max(desc->natts, 1) * sizeof *receiver->values);
    receiver->output = palloc0(Max(desc->natts, 1) * sizeof *receiver->output);
    for (i = 0; i < desc->natts; i++) {
        getTypeOutputInfo(TupleDescAttr(desc, i)->atttypid, &output, &varlena);
        fmgr_info(output, &receiver->output[i]);
    }
}

static void receive_nothing(DestReceiver *self) {
}

void pgm_receiver_init(pgm_receiver *receiver, mig_ctx *ctx, mig_row_fn row, void *arg) {
    memset(receiver, 0, sizeof *receiver);
    receiver->dest.receiveSlot = receive_row;
    receiver->dest.rStartup = receive_startup;
    receiver->dest.rShutdown = receive_nothing;
    receiver->dest.rDestroy = receive_nothing;
    receiver->dest.mydest = DestNone;
    receiver->ctx = ctx;
    receiver->row = row;
    receiver->arg = arg;
}
