/* Tests of what a question demands, of whether a passage meets it, and of what a refusal says. */
#include "test.h"

#include "answer/verdict.h"

/* What the demands of `text` are against passages of which each is a document of its own. */
typedef struct asked {
    arena memory;
    question q;
    demands d;
} asked;

static void ask(asked *out, const char *text, const kith_passage *passages, uint32_t count)
{
    kith_error err;
    arena_init(&out->memory, 0);
    out->q = (question){0};
    language l = LANGUAGE_ENGLISH;
    assert_ok(question_language(view_of(text), &out->memory, &l, &err));
    assert_ok(question_parse(view_of(text), l, &out->memory, &out->q, NULL, &err));
    for (uint32_t i = 0; i < out->q.count; i++)
        out->q.weights[i] = 8;
    kith_passage copies[4] = {0};
    for (uint32_t i = 0; i < count; i++)
        copies[i] = passages[i];
    const retrieval found = {.passages = copies, .count = count};
    const evidence e = {0};
    assert_ok(demands_read(view_of(text), &out->q, &found, &e, &out->memory, &out->d, &err));
}

static void asked_done(asked *a)
{
    question_done(&a->q);
    arena_done(&a->memory);
}

/* The demand whose text it is; NULL: there is none. */
static const demand *find(const asked *a, const char *text)
{
    for (uint32_t i = 0; i < a->d.count; i++)
        if (view_equal(a->d.list[i].text, view_of(text))) return &a->d.list[i];
    return NULL;
}

static void check(const char *text, const char *content, const char *wanted, demand_kind kind,
                  bool is_met)
{
    const kith_passage passage = {.document = "a", .content = content};
    asked a;
    ask(&a, text, &passage, 1);
    const demand *d = find(&a, wanted);
    if (!d) fail_msg("'%s' demands no '%s'", text, wanted);
    if (d->kind != kind || d->is_met != is_met)
        fail_msg("'%s' of '%s': kind %d, met %d", wanted, text, d->kind, d->is_met);
    asked_done(&a);
}

static void a_code_is_met_only_as_it_stands(void **state)
{
    (void)state;
    const char *codes = "o 16 - Log\no 19 - SIGUSR1, see the notes of 2016-12-17";
    check("What does exit code 17 mean?", codes, "17", DEMAND_CODE, false);
    check("What does exit code 19 mean?", codes, "19", DEMAND_CODE, true);
    check("Which version fixed CVE-2021-22945?", "Fixes CVE-2021-22946.", "CVE-2021-22945",
          DEMAND_CODE, false);
    check("Which version fixed CVE-2021-22945?", "Fixes CVE-2021-22945.", "CVE-2021-22945",
          DEMAND_CODE, true);
    check("How do I make an ML-DSA key?", "Makes RSA and ED25519 keys.", "ML-DSA", DEMAND_CODE,
          false);
    check("What type have .webp images?", "Images are of type image/png.", "webp", DEMAND_CODE,
          false);
    check("What does pytest exit code 5 mean?", "Exit code five: no tests were collected.", "5",
          DEMAND_CODE, true);
    check("How many of 1,000 are left?", "Of 1000 are left 5.", "1,000", DEMAND_CODE, true);
    const char *row = "Date: 2025-06-09 | Shop: Ulrich | Price: 129.99";
    check("What was bought on 9 June 2025?", row, "9", DEMAND_CODE, true);
    check("What was bought on 9 June 2025?", row, "June", DEMAND_NAME, true);
    check("What was bought on June 9th?", row, "9th", DEMAND_CODE, true);
    check("What was bought on 8 June 2025?", row, "8", DEMAND_CODE, false);
}

static void a_range_of_something_else_has_no_code(void **state)
{
    (void)state;
    const char *bytes =
        "       500-999    specifies the second 500 bytes\n       100-199,500-599\n";
    check("What does exit code 511 mean?", bytes, "511", DEMAND_CODE, false);
    check("What does exit code 511 mean?", "Exit codes\n       500-599    reserved", "511",
          DEMAND_CODE, true);
}

static void a_name_is_met_with_its_endings(void **state)
{
    (void)state;
    check("Does it support Redis?", "It supports Memcached.", "Redis", DEMAND_NAME, false);
    check("What did the Mongols build?", "The Mongol army built it.", "Mongols", DEMAND_NAME, true);
    check("Who was Ada's teacher?", "Ada was taught by De Morgan.", "Ada's", DEMAND_NAME, true);
    check("Does it speak to Gmail?", "It sends mail.", "Gmail", DEMAND_NAME, false);
}

