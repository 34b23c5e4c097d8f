/* chat.c - kith chat: a conversation with the documents, line by line.
 * A line that begins with '/' is a command to the program, any other line is a question. A line
 * that fails is reported, and the next one is read. */
#include "cli/answer_output.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/line_reader.h"
#include "cli/workspace.h"

typedef struct chat {
    invocation *run;
    workspace workspace;
    line_reader *lines;
    uint64_t conversation; /* 0 until the first question */
    kith_llm storage;
    bool has_endpoint;
    const kith_llm *llm; /* NULL: answers are quoted */
    const char *where;   /* in the run's memory */
    bool is_over;
} chat;

typedef struct chat_command {
    const char *name, *argument, *help;
    void (*run)(chat *c, const char *argument);
} chat_command;

/* ---- commands ---- */

static void show_sources(chat *c, const char *argument)
{
    (void)argument;
    kith_conversation *conversation = NULL;
    kith_error err = {0};
    if (c->conversation == 0) {
        console_notice(c->run->console, "nothing was asked yet");
        return;
    }
    kith_status status =
        kith_conversation_get(c->workspace.database, c->conversation, &conversation, &err);
    if (status != KITH_OK)
        (void)console_fail(c->run->console, status, &err);
    else if (conversation->turn_count == 0)
        console_notice(c->run->console, "nothing was asked yet");
    else
        answer_output_passages(c->run->console, &conversation->turns[conversation->turn_count - 1]);
    kith_conversation_free(conversation);
}

/* A filter that nothing can be searched with is told, and the one before stays. */
static bool is_filter(chat *c, const char *text)
{
    kith_records *records = NULL;
    kith_error err = {0};
    const kith_selection first = {
        .where = text, .limit = 1, .without_content = true, .without_metadata = true};
    kith_status status =
        kith_get(c->workspace.database, workspace_collection(c->run), &first, &records, &err);
    kith_records_free(records);
    if (status != KITH_ERR_INVALID && status != KITH_ERR_FORMAT) return true;
    console_notice(c->run->console, "this is no filter, %s: %s",
                   c->where ? "the one before stays" : "there is still none", err.message);
    return false;
}

static void set_filter(chat *c, const char *argument)
{
    console *out = c->run->console;
    if (!argument[0]) {
        c->where = NULL;
        console_notice(out, "no filter");
        return;
    }
    if (!is_filter(c, argument)) return;
    const char *copy = arena_copy_text(c->run->memory, argument);
    if (!copy) {
        console_notice(out, "out of memory for the filter");
        return;
    }
    c->where = copy;
    console_notice(out, "from now on only what %s accepts", copy);
}

static void set_model(chat *c, const char *argument)
{
    console *out = c->run->console;
    if (!argument[0]) {
        console_notice(out, "%s", c->llm ? c->llm->model : "no LLM: answers are quoted");
        return;
    }
    if (strcmp(argument, "none") == 0) {
        c->llm = NULL;
        console_notice(out, "answers are quoted from now on");
        return;
    }
    if (!c->has_endpoint) {
        console_notice(out, "there is no endpoint: start with OPENAI_API_KEY or OPENAI_BASE_URL, "
                            "and without --no-llm");
        return;
    }
    const char *copy = arena_copy_text(c->run->memory, argument);
    if (!copy) {
        console_notice(out, "out of memory for the model");
        return;
    }
    c->storage.model = copy;
    c->llm = &c->storage;
    console_notice(out, "%s answers from now on", copy);
}

static void start_new_conversation(chat *c, const char *argument)
{
    (void)argument;
    c->conversation = 0;
    console_notice(c->run->console, "a new conversation");
}

static void quit(chat *c, const char *argument)
{
    (void)argument;
    c->is_over = true;
}

static void show_help(chat *c, const char *argument);

static const chat_command chat_commands[] = {
    {"sources", "", "the passages behind the last answer", show_sources},
    {"filter", " JSON", "only what the filter accepts; without one: everything", set_filter},
    {"model", " NAME", "another LLM; none: quoted answers", set_model},
    {"new", "", "a new conversation, which knows nothing of this one", start_new_conversation},
    {"quit", "", "the end; Ctrl-D does the same", quit},
    {"help", "", "this list", show_help},
};

static void show_help(chat *c, const char *argument)
{
    (void)argument;
    for (size_t i = 0; i < sizeof chat_commands / sizeof chat_commands[0]; i++) {
        const chat_command *known = &chat_commands[i];
        console_notice(c->run->console, "/%s%s: %s", known->name, known->argument, known->help);
    }
}

static void run_command(chat *c, view line)
{
    size_t end = view_find(line, VIEW(" "));
    view name = view_slice(line, 1, end);
    view argument = view_trim(view_slice(line, end, line.size));
    const char *text = arena_copy(c->run->memory, argument).data;
    for (size_t i = 0; i < sizeof chat_commands / sizeof chat_commands[0]; i++) {
        if (!view_equal(name, view_of(chat_commands[i].name))) continue;
        chat_commands[i].run(c, text ? text : "");
        return;
    }
    console_notice(c->run->console, "unknown command '/%.*s'; /help lists them", VIEW_ARG(name));
}

/* ---- questions ---- */

