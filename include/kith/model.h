/* model.h - in which precision a local model runs, and where its packed weights are kept.
 *
 * A local model runs in the fastest precision that the CPU has (int8, bf16 or int16 products)
 * whose vectors have a cosine of at least 0.999 to those of float32. That is measured when the model
 * is loaded for the first time, on texts that are built in; what does not pass is upgraded, product
 * by product, up to float32 itself. The packed weights are kept in a file beside the model,
 * .kith-packed-..., so that a later process maps them, and all processes share one copy.
 *
 * In kith_embedder_options:
 *   precision  "auto" or NULL: as above; "f32": float32, which is the reference
 *   cache      a directory for packed weights when the model's cannot be written; made when it is
 *              missing; NULL: none, so each process packs them anew
 *
 * A collection takes vectors of every precision of one model: its fingerprint does not name it.
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_MODEL_H
#define KITH_MODEL_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_model_info {
    const char *precision; /* "f32", "int8", "int8, 6 of 24 products bf16" */
    double cosine;         /* the smallest to float32 of a built-in text; 1 for float32 */
    bool is_mapped;        /* the weights are a file's, which processes share */
} kith_model_info;

/* Loads a local model, unless it is, and says how it runs. The strings live as long as the embedder.
 * Errors: UNSUPPORTED (a remote one), those of kith_embedder_open for a model; *out is untouched. */
KITH_API kith_status kith_model_describe(kith_embedder *e, kith_model_info *out, kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
