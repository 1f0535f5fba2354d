// Outreach in C: nothing leaves without an OK. An agent proposes, people decide, and what leaves is what they saw.
//
//     cc outreach.c $(pkg-config --cflags --libs crm) -o outreach && ./outreach --lang fr

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// `<english|français>` stands for one of both, `$1` for what a step before has kept.
#define ID(n) "\"0192f0c1-0000-7000-8000-0000000000" n "\""
#define BY(name, role, at) "\"workspace\": \"acme\", \"actor\": {\"name\": \"" name "\", \"role\": \"" role "\"}, " \
    "\"at\": \"2026-11-" at ":00Z\""
#define MORNING BY("anne", "owner", "23T07:00")
#define MARIE(at) BY("marie", "member", at)
#define SCOUT(at) BY("scout", "agent", at)
#define MAILER(at) BY("mailer", "admin", at)
#define RUN(n, who, name, body) crm_run, "{\"command\": \"" name "\", \"id\": " ID(n) ", " who ", \"body\": " body "}"
#define ASK(who, name, body) crm_query, "{" who ", \"" name "\": {\"lang\": \"<en|fr>\"" body "}}"
#define PERSON(n, user, name) \
    RUN(n, MORNING, "employee.create", "{\"fields\": {\"user\": \"" user "\", \"full_name\": \"" name "\"}}")
#define LEAD(n, id, first, last, company, email) RUN(n, MORNING, "lead.create", "{\"id\": " ID(id) ", \"fields\": {" \
    "\"first_name\": \"" first "\", \"last_name\": \"" last "\", \"company\": \"" company "\", \"email\": \"" email "\", " \
    "\"person_type\": \"professional\", \"subject_related\": true, \"country\": \"FR\", \"collected_from\": \"other\", " \
    "\"owner\": \"marie\", \"language\": \"<en|fr>\"}}")
#define COMPOSE(n, who, id, lead, template, more, inputs) RUN(n, who, "draft.compose", "{\"id\": " ID(id) ", " \
    "\"fields\": {\"lead\": " ID(lead) ", \"language\": \"<en|fr>\"" more "}, " \
    "\"template\": {\"id\": \"" template "\", \"inputs\": {" inputs "}}, \"submit\": true}")
#define DECIDE(n, who, name, more) \
    RUN(n, who, name, "{\"id\": \"$1\", \"revision\": $2, \"content_hash\": \"$3\"" more "}")
#define LIBRARY(who, states) ASK(who, "library", ", \"as\": \"text\", \"states\": [" states "]"), "text", "{}"
// Keeps a draft, the one that has waited longest or another, as it stands: what a decision is about.
#define CARD(what) ASK(MARIE("25T10:10"), "library", ", \"states\": [\"waiting\"]"), "groups/0/cards/0/" what
#define WAITING {NULL, CARD("id"), "$1"}, {NULL, CARD("revision"), "$2"}, {NULL, CARD("content_hash"), "$3"}
#define ROW(id) crm_query, "{" MARIE("23T09:00") ", \"get\": {\"record\": \"draft\", \"id\": " ID(id) "}}"
#define SEEN(id) {NULL, ROW(id), "row/id", "$1"}, {NULL, ROW(id), "row/revision", "$2"}, \
    {NULL, ROW(id), "row/content_hash", "$3"}
// Gives the oldest message of the outbox to a channel; this one only writes down what it is given.
#define DELIVER(start, settle) \
    {NULL, ASK(MAILER("23T10:00"), "outbox", ""), "items/0/id", "$5"}, \
    {NULL, RUN(start, MAILER("23T10:00"), "outbox.start", "{\"id\": \"$5\", \"worker\": \"mailer\", \"dry_run\": true}"), \
        "output/parcel", "[{key:8}] {subject} → {recipient}\n{text}"}, \
    {NULL, RUN(settle, MAILER("23T10:00"), "outbox.settle", "{\"id\": \"$5\", \"fence\": 1, \"outcome\": \"sent\"}"), SILENT}
#define SILENT NULL, NULL
#define REFUSED "refused", NULL