static void a_word_is_met_in_another_form_and_with_a_typing_error(void **state)
{
    (void)state;
    check("Which directive encrypts logs?", "Logs are encrypted by it.", "encrypts", DEMAND_WORD,
          true);
    check("Which sevrer starts?", "The server starts at midnight.", "sevrer", DEMAND_WORD, true);
    check("Which logins fail?", "Its login fails.", "logins", DEMAND_WORD, true);
    check("Does it compress the file?", "It appends to the file.", "compress", DEMAND_WORD, false);
}

static void what_is_counted_is_a_kind_of_answer(void **state)
{
    (void)state;
    check("How many threads does it use?", "It uses a buffer.", "threads", DEMAND_KIND, false);
    check("How many threads does it use?", "It uses one thread.", "threads", DEMAND_KIND, true);
    check("Which option keeps one per minute?", "Hourly is the finest.", "minute", DEMAND_KIND,
          false);
    check("When was Ada Brook born?", "Ada Brook built the tower.", "born", DEMAND_KIND, false);
}

static void an_attribute_is_met_by_its_other_words_and_its_units(void **state)
{
    (void)state;
    const char *row = "Model: B | Price EUR: 149.50 | Power (W): 1200 | Weight: 5.1 kg";
    check("What does the Model B cost?", row, "cost", DEMAND_KIND, true);
    check("How many watts has Model B?", row, "watts", DEMAND_KIND, true);
    check("How many volts has Model B?", row, "volts", DEMAND_KIND, false);
    check("How heavy is Model B?", row, "heavy", DEMAND_KIND, true);
    check("When does the agreement expire?", "Valid until: 31 January 2027", "expire", DEMAND_WORD,
          true);
    check("What does it cost?", "It is free of charge for members.", "cost", DEMAND_KIND, true);
    check("What does parking cost?", "Parking behind the church is free.", "cost", DEMAND_KIND,
          true);
    check("Was kostet der Parkplatz im Hof?", "Der Parkplatz im Hof ist die Nacht kostenlos.",
          "kostet", DEMAND_KIND, true);
    check("What does it cost?", "It runs on Windows and in the cloud.", "cost", DEMAND_KIND, false);
    check("Which encodings does it read?", "It reads UTF-8 and Latin-1.", "encodings", DEMAND_WORD,
          true);
    check("Which encodings does it read?", "It reads Latin and Greek.", "encodings", DEMAND_WORD,
          false);
    check("Welche Zeichens\xC3\xA4tze kann das Programm lesen?",
          "Das Programm liest Texte in ASCII und Latin-1.", "Zeichens\xC3\xA4tze", DEMAND_WORD,
          true);
    check("How many minutes does it take?", "It takes 35 min.", "minutes", DEMAND_KIND, true);
    check("How many minutes does it take?", "The min of both values.", "minutes", DEMAND_KIND,
          false);
    check("How many metres is it?", "M 5 is a screw, and m a letter.", "metres", DEMAND_KIND,
          false);
    check("How many metres is it?", "It is 12 m high.", "metres", DEMAND_KIND, true);
    check("How many amperes does it draw?", "Model A, 3 A.", "amperes", DEMAND_KIND, true);
    check("How many amperes does it draw?", "Model A", "amperes", DEMAND_KIND, false);
    check("What does a ticket cost?", "A ticket is \xE2\x82\xAC 12.", "cost", DEMAND_KIND, true);
    check("\xC2\xBF"
          "Cu\xC3\xA1nto cuesta la entrada?",
          "La entrada: 12 \xE2\x82\xAC. Es para el museo y la torre.", "cuesta", DEMAND_KIND, true);
    check("Was kostet der Trockner im Keller?",
          "Der Preis ist nicht der alte und die Leistung ist die neue.", "kostet", DEMAND_KIND,
          true);
    check("Quanti armadietti ci sono nella sala?",
          "La sala \xC3\xA8 chiusa il luned\xC3\xAC e non si paga.", "armadietti", DEMAND_KIND,
          false);
}

