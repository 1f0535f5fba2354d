// Every function of crm.h once, the ways it succeeds and the ways it fails, as a careful C program would call it.
// Run in an empty directory; prints nothing and exits with 0 when all is well.

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what) \
    do { \
        if (!(what)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
            exit(1); \
        } \
    } while (0)

#define JSON(...) #__VA_ARGS__
#define TEXT(text) (text), strlen(text)

#define ID "0192f0c1-0000-7000-8000-000000000001"

static const char create[] = "{\"command\": \"lead.create\", \"id\": \"0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10\","
    "\"workspace\": \"acme\", \"actor\": {\"name\": \"marie\", \"role\": \"member\"}, \"at\": \"2026-11-22T09:00:00Z\","
    "\"body\": {\"id\": \"" ID "\", \"fields\": {\"company\": \"R\xc3\xa9nov'Ouest\", \"custom\": {\"roofs\": 3}}}}";
static const char verify[] = JSON({
    "workspace": "acme", "actor": {"name": "anne", "role": "owner"}, "at": "2026-11-22T09:00:00Z", "verify": {}});
static const char get[] = "{\"workspace\": \"acme\", \"actor\": {\"name\": \"marie\", \"role\": \"member\"},"
    "\"at\": \"2026-11-22T09:00:00Z\", \"get\": {\"record\": \"lead\", \"id\": \"" ID "\"}}";
static const char custom[] = JSON({"custom": {"lead": [{"name": "roofs", "type": "integer"}]}});
static const char facts[] = JSON({"lead": {"job_title": "gérante"}, "at": "2026-11-22T09:00:00Z", "lang": "fr"});

static void a_text_has_its_length_and_a_nul(const crm_string *text)
{
    CHECK(text->data != NULL && text->length > 0 && strlen(text->data) == text->length);
}

static void names_and_version(void)
{
    CHECK(strcmp(crm_version(), CRM_VERSION) == 0);
    CHECK(strcmp(crm_status_name(CRM_OK), "ok") == 0);
    CHECK(strcmp(crm_status_name(CRM_UNKNOWN_FIELD), "unknown_field") == 0);
    CHECK(strcmp(crm_status_name(-1), "unknown_status") == 0);
    CHECK(strcmp(crm_status_name(1000000), "unknown_status") == 0);
}

static void rules_and_eval(void)
{
    crm_rules *rules;
    crm_error *error;
    crm_string answer, again;

    CHECK(crm_rules_new(NULL, 0, &rules, &error) == CRM_OK && rules != NULL && error == NULL);
    CHECK(crm_eval(rules, TEXT("lead_score"), TEXT(facts), &answer, &error) == CRM_OK && error == NULL);
    a_text_has_its_length_and_a_nul(&answer);
    CHECK(strstr(answer.data, "\"score\":") != NULL);
    CHECK(crm_eval(rules, TEXT("lead_score"), TEXT(facts), &again, NULL) == CRM_OK);
    CHECK(strcmp(answer.data, again.data) == 0);
    crm_string_free(&again);
    CHECK(crm_string_free(&answer) == CRM_OK && answer.data == NULL && answer.length == 0);
    CHECK(crm_string_free(&answer) == CRM_OK);

    CHECK(crm_eval(rules, TEXT("lead_scor"), TEXT(facts), &answer, &error) == CRM_UNKNOWN_FIELD);
    CHECK(answer.data == NULL && answer.length == 0 && error != NULL);
    CHECK(crm_error_free(&error) == CRM_OK && error == NULL);
    CHECK(crm_rules_free(rules) == CRM_OK);
    CHECK(crm_rules_free(rules) == CRM_INVALID_HANDLE);
    CHECK(crm_eval(rules, TEXT("lead_score"), TEXT(facts), &answer, NULL) == CRM_INVALID_HANDLE);
}

