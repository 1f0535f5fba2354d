// Four threads share one CRM and one set of rules: nothing is lost, and answers are the same everywhere.

#include <crm.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, LEADS = 25 };

#define JSON(...) #__VA_ARGS__

static const char facts[] = JSON({"lead": {"visits": 12}, "at": "2026-11-22T09:00:00Z"});
static const char count[] = JSON({
    "workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
    "find": {"record": "lead", "count": true}});

static crm_t *crm;
static crm_rules *rules;
static crm_string expected;

static void *work(void *number)
{
    const int thread = *(const int *)number;
    for (int i = 0; i < LEADS; i++) {
        char command[512];
        crm_string answer;
        crm_error *error;
        const int length = snprintf(command, sizeof command,
            "{\"command\":\"lead.create\",\"id\":\"0192f0c1-0000-7000-8000-%012d\",\"workspace\":\"acme\","
            "\"actor\":{\"name\":\"thread %d\",\"role\":\"member\"},\"at\":\"2026-11-22T09:00:00Z\","
            "\"body\":{\"fields\":{\"company\":\"Company %d\"}}}", thread * 1000 + i, thread, i);
        if (crm_run(crm, command, (size_t)length, &answer, &error) != CRM_OK) return "run";
        crm_string_free(&answer);
        if (crm_run(crm, "{", 1, &answer, &error) != CRM_INVALID_JSON) return "an error of its own";
        if (crm_error_status(error) != CRM_INVALID_JSON || crm_error_free(&error) != CRM_OK) return "error";
        if (crm_eval(rules, "lead_score", 10, facts, strlen(facts), &answer, &error) != CRM_OK) return "eval";
        if (strcmp(answer.data, expected.data) != 0) return "another answer";
        crm_string_free(&answer);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS], failed = 0;
    crm_string answer;

    if (crm_rules_new(NULL, 0, &rules, NULL) != CRM_OK || crm_open("threads.db", 10, rules, &crm, NULL) != CRM_OK ||
        crm_eval(rules, "lead_score", 10, facts, strlen(facts), &expected, NULL) != CRM_OK)
        return 2;
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, work, &numbers[i]) != 0) return 2;
    }
    for (int i = 0; i < THREADS; i++) {
        void *what;
        pthread_join(threads[i], &what);
        if (what != NULL) failed = 1, fprintf(stderr, "thread %d: %s\n", i, (const char *)what);
    }
    if (crm_query(crm, count, strlen(count), &answer, NULL) != CRM_OK) return 2;
    if (strcmp(answer.data, "{\"count\":100}") != 0) failed = 1, fprintf(stderr, "%s\n", answer.data);
    crm_string_free(&answer);
    crm_string_free(&expected);
    crm_close(crm);
    crm_rules_free(rules);
    return failed;
}