static void what_is_wanted_is_an_attribute_of_the_thing(void **state)
{
    (void)state;
    const char *said = "The tractor is 182 cm long, weighs 148 kg and has 11 horsepower.";
    check("What colour is the tractor?", said, "colour", DEMAND_KIND, false);
    check("What colour is the tractor?", "The tractor is painted green.", "colour", DEMAND_KIND,
          true);
    check("How tall is the tractor?", said, "tall", DEMAND_KIND, false);
    check("How tall is the tower?", "The tower rises to 324 metres.", "tall", DEMAND_KIND, true);
    check("What is the height of the tower?", "It is 324 metres in height, and 125 metres wide.",
          "height", DEMAND_KIND, true);
    check("What is the top speed of the tractor?", said, "speed", DEMAND_KIND, false);
    check("What is the top speed of the tractor?", "It does 12 km/h.", "speed", DEMAND_KIND, true);
    // An area and a speed are no lengths.
    check("How tall is the boat?", "It is for bays of 150 m^2, or 40 m\xC2\xB2.", "tall",
          DEMAND_KIND, false);
    check("How tall is the boat?", "It reaches 18 km/h.", "tall", DEMAND_KIND, false);
    check("When was the firm sold?", "It moved in 1978.", "sold", DEMAND_KIND, false);
    check("When was the firm sold?", "In 1978 a bank acquired it.", "sold", DEMAND_KIND, true);
    check("When did Ada die?", "Ada was killed in 1852.", "die", DEMAND_KIND, true);
    // Of a thing that is called by it, or how it is done, nothing is wanted to know.
    check("Which heavy guns were there?", "There were many.", "heavy", DEMAND_WORD, false);
    check("What was the color line?", "There were many.", "color", DEMAND_WORD, false);
    check("Was the firm sold?", "It moved in 1978.", "sold", DEMAND_WORD, false);
    // Not all that is high or fast is so in metres or by the hour.
    check("How high is the fee?", "It is 12 euros.", "high", DEMAND_WORD, false);
    check("How fast is the delivery?", "It takes two days.", "fast", DEMAND_KIND, true);
    check("Wie schnell ist die Lieferung im Hof?", "Sie dauert zwei Tage und ist neu im Hof.",
          "schnell", DEMAND_KIND, true);
    check("Wie schwer ist die Raupe im Hof?", "Die Raupe ist 98 cm breit und ist neu im Hof.",
          "schwer", DEMAND_KIND, false);
    check("Wie schwer ist die Raupe im Hof?", "Die Raupe wiegt 1.450 kg und ist neu im Hof.",
          "schwer", DEMAND_KIND, true);
}

static void of_a_compound_the_end_is_counted(void **state)
{
    (void)state;
    check("How many gears does it have?", "It has a gearbox.", "gears", DEMAND_KIND, false);
    check("How many gears does it have?", "It has three sprocket-gears.", "gears", DEMAND_KIND,
          true);
}

static void an_option_is_met_by_itself_alone(void **state)
{
    (void)state;
    const char *options = "--block-size=N  Split.\n-C  Check.\n--files0  Read.";
    check("What does --block do?", options, "--block", DEMAND_CODE, false);
    check("What does --block-size do?", options, "--block-size", DEMAND_CODE, true);
    check("What does -c do?", options, "-c", DEMAND_CODE, false);
    check("What does -C do?", options, "-C", DEMAND_CODE, true);
    check("What does --files do?", options, "--files", DEMAND_CODE, false);
    check("What does --files0 do?", options, "--files0", DEMAND_CODE, true);
}

static void what_is_quoted_is_of_the_kind_that_is_asked_for(void **state)
{
    (void)state;
    const kith_passage passages[] = {
        {.document = "shop", .content = "The tractor of the firm was sold in 2019."},
        {.document = "firm", .content = "In 1978 the firm moved."}};
    const retrieval found = {.passages = (kith_passage *)passages, .count = 2};
    unit units[] = {{.said = view_of("In 1978 the firm moved.")}};
    evidence_sentence best = {.unit = units, .passage = 1, .said = units[0].said};
    const evidence e = {.sentences = &best, .count = 1};
    asked a = {0};
    kith_error err;
    view text = VIEW("When was the firm sold?");
    arena_init(&a.memory, 0);
    assert_ok(question_parse(text, LANGUAGE_ENGLISH, &a.memory, &a.q, NULL, &err));
    assert_ok(demands_read(text, &a.q, &found, &e, &a.memory, &a.d, &err));
    assert_false(find(&a, "sold")->is_met);
    assert_true(find(&a, "sold")->is_in_another);
    asked_done(&a);
}

