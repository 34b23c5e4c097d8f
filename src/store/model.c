/* model.c - the text by which a collection names its model, and whether two name the same.
 *
 *   FINGERPRINT [\n NAME [\n SKETCH]]
 *
 * Models are the same when their fingerprints are equal and their sketches, where both have one, are
 * near. A local model's fingerprint is made of its files, and needs no sketch. A remote one's is no
 * more than the name by which the endpoint was asked, and two servers may call different models by
 * one name; their vectors must not meet in one collection, where they would be compared as if they
 * meant something to each other.
 *
 * A sketch stands for the vector that the model gives a certain text (embed/embedder.c): bit i is on
 * which side of a random plane i the vector lies. So two sketches differ in a share of bits that is
 * the angle between the two vectors over pi. Servers do not give the same floats twice: batches,
 * devices and quantisation move a vector by an angle of 0.001 to 0.15, of which 12 bits of 256 may
 * change; vectors of different models are orthogonal but for chance, and 128 bits differ, give or
 * take 8. A checksum of rounded numbers would not do, since some number always lies at the edge of
 * its rounding. The limit, 40 bits, is an angle of 0.49, a cosine of 0.88: a model that was trained
 * a little further may pass for the same, and searches are then nearly as good as before.
 *
 * Collections that were made before there were sketches have none, and are held by the name alone. */
#include "store/store.h"

#include "base/hex.h"

enum { SKETCH_BITS = 256, SKETCH_CHARACTERS = SKETCH_BITS / 4, DIFFERENT_BITS = 40 };

static view part(view model, int number)
{
    for (; number > 0; number--) {
        size_t end = view_find(model, VIEW("\n"));
        model = end < model.size ? view_slice(model, end + 1, model.size) : VIEW("");
    }
    return view_slice(model, 0, view_find(model, VIEW("\n")));
}

view store_model_fingerprint(view model)
{
    return part(model, 0);
}

view store_model_name(view model)
{
    return part(model, 1);
}

view store_model_sketch(view model)
{
    return part(model, 2);
}

/* A sketch that is missing, or of another kind, differs from none. */
static bool is_near(view x, view y)
{
    int differing = 0;
    if (x.size != SKETCH_CHARACTERS || y.size != SKETCH_CHARACTERS) return true;
    for (size_t i = 0; i < SKETCH_CHARACTERS; i++) {
        int a = hex_digit(x.data[i]), b = hex_digit(y.data[i]);
        if (a < 0 || b < 0) return true;
        differing += __builtin_popcount((unsigned)(a ^ b));
    }
    return differing <= DIFFERENT_BITS;
}

store_model_difference store_model_compare(view x, view y)
{
    if (!view_equal(part(x, 0), part(y, 0))) return STORE_MODEL_OTHER;
    return is_near(part(x, 2), part(y, 2)) ? STORE_MODEL_SAME : STORE_MODEL_OTHER_OF_THIS_NAME;
}
