/* eval.c - kith eval: measures how well the collection answers questions whose answers are known,
 * and which settings would do better.
 *
 * Everything is checked, and for settings with other chunks the documents are chunked and embedded,
 * before the first question is asked. Questions go through the same pipeline as in kith ask. */
#include "base/buffer.h"
#include "cli/command.h"
#include "cli/eval_rechunk.h"
#include "cli/eval_report.h"
#include "cli/eval_settings.h"
#include "cli/interrupt.h"
#include "cli/scratch_directory.h"
#include "cli/workspace.h"
#include "os/clock.h"
#include "os/file.h"

enum { FILE_MAX_BYTES = 64 << 20 };

static const char as_it_is[] = "as it is";

/* One run of the command. settings[0] is the collection as it is. */
typedef struct evaluation_run {
    invocation *run;
    workspace w;
    kith_eval_questions *questions;
    eval_groups groups; /* with --by */
    eval_setting *settings;
    uint32_t setting_count;
    kith_llm llm;
    const char *scratch; /* directory of the documents in other chunks; NULL: not needed */
    kith *scratch_database;
    const char **collections;      /* [setting_count] where each setting is asked */
    kith_evaluation **evaluations; /* [setting_count] */
    kith_error err;
} evaluation_run;

/* ---- what is asked ---- */

static kith_status read_questions(evaluation_run *e)
{
    const char *path = e->run->settings->arguments[0];
    buffer content;
    buffer_init(&content, FILE_MAX_BYTES + 1);
    kith_status status = file_read(&file_ops_posix, path, FILE_MAX_BYTES, &content, &e->err);
    if (status == KITH_OK)
        status =
            kith_eval_questions_parse(content.data, content.size, path, &e->questions, &e->err);
    if (status == KITH_OK && e->run->settings->by)
        status = eval_groups_read(buffer_view(&content), e->questions, e->run->settings->by,
                                  e->run->memory, &e->groups, &e->err);
    buffer_done(&content);
    return status;
}

static kith_ask_options ask_options(const settings *s, const kith_llm *llm)
{
    static const kith_ranking rankings[] = {[RANK_BOTH] = KITH_RANK_BOTH,
                                            [RANK_MEANING] = KITH_RANK_MEANING,
                                            [RANK_WORDS] = KITH_RANK_WORDS};
    return (kith_ask_options){
        .k = s->k,
        .where = s->where,
        .llm = llm,
        .ranking = rankings[s->rank],
        .fusion = s->fusion == FUSE_RANKS ? KITH_FUSE_RANKS : KITH_FUSE_SCORES,
        .meaning_weight = (float)s->meaning / 100.0F,
    };
}

static kith_status read_settings(evaluation_run *e)
{
    const settings *s = e->run->settings;
    arena *a = e->run->memory;
    const kith_llm *llm = NULL;
    eval_setting *others = NULL;
    uint32_t count = 0;
    kith_status status = workspace_llm(e->run, &e->llm, &llm, &e->err);
    kith_ask_options base = ask_options(s, llm);
    if (status == KITH_OK && s->compare)
        status = eval_settings_parse(s->compare, &base, a, &others, &count, &e->err);
    if (status != KITH_OK) return status;
    e->setting_count = count + 1;
    e->settings = arena_new_array(a, eval_setting, e->setting_count);
    e->collections = arena_new_bytes_array(a, e->setting_count, sizeof *e->collections);
    e->evaluations = arena_new_bytes_array(a, e->setting_count, sizeof(kith_evaluation *));
    if (!e->settings || !e->collections || !e->evaluations)
        return fail(&e->err, KITH_ERR_NO_MEMORY, "out of memory for settings");
    e->settings[0] = (eval_setting){.label = as_it_is, .ask = base};
    for (uint32_t i = 0; i < count; i++)
        e->settings[i + 1] = others[i];
    return KITH_OK;
}

/* ---- documents in other chunks ---- */

static kith_status open_scratch(evaluation_run *e)
{
    kith_status status = scratch_directory_make(e->run, "eval", &e->scratch, &e->err);
    if (status != KITH_OK) return status;
    const char *path = arena_printf(e->run->memory, "%s/data", e->scratch);
    if (!path) return fail(&e->err, KITH_ERR_NO_MEMORY, "out of memory");
    kith_options options = {.embedder = e->w.embedder};
    return kith_open(path, &options, &e->scratch_database, &e->err);
}