static void a_name_of_a_place_that_nothing_has_is_strict(void **state)
{
    (void)state;
    const kith_passage passage = {.document = "a", .content = "The branch in Lyon is old."};
    const retrieval found = {.passages = (kith_passage *)&passage, .count = 1};
    const evidence e = {0};
    kith_error err;
    view text = VIEW("When did President Morel open the branch in New Madrid?");
    bool unknown[16];
    memset(unknown, true, sizeof unknown);
    for (int i = 0; i < 2; i++) {
        asked a = {0};
        arena_init(&a.memory, 0);
        assert_ok(question_parse(text, LANGUAGE_ENGLISH, &a.memory, &a.q, NULL, &err));
        if (i == 1) a.q.unknown = unknown;
        assert_ok(demands_read(text, &a.q, &found, &e, &a.memory, &a.d, &err));
        assert_int_equal(demand_is_strict(find(&a, "Madrid")), i == 1);
        assert_false(demand_is_strict(find(&a, "Morel")));
        assert_false(demand_is_strict(find(&a, "open")));
        asked_done(&a);
    }
}

static void a_letter_that_tells_things_apart_is_a_code(void **state)
{
    (void)state;
    const char *rows = "Model: Model B | Price EUR: 149.50";
    check("What does the Model B cost?", rows, "B", DEMAND_CODE, true);
    check("What does the Model D cost?", rows, "D", DEMAND_CODE, false);
    check("What does the Model A cost?", "A Model B costs a lot.", "A", DEMAND_CODE, true);
    check("What does the Model A cost?", "a Model B costs a lot.", "A", DEMAND_CODE, false);
    const char *const none[] = {"Who played in A Streetcar?", "What did J. Smith build?",
                                "May I stop it?", "What is the B-side?",
                                "How was the S & P in 2006?"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const kith_passage passage = {.document = "a", .content = "Something else."};
        asked a;
        ask(&a, none[i], &passage, 1);
        assert_null(find(&a, "A"));
        assert_null(find(&a, "J"));
        assert_null(find(&a, "I"));
        assert_null(find(&a, "B"));
        assert_null(find(&a, "S"));
        assert_null(find(&a, "P"));
        asked_done(&a);
    }
}

/* Nothing is near to any word: `nearest` of evidence is 0. */
static demand_kind kind_far_from_all(const char *text, const char *content, const char *wanted)
{
    const kith_passage passage = {.document = "a", .content = content};
    const retrieval found = {.passages = (kith_passage[]){passage}, .count = 1};
    static const float nearest[16];
    const evidence e = {.nearest = nearest};
    kith_error err;
    asked a = {0};
    language l = LANGUAGE_ENGLISH;
    arena_init(&a.memory, 0);
    assert_ok(question_language(view_of(text), &a.memory, &l, &err));
    assert_ok(question_parse(view_of(text), l, &a.memory, &a.q, NULL, &err));
    assert_ok(demands_read(view_of(text), &a.q, &found, &e, &a.memory, &a.d, &err));
    const demand *d = find(&a, wanted);
    if (!d) fail_msg("'%s' demands no '%s'", text, wanted);
    demand_kind kind = d->kind;
    asked_done(&a);
    return kind;
}

static void a_noun_that_nothing_is_near_to_is_rare_in_other_languages(void **state)
{
    (void)state;
    const char *german = "Der Preis ist in der Liste, und die Tonnen sind im Hof.";
    const char *spanish = "La caldera es nueva y el filtro se limpia cada mes.";
    assert_int_equal(kind_far_from_all("Wo steht die Sauna im Haus?", german, "Sauna"),
                     DEMAND_RARE);
    assert_int_equal(kind_far_from_all("Wo steht die Sauna im Haus?", german, "steht"),
                     DEMAND_WORD);
    assert_int_equal(kind_far_from_all("\xC2\xBFQui\xC3\xA9n repara la bomba?", spanish, "bomba"),
                     DEMAND_RARE);
    assert_int_equal(kind_far_from_all("\xC2\xBFQui\xC3\xA9n repara la bomba?", spanish, "repara"),
                     DEMAND_WORD);
    assert_int_equal(kind_far_from_all("Who repairs the pump?", "The boiler is new.", "pump"),
                     DEMAND_WORD);
}

