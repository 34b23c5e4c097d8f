/* mail_main.c - kith-extract-mail NAME: kith-extract for messages and mailboxes. A program of its
 * own because GMime and GLib take as long to load as all that the other formats need. */
#include "extract/encoding.h"
#include "extract/extract_foreign.h"
#include "worker/worker.h"

int main(int count, char **arguments)
{
    encoding_preload(); // modules on disk, which cannot be opened once the rights are dropped
    return worker_run(count, arguments, extract_mail_file);
}
