/* bert.c - BERT's encoder stack over packed weights.
 *
 * The texts of a batch are rows of one matrix, back to back and without padding between them: row
 * `start of text + t` is token t. A linear layer is then one product over the tokens of all texts,
 * and a norm works row by row; only attention looks at where a text begins and ends.
 *
 *   x = LayerNorm(word[id] + (position[t] + type[0]))                 [tokens][hidden]
 *       with type[1] in place of type[0] from the second text of a pair on
 *   per layer:
 *     qkv = x Wqkv + b                                                [tokens][3 * hidden]
 *     context = softmax(q k' / sqrt(hidden / heads)) v                [tokens][hidden]
 *     x = LayerNorm(context Wo + b + x)                               [tokens][hidden]
 *     up = gelu(x Wup + b)                                            [tokens][intermediate]
 *     x = LayerNorm(up Wdown + b + x)                                 [tokens][hidden]
 *
 * where q, k and v are columns [0, hidden), [hidden, 2 * hidden) and [2 * hidden, 3 * hidden) of
 * qkv, and the softmax runs within one text and one head. Query, key and value are one linear layer
 * because one product of three times the width keeps the kernels busier than three.
 *
 * A text's states are bit-identical in any batch. For a product, a norm and attention the kernels
 * promise that an output row comes from the same operations in the same order whatever the other
 * rows are (gemm.h); nothing here adds rows of different texts; and no padding exists whose length
 * would depend on the longest text. So neither the batch nor a text's place in it can be seen in
 * its bits. They do differ between instruction sets, which round differently.
 *
 * What a run writes is the caller's scratch; the weights are only read (bert_weights.h).
 *
 * Source: Devlin et al. 2018. */
#include "model/bert_weights.h"

#include "base/size.h"
#include "model/float_layout.h"

#include <string.h>

/* The scratch of one run, every row padded. `up` shares its memory with `qkv` and `context`: a
 * layer writes up only after it has added its attention to x, and the next layer writes qkv only
 * after `down` has read up. */
typedef struct buffers {
    float *x;         /* [tokens][hidden], the states */
    float *delta;     /* [tokens][hidden], what the next norm adds to x */
    float *attention; /* [gemm_attention_scratch(longest, hidden / heads)] */
    float *qkv;       /* [tokens][3 * hidden] */
    float *context;   /* [tokens][hidden] */
    float *up;        /* [tokens][intermediate] */
    linear_scratch codes;
} buffers;

/* Places the buffers in `scratch`, or only counts when it is NULL. Returns the number of floats
 * that they take together; 0 when it overflows. */
static size_t place_buffers(const bert *b, size_t tokens, size_t longest, float *scratch,
                            buffers *out)
{
    const bert_shape *s = &b->shape;
    float_layout layout = {.block = scratch};
    out->x = float_layout_take(&layout, tokens, s->hidden);
    out->delta = float_layout_take(&layout, tokens, s->hidden);
    out->attention =
        float_layout_take(&layout, 1, gemm_attention_scratch(longest, s->hidden / s->heads));
    if (b->is_coded)
        linear_place_scratch(&out->codes, tokens, (uint32_t)size_max(s->hidden, s->intermediate),
                             &layout);
    float_layout overlay = layout;
    out->qkv = float_layout_take(&layout, tokens, 3 * s->hidden);
    out->context = float_layout_take(&layout, tokens, s->hidden);
    out->up = float_layout_take(&overlay, tokens, s->intermediate);
    return layout.overflow || overlay.overflow ? 0 : size_max(layout.used, overlay.used);
}

size_t bert_stride(const bert *b)
{
    return gemm_padded(b->shape.hidden);
}

size_t bert_scratch(const bert *b, size_t tokens, size_t longest)
{
    buffers unused;
    return place_buffers(b, tokens, longest, NULL, &unused);
}

/* x = LayerNorm(x + delta) for rows [rows][padded hidden] of both. */
static void run_norm(const bert *b, const bert_norm *n, size_t rows, const float *delta, float *x)
{
    b->kernels->add_norm(&(gemm_norm_call){.a = x,
                                           .b = delta,
                                           .out = x,
                                           .stride = bert_stride(b),
                                           .rows = rows,
                                           .columns = b->shape.hidden,
                                           .gamma = n->gamma,
                                           .beta = n->beta,
                                           .epsilon = b->shape.epsilon});
}

/* Writes the first states, [tokens][hidden], from the tables of words and positions. False when a
 * row of words cannot be read. */