static exit_status ask(chat *c, const char *question)
{
    kith_error err = {0};
    bool is_recorded = !c->workspace.read_only;
    if (is_recorded && c->conversation == 0) {
        kith_status status = kith_conversation_create(
            c->workspace.database, workspace_collection(c->run), &c->conversation, &err);
        if (status != KITH_OK) return console_fail(c->run->console, status, &err);
    }
    answer_request request = {.question = question,
                              .llm = c->llm,
                              .where = c->where,
                              .conversation = is_recorded ? c->conversation : 0};
    interrupt_catch(c->run->console->interrupts); // Ctrl-C ends this answer, not the conversation
    exit_status result = answer_output_ask(c->run, c->workspace.database, &request);
    console_flush(c->run->console);
    return result;
}

/* Loads the questions of the conversation that --conversation continues, for the arrow keys. */
static kith_status load_history(chat *c, kith_error *err)
{
    c->conversation = c->run->settings->conversation;
    if (c->conversation == 0) return KITH_OK;
    kith_conversation *conversation = NULL;
    kith_status status =
        kith_conversation_get(c->workspace.database, c->conversation, &conversation, err);
    for (size_t i = 0; status == KITH_OK && i < conversation->turn_count; i++)
        line_reader_remember(c->lines, conversation->turns[i].question);
    kith_conversation_free(conversation);
    return status;
}

/* EXIT_DONE whatever the answers were; only a failure that ends the conversation counts. */
static exit_status run_conversation(chat *c)
{
    console *out = c->run->console;
    while (!c->is_over && !console_failed(out)) {
        const char *line = NULL;
        kith_error err = {0};
        kith_status status = line_reader_next(c->lines, &line, &err);
        if (status == KITH_ERR_LIMIT || status == KITH_ERR_INVALID) {
            (void)console_fail(out, status, &err);
            continue;
        }
        if (status != KITH_OK) return console_fail(out, status, &err);
        if (!line) break;
        view text = view_trim(view_of(line));
        if (text.size == 0) continue;
        line_reader_remember(c->lines, line);
        if (text.data[0] == '/') {
            run_command(c, text);
            continue;
        }
        exit_status result = ask(c, line);
        if (result == EXIT_SYSTEM || result == EXIT_MISSING) return result;
        if (result == EXIT_INTERRUPTED && !out->out_terminal.is_tty) return result;
    }
    return EXIT_DONE;
}

static exit_status chat_run(invocation *run)
{
    console *out = run->console;
    chat c = {.run = run, .workspace = {.reranks = true}, .where = run->settings->where};
    kith_error err = {0};
    bool is_interactive = out->in_is_tty && out->out_terminal.is_tty && !out->json;
    exit_status result = EXIT_DONE;
    kith_status status = workspace_llm(run, &c.storage, &c.llm, &err);
    c.has_endpoint = c.llm != NULL;
    if (status == KITH_OK) status = workspace_open(run, WORKSPACE_READ_TEXT, &c.workspace, &err);
    if (status == KITH_OK) status = line_reader_new(is_interactive, out->lines, &c.lines, &err);
    if (status == KITH_OK) status = load_history(&c, &err);
    if (status != KITH_OK) {
        result = console_fail(out, status, &err);
        goto done;
    }
    if (c.workspace.read_only)
        console_notice(out, "the data directory cannot be written: each question stands alone, and "
                            "none is recorded");
    if (is_interactive) console_notice(out, "ask; /help lists the commands, /quit ends");
    result = run_conversation(&c);
    if (is_interactive && c.conversation)
        console_notice(out, "kept as conversation %llu: kith chat --conversation %llu goes on",
                       (unsigned long long)c.conversation, (unsigned long long)c.conversation);
done:
    line_reader_free(c.lines);
    return workspace_close(run, &c.workspace, result);
}

const command command_chat = {
    .name = "chat",
    .arguments = "",
    .summary = "ask one question after the other, each knowing the last",
    .description =
        "Reads a question a line and answers as kith ask does. A question that leans on the one "
        "before, such as \"and how much did it cost?\", is made whole before it is searched for: "
        "by the LLM when there is one, else by the words of the question before; what was "
        "searched for is shown.\n\n"
        "A line that begins with '/' is a command: /sources shows the passages behind the last "
        "answer, /filter JSON narrows what is searched, /model NAME changes the LLM (none: quoted "
        "answers), /new begins a new conversation, /quit ends, /help lists these. On a terminal "
        "lines are edited and remembered; Ctrl-C ends the answer that is being written.\n\n"
        "The conversation is kept in the data directory: see kith conversations; --conversation "
        "goes on with one. Where the data directory cannot be written, each question stands "
        "alone and none is recorded. As JSON: the object of kith ask for each question, searched "
        "included.",
    .examples = "  kith chat\n"
                "  kith chat --conversation 3\n"
                "  printf 'Who signs the release?\\nAnd when?\\n' | kith chat --no-llm\n",
    .options = OPTIONS_STORE | OPTION_BIT(OPTION_WAIT) | OPTIONS_MODEL | OPTION_BIT(OPTION_RERANK) |
               OPTIONS_LLM | OPTION_BIT(OPTION_K) | OPTION_BIT(OPTION_WHERE) |
               OPTION_BIT(OPTION_EXPLAIN) | OPTION_BIT(OPTION_NO_CACHE) |
               OPTION_BIT(OPTION_CONVERSATION) | OPTION_BIT(OPTION_TRUNCATE),
    .arguments_min = 0,
    .arguments_max = 0,
    .run = chat_run,
    .writes = command_writes_always,
};
