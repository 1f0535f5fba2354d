// A table of leads made by hand, scored through the stream interface, and row by row the same as crm_eval.

#include "table.h"

// Two batches of two rows: job titles as text, visits as 64-bit integers, the last one missing.
static const int32_t offsets[2][3] = {{0, 8, 19}, {0, 0, 3}};
static const char *const titles[2] = {"Directordeveloppeur", "CEO"};
static const int64_t visits[2][2] = {{12, 0}, {3, 7}};
static const uint8_t valid[2] = {3, 1};
static const char *const rows[4] = {
    "{\"lead\":{\"job_title\":\"Director\",\"visits\":12},\"at\":\"2026-11-22T09:00:00Z\"}",
    "{\"lead\":{\"job_title\":\"developpeur\",\"visits\":0},\"at\":\"2026-11-22T09:00:00Z\"}",
    "{\"lead\":{\"job_title\":\"\",\"visits\":3},\"at\":\"2026-11-22T09:00:00Z\"}",
    "{\"lead\":{\"job_title\":\"CEO\",\"visits\":null},\"at\":\"2026-11-22T09:00:00Z\"}"};
static const char options[] = "{\"at\":\"2026-11-22T09:00:00Z\",\"lang\":\"fr\",\"keep\":\"none\",\"reasons\":\"top1\"}";

static int batch;

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    make_schema(out, "+s", "", 2);
    make_schema(out->children[0], "u", "job_title", 0);
    make_schema(out->children[1], "l", "visits", 0);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    (void)stream;
    if (batch == 2) {
        memset(out, 0, sizeof *out);
        return 0;
    }
    make_array(out, 2, 1, 2, 0);
    make_array(out->children[0], 2, 3, 0, 0);
    out->children[0]->buffers[1] = offsets[batch];
    out->children[0]->buffers[2] = titles[batch];
    make_array(out->children[1], 2, 2, 0, batch);
    out->children[1]->buffers[0] = &valid[batch];
    out->children[1]->buffers[1] = visits[batch];
    batch++;
    return 0;
}

static struct ArrowArrayStream table(void)
{
    struct ArrowArrayStream stream = {get_schema, get_next, get_last_error, release_stream, NULL};
    streams_released = batch = 0;
    return stream;
}

static int64_t column(const struct ArrowSchema *schema, const char *name)
{
    for (int64_t i = 0; i < schema->n_children; i++)
        if (strcmp(schema->children[i]->name, name) == 0) return i;
    return -1;
}

static void the_same_scores_as_row_by_row(const crm_rules *rules)
{
    struct ArrowArrayStream in = table(), out;
    struct ArrowSchema schema;
    struct ArrowArray scored;
    crm_error *error;
    int row = 0;

    CHECK(crm_eval_arrow(rules, options, strlen(options), &in, &out, &error) == CRM_OK && error == NULL);
    CHECK(in.release == NULL && out.release != NULL);
    CHECK(out.get_schema(&out, &schema) == 0);
    const int64_t place = column(&schema, "score");
    CHECK(place >= 0 && strcmp(schema.children[place]->format, "l") == 0);
    CHECK(column(&schema, "job_title") < 0 && column(&schema, "reasons") >= 0);
    for (;;) {
        CHECK(out.get_next(&out, &scored) == 0);
        if (scored.release == NULL) break;
        const struct ArrowArray *score = scored.children[place];
        const int64_t *values = (const int64_t *)score->buffers[1] + score->offset;
        for (int64_t i = 0; i < scored.length; i++, row++) {
            crm_string answer;
            char expected[64];
            CHECK(crm_eval(rules, "lead_score", 10, rows[row], strlen(rows[row]), &answer, NULL) == CRM_OK);
            snprintf(expected, sizeof expected, "\"score\":%lld,\"sections\"", (long long)values[i]);
            CHECK(strstr(answer.data, expected) != NULL);
            crm_string_free(&answer);
        }
        scored.release(&scored);
    }
    CHECK(row == 4);
    schema.release(&schema);
    out.release(&out);
    CHECK(streams_released == 1);
}

static void the_input_is_released_whatever_happens(const crm_rules *rules)
{
    struct ArrowArrayStream in, out;
    crm_error *error;

    in = table();
    CHECK(crm_eval_arrow(rules, "{}", 2, &in, &out, &error) == CRM_MISSING && error != NULL);
    CHECK(in.release == NULL && out.release == NULL && streams_released == 1);
    crm_error_free(&error);

    in = table();
    CHECK(crm_eval_arrow(NULL, options, strlen(options), &in, &out, NULL) == CRM_INVALID_HANDLE);
    CHECK(in.release == NULL && out.release == NULL && streams_released == 1);

    in = table();
    CHECK(crm_eval_arrow(rules, options, strlen(options), &in, NULL, NULL) == CRM_INVALID_HANDLE);
    CHECK(in.release == NULL && streams_released == 1);

    // Released already, and none at all.
    CHECK(crm_eval_arrow(rules, options, strlen(options), &in, &out, NULL) == CRM_INVALID_ARROW);
    CHECK(out.release == NULL && streams_released == 1);
    CHECK(crm_eval_arrow(rules, options, strlen(options), NULL, &out, NULL) == CRM_INVALID_HANDLE);
    CHECK(out.release == NULL);

    // Into the variable that it came from; and released before it is read.
    in = table();
    CHECK(crm_eval_arrow(rules, options, strlen(options), &in, &in, NULL) == CRM_OK && in.release != NULL);
    in.release(&in);
    CHECK(streams_released == 1);
}

int main(void)
{
    crm_rules *rules;
    CHECK(crm_rules_new(NULL, 0, &rules, NULL) == CRM_OK);
    the_same_scores_as_row_by_row(rules);
    the_input_is_released_whatever_happens(rules);
    CHECK(crm_rules_free(rules) == CRM_OK);
    return 0;
}
