/* demo_documents.c - the texts of kith demo: three that it writes to files and ingests like any
 * others, and a batch for the pipeline. There are no prepared answers among them. */
#include "cli/demo_documents.h"

#include <stddef.h>

const demo_document demo_documents[] = {
    {"ai-basics.md", "# Artificial intelligence in brief\n"
                     "\n"
                     "Artificial intelligence is the field of building machines that do what would "
                     "need intelligence in a\n"
                     "person: understanding language, recognising images, planning, deciding.\n"
                     "\n"
                     "## Machine learning\n"
                     "\n"
                     "Machine learning is the part of artificial intelligence in which a program "
                     "improves by looking at\n"
                     "examples instead of following rules that somebody wrote. In supervised "
                     "learning the examples carry the\n"
                     "right answer, as when pictures are labelled with what they show. In "
                     "unsupervised learning the program\n"
                     "looks for structure by itself, for instance groups of similar customers. In "
                     "reinforcement learning an\n"
                     "agent tries actions and learns from the rewards that follow.\n"
                     "\n"
                     "## Deep learning\n"
                     "\n"
                     "Deep learning uses neural networks with many layers. Each layer turns its "
                     "input into a slightly more\n"
                     "abstract form, so that the first layers of an image network respond to edges "
                     "and the last ones to whole\n"
                     "objects. Deep networks need much data and much computing power, and it is "
                     "hard to say why they decided\n"
                     "as they did.\n"
                     "\n"
                     "## Transformers\n"
                     "\n"
                     "The transformer is a network built around attention: every word looks at "
                     "every other word of the text\n"
                     "and takes from it what it needs. Language models are transformers trained to "
                     "predict the next word.\n"
                     "They write fluently, but they may state things that are not true, because "
                     "fluency is all that the\n"
                     "training asked for.\n"},
    {"vector-databases.md",
     "# Vector databases\n"
     "\n"
     "A vector database stores vectors, long lists of numbers, and finds the ones nearest to a "
     "query vector.\n"
     "An embedding model makes the vectors: texts that mean similar things get vectors that point "
     "in similar\n"
     "directions. That is how a search can find a sentence that shares no word with the question.\n"
     "\n"
     "## Distance\n"
     "\n"
     "Cosine distance compares only the directions of two vectors and is usual for text. Squared "
     "Euclidean\n"
     "distance also counts their lengths. The inner product suits models that were trained with "
     "it.\n"
     "\n"
     "## Indexes\n"
     "\n"
     "Comparing the query with every vector is exact, and fast enough for some thousands of them. "
     "For millions a\n"
     "vector database builds an index. HNSW is a graph with layers: the search starts at the top, "
     "where few\n"
     "points are linked over long distances, and walks down to ever nearer neighbours. It gives up "
     "a little\n"
     "accuracy, called recall, for a large gain in speed.\n"
     "\n"
     "## Metadata filters\n"
     "\n"
     "Most questions are about a part of the data: one author, one year, one language. A filter on "
     "metadata\n"
     "narrows the search to the points that match. A good database still returns as many results "
     "as were\n"
     "asked for when the filter is narrow.\n"},
    {"rag.md", "# Retrieval-augmented generation\n"
               "\n"
               "Retrieval-augmented generation, RAG for short, lets a language model answer from "
               "documents that it was\n"
               "never trained on. The question is embedded, the nearest passages are looked up, "
               "and the model gets both\n"
               "with the order to answer from the passages.\n"
               "\n"
               "## Why it helps\n"
               "\n"
               "RAG reduces hallucination, because the model has the facts before its eyes instead "
               "of having to recall\n"
               "them. The documents can change every day without training anything again. And each "
               "statement can carry\n"
               "a citation, so that a reader can check it against the source.\n"
               "\n"
               "## Chunks\n"
               "\n"
               "Long documents are cut into chunks before they are embedded, since a vector can "
               "only summarise a short\n"
               "text well. Chunks overlap a little so that a sentence at a border is whole in at "
               "least one of them. Chunks that are\n"
               "too small lose their context; chunks that are too large blur several subjects into "
               "one vector.\n"
               "\n"
               "## Refusing\n"
               "\n"
               "When no passage supports an answer, an honest system says so. It shows what it "
               "found nearest and leaves\n"
               "the judgement to the reader.\n"},
    {NULL, NULL},
};

const kith_document demo_batch[] = {
    {.id = "caching",
     .title = "Caching answers",
     .metadata = "{\"category\": \"operation\"}",
     .content =
         "People ask the same things again and again. Answers should be cached, because a kept "
         "answer comes in less than a millisecond and costs no tokens. A kept answer may only be "
         "given again while the documents are the same: any change of the collection makes it "
         "stale."},
    {.id = "monitoring",
     .title = "Watching a service",
     .metadata = "{\"category\": \"operation\"}",
     .content =
         "Four figures tell how a question answering service is doing: how many questions it gets, "
         "how long the slowest twentieth of them takes, which share the cache serves, and how many "
         "fail, by kind. An average alone hides the slow ones."},
    {.id = "validation",
     .title = "Checking documents",
     .metadata = "{\"category\": \"ingestion\"}",
     .content =
         "Before a document is stored, the pipeline checks that it has an id, that its content is "
         "valid text of at least ten characters, and that its metadata is flat. A document that "
         "fails is reported with the reason and does not stop the others."},
    {.id = "draft", .title = "To be written", .content = "TODO"},
    {.id = "streaming",
     .title = "Streaming",
     .metadata = "{\"category\": \"answers\"}",
     .content = "An answer is streamed piece by piece as it is written, so that a reader need not "
                "wait for "
                "its end. What was found comes first, then the text, then the sources."},
    {.id = NULL},
};