static void a_word_for_a_difference_is_no_demand(void **state)
{
    (void)state;
    const kith_passage passage = {.document = "a", .content = "Das Modell A ist neu und leise."};
    asked a;
    ask(&a, "Was ist der Unterschied zwischen Modell A und Modell B?", &passage, 1);
    assert_null(find(&a, "Unterschied"));
    asked_done(&a);
}

static void headings_and_the_name_of_the_document_meet_demands(void **state)
{
    (void)state;
    const kith_passage passage = {.document = "a",
                                  .content = "The default is 873.",
                                  .heading = "Daemon",
                                  .lead_in = "Options of TCP:",
                                  .source = "/doc/Rsync.txt"};
    asked a;
    ask(&a, "Which TCP port has the Rsync daemon?", &passage, 1);
    assert_true(find(&a, "TCP")->is_met && find(&a, "Rsync")->is_met && find(&a, "daemon")->is_met);
    assert_false(find(&a, "port")->is_met);
    asked_done(&a);
}

static void one_document_meets_all_demands_or_none_does(void **state)
{
    (void)state;
    const kith_passage passages[] = {
        {.document = "npm", .content = "npm audit gives exit code 1 when it finds something."},
        {.document = "tar", .content = "5 files of the audit are kept."}};
    asked a;
    ask(&a, "What does exit code 5 of npm audit mean?", passages, 2);
    assert_false(find(&a, "5")->is_met);
    assert_true(find(&a, "5")->is_in_another);
    assert_true(find(&a, "audit")->is_met);
    assert_false(find(&a, "audit")->is_in_another);
    asked_done(&a);
    ask(&a, "What does exit code 7 of npm audit mean?", passages, 2);
    assert_false(find(&a, "7")->is_met || find(&a, "7")->is_in_another);
    asked_done(&a);
}

static void a_foreign_question_demands_codes_and_names_alone(void **state)
{
    (void)state;
    const kith_passage passage = {
        .document = "a", .content = "The rsync exit code 23 says that the transfer was partial."};
    asked a;
    ask(&a, "Que signifie le code de sortie 23 de rsync ?", &passage, 1);
    assert_true(a.d.is_foreign);
    assert_true(a.d.met_count >= 2);
    assert_int_equal(a.d.count, 1);
    assert_true(view_equal(a.d.list[0].text, VIEW("23")) && a.d.list[0].is_met);
    asked_done(&a);
}

static void a_refusal_says_what_is_missing(void **state)
{
    (void)state;
    kith_passage passage = {.document = "a", .content = "exit code 16", .relevance = 0.9F};
    retrieval found = {.passages = &passage, .count = 1, .searched = 5};
    evidence_sentence sentence = {.end = 4};
    evidence e = {.sentences = &sentence, .count = 1, .fit = 1.0F, .words = 1, .by_tokens = true};
    question q;
    verdict v;
    kith_error err;
    arena a;
    arena_init(&a, 0);
    view text = VIEW("What does exit code 17 mean?");
    assert_ok(question_parse(text, LANGUAGE_ENGLISH, &a, &q, NULL, &err));
    assert_ok(verdict_reach(text, &q, &found, &e, &a, &v, &err));
    assert_true(v.refused && v.support < 0.5);
    assert_string_equal(v.text, "Nothing in the collection answers this: the nearest passages do "
                                "not mention \"17\".");
    passage.content = "exit code 17";
    assert_ok(verdict_reach(text, &q, &found, &e, &a, &v, &err));
    assert_false(v.refused);
    found.count = 0;
    e.count = 0;
    assert_ok(verdict_reach(text, &q, &found, &e, &a, &v, &err));
    assert_string_equal(v.text, "Nothing in the collection answers this.");
    question_done(&q);
    arena_done(&a);
}

