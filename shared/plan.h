/*
 * plan.h: targets and plans. What the words of a target mean, and which revisions a command would
 * run in which order. Pure: graph and applied set in, nodes out.
 *
 * Semantics: docs/targets.md. The applied set is closed towards the base; the current revisions are
 * its maximal members.
 */
#ifndef MIG_PLAN_H
#define MIG_PLAN_H

#include "graph.h"

/* The applied set of one target database. */
typedef struct mig_applied {
    const mig_graph *graph;
    bool *in;      /* n: applied? */
    int64_t *seq;  /* n: order of application; 0 where not applied */
    bool *stamped; /* n: marked, never run here */
} mig_applied;

/* Nodes in the order in which they are to be run. */
typedef struct mig_plan {
    bool down; /* downgrade: the down sections are run, rank backwards (or seq backwards for -N) */
    mig_nodes nodes;
} mig_plan;

/* Each sets the error (MIG_E_UNKNOWN, MIG_E_AMBIGUOUS, MIG_E_ARGUMENT, MIG_E_STATE) when the target
   is not good. An empty target of an upgrade means head; a downgrade needs one. An empty plan is no
   error. */
bool mig_plan_upgrade(mig_ctx *ctx, const mig_applied *applied, mig_str target, mig_plan *plan);
bool mig_plan_downgrade(mig_ctx *ctx, const mig_applied *applied, mig_str target, mig_plan *plan);

/* Either way, for migrate_plan: down where the target is base, label@base, -N or label@-N, or names an
   applied revision on which other applied ones stand; else up. */
bool mig_plan_either(mig_ctx *ctx, const mig_applied *applied, mig_str target, mig_plan *plan);

/* The applied set after a stamp: after[n] is filled. purge: start from the empty set. targets is a
   list separated by commas or blanks. */
bool mig_plan_stamp(mig_ctx *ctx, const mig_applied *applied, mig_str targets, bool purge,
                    bool *after);

/* One revision named by id, prefix, label, head, label@head, current (exactly one): for show, repair
   and options. MIG_NONE with an error. */
size_t mig_target_one(mig_ctx *ctx, const mig_applied *applied, mig_str target);

/* Several: a list of the same forms, also heads, base (nothing) and current. For merge, revision. heads
   are here all that nobody revises, so that a merge of them leaves one head. */
bool mig_target_many(mig_ctx *ctx, const mig_applied *applied, mig_str targets, mig_nodes *nodes);

/* The nodes of a history range ("", "a:b", "a:", ":b", "current:", "-3:current", "pending"), by rank,
   newest first. */
bool mig_plan_history(mig_ctx *ctx, const mig_applied *applied, mig_str range, mig_nodes *nodes);

/* "a:b" with both sides: splits at the one colon. false where there is none. */
bool mig_target_range(mig_str text, mig_str *from, mig_str *to);

/* The applied set that holds exactly the targets and what they stand on: the start of an offline
   range. base: empty. */
bool mig_applied_at(mig_ctx *ctx, const mig_graph *graph, mig_str targets, mig_applied *applied);

/* Applies one node of a plan to the set (up: adds, down: removes). */
void mig_applied_step(mig_applied *applied, bool down, size_t node, int64_t seq);

/* "c1, c2" / "base": the current revisions as in messages; heads carry " (head)". */
mig_str mig_applied_text(mig_ctx *ctx, const mig_applied *applied, bool mark_heads);

/* Is every effective head applied? */
bool mig_applied_at_heads(const mig_applied *applied);

#endif
