/* model.c - kith model: which local embedding model there is, and how it runs here. Needs no data
 * directory. */
#include "base/json.h"
#include "cli/command.h"
#include "cli/workspace.h"

#include <kith/model.h>

static void write_json(console *c, const kith_embedder_info *info, const kith_model_info *how)
{
    json_writer w = console_begin_json(c);
    json_begin_object(&w);
    json_member_text(&w, "name", info->name);
    json_member_text(&w, "fingerprint", info->fingerprint);
    json_member_unsigned(&w, "dimension", info->dimension);
    json_member_unsigned(&w, "max_tokens", info->max_tokens);
    json_member_text(&w, "kernels", kith_kernels());
    json_member_text(&w, "precision", how->precision);
    json_member_double(&w, "cosine", how->cosine);
    json_member_bool(&w, "shared_weights", how->is_mapped);
    json_end_object(&w);
    console_end_json(c);
}

static void write_text(console *c, const kith_embedder_info *info, const kith_model_info *how)
{
    console_printf(c, "model        %s\n", info->name);
    console_printf(c, "fingerprint  %s\n", info->fingerprint);
    console_printf(c, "vectors      %u dimensions, of up to %u tokens\n", info->dimension,
                   info->max_tokens);
    console_printf(c, "kernels      %s\n", kith_kernels());
    console_printf(c, "precision    %s", how->precision);
    if (how->cosine < 1) console_printf(c, " (cosine to f32 at least %.5f)", how->cosine);
    console_printf(c, "\nweights      %s\n",
                   how->is_mapped ? "mapped from a file, which processes share"
                                  : "packed by this process");
}

static exit_status model_run(invocation *run)
{
    console *c = run->console;
    kith_embedder *embedder = NULL;
    kith_model_info how = {0};
    kith_error err = {0};
    kith_status status = workspace_embedder(run, &embedder, &err);
    if (status == KITH_OK) status = kith_model_describe(embedder, &how, &err);
    exit_status result = EXIT_DONE;
    if (status == KITH_OK) {
        kith_embedder_info info = kith_embedder_describe(embedder);
        if (c->json)
            write_json(c, &info, &how);
        else
            write_text(c, &info, &how);
    } else {
        result = console_fail(c, status, &err);
    }
    kith_embedder_free(embedder);
    return result;
}

const command command_model = {
    .name = "model",
    .arguments = "",
    .summary = "show the local embedding model",
    .description =
        "Loads the model and shows how it runs on this CPU. Unless --precision or KITH_PRECISION "
        "says f32, its products are in the fastest precision whose vectors have a cosine of at "
        "least 0.999 to those of float32. That is measured on built-in texts when the model is "
        "loaded for the first time; the smallest cosine is shown. Weights that were packed once "
        "are "
        "kept in .kith-packed-... beside the model, or in kith/packed under the cache home.\n\n"
        "As JSON: name, fingerprint, dimension, max_tokens, kernels, precision, cosine, "
        "shared_weights.",
    .examples = "  kith model\n"
                "  kith model --precision f32 --json\n",
    .options = OPTIONS_MODEL,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = model_run,
};
