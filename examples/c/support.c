// Support in C: what is promised and why, what waits for whom, who is there; a day's work and a week's figures.
//
//     cc support.c $(pkg-config --cflags --libs crm) -o support && ./support

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON(...) #__VA_ARGS__
#define ID(n) "\"0192f0c1-0000-7000-8000-0000000000" n "\""
#define BY(name, role, at) "\"workspace\": \"acme\", \"actor\": {\"name\": \"" name "\", \"role\": \"" role "\"}, " \
    "\"at\": \"2026-" at ":00Z\""
#define ANNE(at) BY("anne", "admin", at)
#define MEMBER(name, at) BY(name, "member", at)
#define RUN(n, who, name, body) crm_run, "{\"command\": \"" name "\", \"id\": " ID(n) ", " who ", \"body\": " body "}"
#define MAKE(n, who, record, id, ...) \
    RUN(n, who, record ".create", "{\"id\": " ID(id) ", \"fields\": " JSON({__VA_ARGS__}) "}")
#define ASK(who, name, body) crm_query, "{" who ", \"" name "\": {\"lang\": \"fr\"" body "}}"
#define TICKET(at) ASK(ANNE(at), "ticket", ", \"id\": " ID("03"))
#define MONDAY ANNE("05-18T07:00")
#define TODAY ANNE("06-03T08:00")
#define LATER ANNE("06-03T08:10")
#define SILENT NULL, NULL
#define REFUSED "refused", NULL

static const char configuration[] = JSON({
    "calendar": [{"id": "bureau", "zone": "Europe/Paris", "french_holidays": "metropole", "weekly": {
        "monday": [["09:00", "12:30"], ["14:00", "18:00"]], "tuesday": [["09:00", "12:30"], ["14:00", "18:00"]],
        "wednesday": [["09:00", "12:30"], ["14:00", "18:00"]], "thursday": [["09:00", "12:30"], ["14:00", "18:00"]],
        "friday": [["09:00", "12:30"], ["14:00", "18:00"]]}}],
    "sla": {"policies": [{"id": "standard", "is_default": true, "calendar": "bureau", "due_soon": {"seconds": "1h"},
        "targets": {
            "urgent": {"first_response": "2h", "first_resolution": "8h"},
            "*": {"first_response": "5h", "first_resolution": "16h"}},
        "escalation": [{"id": "anne", "metric": "first_resolution", "before": "30m", "notify": ["anne"]}]}]},
    "staff": {"calendar": "bureau", "half_day_at": "13:00", "capacity_points": 10},
    "tasks": {"zone": "Europe/Paris", "calendar": "bureau"},
    "templates": {"zone": "Europe/Paris", "language": "fr"},
    "access": {"roles": {"member": {"read": "team", "write": "own"}}, "team": {"colleagues": true}}});

