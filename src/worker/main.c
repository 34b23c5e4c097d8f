/* main.c - kith-extract NAME: parses one HTML, PDF, Office or EPUB file without rights. The library
 * starts one process for each such file; it is no command for people. */
#include "extract/encoding.h"
#include "extract/extract_foreign.h"
#include "worker/worker.h"

int main(int count, char **arguments)
{
    static const worker_parser PARSER = {extract_foreign, encoding_needs_converter, "a.html",
                                         "<title>A</title><h1>B</h1><p>c &amp; d</p>"};
    return worker_run(count, arguments, &PARSER);
}
