/* topk_groups.c - the k nearest of a stream, of which only so many may be of one group.
 *
 * What is wanted is what sorting all candidates would give: go through them, nearest first, pass
 * over each whose group has its `most` already, and stop at k. One pass in any order finds it. Kept
 * are always the k nearest, in this sense, of what was offered so far:
 *
 *   - A candidate whose group has `most` kept ones takes the place of the farthest of these, if it
 *     is nearer. The one that leaves has `most` nearer ones of its group, which are candidates for
 *     ever, so it can never be wanted again.
 *   - Any other candidate is kept while there are fewer than k, and then takes the place of the
 *     farthest of all, if it is nearer. The one that leaves has k nearer ones, of which no group has
 *     more than `most`. Among the nearest candidates of each group, up to `most`, there are at least
 *     as many nearer than it, so it can never be wanted again either. The distance of heap[0] only
 *     falls from then on: topk_bound may be used to skip candidates as without groups.
 *
 * The one that leaves is the farthest of its group in both cases. So each group has its kept ones in
 * a list that begins with the farthest, and only its beginning is ever taken out; the rest of the
 * list is in no order, and is walked to find the next farthest.
 *
 * A kept candidate has a number, 0..k, under which its group, its place in the heap and its
 * successor in the list are found; it is handed on to whoever takes its place. */
#include "base/topk.h"

#include "base/size.h"

#include <stdlib.h>

enum { NOBODY = UINT32_MAX };

typedef struct group {
    uint32_t count;    /* kept */
    uint32_t farthest; /* number of the farthest kept one; means nothing while count is 0 */
} group;

typedef struct member {
    uint32_t group; /* 0: of none, and in no list */
    uint32_t place; /* in the heap */
    uint32_t next;  /* in the group's list; NOBODY: the last */
} member;

struct topk_groups {
    const group_limit *limit;
    group *groups;   /* [limit->groups + 1] */
    member *members; /* [k] */
    uint32_t *at;    /* [k] number of the member at each place of the heap */
};

topk_groups *topk_groups_new(const group_limit *limit, uint32_t k)
{
    topk_groups *g = heap_new_array(1, sizeof *g);
    if (!g) return NULL;
    g->limit = limit;
    g->groups = heap_new_array((size_t)limit->groups + 1, sizeof *g->groups);
    g->members = heap_new_array(k, sizeof *g->members);
    g->at = heap_new_array(k, sizeof *g->at);
    if (g->groups && g->members && g->at) return g;
    topk_groups_free(g);
    return NULL;
}

void topk_groups_free(topk_groups *g)
{
    if (!g) return;
    free(g->groups);
    free(g->members);
    free(g->at);
    free(g);
}

/* ---- the heap, whose entries' places are known ---- */

static void put_at(topk *t, uint32_t place, hit h, uint32_t number)
{
    t->heap[place] = h;
    t->groups->at[place] = number;
    t->groups->members[number].place = place;
}

static void sift_up(topk *t, uint32_t place)
{
    hit moving = t->heap[place];
    uint32_t number = t->groups->at[place];
    while (place > 0 && hit_before(t->heap[(place - 1) / 2], moving)) {
        put_at(t, place, t->heap[(place - 1) / 2], t->groups->at[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put_at(t, place, moving, number);
}

static void sift_down(topk *t, uint32_t place)
{
    hit moving = t->heap[place];
    uint32_t number = t->groups->at[place];
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= t->count) break;
        if (child + 1 < t->count && hit_before(t->heap[child], t->heap[child + 1])) child++;
        if (!hit_before(moving, t->heap[child])) break;
        put_at(t, place, t->heap[child], t->groups->at[child]);
        place = child;
    }
    put_at(t, place, moving, number);
}

/* ---- the lists ---- */

static hit hit_of(const topk *t, uint32_t number)
{
    return t->heap[t->groups->members[number].place];
}

static void join_group(topk *t, uint32_t number, uint32_t of)
{
    member *m = &t->groups->members[number];
    group *g = &t->groups->groups[of];
    m->group = of;
    if (of == 0) return;
    if (g->count++ == 0 || hit_before(hit_of(t, g->farthest), hit_of(t, number))) {
        m->next = g->count == 1 ? NOBODY : g->farthest;
        g->farthest = number;
    } else {
        member *first = &t->groups->members[g->farthest];
        m->next = first->next;
        first->next = number;
    }
}

/* Takes the farthest one out of its group's list, if it is in one, and finds the next farthest. */
static void leave_group(topk *t, uint32_t number)
{
    member *members = t->groups->members;
    group *g = &t->groups->groups[members[number].group];
    if (members[number].group == 0) return;
    DCHECK(g->farthest == number);
    uint32_t rest = members[number].next, farthest = rest, before = NOBODY;
    if (--g->count == 0) return;
    for (uint32_t i = rest; members[i].next != NOBODY; i = members[i].next) {
        if (!hit_before(hit_of(t, farthest), hit_of(t, members[i].next))) continue;
        before = i;
        farthest = members[i].next;
    }
    if (before != NOBODY) {
        members[before].next = members[farthest].next;
        members[farthest].next = rest;
    }
    g->farthest = farthest;
}

/* ---- offering ---- */

/* The candidate takes the place of one that is farther, and the farthest of its group. */
static void replace(topk *t, uint32_t place, hit candidate, uint32_t of)
{
    uint32_t number = t->groups->at[place];
    leave_group(t, number);
    t->heap[place] = candidate;
    sift_down(t, place);
    join_group(t, number, of);
}

static void add(topk *t, hit candidate, uint32_t of)
{
    uint32_t number = t->count++;
    put_at(t, number, candidate, number);
    sift_up(t, number);
    join_group(t, number, of);
}

bool topk_groups_offer(topk *t, hit candidate)
{
    const group_limit *limit = t->groups->limit;
    if (t->k == 0 || (topk_full(t) && !hit_before(candidate, t->heap[0]))) return false;
    uint32_t of = limit->group_of(limit->context, candidate.id);
    const group *g = &t->groups->groups[of];
    uint32_t taken = limit->taken && of ? limit->taken[of] : 0;
    if (of && taken >= limit->most) return false;
    if (of && g->count == limit->most - taken) {
        uint32_t place = t->groups->members[g->farthest].place;
        if (!hit_before(candidate, t->heap[place])) return false;
        replace(t, place, candidate, of);
    } else if (topk_full(t)) {
        replace(t, 0, candidate, of);
    } else {
        add(t, candidate, of);
    }
    return true;
}
