// A lead comes in. How good is it, and why? Asked in C, answered in French.
//
//     cc story.c $(pkg-config --cflags --libs crm) -o story && ./story

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON(...) #__VA_ARGS__

static const char create[] = JSON({
    "command": "lead.create", "id": "0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10",
    "workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
    "body": {"id": "0192f0c1-0000-7000-8000-000000000001", "fields": {
        "company": "Rénov'Ouest", "job_title": "Gérante", "email": "claire@renovouest.fr",
        "source": "referral", "size": 24, "visits": 6, "last_activity_at": "2026-11-20T16:30:00Z"}}
});

static const char score[] = JSON({
    "workspace": "acme", "actor": {"name": "marie", "role": "member"}, "at": "2026-11-22T09:00:00Z",
    "score": {"id": "0192f0c1-0000-7000-8000-000000000001", "lang": "fr"}
});

// Prints every text under a key. A real program has a JSON library for this.
static void print_texts(const char *json, const char *key)
{
    for (; (json = strstr(json, key)) != NULL; json += strcspn(json, "\"")) {
        json += strlen(key);
        printf("  %.*s\n", (int)strcspn(json, "\""), json);
    }
}

int main(void)
{
    crm_t *crm;
    crm_error *error;
    crm_string created = {NULL, 0}, scored = {NULL, 0}, message = {NULL, 0};

    int ok = crm_open("story.db", strlen("story.db"), NULL, &crm, &error) == CRM_OK
        && crm_run(crm, create, strlen(create), &created, &error) == CRM_OK
        && crm_query(crm, score, strlen(score), &scored, &error) == CRM_OK;

    if (ok) {
        printf("%ld points\n", strtol(strstr(scored.data, "\"score\":") + 8, NULL, 10));
        print_texts(scored.data, "\"band_text\":\"");
        print_texts(strstr(scored.data, "\"reasons\":"), "\"text\":\"");
    } else if (crm_error_message(error, "fr", 2, &message) == CRM_OK) {
        fprintf(stderr, "%s\n", message.data);
    }

    crm_string_free(&message);
    crm_string_free(&scored);
    crm_string_free(&created);
    crm_error_free(&error);
    crm_close(crm);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
