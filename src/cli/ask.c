/* ask.c - kith ask: an answer with citations. */
#include "cli/answer_output.h"
#include "cli/ask_lines.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/llm_hint.h"
#include "cli/narrowing.h"
#include "cli/workspace.h"

/* The question is on the command line, or with --lines on standard input. */
static bool is_asked_once(invocation *run)
{
    const settings *s = run->settings;
    if (s->lines == (s->argument_count == 0)) return true;
    if (s->lines)
        console_notice(run->console,
                       "--lines reads the questions from standard input; '%s' is one "
                       "too many",
                       s->arguments[0]);
    else
        console_notice(run->console, "kith ask needs QUESTION... or --lines (kith ask --help)");
    return false;
}

static exit_status ask_run(invocation *run)
{
    if (!is_asked_once(run)) return EXIT_USAGE;
    workspace w = {.reranks = true};
    kith_llm storage;
    const kith_llm *llm = NULL;
    kith_error err = {0};
    answer_request request = {.question = workspace_sentence(run)};
    kith_status status = narrowing_filter(run, &request.where, &request.allow_unknown_fields, &err);
    if (status == KITH_OK) status = workspace_llm(run, &storage, &llm, &err);
    if (status == KITH_OK) status = workspace_open(run, WORKSPACE_READ_TEXT, &w, &err);
    if (status != KITH_OK) return console_fail(run->console, status, &err);
    interrupt_catch(run->console->interrupts);
    request.llm = llm;
    if (run->settings->lines) run->console->json = true;
    exit_status result = run->settings->lines ? ask_lines(run, w.database, &request)
                                              : answer_output_ask(run, w.database, &request);
    if (!llm && !run->settings->lines) llm_hint(run);
    return workspace_close(run, &w, result);
}

const command command_ask = {
    .name = "ask",
    .arguments = "QUESTION...",
    .summary = "answer a question from the documents, with citations",
    .description =
        "Finds the passages that bear on the question and answers from them, with [n] citations "
        "that resolve to file and line. Without an LLM the answer is quoted from the documents; "
        "when nothing there supports one, kith says so and shows the nearest passages. Of a "
        "question how two things differ, what is said of each is quoted; one that nothing mentions "
        "is named.\n\n"
        "With OPENAI_API_KEY or OPENAI_BASE_URL (in the environment or the file of --env; a key "
        "also in ./.env) an LLM writes the answer, and sees nothing but the passages. When it "
        "fails the sources are shown all the same, when it cannot be reached the quoted answer, "
        "and the "
        "exit status is 5. Each sentence of its "
        "answer is judged against the passages that it cites: one that they do not bear out is "
        "shown again behind the answer, marked [unsupported], and one that cites nothing and "
        "stands in no passage [uncited]; --explain shows the support of every sentence.\n\n"
        "On a terminal without an LLM it looks whether Ollama or llama.cpp answers on this machine "
        "(port 11434 or 8080 of loopback) and then says how to use it; not with --no-llm.\n\n"
        "The same question with the same filter, model and settings gets the answer that it got "
        "before, marked as such, until the collection changes; --no-cache answers anew.\n\n"
        "With --lines it reads questions from standard input, one a line: the text, or an object "
        "such as {\"question\": \"...\", \"filter\": {...}, \"k\": 3}. The model and the index are "
        "loaded "
        "once. Each line gets its answer as a JSON line as soon as it is there, in order; one that "
        "fails gets an object with line, question, status and error. The exit status is 1 when one "
        "was refused or failed.\n\n"
        "As JSON: one object with question, searched (of kith chat), answer, refused, support, "
        "engine, cached, truncated, citations (n, document, source, start, end, line, place, "
        "quote, "
        "emphasis), citations_removed, claims (text, start, end, cited, verdict, support, n, "
        "evidence_start, evidence_end, evidence), passages, passages_sent, llm_error, usage, "
        "timings and meaning (chunks of the collection; of them, waiting for their vector). start "
        "and end of a citation count code points of the document's text, those of "
        "a claim of the answer's. --events prints each event instead, as it comes: passages, "
        "text, citations, claims (of an LLM), usage, then done or error.",
    .examples = "  kith ask \"Who signs the release?\"\n"
                "  kith ask --lines --no-llm < questions.txt > answers.jsonl\n"
                "  kith ask --no-llm --json \"Who signs the release?\"\n"
                "  OPENAI_BASE_URL=http://localhost:11434/v1 kith ask --llm llama3.2 \"Who signs "
                "the release?\"\n",
    .options = OPTIONS_STORE | OPTIONS_MODEL | OPTION_BIT(OPTION_RERANK) | OPTIONS_LLM |
               OPTION_BIT(OPTION_K) | OPTIONS_NARROW | OPTION_BIT(OPTION_EVENTS) |
               OPTION_BIT(OPTION_EXPLAIN) | OPTION_BIT(OPTION_NO_CACHE) | OPTION_BIT(OPTION_LINES) |
               OPTION_BIT(OPTION_TIMEOUT) | OPTION_BIT(OPTION_TRUNCATE),
    .arguments_min = 0,
    .arguments_max = ARGUMENTS_ANY,
    .run = ask_run,
};
