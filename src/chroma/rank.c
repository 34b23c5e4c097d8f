/* rank.c - reading rank expressions, and computing with scores and defaults. */
#include "chroma/rank.h"

#include "chroma/body.h"
#include "chroma/embeddings.h"
#include "chroma/reply.h"

#include <math.h>

enum { KNN_DEFAULT_LIMIT = 16 };

typedef enum rank_operation {
    RANK_VALUE,
    RANK_KNN,
    RANK_ABS,
    RANK_EXP,
    RANK_LOG,
    RANK_SUM,
    RANK_MUL,
    RANK_MAX,
    RANK_MIN,
    RANK_SUB,
    RANK_DIV
} rank_operation;

struct rank_node {
    rank_operation operation;
    float value;   /* of VALUE */
    rank_knn *knn; /* of KNN */
    rank_node **operands;
    uint32_t count; /* 1 or more of all but VALUE and KNN; 2 of SUB and DIV */
};

static const struct {
    const char *name;
    rank_operation operation;
} names[] = {
    {"$val", RANK_VALUE}, {"$knn", RANK_KNN}, {"$abs", RANK_ABS}, {"$exp", RANK_EXP},
    {"$log", RANK_LOG},   {"$sum", RANK_SUM}, {"$mul", RANK_MUL}, {"$max", RANK_MAX},
    {"$min", RANK_MIN},   {"$sub", RANK_SUB}, {"$div", RANK_DIV},
};
enum { NAMES = sizeof names / sizeof names[0] };

/* ---- reading ---- */

static bool refuse_memory(serve_call *call)
{
    return refuse(call, 500, "out of memory for the rank expression");
}

static bool parse_number(serve_call *call, const char *what, const json_value *json, float *out)
{
    if (!body_is_number(json))
        return refuse_shape(call, "rank.%s: invalid type: %s, expected f32", what,
                            body_kind_name(json));
    *out = (float)body_number(json);
    return true;
}

static bool parse_query(serve_call *call, const json_value *query, rank_knn *knn)
{
    if (!query) return refuse_shape(call, "rank.$knn: missing field `query`");
    if (query->kind == JSON_OBJECT)
        return refuse(call, 400, "rank.$knn: a sparse vector needs the key of a metadata field");
    if (query->kind == JSON_STRING) {
        knn->text = query->string.data;
        return !memchr(query->string.data, 0, query->string.size) ||
               refuse(call, 400, "rank.$knn.query holds a NUL character");
    }
    knn->dimension = query->count;
    return embedding_parse(call, "rank.$knn.query", query, &knn->vector);
}

/* Texts are encoded by the key's embedding function, which clients have: BM25 with their stop words
 * and stemmer, or a model. */
static bool parse_sparse_query(serve_call *call, const json_value *query, const schema *s,
                               rank_knn *knn)
{
    kith_error err = {0};
    if (!query) return refuse_shape(call, "rank.$knn: missing field `query`");
    if (!schema_is_indexed(s, view_of(knn->key), INDEX_SPARSE))
        return refuse(call, 400,
                      "Cannot filter using metadata key '%.200s' with type 'SparseVector' because "
                      "indexing is disabled",
                      knn->key);
    if (query->kind != JSON_OBJECT)
        return refuse(call, 400,
                      "rank.$knn.query must be a sparse vector for the key '%.200s': a text is "
                      "embedded by the client, which has the key's embedding function",
                      knn->key);
    kith_status status = sparse_vector_from_json(query, &call->arena, &knn->sparse, &err);
    knn->idf = schema_weighs_by_idf(s, view_of(knn->key));
    return status == KITH_OK || refuse(call, status == KITH_ERR_NO_MEMORY ? 500 : 400,
                                       "rank.$knn.query: %s", err.message);
}

static bool parse_knn(serve_call *call, const json_value *json, rank_expression *e, rank_node *node)
{
    const char *key = "#embedding";
    rank_knn *knn = arena_new_array(&call->arena, rank_knn, 1);
    if (!knn) return refuse_memory(call);
    *knn = (rank_knn){.next = e->knns, .limit = KNN_DEFAULT_LIMIT};
    if (json->kind != JSON_OBJECT)
        return refuse_shape(call, "rank.$knn: invalid type: %s, expected a map",
                            body_kind_name(json));
    const json_value *by_default = body_get(json, "default");
    if (!body_text(call, json, "key", &key)) return false;
    if (strcmp(key, "#embedding") != 0) knn->key = key;
    const json_value *query = body_get(json, "query");
    if (!(knn->key ? parse_sparse_query(call, query, e->schema, knn)
                   : parse_query(call, query, knn)) ||
        !body_unsigned(call, json, "limit", &knn->limit) ||
        !body_bool(call, json, "return_rank", &knn->return_rank))
        return false;
    if (knn->limit == 0 || knn->limit > call->limits->k)
        return refuse(call, 400, "rank.$knn.limit of %u is not within 1..%u", knn->limit,
                      call->limits->k);
    if (by_default) {
        if (!parse_number(call, "$knn.default", by_default, &knn->by_default)) return false;
        knn->has_default = true;
    }
    e->knns = knn;
    node->knn = knn;
    return true;
}

static bool parse_node(serve_call *call, const json_value *json, rank_expression *e,
                       rank_node **out);