// What is done and asked, under which title, and which line is printed for each part at a place of the answer. A step
// without a call asks the rule `sla`.
static const struct {
    const char *title;
    crm_status (*call)(const crm_t *, const char *, size_t, crm_string *, crm_error **);
    const char *document, *place, *line;
} steps[] = {
    // Anne leads the three who do support.
    {NULL, RUN("11", MONDAY, "employee.create", JSON({"fields": {"user": "anne", "capacity_points": 10}})), SILENT},
    {NULL, RUN("12", MONDAY, "employee.create", JSON({"fields":
        {"user": "marie", "capacity_points": 10, "manager": "anne", "team": "support"}})), SILENT},
    {NULL, RUN("13", MONDAY, "employee.create", JSON({"fields":
        {"user": "paul", "capacity_points": 10, "manager": "anne", "team": "support"}})), SILENT},
    {NULL, RUN("14", MONDAY, "employee.create", JSON({"fields":
        {"user": "zoé", "capacity_points": 4, "manager": "anne", "team": "support"}})), SILENT},
    {NULL, MAKE("15", MONDAY, "account", "01", "name": "Rénov’Ouest"), SILENT},
    {NULL, MAKE("16", MONDAY, "contact", "02", "first_name": "Luc", "last_name": "Martin",
        "account": "0192f0c1-0000-7000-8000-000000000001"), SILENT},
    {"Vendredi, 17 h 30 : une réponse est promise sous 5 heures ouvrées",
        MAKE("17", ANNE("05-22T15:30"), "ticket", "03", "subject": "Fuite au lycée", "owner": "marie",
        "contact": "0192f0c1-0000-7000-8000-000000000002", "team": "support", "channel": "email"), SILENT},
    {NULL, NULL, JSON({"asks": [{"ask": "timeline", "at": "2026-05-26T13:00:00Z",
        "events": [{"at": "2026-05-22T15:30:00Z", "kind": "created"}], "explain": {"metric": "first_response"}}],
        "lang": "fr"}), "answers/0/ledger/lines/*", "{text}"},
    {"Tuesday, 9 o’clock", crm_query, "{" ANNE("05-26T07:00") ", \"ticket\": {\"lang\": \"en\", \"id\": " ID("03") "}}",
        "sla/clocks/*/reasons/*", "{text}"},
    {"Marie répond ; la suite dépend du client", RUN("18", MEMBER("marie", "05-26T09:00"), "ticket.reply",
        "{\"id\": " ID("03") ", \"activity\": " JSON({"kind": "email", "description": "Avez-vous des photos ?"})
        ", \"status\": \"pending\"}"), SILENT},
    {NULL, TICKET("05-26T15:00"), "sla/clocks/*/reasons/*", "{text}"},
    {"Le client répond, et c’est urgent", RUN("19", ANNE("05-27T08:00"), "ticket.receive", "{\"id\": " ID("03")
        ", \"activity\": " JSON({"kind": "email", "description": "Les voici, l’eau monte."}) "}"), SILENT},
    {NULL, RUN("20", ANNE("05-27T08:05"), "ticket.patch", "{\"id\": " ID("03") ", \"fields\": {\"priority\": \"urgent\"}}"),
        SILENT},
    {NULL, TICKET("05-27T08:05"), "sla/clocks/1/reasons/*", "{text}"},
    {"Une semaine sans minuterie : chaque alerte une fois, à son heure", MAKE("21", ANNE("06-02T13:00"), "ticket", "04",
        "subject": "Devis illisible", "owner": "paul", "team": "support"), SILENT},
    {NULL, MAKE("22", ANNE("06-03T07:00"), "ticket", "05", "subject": "Facture en double", "team": "support",
        "priority": "high"), SILENT},
    {NULL, RUN("23", TODAY, "ticket.tick", "{}"), "output/alerts/*", "{effective_at} {metric} {kind}"},
    {NULL, RUN("24", ANNE("06-03T08:01"), "ticket.tick", "{}"), "output", "{tickets} ticket à revoir une minute après"},
    {NULL, TICKET("06-03T08:00"), "sla/clocks/1/reasons/*", "{text}"},
    {"Tableau", ASK(TODAY, "ticket_board", ""), "columns/*",
        "{name} : {count}, dont {sla/breached} en retard et {sla/due_soon} bientôt"},
    {"Le dernier vendredi du mois", MAKE("25", MONDAY, "task", "06", "title": "Visite d’entretien", "assignee": "marie",
        "account": "0192f0c1-0000-7000-8000-000000000001", "recurrence": "FREQ=MONTHLY;BYDAY=-1FR",
        "due_date": "2026-05-29", "priority": "high"), SILENT},
    {NULL, ASK(TODAY, "task", ", \"id\": " ID("06")), "reasons/*", "{text}"},
    {NULL, RUN("26", TODAY, "task.complete", "{\"id\": " ID("06") "}"), SILENT},
    {NULL, ASK(TODAY, "tasks", ", \"assignee\": \"marie\""), "tasks/*/reasons/*", "{text}"},
    {"La boîte de Marie", MAKE("27", TODAY, "task", "07", "title": "Rappeler le lycée", "assignee": "marie",
        "ticket": "0192f0c1-0000-7000-8000-000000000003", "due_date": "2026-06-05"), SILENT},
    {NULL, ASK(TODAY, "inbox", ", \"user\": \"marie\""), "items/*", "{title} : {reasons/0/text}"},
    {NULL, ASK(TODAY, "inbox", ", \"user\": \"marie\""), "items/0/actions/*", "- {label}"},
    {"Marie’s inbox", crm_query, "{" TODAY ", \"inbox\": {\"lang\": \"en\", \"user\": \"marie\"}}", "items/*",
        "{title}: {reasons/0/text}"},
    {"Un appel, d’après un modèle", RUN("28", LATER, "activity.log", JSON({"template": {"id": "log_call"}, "fields":
        {"ticket": "0192f0c1-0000-7000-8000-000000000003"}})), REFUSED},
    {NULL, RUN("29", LATER, "activity.log", JSON({"template": {"id": "log_call", "inputs":
        {"summary": "Réparation demain à 8 h."}}, "fields": {"ticket": "0192f0c1-0000-7000-8000-000000000003"}})), SILENT},
    {"Chez le client, sans autre saisie", ASK(LATER, "timeline", ", \"record\": \"account\", \"id\": " ID("01")),
        "entries/0/reason", "{text}"},
    {"Marie part en congé", RUN("30", TODAY, "leave.set", "{\"id\": " ID("09") ", \"user\": \"marie\", \"kind\": \"paid\", "
        "\"from_date\": \"2026-06-04\", \"to_date\": \"2026-06-12\", \"to_half\": \"morning\"}"), SILENT},
    {NULL, ASK(TODAY, "leave_impact", ", \"id\": " ID("09")), "records/*",
        "{title} : {why/text} ; {cover/user}, {cover/reasons/0/text}"},
    {"À qui confier la facture", ASK(ANNE("06-04T08:00"), "assignment_ranking", ", \"record\": \"ticket\", \"id\": " ID("05")),
        "ranked/*", "{rank}. {user} : {reasons/0/text}"},
    {NULL, ASK(ANNE("06-04T08:00"), "assignment_ranking", ", \"record\": \"ticket\", \"id\": " ID("05")),
        "excluded/*", "{user} : {reasons/0/text}"},
    {"Paul peut-il résoudre le ticket de Marie ?", ASK(MEMBER("paul", "06-03T08:00"), "can",
        ", \"command\": \"ticket.resolve\", \"id\": " ID("03")), "decided_by/*", "{text}"},
    {"Trois semaines", RUN("31", MEMBER("marie", "06-03T08:30"), "ticket.resolve", "{\"id\": " ID("03") "}"), SILENT},
    {NULL, ASK(ANNE("06-03T09:00"), "support_volume",
        ", \"window\": {\"fixed\": {\"from\": \"2026-05-18\", \"to\": \"2026-06-08\"}}"), "total",
        "{backlog_start} + {opened} + {reopened} + {restored} - {resolved} - {removed} = {backlog_end}"},
};