static bool embed_tokens(const bert *b, const bert_batch *batch, float *x)
{
    size_t hidden = b->shape.hidden, stride = bert_stride(b);
    for (uint32_t i = 0; i < batch->count; i++) {
        uint32_t second = batch->seconds ? batch->seconds[i] : UINT32_MAX;
        for (uint32_t t = 0; t < batch->lengths[i]; t++) {
            float *row = x + t * stride;
            CHECK(batch->ids[i][t] < b->shape.vocabulary);
            if (tensor_read(b->word_embeddings, (uint64_t)batch->ids[i][t] * hidden, hidden, row,
                            NULL) != KITH_OK)
                return false;
            for (size_t k = 0; t >= second && k < hidden; k++)
                row[k] += b->second_type[k];
            memset(row + hidden, 0, (stride - hidden) * sizeof *row);
        }
        run_norm(b, &b->embedding_norm, batch->lengths[i], b->position_embeddings, x);
        x += batch->lengths[i] * stride;
    }
    return true;
}

/* qkv [tokens][3 * hidden] to context [tokens][hidden], text by text. */
static void run_attention(const bert *b, const bert_batch *batch, const buffers *u)
{
    size_t hidden = b->shape.hidden, heads = b->shape.heads;
    size_t qkv_stride = gemm_padded(3 * hidden), stride = bert_stride(b), row = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        b->attend(&(gemm_attention_call){.qkv = u->qkv + row * qkv_stride,
                                         .qkv_stride = qkv_stride,
                                         .out = u->context + row * stride,
                                         .out_stride = stride,
                                         .tokens = batch->lengths[i],
                                         .heads = heads,
                                         .head_dim = hidden / heads,
                                         .scratch = u->attention});
        row += batch->lengths[i];
    }
    for (size_t r = 0; hidden < stride && r < row; r++)
        memset(u->context + r * stride + hidden, 0, (stride - hidden) * sizeof *u->context);
}

/* One run: what all its steps need. */
typedef struct bert_pass {
    const bert *b;
    size_t tokens;
    buffers u;
    double *squares; /* of bert_observe; NULL otherwise */
} bert_pass;

/* Adds the squares of in[tokens][padded inputs] to those of product i. */
static void observe(const bert_pass *p, uint32_t i, const float *in)
{
    uint32_t inputs = bert_product_at(p->b, i)->inputs;
    double *squares = p->squares + bert_energy_offset(&p->b->shape, i);
    for (size_t t = 0; t < p->tokens; t++, in += gemm_padded(inputs))
        for (size_t k = 0; k < inputs; k++)
            squares[k] += (double)in[k] * (double)in[k];
}

static void run_product(const bert_pass *p, uint32_t i, const float *in, float *out)
{
    if (p->squares) observe(p, i, in);
    linear_run(bert_product_at(p->b, i), p->tokens, in, &p->u.codes, out,
               i % BERT_PRODUCTS == BERT_UP ? GEMM_GELU : GEMM_IDENTITY);
}

static const float *run(const bert *b, const bert_batch *batch, float *scratch, double *squares)
{
    size_t longest = 0;
    bert_pass p = {.b = b, .squares = squares};
    CHECK((uintptr_t)scratch % GEMM_ALIGNMENT_BYTES == 0);
    CHECK(!batch->seconds || b->second_type);
    for (uint32_t i = 0; i < batch->count; i++) {
        CHECK(batch->lengths[i] >= 1 && batch->lengths[i] <= b->shape.positions);
        p.tokens += batch->lengths[i];
        longest = size_max(longest, batch->lengths[i]);
    }
    (void)place_buffers(b, p.tokens, longest, scratch, &p.u);
    if (!embed_tokens(b, batch, p.u.x)) return NULL;
    for (uint32_t i = 0; i < b->shape.layers; i++) {
        const bert_layer *l = &b->layers[i];
        uint32_t first = i * BERT_PRODUCTS;
        run_product(&p, first + BERT_QKV, p.u.x, p.u.qkv);
        run_attention(b, batch, &p.u);
        run_product(&p, first + BERT_ATTENTION_OUTPUT, p.u.context, p.u.delta);
        run_norm(b, &l->attention_norm, p.tokens, p.u.delta, p.u.x);
        run_product(&p, first + BERT_UP, p.u.x, p.u.up);
        run_product(&p, first + BERT_DOWN, p.u.up, p.u.delta);
        run_norm(b, &l->output_norm, p.tokens, p.u.delta, p.u.x);
    }
    return p.u.x;
}

const float *bert_run(const bert *b, const bert_batch *batch, float *scratch)
{
    return run(b, batch, scratch, NULL);
}

const float *bert_observe(const bert *b, const bert_batch *batch, float *scratch, double *squares)
{
    return run(b, batch, scratch, squares);
}
