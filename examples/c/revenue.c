// Revenue in C: what the quarter will bring, how surely, what changed, what is at risk; and an edit that asks first.
//
//     cc revenue.c $(pkg-config --cflags --libs crm) -o revenue && ./revenue

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON(...) #__VA_ARGS__
#define ID(n) "\"0192f0c1-0000-7000-8000-0000000000" n "\""
#define ON(day) "\"workspace\": \"acme\", \"actor\": {\"name\": \"anne\", \"role\": \"admin\"}, " \
    "\"at\": \"2026-11-" day "T08:00:00Z\""
#define RUN(n, name, day, body) crm_run, "{\"command\": \"" name "\", \"id\": " ID(n) ", " ON(day) ", \"body\": " body "}"
#define ASK(name, day, body) crm_query, "{" ON(day) ", \"" name "\": {\"lang\": \"fr\", " body "}}"
#define DEAL(id, ...) "{\"id\": " ID(id) ", \"fields\": " JSON({__VA_ARGS__}) "}"
#define QUARTER "\"currency\": \"EUR\", " \
    "\"periods\": {\"unit\": \"quarter\", \"from\": \"2026-10-01\", \"to\": \"2027-01-01\"}"
#define DAYS "{\"start\": \"2026-10-01\", \"end\": \"2027-01-01\"}"
#define SILENT NULL, NULL, 0

// What is done and asked, under which title, and which texts of the answer are printed: those of a key at a level of
// the first part of a name; a negative level says that the command is refused.
static const struct {
    const char *title;
    crm_status (*call)(const crm_t *, const char *, size_t, crm_string *, crm_error **);
    const char *document, *part, *key;
    int level;
} steps[] = {
    // From a first contact over an offer to a negotiation; a deal that is won or lost is neither likely nor unlikely.
    {NULL, RUN("11", "pipeline.create", "02", JSON({"code": "ventes", "name": "Ventes", "stages": [
        {"code": "contact", "probability_bp": 1000, "category": "pipeline"},
        {"code": "devis", "probability_bp": 4000, "category": "best_case"},
        {"code": "négociation", "probability_bp": 7000, "category": "commit"},
        {"code": "gagnée", "kind": "won"},
        {"code": "perdue", "kind": "lost"}]})), SILENT},
    // Anne leads Marie and Paul, and is to close 60,000 euros.
    {NULL, RUN("12", "employee.create", "02", JSON({"fields": {"user": "marie", "manager": "anne"}})), SILENT},
    {NULL, RUN("13", "employee.create", "02", JSON({"fields": {"user": "paul", "manager": "anne"}})), SILENT},
    {NULL, RUN("14", "exchange_rate.set", "02", JSON({"rates": [
        {"from": "USD", "to": "EUR", "valid_from": "2026-11-01", "rate": "0.92"}]})), SILENT},
    {NULL, RUN("15", "quota.set", "02", "{\"owner\": \"anne\", \"period\": " DAYS
        ", \"amount\": {\"amount\": \"60000\", \"currency\": \"EUR\"}}"), SILENT},
    {NULL, RUN("21", "deal.create", "02", DEAL("01", "name": "Toiture du lycée", "owner": "marie", "stage": "devis",
        "value": {"amount": "24000", "currency": "EUR"}, "close_date": "2026-12-11")), SILENT},
    {NULL, RUN("22", "deal.create", "02", DEAL("02", "name": "Bardage Rénov’Ouest", "owner": "marie",
        "stage": "négociation", "value": {"amount": "18000", "currency": "EUR"}, "close_date": "2026-11-27")), SILENT},
    {NULL, RUN("23", "deal.create", "02", DEAL("03", "name": "Entretien de la mairie", "owner": "marie",
        "stage": "négociation", "value": {"amount": "12000", "currency": "EUR"}, "close_date": "2026-11-13")), SILENT},
    {NULL, RUN("24", "deal.create", "02", DEAL("04", "name": "Isolation Toits du Nord", "owner": "paul",
        "stage": "contact", "value": {"amount": "30000", "currency": "EUR"}, "close_date": "2026-12-18")), SILENT},
    {NULL, RUN("25", "deal.create", "02", DEAL("05", "name": "Solar Roofs Inc.", "owner": "paul", "stage": "contact",
        "value": {"amount": "20000", "currency": "USD"}, "close_date": "2026-12-04")), SILENT},
    {NULL, RUN("26", "deal.move", "05", "{\"id\": " ID("05") ", \"stage\": \"devis\"}"), SILENT},
    {NULL, RUN("27", "deal.win", "12", "{\"id\": " ID("03") "}"), SILENT},
    {"Prévision du trimestre", ASK("forecast", "16", "\"view\": \"manager\", " QUARTER), "nodes", "text", 2},
    {NULL, ASK("forecast", "16", "\"view\": \"manager\", " QUARTER), "pacing", "text", 3},
    {"Fourchette : P10, P50, P90", ASK("bands", "16", "\"target\": \"60000\", " QUARTER), "quantiles", "text", 2},
    {NULL, ASK("bands", "16", "\"target\": \"60000\", " QUARTER), "target", "text", 1},
    // A snapshot; then an amount is raised and a close date pushed into the next quarter.
    {NULL, RUN("28", "snapshot.take", "16", "{\"id\": " ID("06") ", \"name\": \"mi-novembre\", \"currency\": \"EUR\"}"),
        SILENT},
    {NULL, RUN("29", "deal.patch", "20", "{\"id\": " ID("01") ", \"fields\": "
        JSON({"value": {"amount": "28000", "currency": "EUR"}}) "}"), SILENT},
    {NULL, RUN("30", "deal.patch", "24", "{\"id\": " ID("04") ", \"fields\": {\"close_date\": \"2027-01-22\"}}"), SILENT},
    {"Depuis la mi-novembre", ASK("waterfall", "30", "\"currency\": \"EUR\", \"from\": " ID("06")
        ", \"filter\": {\"period\": " DAYS "}"), "buckets", "text", 4},
    {"Affaires, de la plus risquée à la moins risquée", ASK("deal_risks", "30", "\"limit\": 100"), "deals", "name", 2},
    {"Pourquoi la première", ASK("deal_risks", "30", "\"limit\": 100"), "reasons", "text", 2},
    {"Que faire", ASK("deal_risks", "30", "\"limit\": 100"), "reasons", "text", 3},
    {"Supprimer une étape", RUN("31", "stage.delete", "30", "{\"pipeline\": \"ventes\", \"code\": \"devis\"}"),
        NULL, NULL, -1},
    {"La fusionner avec la suivante", ASK("pipeline_impact", "30", "\"command\": \"stage.merge\", \"body\": "
        JSON({"pipeline": "ventes", "from": "devis", "to": "négociation"})), "totals", "text", 2},
};