// The starter pack of accountants, with the firm's own particulars.
static const char starters[] = "{\"ask\": \"configuration\", \"packs\": [\"accounting\"], \"zone\": \"Europe/Paris\", "
    "\"language\": \"<en|fr>\", \"sender\": {\"organization\": \"Cabinet Armor\", "
    "\"address\": \"3 quai de la Douane, 29200 Brest\", \"opt_out\": \"https://armor.example/stop\", "
    "\"privacy_contact\": \"rgpd@armor.example\", "
    "\"data_source\": {\"en\": \"the trade register\", \"fr\": \"registre du commerce\"}}}";

static const struct {
    const char *title;
    crm_status (*call)(const crm_t *, const char *, size_t, crm_string *, crm_error **);
    const char *document, *place, *line;
} steps[] = {
    // Marie, an agent that may propose and nothing else, and four leads.
    {NULL, PERSON("11", "anne", "Anne Morel"), SILENT},
    {NULL, PERSON("12", "marie", "Marie Kerouac"), SILENT},
    {NULL, PERSON("13", "scout", "<Scout, AI assistant of the firm|Scout, assistant IA du cabinet>"), SILENT},
    {NULL, LEAD("14", "01", "Yann", "Le Goff", "Ty Breizh", "yann@tybreizh.example"), SILENT},
    {NULL, LEAD("15", "02", "Claire", "Morvan", "Atelier Morvan", "claire@morvan.example"), SILENT},
    {NULL, LEAD("16", "03", "Hugo", "Kerbrat", "Le Comptoir", "hugo@lecomptoir.example"), SILENT},
    {NULL, LEAD("17", "04", "Luc", "Caradec", "Garage Caradec", "luc@caradec.example"), SILENT},
    // What Anne, who owns the firm, decides in advance: one way out, and what may take it without anybody looking.
    {NULL, RUN("18", MORNING, "channel.connect",
        "{\"kind\": \"email\", \"fields\": {\"name\": \"marie@armor.example\", \"dry_run\": true}}"), SILENT},
    {NULL, RUN("19", MORNING, "approval_rule.create", "{\"fields\": {\"name\": "
        "\"<Answers after a meeting|Réponses après un rendez-vous>\", \"effect\": \"auto\", \"channel\": \"email\", "
        "\"authors\": [\"scout\"], \"templates\": [\"accounting_after_meeting\"], \"recipient_known\": true, "
        "\"conversation_open\": true, \"daily_cap\": 5, \"valid_until\": \"2026-12-31T23:00:00Z\"}}"), SILENT},
    {NULL, RUN("20", MORNING, "sequence.create", "{\"code\": \"companies\", \"definition\": {\"stop_on\": [\"reply\"], "
        "\"steps\": [{\"id\": \"message_1\", \"type\": \"email\", \"template\": \"accounting_first_contact\", "
        "\"delay\": {\"count\": 0, \"unit\": \"days\"}}, {\"id\": \"message_2\", \"type\": \"email\", "
        "\"template\": \"accounting_follow_up\", \"delay\": {\"count\": 2, \"unit\": \"days\"}}, "
        "{\"id\": \"call\", \"type\": \"call\", \"title\": \"Yann\", \"delay\": {\"count\": 3, \"unit\": \"days\"}}]}}"),
        SILENT},
    {NULL, RUN("21", MORNING, "sequence.activate", "{\"code\": \"companies\"}"), SILENT},

    {"<Scout proposes three messages|Scout propose trois messages>",
        RUN("22", MAILER("23T08:30"), "message.receive", "{\"channel\": \"email\", "
        "\"provider_id\": \"1@lecomptoir.example\", \"sender\": \"hugo@lecomptoir.example\", "
        "\"subject\": \"<Our meeting|Notre rendez-vous>\", "
        "\"text\": \"<Thank you for your time. What is next?|Merci de votre visite. Quelle est la suite ?>\"}"),
        "output/conversation", "$4"},
    {NULL, RUN("23", SCOUT("23T08:40"), "enrolment.enrol", "{\"sequence\": \"companies\", \"leads\": [" ID("01") "]}"),
        SILENT},
    {NULL, RUN("24", SCOUT("23T08:40"), "enrolment.advance", "{}"), SILENT},
    {NULL, COMPOSE("25", SCOUT("23T08:45"), "05", "02", "accounting_follow_up", ", \"confidence_bp\": 9200", ""), SILENT},
    {NULL, COMPOSE("26", SCOUT("23T08:50"), "06", "03", "accounting_after_meeting",
        ", \"conversation\": \"$4\", \"confidence_bp\": 9200",
        "\"summary\": \"<a cash flow plan, month by month.|un plan de trésorerie, mois par mois.>\", "
        "\"next_step\": \"<our engagement letter, by Thursday|notre lettre de mission, d’ici à jeudi>\""), SILENT},
    {NULL, LIBRARY(MARIE("23T09:00"), "")},

    {"<Scout would approve its own|Scout voudrait approuver le sien>", ROW("05"), SILENT},
    SEEN("05"),
    {NULL, DECIDE("27", SCOUT("23T09:01"), "draft.approve", ""), REFUSED},

    {"<Marie approves one with her own edit, and rejects one|Marie en approuve un en le modifiant, et en refuse un>",
        DECIDE("28", MARIE("23T09:06"), "draft.reject", ", \"note\": "
        "\"<She became a client on Friday: I will call her.|Cliente depuis vendredi : je l’appelle.>\""), SILENT},
    WAITING,
    {NULL, DECIDE("29", MARIE("23T09:05"), "draft.approve", ", \"fields\": {\"subject\": "
        "\"<Ty Breizh: a calmer year-end|Ty Breizh : une clôture plus sereine>\"}"), SILENT},
    {NULL, LIBRARY(MARIE("23T09:10"), "")},

    {"<What leaves, in a dry run|Ce qui part, à blanc>",
        COMPOSE("30", MARIE("23T09:12"), "07", "04", "accounting_follow_up", "", ""), SILENT},
    SEEN("07"),
    {NULL, DECIDE("31", MARIE("23T09:13"), "draft.approve", ""), SILENT},
    {NULL, RUN("32", MARIE("23T09:30"), "consent.record",
        "{\"lead\": " ID("04") ", \"act\": \"withdrawn\", \"source\": \"phone\"}"), SILENT},
    DELIVER("33", "34"),
    DELIVER("35", "36"),
    {"<Luc said no on the phone: his message stays|Luc a dit non au téléphone : son message reste>",
        ASK(MAILER("23T10:00"), "outbox", ", \"states\": [\"queued\"]"), "items/0/id", "$5"},
    {NULL, RUN("37", MAILER("23T10:00"), "outbox.start", "{\"id\": \"$5\", \"worker\": \"mailer\", \"dry_run\": true}"),
        SILENT},
    {NULL, LIBRARY(MARIE("23T10:00"), "\"blocked\"")},

    {"<Two days later the next message has its OK for the day after, and Yann answers|"
        "Deux jours après, la relance a son accord pour le lendemain, et Yann répond>",
        RUN("38", SCOUT("25T10:05"), "enrolment.advance", "{}"), SILENT},
    WAITING,
    {NULL, DECIDE("39", MARIE("25T10:10"), "draft.approve", ", \"send_not_before\": \"2026-11-26T08:00:00Z\""), SILENT},
    {NULL, RUN("40", MAILER("25T15:00"), "message.receive", "{\"channel\": \"email\", "
        "\"provider_id\": \"2@tybreizh.example\", \"sender\": \"yann@tybreizh.example\", "
        "\"subject\": \"Re: <Ty Breizh: a calmer year-end|Ty Breizh : une clôture plus sereine>\", "
        "\"text\": \"<Yes, call me on Friday morning.|Oui, appelez-moi vendredi matin.>\"}"), SILENT},
    {NULL, ASK(MARIE("25T15:05"), "enrolments", ", \"lead\": " ID("01")), "rows/*/reasons/*", "{text}"},
    {NULL, ASK(MARIE("25T15:05"), "tasks", ", \"assignee\": \"marie\""), "tasks/1", "{task/title} ({reasons/0/text})"},
    {NULL, LIBRARY(MARIE("25T15:05"), "\"cancelled\"")},

    {"<The Library in the evening, and what needs attention|La bibliothèque le soir, et ce qui demande attention>",
        ASK(MARIE("25T17:00"), "library", ", \"states\": [\"sent\", \"blocked\", \"rejected\", \"cancelled\"]"),
        "groups/*", "{label}<: | : >{count}"},
    {NULL, ASK(MARIE("25T17:00"), "attention", ""), "blocked/drafts/*",
        "{name}<: | : >{held_back/reasons/0/text}"},
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

// The part at a place such as `recipients/0`, which ends where no name can go on.
static const char *part_at(const char *json, const char *place)
{
    for (size_t length; json && (length = strcspn(place, "/:}")) > 0; place += length + (place[length] == '/')) {
        json = inside(json, place, length);
    }
    return json;
}

// Prints a letter; lines that are not empty begin with two spaces.
static void put(char letter)
{
    static int is_inside;
    if (letter != '\n' && !is_inside) printf("  ");
    putchar(letter);
    is_inside = letter != '\n';
}

// Prints a value as people read it: a text without its quotation marks, at most so many bytes. The last letter.
static char put_value(const char *value, size_t most)
{
    char last = 0;
    if (value == NULL) return last;
    const int is_text = *value == '"';
    const char *end = end_of(value) - is_text;
    for (value += is_text; value < end && most-- > 0; value++) {
        last = *value == '\\' ? (*++value == 'n' ? '\n' : *value) : *value;
        put(last);
    }
    return last;
}

// Prints a line with the values of a part in the places of `{...}`; `{key:8}` is the beginning of a value.
static void fill(const char *part, const char *line)
{
    char last = 0;
    for (; *line; line++) {
        if (*line == '{') {
            const char *end = strchr(++line, '}'), *most = memchr(line, ':', (size_t)(end - line));
            last = put_value(part_at(part, line), most ? strtoul(most + 1, NULL, 10) : (size_t)-1);
            line = end;
        } else {
            put(last = *line);
        }
    }
    if (last != '\n') put('\n');
}

// Prints a line for each part at a place such as `rows/*/reasons/*`.
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

static char kept[6][80];
static int is_french;

// A text in the language that was asked for, with what was kept.
static const char *expanded(const char *text)
{
    static char whole[4096];
    char *to = whole;
    for (int passes = 0; *text; text++) {
        if (*text == '$') to += sprintf(to, "%s", kept[*++text - '0']);
        else if (*text == '<') passes = is_french ? 1 : 0;
        else if (*text == '|') passes = !passes;
        else if (*text == '>') passes = 0;
        else if (!passes) *to++ = *text;
    }
    *to = '\0';
    return whole;
}

// Prints what an error says.
static void say(FILE *to, const char *before, const crm_error *error)
{
    crm_string message = {NULL, 0};
    if (crm_error_message(error, is_french ? "fr" : "en", 2, &message) == CRM_OK) {
        fprintf(to, "%s%s\n", before, message.data);
    }
    crm_string_free(&message);
}

int main(int count, char **arguments)
{
    crm_t *crm = NULL;
    crm_rules *plain = NULL, *rules = NULL;
    crm_error *error = NULL;
    crm_string answer = {NULL, 0};
    is_french = count == 3 && strcmp(arguments[1], "--lang") == 0 && strcmp(arguments[2], "fr") == 0;

    const char *ask = expanded(starters);
    int ok = crm_rules_new("{}", 2, &plain, &error) == CRM_OK
        && crm_eval(plain, "starters", 8, ask, strlen(ask), &answer, &error) == CRM_OK;
    if (ok) {
        const char *configuration = inside(answer.data, "configuration", 13);
        ok = crm_rules_new(configuration, (size_t)(end_of(configuration) - configuration), &rules, &error) == CRM_OK
            && crm_open_memory(rules, &crm, &error) == CRM_OK;
        crm_string_free(&answer);
    }
    for (size_t i = 0; ok && i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].title) printf("%s\n", expanded(steps[i].title));
        const char *document = expanded(steps[i].document), *line = steps[i].line;
        ok = steps[i].call(crm, document, strlen(document), &answer, &error) == CRM_OK;
        if (ok && line && *line == '$') {
            const char *value = part_at(answer.data, steps[i].place);
            const int is_text = *value == '"';
            snprintf(kept[line[1] - '0'], sizeof *kept, "%.*s", (int)(end_of(value) - value) - 2 * is_text, value + is_text);
        } else if (ok && line) {
            tell(answer.data, steps[i].place, expanded(line));
        } else if (!ok && steps[i].place && !line) {
            say(stdout, "  ", error);
            crm_error_free(&error);
            ok = 1;
        }
        crm_string_free(&answer);
    }
    if (!ok) say(stderr, "", error);

    crm_error_free(&error);
    crm_close(crm);
    crm_rules_free(rules);
    crm_rules_free(plain);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