static kith_status rechunk_setting(evaluation_run *e, uint32_t i)
{
    console *c = e->run->console;
    ingestion shown;
    uint32_t from_text = 0;
    const char *target = arena_printf(e->run->memory, "setting-%u", i);
    if (!target) return fail(&e->err, KITH_ERR_NO_MEMORY, "out of memory");
    ingestion_start(&shown, c);
    shown.only_progress = true;
    rechunking with = {.from = e->w.database,
                       .collection = workspace_collection(e->run),
                       .to = e->scratch_database,
                       .progress = &shown};
    kith_status status = rechunk(&with, target, &e->settings[i].chunk, &from_text, &e->err);
    ingestion_done(&shown);
    if (status != KITH_OK) return fail_context(&e->err, status, "%s", e->settings[i].label);
    if (from_text)
        console_notice(c,
                       "%s: %u documents are cut from their stored text, without headings: their "
                       "file is gone or changed",
                       e->settings[i].label, from_text);
    e->collections[i] = target;
    return KITH_OK;
}

/* One collection for each chunk setting; settings that differ in other ways share it. */
static kith_status prepare_collections(evaluation_run *e)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < e->setting_count && status == KITH_OK; i++) {
        if (!e->settings[i].has_chunk) {
            e->collections[i] = workspace_collection(e->run);
            continue;
        }
        for (uint32_t j = 0; j < i && !e->collections[i]; j++)
            if (eval_settings_same_chunk(&e->settings[i], &e->settings[j]))
                e->collections[i] = e->collections[j];
        if (e->collections[i]) continue;
        if (!e->scratch_database) status = open_scratch(e);
        if (status == KITH_OK) status = rechunk_setting(e, i);
    }
    return status;
}

/* ---- asking ---- */

typedef struct asking_progress {
    console *console;
    const char *label;
    int64_t shown_ns;
} asking_progress;

static int show_asking(void *context, size_t done, size_t total)
{
    static const int64_t interval_ns = 100 * 1000 * 1000;
    asking_progress *p = context;
    int64_t now_ns = clock_monotonic_ns();
    if (done == total) {
        console_bar(p->console, VIEW(""));
    } else if (now_ns - p->shown_ns >= interval_ns) {
        char text[128];
        int n = snprintf(text, sizeof text, "%.60s: %zu of %zu questions", p->label, done, total);
        p->shown_ns = now_ns;
        console_bar(p->console, (view){text, (size_t)n});
    }
    return interrupt_noted(p->console->interrupts) || console_failed(p->console);
}

static kith_status ask_all(evaluation_run *e)
{
    kith_status status = KITH_OK;
    for (uint32_t i = 0; i < e->setting_count && status == KITH_OK; i++) {
        const eval_setting *s = &e->settings[i];
        asking_progress bar = {.console = e->run->console, .label = s->label};
        const kith_call call = {.size = sizeof call,
                                .truncation = workspace_call(e->run).truncation};
        kith_eval_options options = {
            .ask = &s->ask, .on_question = show_asking, .context = &bar, .call = &call};
        kith *database = s->has_chunk ? e->scratch_database : e->w.database;
        kith_use_reranker(database, s->is_unranked ? NULL : e->w.reranker, s->rerank);
        status = kith_evaluate(database, e->collections[i], e->questions->questions,
                               e->questions->count, &options, &e->evaluations[i], &e->err);
        console_bar(e->run->console, VIEW(""));
    }
    return status;
}

static kith_status report(evaluation_run *e)
{
    eval_outcome *outcomes = arena_new_array(e->run->memory, eval_outcome, e->setting_count);
    if (!outcomes) return fail(&e->err, KITH_ERR_NO_MEMORY, "out of memory for a report");
    for (uint32_t i = 0; i < e->setting_count; i++)
        outcomes[i] = (eval_outcome){e->settings[i].label, e->evaluations[i]};
    eval_report r = {.console = e->run->console,
                     .questions = e->questions,
                     .outcomes = outcomes,
                     .count = e->setting_count,
                     .groups = e->groups.count ? &e->groups : NULL,
                     .all = e->run->settings->explain};
    return eval_report_show(&r, &e->err);
}

static size_t count_problem(const evaluation_run *e, kith_eval_problem problem)
{
    size_t count = 0;
    for (uint32_t i = 0; i < e->setting_count; i++)
        for (size_t q = 0; q < e->evaluations[i]->count; q++)
            count += e->evaluations[i]->results[q].problem == problem;
    return count;
}

/* Reports how often the LLM failed, and how many questions were refused, since the measures then rest on
 * fewer answers. */
static exit_status result_of(const evaluation_run *e)
{
    size_t failed = count_problem(e, KITH_EVAL_FAILED);
    size_t refused = count_problem(e, KITH_EVAL_NOT_ASKED);
    if (refused)
        console_notice(e->run->console,
                       "%zu questions were not asked: they are longer than the model reads, which "
                       "--truncate error refuses",
                       refused);
    if (failed) console_notice(e->run->console, "the LLM failed to answer %zu times", failed);
    return failed ? EXIT_MODEL : refused ? EXIT_PARTLY : EXIT_DONE;
}