// Prints the texts under a key, some levels down in a part of an answer. A real program has a JSON library for this.
static void tell(const char *json, const char *part, const char *key, int level)
{
    char named[32];
    int depth = 0;
    snprintf(named, sizeof named, "\"%s\":", part);
    if ((json = strstr(json, named)) == NULL) return;
    snprintf(named, sizeof named, "\"%s\":\"", key);
    for (json = strpbrk(json + strlen(part) + 3, "{["); *json; json++) {
        if (*json == '{' || *json == '[') depth++;
        if ((*json == '}' || *json == ']') && --depth == 0) return;
        if (*json != '"') continue;
        if (depth == level && strncmp(json, named, strlen(named)) == 0) {
            json += strlen(named);
            printf("  %.*s\n", (int)strcspn(json, "\""), json);
            json += strcspn(json, "\"");
        } else {
            json += 1 + strcspn(json + 1, "\"");
        }
    }
}

int main(void)
{
    crm_t *crm = NULL;
    crm_error *error = NULL;
    crm_string answer = {NULL, 0}, message = {NULL, 0};

    int ok = crm_open_memory(NULL, &crm, &error) == CRM_OK;
    for (size_t i = 0; ok && i < sizeof steps / sizeof *steps; i++) {
        ok = steps[i].call(crm, steps[i].document, strlen(steps[i].document), &answer, &error) == CRM_OK;
        if (steps[i].title) printf("%s\n", steps[i].title);
        if (steps[i].level < 0 && !ok && crm_error_message(error, "fr", 2, &message) == CRM_OK) {
            printf("  %s\n", message.data);
            crm_string_free(&message);
            crm_error_free(&error);
            ok = 1;
        } else if (ok && steps[i].part) {
            tell(answer.data, steps[i].part, steps[i].key, steps[i].level);
        }
        crm_string_free(&answer);
    }
    if (!ok && crm_error_message(error, "fr", 2, &message) == CRM_OK) fprintf(stderr, "%s\n", message.data);

    crm_string_free(&message);
    crm_error_free(&error);
    crm_close(crm);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