// Where a value ends. A real program has a JSON library for this and the next two.
static const char *end_of(const char *json)
{
    for (int depth = 0; *json; json++) {
        if (*json == '"') {
            while (*++json != '"') json += *json == '\\';
        } else if (*json == '{' || *json == '[') {
            depth++;
        } else if ((*json == ',' && depth == 0) || ((*json == '}' || *json == ']') && depth-- == 0)) {
            break;
        }
    }
    return json;
}

// The part of an object under a name, or of a list at a number; NULL if there is none.
static const char *inside(const char *json, const char *step, size_t length)
{
    const int is_list = *json++ == '[';
    for (unsigned long i = 0; *json != '}' && *json != ']'; i++, json += *json == ',') {
        int found = is_list ? i == strtoul(step, NULL, 10) : strncmp(json + 1, step, length) == 0 && json[length + 1] == '"';
        if (!is_list) json = strchr(json + 1, '"') + 2;
        if (found) return json;
        json = end_of(json);
    }
    return NULL;
}

// Prints a line with the values of a part in the places of `{...}`.
static void fill(const char *part, const char *line)
{
    printf("  ");
    for (; *line; line++) {
        if (*line != '{') {
            putchar(*line);
            continue;
        }
        const char *value = part;
        for (line++; *line != '}'; line += *line == '/') {
            size_t length = strcspn(line, "/}");
            if (value) value = inside(value, line, length);
            line += length;
        }
        if (value && *value == '"') printf("%.*s", (int)(end_of(value) - value - 2), value + 1);
        else if (value) printf("%.*s", (int)(end_of(value) - value), value);
    }
    putchar('\n');
}

// Prints a line for each part at a place such as `clocks/*/reasons/*`.
static void tell(const char *json, const char *place, const char *line)
{
    size_t length = strcspn(place, "/");
    const char *rest = place + length + (place[length] == '/');
    if (json == NULL) return;
    if (length == 0) {
        fill(json, line);
    } else if (*place == '*') {
        for (json++; *json != ']'; json += *json == ',') {
            tell(json, rest, line);
            json = end_of(json);
        }
    } else {
        tell(inside(json, place, length), rest, line);
    }
}

// Prints what an error says in a language.
static void say(FILE *to, const char *before, const crm_error *error, const char *language)
{
    crm_string message = {NULL, 0};
    if (crm_error_message(error, language, 2, &message) == CRM_OK) fprintf(to, "%s%s\n", before, message.data);
    crm_string_free(&message);
}

int main(void)
{
    crm_t *crm = NULL;
    crm_rules *rules = NULL;
    crm_error *error = NULL;
    crm_string answer = {NULL, 0};

    int ok = crm_rules_new(configuration, strlen(configuration), &rules, &error) == CRM_OK
        && crm_open_memory(rules, &crm, &error) == CRM_OK;
    for (size_t i = 0; ok && i < sizeof steps / sizeof *steps; i++) {
        const char *document = steps[i].document;
        if (steps[i].title) printf("%s\n", steps[i].title);
        ok = CRM_OK == (steps[i].call ? steps[i].call(crm, document, strlen(document), &answer, &error)
            : crm_eval(rules, "sla", 3, document, strlen(document), &answer, &error));
        if (ok && steps[i].line) {
            tell(answer.data, steps[i].place, steps[i].line);
        } else if (!ok && steps[i].place && !steps[i].line) {
            say(stdout, "  ", error, "fr");
            say(stdout, "  ", error, "en");
            crm_error_free(&error);
            ok = 1;
        }
        crm_string_free(&answer);
    }
    if (!ok) say(stderr, "", error, "fr");

    crm_error_free(&error);
    crm_close(crm);
    crm_rules_free(rules);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