/* [operand, ...], {"left": operand, "right": operand}, or one operand, by the operation. */
static bool parse_operands(serve_call *call, const json_value *json, rank_expression *e,
                           rank_node *node)
{
    const bool is_pair = node->operation == RANK_SUB || node->operation == RANK_DIV;
    const bool is_single = node->operation <= RANK_LOG;
    const json_value *pair[2] = {json_get(json, "left"), json_get(json, "right")};
    const json_value *const *operands = is_pair ? pair : is_single ? &json : json->elements;
    if (!is_pair && !is_single && (json->kind != JSON_ARRAY || json->count == 0))
        return refuse_shape(call, "rank: a sum, product, maximum or minimum needs a list of terms");
    if (is_pair && (!pair[0] || !pair[1]))
        return refuse_shape(call, "rank: a difference or quotient needs `left` and `right`");
    node->count = is_pair ? 2 : is_single ? 1 : json->count;
    node->operands = arena_new_array(&call->arena, rank_node *, node->count);
    if (!node->operands) return refuse_memory(call);
    for (uint32_t i = 0; i < node->count; i++)
        if (!parse_node(call, operands[i], e, &node->operands[i])) return false;
    return true;
}

/* JSON's own limit of depth bounds the recursion. */
static bool parse_node(serve_call *call, const json_value *json, rank_expression *e,
                       rank_node **out)
{
    rank_node *node = arena_new_array(&call->arena, rank_node, 1);
    int name = 0;
    if (!node) return refuse_memory(call);
    if (++e->nodes > call->limits->filter_nodes)
        return refuse(call, 400, "the rank expression has more than %u terms",
                      call->limits->filter_nodes);
    if (json->kind != JSON_OBJECT || json->count != 1)
        return refuse_shape(call, "rank: expected a map with one operator");
    while (name < NAMES && !view_equal(json->members[0].key, view_of(names[name].name)))
        name++;
    if (name == NAMES)
        return refuse_shape(call, "rank: unknown variant `%.64s`", json->members[0].key.data);
    node->operation = names[name].operation;
    *out = node;
    const json_value *operand = json->members[0].value;
    switch (node->operation) {
    case RANK_VALUE:
        return parse_number(call, "$val", operand, &node->value);
    case RANK_KNN:
        return parse_knn(call, operand, e, node);
    default:
        return parse_operands(call, operand, e, node);
    }
}

bool rank_parse(serve_call *call, const json_value *json, const schema *s, rank_expression *out)
{
    *out = (rank_expression){.schema = s};
    return parse_node(call, json, out, &out->root);
}

/* ---- computing ---- */

static float apply_one(rank_operation operation, float x)
{
    switch (operation) {
    case RANK_ABS:
        return fabsf(x);
    case RANK_EXP:
        return expf(x);
    case RANK_LOG:
        return logf(x);
    default:
        return x; // a sum or product of one term
    }
}

static float apply_two(rank_operation operation, float x, float y)
{
    switch (operation) {
    case RANK_SUM:
        return x + y;
    case RANK_MUL:
        return x * y;
    case RANK_MAX:
        return fmaxf(x, y);
    case RANK_MIN:
        return fminf(x, y);
    case RANK_SUB:
        return x - y;
    default:
        return x / y;
    }
}

static bool value_new(uint32_t points, arena *a, rank_value *out)
{
    *out = (rank_value){.scores = arena_new_array(a, float, points),
                        .scored = arena_new_array(a, bool, points)};
    return out->scores && out->scored;
}

static void take_knn(const rank_knn *knn, rank_value *out)
{
    for (uint32_t i = 0; i < knn->count; i++) {
        out->scores[knn->points[i]] = knn->return_rank ? (float)i : knn->distances[i];
        out->scored[knn->points[i]] = true;
    }
    out->has_default = knn->has_default;
    out->by_default = knn->by_default;
}

/* left = left (operation) right */
static void combine(rank_operation operation, uint32_t points, rank_value *left,
                    const rank_value *right)
{
    for (uint32_t i = 0; i < points; i++) {
        const bool has_left = left->scored[i] || left->has_default;
        const bool has_right = right->scored[i] || right->has_default;
        const bool scored = (left->scored[i] || right->scored[i]) && has_left && has_right;
        const float x = left->scored[i] ? left->scores[i] : left->by_default;
        const float y = right->scored[i] ? right->scores[i] : right->by_default;
        left->scored[i] = scored;
        left->scores[i] = scored ? apply_two(operation, x, y) : 0;
    }
    left->has_default = left->has_default && right->has_default;
    left->by_default = apply_two(operation, left->by_default, right->by_default);
}

/* A value at a time is held for each level of the expression; its operands' end with it. */
static bool evaluate(const rank_node *node, uint32_t points, arena *a, rank_value *out)
{
    if (node->operation == RANK_VALUE || node->operation == RANK_KNN) {
        if (!value_new(points, a, out)) return false;
        if (node->knn) take_knn(node->knn, out);
        if (node->operation == RANK_VALUE) out->has_default = true;
        if (node->operation == RANK_VALUE) out->by_default = node->value;
        return true;
    }
    if (!evaluate(node->operands[0], points, a, out)) return false;
    for (uint32_t i = 0; node->count == 1 && i < points; i++)
        out->scores[i] = apply_one(node->operation, out->scores[i]);
    if (node->count == 1) out->by_default = apply_one(node->operation, out->by_default);
    for (uint32_t i = 1; i < node->count; i++) {
        rank_value right;
        const arena_mark mark = arena_set_mark(a);
        if (!evaluate(node->operands[i], points, a, &right)) return false;
        combine(node->operation, points, out, &right);
        arena_rewind(a, mark);
    }
    return true;
}

bool rank_evaluate(const rank_expression *expression, uint32_t points, arena *a, rank_value *out)
{
    return evaluate(expression->root, points, a, out);
}
