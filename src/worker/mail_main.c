/* mail_main.c - kith-extract-mail NAME: kith-extract for messages and mailboxes. A program of its
 * own because GMime and GLib take as long to load as all that the other formats need. */
#include "extract/extract_foreign.h"
#include "extract/mail_charset.h"
#include "worker/worker.h"

int main(int count, char **arguments)
{
    static const worker_parser PARSER = {extract_mail_file, mail_needs_converter, "a.eml",
                                         "From: a@example.org\nSubject: b\n\nc\n"};
    return worker_run(count, arguments, &PARSER);
}