static void an_option_is_met_with_its_dashes_alone(void **state)
{
    (void)state;
    const kith_passage passages[] = {
        {.document = "a", .content = "UpdateInterval: how often to update. Ports update."},
        {.document = "b", .content = "       \xE2\x88\x92\xE2\x88\x92update\n       --dry-run"}};
    asked a;
    ask(&a, "What does --update of it do?", passages, 1);
    assert_int_equal(a.d.list[0].kind, DEMAND_CODE);
    assert_false(a.d.list[0].is_met);
    asked_done(&a);
    ask(&a, "What does --update of it do?", &passages[1], 1);
    assert_true(a.d.list[0].is_met);
    asked_done(&a);
    ask(&a, "What does --dry-run of it do?", &passages[1], 1);
    assert_true(a.d.list[0].is_met);
    asked_done(&a);
}

static void a_decade_is_met_by_a_year_and_a_year_is_no_code(void **state)
{
    (void)state;
    const kith_passage passage = {.document = "a", .content = "He played it from 1974 to 1981."};
    asked a;
    ask(&a, "Who played it in the 70's?", &passage, 1);
    assert_true(a.d.list[a.d.count - 1].is_met);
    asked_done(&a);
    ask(&a, "Who played it in the 60s?", &passage, 1);
    assert_false(a.d.list[a.d.count - 1].is_met);
    asked_done(&a);
    ask(&a, "Who played it in 1976?", &passage, 1);
    assert_int_equal(a.d.list[a.d.count - 1].kind, DEMAND_NAME);
    assert_false(a.d.list[a.d.count - 1].is_met);
    asked_done(&a);
}

/* Asks with what the best unit says, which is of passages[0]. */
static void ask_with_unit(asked *out, const char *text, const kith_passage *passages,
                          uint32_t count, const char *said)
{
    kith_error err;
    arena_init(&out->memory, 0);
    out->q = (question){0};
    assert_ok(question_parse(view_of(text), LANGUAGE_ENGLISH, &out->memory, &out->q, NULL, &err));
    kith_passage copies[4] = {0};
    for (uint32_t i = 0; i < count; i++)
        copies[i] = passages[i];
    const retrieval found = {.passages = copies, .count = count};
    const unit u = {.said = view_of(said)};
    evidence_sentence sentence = {.unit = &u, .said = u.said};
    const evidence e = {.sentences = &sentence, .count = 1};
    assert_ok(demands_read(view_of(text), &out->q, &found, &e, &out->memory, &out->d, &err));
}

/* The demand "long" of the question against a document of these two sentences; is_of_another as well. */
static void check_long(const char *text, const char *first, const char *second, bool is_demanded)
{
    unit units[] = {{.said = view_of(first), .kind = UNIT_SENTENCE, .is_first = true},
                    {.said = view_of(second), .kind = UNIT_SENTENCE, .is_first = true}};
    evidence_passage own = {.units = units, .count = 2};
    evidence_sentence best = {.unit = units, .said = units[0].said};
    const evidence e = {.sentences = &best, .count = 1, .passages = &own};
    kith_passage passage = {.document = "a", .content = first};
    const retrieval found = {.passages = &passage, .count = 1};
    asked a = {0};
    kith_error err;
    arena_init(&a.memory, 0);
    assert_ok(question_parse(view_of(text), LANGUAGE_ENGLISH, &a.memory, &a.q, NULL, &err));
    assert_ok(demands_read(view_of(text), &a.q, &found, &e, &a.memory, &a.d, &err));
    const demand *d = find(&a, "long");
    assert_int_equal(d != NULL, is_demanded);
    if (d) assert_true(d->is_of_another && !d->is_met && d->kind == DEMAND_KIND);
    asked_done(&a);
}

static void how_long_is_demanded_where_only_other_things_have_a_length(void **state)
{
    (void)state;
    const char *asks = "How long is Halden?", *tista = "The Tista is 36 km long.";
    check_long(asks, tista, "Halden is old.", true);
    check_long(asks, tista, "Halden is 2 km long.", false);
    check_long(asks, tista, "Halden takes 90 minutes.", false);
    check_long(asks, "Halden is old.", "The Tista is wide.", false);
    check_long("How long is it open?", tista, "Halden is old.", false);
}

static void a_code_may_be_met_apart_from_what_is_quoted(void **state)
{
    (void)state;
    const kith_passage passage = {.document = "a",
                                  .content = "Release 15 is due in 2025. A page has 16 lines.",
                                  .heading = "Plan 9"};
    asked a;
    ask_with_unit(&a, "When is release 16 due?", &passage, 1, "Release 15 is due in 2025.");
    assert_true(find(&a, "16")->is_met && find(&a, "16")->is_apart);
    assert_false(find(&a, "release")->is_apart);
    asked_done(&a);
    ask_with_unit(&a, "When is release 15 of 9 due?", &passage, 1, "Release 15 is due in 2025.");
    assert_false(find(&a, "15")->is_apart); // it is in the unit
    assert_false(find(&a, "9")->is_apart);  // and this in the heading
    asked_done(&a);
}

