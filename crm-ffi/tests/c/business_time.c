// A table of tickets: when each is due, and how much working time it took.

#include "table.h"

// One batch of three tickets: created on Friday 2026-11-20 at 17:30 in Paris; an hour later, after closing time; unknown.
static const int64_t created[3] = {1795192200000000, 1795195800250000, 0};
static const uint8_t created_valid[1] = {3};
// Resolved on Monday at 09:30.
static const int64_t resolved[3] = {1795422600000000, 1795422600000000, 1795422600000000};
static const int32_t minutes[3] = {60, 45, 45};

static int batches;

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    make_schema(out, "+s", "", 3);
    make_schema(out->children[0], "tsu:UTC", "created_at", 0);
    make_schema(out->children[1], "tsu:UTC", "resolved_at", 0);
    make_schema(out->children[2], "i", "target_minutes", 0);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    (void)stream;
    memset(out, 0, sizeof *out);
    if (batches++ == 1) return 0;
    make_array(out, 3, 1, 3, 0);
    make_array(out->children[0], 3, 2, 0, 1);
    out->children[0]->buffers[0] = created_valid;
    out->children[0]->buffers[1] = created;
    make_array(out->children[1], 3, 2, 0, 0);
    out->children[1]->buffers[1] = resolved;
    make_array(out->children[2], 3, 2, 0, 0);
    out->children[2]->buffers[1] = minutes;
    return 0;
}

// Asks a rule and gives the one batch of its answer.
static void ask(const crm_rules *rules, const char *rule, int64_t columns, struct ArrowArray *batch)
{
    const char *options = "{\"calendar\": \"day\", \"keep\": \"none\"}";
    struct ArrowArrayStream in = {get_schema, get_next, get_last_error, release_stream, NULL}, out;
    struct ArrowSchema schema;
    crm_string answer;
    crm_error *error;

    streams_released = batches = 0;
    crm_status status = crm_eval_table(rules, rule, strlen(rule), options, strlen(options), &in, &out, &answer, &error);
    CHECK(status == CRM_OK && error == NULL);
    CHECK(in.release == NULL && out.release != NULL && streams_released == 1);
    CHECK(strstr(answer.data, "\"problems\":{\"missing_start\":1}") != NULL);
    crm_string_free(&answer);
    CHECK(out.get_schema(&out, &schema) == 0 && schema.n_children == columns);
    schema.release(&schema);
    CHECK(out.get_next(&out, batch) == 0 && batch->release != NULL);
    CHECK(batch->length == 3 && batch->children[0]->null_count == 1);
    out.release(&out);
}

static int64_t number(const struct ArrowArray *numbers, int64_t row)
{
    return ((const int64_t *)numbers->buffers[1])[numbers->offset + row];
}

int main(void)
{
    const char *config = "{\"calendar\": [{\"id\": \"day\", \"zone\": \"Europe/Paris\", \"weekly\":"
                         " {\"monday\": [[\"09:00\", \"18:00\"]], \"friday\": [[\"09:00\", \"18:00\"]]}}]}";
    struct ArrowArray batch;
    crm_rules *rules;

    CHECK(crm_rules_new(config, strlen(config), &rules, NULL) == CRM_OK);
    ask(rules, "sla_due", 2, &batch);
    // Monday at 09:30 and at 09:45.
    CHECK(number(batch.children[0], 0) == 1795422600000000 && number(batch.children[0], 1) == 1795423500000000);
    batch.release(&batch);
    ask(rules, "sla_elapsed", 3, &batch);
    CHECK(number(batch.children[0], 0) == 3600 && number(batch.children[0], 1) == 1800);
    batch.release(&batch);
    CHECK(crm_rules_free(rules) == CRM_OK);
    return 0;
}