static exit_status close_all(evaluation_run *e, exit_status result)
{
    kith_status status = kith_close(e->scratch_database, &e->err);
    if (status != KITH_OK && result == EXIT_DONE)
        result = console_fail(e->run->console, status, &e->err);
    for (uint32_t i = 0; i < e->setting_count; i++)
        kith_evaluation_free(e->evaluations[i]);
    kith_eval_questions_free(e->questions);
    scratch_directory_remove(e->run, e->scratch);
    return workspace_close(e->run, &e->w, result);
}

/* A setting of reranking needs a cross-encoder. */
static kith_status check_reranker(evaluation_run *e)
{
    for (uint32_t i = 0; !e->w.reranker && i < e->setting_count; i++)
        if (e->settings[i].rerank)
            return fail(&e->err, KITH_ERR_INVALID,
                        "--compare: rerank needs a cross-encoder, which --rerank DIR names");
    return KITH_OK;
}

static exit_status eval_run(invocation *run)
{
    evaluation_run e = {.run = run, .w = {.reranks = true}};
    exit_status result = EXIT_DONE;
    interrupt_catch(run->console->interrupts);
    kith_status status = read_questions(&e);
    if (status == KITH_OK) status = read_settings(&e);
    if (status == KITH_OK) status = workspace_open(run, WORKSPACE_READ_TEXT, &e.w, &e.err);
    if (status != KITH_OK) {
        kith_eval_questions_free(e.questions);
        return console_fail(run->console, status, &e.err);
    }
    status = check_reranker(&e);
    if (status == KITH_OK) status = prepare_collections(&e);
    if (status == KITH_OK) status = ask_all(&e);
    if (status == KITH_OK) status = report(&e);
    if (status == KITH_ERR_CANCELLED)
        result = EXIT_INTERRUPTED;
    else if (status != KITH_OK)
        result = console_fail(run->console, status, &e.err);
    else
        result = result_of(&e);
    return close_all(&e, result);
}

const command command_eval = {
    .name = "eval",
    .arguments = "FILE",
    .summary = "measure answers on your own questions, compare settings",
    .description =
        "Asks the questions of FILE as kith ask does, without the cache, and compares with what "
        "each expects. FILE holds JSON Lines, an object a line: \"question\", and any of "
        "\"document\" (an id, a path or the end of one; or a list, all of them expected), \"text\" "
        "(what the answer should hold; or a list, one of them expected), \"refuse\": true (nothing "
        "in the collection answers it) and \"id\". A line that is wrong is an error before "
        "anything "
        "runs.\n\n"
        "Printed are hit@1 and hit@k (an expected passage is the first, or among the k), recall@k, "
        "MRR@k, nDCG@k, how often a passage and the answer hold the expected text, how many "
        "citations hold (the quote stands where they say), how often kith refused wrongly and "
        "rightly, times, and the questions that went worst, with the reason.\n\n"
        "--compare asks everything again with other settings and marks what is more than noise, by "
        "a paired bootstrap over the questions. Settings are parted by ';', keys within one by "
        "spaces or commas: chunk=SIZE/OVERLAP (characters, or tokens as in 200t/40), "
        "rank=both|meaning|words, fusion=scores|ranks, meaning=PERCENT, k=N, and with --rerank "
        "rerank=N, the hits that the cross-encoder reads, 0 for none. With chunk the "
        "collection's documents are cut and embedded anew in a temporary directory; the collection "
        "stays as it is. Of many comparisons at 95 %, one in twenty looks clear by chance.\n\n"
        "Fields of your own are passed over; --by kind tells the measures for each value of the "
        "field \"kind\" too.\n\n"
        "As JSON: a line a question, worst first, then {\"summary\": ...} of each setting, with "
        "--by "
        "{\"group\": ...} of each setting and value, then "
        "{\"difference\": ...} of each setting and measure.",
    .examples = "  kith eval questions.jsonl\n"
                "  kith eval questions.jsonl -k 10 --explain\n"
                "  kith eval questions.jsonl --by kind\n"
                "  kith eval questions.jsonl --compare \"rank=words; fusion=ranks; meaning=40\"\n"
                "  kith eval questions.jsonl --compare \"chunk=500/100; chunk=200t/40, k=8\"\n",
    .options = OPTIONS_STORE | OPTIONS_MODEL | OPTION_BIT(OPTION_RERANK) | OPTIONS_LLM |
               OPTION_BIT(OPTION_K) | OPTION_BIT(OPTION_WHERE) | OPTION_BIT(OPTION_RANK) |
               OPTION_BIT(OPTION_FUSION) | OPTION_BIT(OPTION_MEANING) | OPTION_BIT(OPTION_EXPLAIN) |
               OPTION_BIT(OPTION_COMPARE) | OPTION_BIT(OPTION_BY) | OPTION_BIT(OPTION_TRUNCATE),
    .arguments_min = 1,
    .arguments_max = 1,
    .run = eval_run,
};