static void a_file_keeps_what_was_acknowledged(void)
{
    crm_t *crm;
    crm_rules *rules;
    crm_error *error;
    crm_string answer, planned, found;

    CHECK(crm_rules_new(TEXT(custom), &rules, &error) == CRM_OK);
    CHECK(crm_open(TEXT("consumer.db"), rules, &crm, &error) == CRM_OK && error == NULL);
    CHECK(crm_rules_free(rules) == CRM_OK);
    CHECK(crm_plan(crm, TEXT(create), &planned, &error) == CRM_OK);
    CHECK(strstr(planned.data, "\"status\":\"planned\"") != NULL);
    CHECK(crm_run(crm, TEXT(create), &answer, &error) == CRM_OK);
    CHECK(strstr(answer.data, "\"replayed\":false") != NULL && strstr(answer.data, ID) != NULL);
    CHECK(crm_close(crm) == CRM_OK && crm_close(crm) == CRM_INVALID_HANDLE);
    crm_string_free(&planned);
    crm_string_free(&answer);

    CHECK(crm_open(TEXT("consumer.db"), NULL, &crm, &error) == CRM_OK);
    CHECK(crm_query(crm, TEXT(get), &found, &error) == CRM_OK);
    CHECK(strstr(found.data, "R\xc3\xa9nov'Ouest") != NULL);
    crm_string_free(&found);
    CHECK(crm_query(crm, TEXT(verify), &found, &error) == CRM_OK);
    CHECK(strstr(found.data, "\"rows\":1") != NULL);
    crm_string_free(&found);
    CHECK(crm_close(crm) == CRM_OK);
    CHECK(crm_query(crm, TEXT(get), &found, NULL) == CRM_INVALID_HANDLE && found.data == NULL);
}

static void errors_say_what_and_where_in_two_languages(void)
{
    crm_rules *rules = (crm_rules *)1;
    crm_error *error, *copy;
    crm_string text;

    CHECK(crm_rules_new(TEXT("{\"custom\": {\"leed\": []}}"), &rules, &error) == CRM_UNKNOWN_FIELD);
    CHECK(rules == NULL && error != NULL);
    CHECK(crm_error_status(error) == CRM_UNKNOWN_FIELD);
    CHECK(crm_error_message(error, "en", 2, &text) == CRM_OK);
    CHECK(strncmp(text.data, "custom: ", 8) == 0 && strstr(text.data, "`leed`") != NULL);
    crm_string_free(&text);
    CHECK(crm_error_message(error, "fr", 2, &text) == CRM_OK);
    a_text_has_its_length_and_a_nul(&text);
    crm_string_free(&text);
    CHECK(crm_error_message(error, "de", 2, &text) == CRM_INVALID_VALUE && text.data == NULL);
    CHECK(crm_error_json(error, &text) == CRM_OK);
    CHECK(strstr(text.data, "\"code\":\"unknown_field\"") && strstr(text.data, "\"number\":4") && strstr(text.data, "\"fr\":"));
    crm_string_free(&text);

    copy = error;
    CHECK(crm_error_free(&error) == CRM_OK && error == NULL);
    CHECK(crm_error_free(&error) == CRM_OK);
    CHECK(crm_error_free(&copy) == CRM_INVALID_HANDLE && copy == NULL);
    CHECK(crm_error_status(error) == CRM_INVALID_HANDLE);
    CHECK(crm_error_json(error, &text) == CRM_INVALID_HANDLE && text.data == NULL);
}

static void misuse_is_an_answer(void)
{
    crm_t *crm;
    crm_error *error;
    crm_string text;
    int mine = 0;

    CHECK(crm_open_memory(NULL, &crm, &error) == CRM_OK);
    CHECK(crm_run(NULL, TEXT(create), &text, NULL) == CRM_INVALID_HANDLE);
    CHECK(crm_run((crm_t *)&mine, TEXT(create), &text, NULL) == CRM_INVALID_HANDLE);
    CHECK(crm_run((crm_t *)(uintptr_t)-1, TEXT(create), &text, NULL) == CRM_INVALID_HANDLE);
    CHECK(crm_run(crm, NULL, 5, &text, NULL) == CRM_INVALID_HANDLE);
    CHECK(crm_run(crm, NULL, 0, &text, NULL) == CRM_INVALID_JSON);
    CHECK(crm_run(crm, create, (size_t)-1, &text, NULL) == CRM_TOO_LARGE);
    CHECK(crm_run(crm, create, 10, &text, NULL) == CRM_INVALID_JSON);
    CHECK(crm_run(crm, "{\"\xff\": 1}", 8, &text, NULL) == CRM_INVALID_TEXT);
    CHECK(crm_run(crm, TEXT(create), NULL, NULL) == CRM_INVALID_HANDLE);
    CHECK(crm_rules_free((crm_rules *)crm) == CRM_INVALID_HANDLE);
    CHECK(crm_close(crm) == CRM_OK);
}

int main(void)
{
    names_and_version();
    rules_and_eval();
    a_file_keeps_what_was_acknowledged();
    errors_say_what_and_where_in_two_languages();
    misuse_is_an_answer();
    return 0;
}
