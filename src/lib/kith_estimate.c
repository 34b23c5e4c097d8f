/* kith_estimate.c - what a collection takes, before there is one. */
#include "base/size.h"
#include "db/index_estimate.h"
#include "lib/options.h"

#include <kith/estimate.h>
#include <stdlib.h>

enum { DEFAULT_ID_BYTES = 16 };

static const struct {
    const char *name, *what;
} components[INDEX_COMPONENTS] = {
    [COMPONENT_VECTORS] = {"vectors", "floats, each vector to whole cache lines; of compact "
                                      "indexes and above a limit of memory on the disk"},
    [COMPONENT_SLOTS] = {"slots", "which vector lies where"},
    [COMPONENT_GRAPH] = {"graph", "links between near vectors, from 4,097 vectors on"},
    [COMPONENT_CODES] = {"codes", "vectors in 8 bits a dimension, with the graph; compact "
                                  "ones up to 256 dimensions in 4, but tight clusters in 8"},
    [COMPONENT_NEIGHBOR_CODES] = {"neighbor codes",
                                  "signs of each vector's neighbors, above 32 MiB of vectors"},
    [COMPONENT_SIGN_CODES] = {"sign codes", "signs of each vector, which filtered scans read"},
    [COMPONENT_LISTS] = {"lists",
                         "vectors and their codes in lists on the disk, above a limit of memory"},
    [COMPONENT_ROWS] = {"rows", "which point and which document a vector is of"},
    [COMPONENT_IDS] = {"ids", "of points"},
    [COMPONENT_FIELDS] = {"fields", "columns of metadata, which filters read"},
    [COMPONENT_WORDS] = {"words", "postings, by which texts are found"},
    [COMPONENT_STORE] = {"store", "points and documents in SQLite, with their indexes"},
};

/* One allocation, with the components behind it. */
typedef struct estimate_room {
    kith_estimate public;
    kith_estimate_component components[INDEX_COMPONENTS];
} estimate_room;

kith_status kith_estimate_collection(const kith_estimate_options *options, kith_estimate **out,
                                     kith_error *err)
{
    static const options_shape shape = {"kith_estimate_options",
                                        offsetof(kith_estimate_options, memory),
                                        sizeof(kith_estimate_options)};
    kith_estimate_options o;
    index_estimate e;
    kith_status status = options_adopt(&shape, options, &o, err);
    if (status != KITH_OK) return status;
    status = check_memory(o.memory, err);
    if (status != KITH_OK) return status;
    const index_shape s = {.vectors = o.vectors,
                           .dimension = o.dimension,
                           .id_bytes = o.id_bytes ? o.id_bytes : DEFAULT_ID_BYTES,
                           .text_bytes = o.text_bytes,
                           .fields = o.fields,
                           .index_memory = o.index_memory,
                           .is_compact = o.memory == KITH_MEMORY_COMPACT};
    status = index_estimate_of(&s, &e, err);
    if (status != KITH_OK) return status;
    estimate_room *room = heap_new_array(1, sizeof *room);
    if (!room) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for an estimate");
    for (int i = 0; i < INDEX_COMPONENTS; i++) {
        room->components[i] = (kith_estimate_component){components[i].name, components[i].what,
                                                        e.of[i].memory, e.of[i].disk};
        room->public.memory_bytes += e.of[i].memory;
        room->public.disk_bytes += e.of[i].disk;
        if (i <= COMPONENT_LISTS) room->public.vector_bytes += e.of[i].memory;
    }
    room->public.components = room->components;
    room->public.count = INDEX_COMPONENTS;
    room->public.has_graph = e.has_graph;
    room->public.has_lists = e.has_lists;
    room->public.is_compact = e.is_compact;
    *out = &room->public;
    return KITH_OK;
}

void kith_estimate_free(kith_estimate *estimate)
{
    free(estimate);
}
