// A table of deals: what it comes to, how sure that is, what puts each deal at risk.

#include "table.h"

// One batch of three deals: owners, amounts in cents as decimals of 128 bits, basis points, days of December 2026. The
// last has no amount.
static const int32_t owner_offsets[4] = {0, 5, 9, 14};
static const char owners[] = "marie" "paul" "marie";
static const uint8_t amount_valid[1] = {3};
static const uint64_t amounts[6] = {10001, 0, 20001, 0, 0, 0};
static const int32_t probabilities[3] = {5000, 5000, 10000};
static const int32_t days[3] = {20800, 20801, 20802};

static int batches;

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    (void)stream;
    make_schema(out, "+s", "", 4);
    make_schema(out->children[0], "u", "owner", 0);
    make_schema(out->children[1], "d:18,2", "amount", 0);
    make_schema(out->children[2], "i", "probability_bp", 0);
    make_schema(out->children[3], "tdD", "close_date", 0);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    (void)stream;
    memset(out, 0, sizeof *out);
    if (batches++ == 1) return 0;
    make_array(out, 3, 1, 4, 0);
    make_array(out->children[0], 3, 3, 0, 0);
    out->children[0]->buffers[1] = owner_offsets;
    out->children[0]->buffers[2] = owners;
    make_array(out->children[1], 3, 2, 0, 1);
    out->children[1]->buffers[0] = amount_valid;
    out->children[1]->buffers[1] = amounts;
    make_array(out->children[2], 3, 2, 0, 0);
    out->children[2]->buffers[1] = probabilities;
    make_array(out->children[3], 3, 2, 0, 0);
    out->children[3]->buffers[1] = days;
    return 0;
}

static struct ArrowArrayStream table(void)
{
    struct ArrowArrayStream stream = {get_schema, get_next, get_last_error, release_stream, NULL};
    streams_released = batches = 0;
    return stream;
}

// Asks a rule and gives the one batch of its answer.
static void ask(const crm_rules *rules, const char *rule, const char *options, int64_t columns, const char *said,
                struct ArrowArray *batch)
{
    struct ArrowArrayStream in = table(), out;
    struct ArrowSchema schema;
    crm_string answer;
    crm_error *error;

    crm_status status = crm_eval_table(rules, rule, strlen(rule), options, strlen(options), &in, &out, &answer, &error);
    CHECK(status == CRM_OK && error == NULL);
    CHECK(in.release == NULL && out.release != NULL && streams_released == 1);
    CHECK(strstr(answer.data, said) != NULL);
    crm_string_free(&answer);
    CHECK(out.get_schema(&out, &schema) == 0 && schema.n_children == columns);
    schema.release(&schema);
    CHECK(out.get_next(&out, batch) == 0 && batch->release != NULL);
    out.release(&out);
}

static int64_t low_bits(const struct ArrowArray *decimals, int64_t row)
{
    return ((const int64_t *)decimals->buffers[1])[2 * (decimals->offset + row)];
}

static void forecast(const crm_rules *rules)
{
    const char *question = "{\"as_of\": \"2026-11-22\", \"currency\": \"EUR\", \"periods\": {\"unit\": \"quarter\","
                           " \"from\": \"2026-10-01\", \"to\": \"2027-01-01\"}}";
    struct ArrowArray batch;

    // 50.005 + 100.005 = 150.01.
    ask(rules, "forecast", question, 7, "\"weighted_exact\":\"150.010000\"", &batch);
    CHECK(batch.length == 2);
    CHECK(low_bits(batch.children[5], 0) == 10001 && low_bits(batch.children[5], 1) == 20001);
    CHECK(low_bits(batch.children[6], 0) == 50005000 && low_bits(batch.children[6], 1) == 100005000);
    batch.release(&batch);

    ask(rules, "forecast", question, 7, "\"excluded_codes\":{\"missing_amount\":1}", &batch);
    batch.release(&batch);
}

static void bands(const crm_rules *rules)
{
    struct ArrowArray batch;
    ask(rules, "bands", "{\"currency\": \"EUR\", \"quantiles_bp\": [5000]}", 4, "\"p50\":\"100.01\"", &batch);
    batch.release(&batch);
}

static void risk(const crm_rules *rules)
{
    struct ArrowArray batch;
    ask(rules, "deal_risk", "{\"at\": \"2027-01-10T09:00:00Z\", \"currency\": \"EUR\", \"keep\": \"none\"}", 8,
        "\"model\"", &batch);
    CHECK(batch.length == 3);
    const int64_t *scores = (const int64_t *)batch.children[0]->buffers[1] + batch.children[0]->offset;
    // All three should have closed in December.
    CHECK(batch.children[0]->null_count == 0 && scores[0] >= 25 && scores[1] >= 25);
    batch.release(&batch);
}

static void what_is_wrong_is_an_error(const crm_rules *rules)
{
    struct ArrowArrayStream in = table(), out;
    crm_error *error;

    CHECK(crm_eval_table(rules, "forecast", 8, "{}", 2, &in, &out, NULL, &error) != CRM_OK && error != NULL);
    CHECK(in.release == NULL && out.release == NULL && streams_released == 1);
    crm_error_free(&error);
}

int main(void)
{
    crm_rules *rules;
    CHECK(crm_rules_new("{}", 2, &rules, NULL) == CRM_OK);
    forecast(rules);
    bands(rules);
    risk(rules);
    what_is_wrong_is_an_error(rules);
    CHECK(crm_rules_free(rules) == CRM_OK);
    return 0;
}
