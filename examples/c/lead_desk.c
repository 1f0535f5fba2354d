// The lead desk in C: who is the same, merged with a way back; who gets the lead; what it becomes; and always why.
//
//     cc lead_desk.c $(pkg-config --cflags --libs crm) -o lead_desk && ./lead_desk

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON(...) #__VA_ARGS__
#define ID(n) "\"0192f0c1-0000-7000-8000-0000000000" n "\""
#define WHO "\"workspace\": \"acme\", \"actor\": {\"name\": \"sonia\", \"role\": \"manager\"}, "
#define FRIDAY WHO "\"at\": \"2026-11-20T16:30:00Z\""
#define MONDAY WHO "\"at\": \"2026-11-23T08:00:00Z\""
#define RUN(n, name, day, body) \
    crm_run, "{\"command\": \"lead." name "\", \"id\": " ID(n) ", " day ", \"body\": {" body "}}"
#define ASK(name, body) crm_query, "{" MONDAY ", \"" name "\": {\"lang\": \"fr\", " body "}}"
#define CREATE(id, ...) "\"id\": " ID(id) ", \"fields\": " JSON({__VA_ARGS__})
#define MERGE "\"primary\": " ID("01") ", \"sources\": [" ID("02") "]"

// Marie takes two leads of three; Zoé is away.
static const char team[] = JSON({"routing": {
    "zone": "Europe/Paris",
    "members": [{"user": "marie", "weight": 2}, {"user": "paul", "weight": 1},
                {"user": "zoé", "weight": 2, "leave": [{"from": "2026-11-16", "to": "2026-11-27"}]}],
    "teams": [{"id": "sales", "members": ["zoé", "marie", "paul"]}],
    "rules": [{"id": "all", "labels": {"en": "everything", "fr": "tout"}, "priority": 1,
               "target": {"team": "sales"}}]}});

// What is done and asked, under which title, and which texts of the answer are printed: those of a key, after a place.
static const struct {
    const char *title;
    crm_status (*call)(const crm_t *, const char *, size_t, crm_string *, crm_error **);
    const char *document, *key, *after, *before;
} steps[] = {
    // The same person, met at a fair and then on the website.
    {NULL, RUN("11", "create", FRIDAY, CREATE("01", "company": "Rénov’Ouest", "first_name": "Claire",
        "last_name": "Le Goff", "email": "claire.legoff@gmail.com", "phone": "+33 2 98 46 21 07")), NULL, NULL, NULL},
    {NULL, RUN("12", "create", MONDAY, CREATE("02", "company": "RENOV’OUEST SARL", "first_name": "Claire",
        "last_name": "Le Goff", "email": "ClaireLeGoff+devis@googlemail.com", "phone": "02.98.46.21.07",
        "job_title": "Gérante")), NULL, NULL, NULL},
    {NULL, RUN("13", "create", MONDAY, CREATE("03", "company": "Toits du Nord", "email": "karim@toits-du-nord.fr")),
        NULL, NULL, NULL},
    {"Un doublon", ASK("similar", "\"id\": " ID("02")), "\"text\":\"", "", NULL},
    {"Fusion, annulée, puis refaite", ASK("merge", MERGE), "\"text\":\"", "\"fields\":", "\"order\":"},
    {NULL, RUN("14", "merge", MONDAY, MERGE), NULL, NULL, NULL},
    {NULL, RUN("15", "unmerge", MONDAY, "\"merge\": " ID("14")), NULL, NULL, NULL},
    {NULL, RUN("16", "merge", MONDAY, MERGE), NULL, NULL, NULL},
    {"Attribution", ASK("route", "\"id\": " ID("01")), "\"text\":\"", "", NULL},
    {NULL, RUN("17", "route", MONDAY, "\"ids\": [" ID("01") "]"), NULL, NULL, NULL},
    {NULL, ASK("route", "\"id\": " ID("03")), "\"text\":\"", "", NULL},
    {NULL, RUN("18", "route", MONDAY, "\"ids\": [" ID("03") "]"), NULL, NULL, NULL},
    {"Enrichissement", RUN("19", "enrich", MONDAY, "\"id\": " ID("03") ", \"legal_text\": "
        "\"Toits du Nord, SARL au capital de 10 000 €, SIREN 732 829 320\""), "\"value\":\"", "\"written\":", NULL},
    {"Conversion", ASK("conversion", "\"id\": " ID("01")), "\"text\":\"", "", "\"invalid\":"},
    {NULL, RUN("20", "convert", MONDAY, "\"id\": " ID("01")), NULL, NULL, NULL},
};

// Prints the texts of a key between two places. A real program has a JSON library for this.
static void print_texts(const char *json, const char *key, const char *after, const char *before)
{
    const char *end = before ? strstr(json, before) : NULL;
    for (json = strstr(json, after); (json = strstr(json, key)) && (!end || json < end); json += strcspn(json, "\"")) {
        json += strlen(key);
        printf("  %.*s\n", (int)strcspn(json, "\""), json);
    }
}

int main(void)
{
    crm_rules *rules = NULL;
    crm_t *crm = NULL;
    crm_error *error = NULL;
    crm_string answer = {NULL, 0}, message = {NULL, 0};

    int ok = crm_rules_new(team, strlen(team), &rules, &error) == CRM_OK
        && crm_open_memory(rules, &crm, &error) == CRM_OK;
    for (size_t i = 0; ok && i < sizeof steps / sizeof *steps; i++) {
        ok = steps[i].call(crm, steps[i].document, strlen(steps[i].document), &answer, &error) == CRM_OK;
        if (steps[i].title) printf("%s\n", steps[i].title);
        if (ok && steps[i].key) print_texts(answer.data, steps[i].key, steps[i].after, steps[i].before);
        crm_string_free(&answer);
    }
    if (!ok && crm_error_message(error, "fr", 2, &message) == CRM_OK) fprintf(stderr, "%s\n", message.data);

    crm_string_free(&message);
    crm_error_free(&error);
    crm_close(crm);
    crm_rules_free(rules);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
