// A table of leads through the lead desk's rules: keys, groups of duplicates, routing; and what happens to the streams.

#include "table.h"

// One batch of three rows: addresses, of which the last is missing, and sources.
static const int32_t email_offsets[4] = {0, 17, 38, 38};
static const char emails[] = "J.Doe+x@gmail.com" "jdoe@GoogleMail.com  ";
static const uint8_t email_valid[1] = {3};
static const int32_t source_offsets[4] = {0, 3, 6, 11};
static const char sources[] = "web" "Web" "event";
static const char rules_json[] =
    "{\"routing\": {\"members\": [{\"user\": \"marie\"}, {\"user\": \"paul\"}],"
    " \"teams\": [{\"id\": \"sales\", \"members\": [\"marie\", \"paul\"]}], \"queues\": [\"later\"],"
    " \"rules\": [{\"id\": \"web\", \"priority\": 1, \"match\": {\"source\": \"web\"}, \"target\": {\"team\": \"sales\"}},"
    " {\"id\": \"rest\", \"priority\": 2, \"target\": {\"queue\": \"later\"}}]}}";

static int batches;

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    make_schema(out, "+s", "", 2);
    make_schema(out->children[0], "u", "email", 0);
    make_schema(out->children[1], "u", "source", 0);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    (void)stream;
    memset(out, 0, sizeof *out);
    if (batches++ == 1) return 0;
    make_array(out, 3, 1, 2, 0);
    make_array(out->children[0], 3, 3, 0, 1);
    out->children[0]->buffers[0] = email_valid;
    out->children[0]->buffers[1] = email_offsets;
    out->children[0]->buffers[2] = emails;
    make_array(out->children[1], 3, 3, 0, 0);
    out->children[1]->buffers[1] = source_offsets;
    out->children[1]->buffers[2] = sources;
    return 0;
}

static struct ArrowArrayStream table(void)
{
    struct ArrowArrayStream stream = {get_schema, get_next, get_last_error, release_stream, NULL};
    streams_released = batches = 0;
    return stream;
}

// Asks a rule and gives the one batch of its answer, whose columns are those of the result alone.
static void ask(const crm_rules *rules, const char *rule, const char *options, int64_t columns, const char *said,
                struct ArrowArray *batch)
{
    struct ArrowArrayStream in = table(), out;
    struct ArrowSchema schema;
    crm_string answer;
    crm_error *error;

    crm_status status = crm_eval_table(rules, rule, strlen(rule), options, strlen(options), &in, &out, &answer, &error);
    CHECK(status == CRM_OK && error == NULL);
    CHECK(in.release == NULL && out.release != NULL);
    CHECK(strstr(answer.data, said) != NULL);
    crm_string_free(&answer);
    CHECK(out.get_schema(&out, &schema) == 0 && schema.n_children == columns);
    schema.release(&schema);
    CHECK(out.get_next(&out, batch) == 0 && batch->release != NULL && batch->length == 3);
    out.release(&out);
}

static int text_is(const struct ArrowArray *texts, int64_t row, const char *expected)
{
    const int32_t *offsets = (const int32_t *)texts->buffers[1] + texts->offset;
    const size_t length = (size_t)(offsets[row + 1] - offsets[row]);
    return length == strlen(expected) && memcmp((const char *)texts->buffers[2] + offsets[row], expected, length) == 0;
}

static void keys_and_groups(const crm_rules *rules)
{
    struct ArrowArray batch;

    ask(rules, "identity", "{\"keep\": \"none\", \"columns\": [\"email_key\"]}", 1, "\"keyset\"", &batch);
    CHECK(text_is(batch.children[0], 0, "jdoe@gmail.com") && text_is(batch.children[0], 1, "jdoe@gmail.com"));
    CHECK(batch.children[0]->null_count == 1);
    batch.release(&batch);

    ask(rules, "duplicates", "{\"keep\": \"none\", \"by\": \"any\"}", 2, "\"shared_rows\":2", &batch);
    const uint32_t *groups = (const uint32_t *)batch.children[0]->buffers[1] + batch.children[0]->offset;
    const uint32_t *sizes = (const uint32_t *)batch.children[1]->buffers[1] + batch.children[1]->offset;
    CHECK(groups[0] == 0 && groups[1] == 0 && sizes[0] == 2 && batch.children[0]->null_count == 1);
    batch.release(&batch);
}

static void routed(const crm_rules *rules)
{
    struct ArrowArray batch;

    ask(rules, "routing", "{\"at\": \"2026-11-23T09:00:00Z\", \"keep\": \"none\", \"columns\": [\"outcome\", \"user\"]}", 2,
        "\"queues\":{\"later\":1}", &batch);
    CHECK(text_is(batch.children[0], 0, "user") && text_is(batch.children[0], 2, "queue"));
    CHECK(text_is(batch.children[1], 0, "marie") && text_is(batch.children[1], 1, "paul"));
    batch.release(&batch);
}

static void the_input_is_released_whatever_happens(const crm_rules *rules)
{
    struct ArrowArrayStream in = table(), out;
    crm_string answer;
    crm_error *error;

    CHECK(crm_eval_table(rules, "sorcery", 7, "{}", 2, &in, &out, &answer, &error) == CRM_UNKNOWN_FIELD && error != NULL);
    CHECK(in.release == NULL && out.release == NULL && answer.data == NULL && streams_released == 1);
    crm_error_free(&error);

    in = table();
    CHECK(crm_eval_table(NULL, "identity", 8, "{}", 2, &in, &out, NULL, NULL) == CRM_INVALID_HANDLE);
    CHECK(in.release == NULL && out.release == NULL && streams_released == 1);

    in = table();
    CHECK(crm_eval_table(rules, "identity", 8, "{}", 2, &in, NULL, NULL, NULL) == CRM_INVALID_HANDLE);
    CHECK(in.release == NULL && streams_released == 1);

    // Released already; then into the variable that it came from, and released before it is read.
    CHECK(crm_eval_table(rules, "identity", 8, "{}", 2, &in, &out, NULL, NULL) == CRM_INVALID_ARROW);
    in = table();
    CHECK(crm_eval_table(rules, "duplicates", 10, "{}", 2, &in, &in, NULL, NULL) == CRM_OK && in.release != NULL);
    in.release(&in);
    CHECK(streams_released == 1);
}

int main(void)
{
    crm_rules *rules;
    CHECK(crm_rules_new(rules_json, strlen(rules_json), &rules, NULL) == CRM_OK);
    keys_and_groups(rules);
    routed(rules);
    the_input_is_released_whatever_happens(rules);
    CHECK(crm_rules_free(rules) == CRM_OK);
    return 0;
}