static void a_question_may_name_another_document_than_the_quoted_one(void **state)
{
    (void)state;
    const kith_passage passages[] = {
        {.document = "a", .source = "/doc/HISTORY.md", .content = "2.26 added brotli compression."},
        {.document = "b", .source = "/doc/tar-NEWS", .content = "1.32 added zstd compression."}};
    asked a;
    ask_with_unit(&a, "Which tar release added brotli?", passages, 2,
                  "2.26 added brotli compression.");
    assert_true(find(&a, "tar")->is_elsewhere);
    assert_false(find(&a, "brotli")->is_elsewhere); // no document is named by it
    asked_done(&a);
    const kith_passage other = {.document = "b", .source = "/doc/tar-NEWS", .content = "brotli"};
    ask_with_unit(&a, "Which tar release added brotli?", &other, 1, "brotli");
    assert_false(find(&a, "tar")->is_elsewhere);
    asked_done(&a);
}

static void a_count_and_a_price_are_kinds_of_answer_in_other_languages(void **state)
{
    (void)state;
    check("Wie viele Prozesse startet der Server auf dem Rechner?",
          "Der Server startet auf dem Rechner und wartet auf die Anfragen.", "Prozesse",
          DEMAND_KIND, false);
    check("Combien de processus est-ce que le serveur lance pour les pages ?",
          "Le serveur lance un script pour les pages et les images de ce site.", "processus",
          DEMAND_KIND, false);
    check("\xC2\xBF"
          "Cu\xC3\xA1ntos procesos inicia el servidor para las p\xC3\xA1ginas?",
          "El servidor inicia un programa para las p\xC3\xA1ginas y los textos.", "procesos",
          DEMAND_KIND, false);
    check("Combien co\xC3\xBBte une licence de ce logiciel pour les \xC3\xA9"
          "coles ?",
          "Le logiciel est une aide pour les \xC3\xA9"
          "coles et les professeurs de ce pays.",
          "co\xC3\xBBte", DEMAND_KIND, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_met_only_as_it_stands),
        cmocka_unit_test(a_range_of_something_else_has_no_code),
        cmocka_unit_test(a_name_is_met_with_its_endings),
        cmocka_unit_test(a_word_is_met_in_another_form_and_with_a_typing_error),
        cmocka_unit_test(what_is_counted_is_a_kind_of_answer),
        cmocka_unit_test(an_attribute_is_met_by_its_other_words_and_its_units),
        cmocka_unit_test(what_is_wanted_is_an_attribute_of_the_thing),
        cmocka_unit_test(of_a_compound_the_end_is_counted),
        cmocka_unit_test(an_option_is_met_by_itself_alone),
        cmocka_unit_test(what_is_quoted_is_of_the_kind_that_is_asked_for),
        cmocka_unit_test(a_name_of_a_place_that_nothing_has_is_strict),
        cmocka_unit_test(a_letter_that_tells_things_apart_is_a_code),
        cmocka_unit_test(a_noun_that_nothing_is_near_to_is_rare_in_other_languages),
        cmocka_unit_test(a_word_for_a_difference_is_no_demand),
        cmocka_unit_test(headings_and_the_name_of_the_document_meet_demands),
        cmocka_unit_test(one_document_meets_all_demands_or_none_does),
        cmocka_unit_test(a_foreign_question_demands_codes_and_names_alone),
        cmocka_unit_test(a_refusal_says_what_is_missing),
        cmocka_unit_test(an_option_is_met_with_its_dashes_alone),
        cmocka_unit_test(a_decade_is_met_by_a_year_and_a_year_is_no_code),
        cmocka_unit_test(how_long_is_demanded_where_only_other_things_have_a_length),
        cmocka_unit_test(a_code_may_be_met_apart_from_what_is_quoted),
        cmocka_unit_test(a_question_may_name_another_document_than_the_quoted_one),
        cmocka_unit_test(a_count_and_a_price_are_kinds_of_answer_in_other_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
