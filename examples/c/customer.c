// One customer in C: from the first touch over quote, onboarding, contract and health to the renewal.
//
//     cc customer.c $(pkg-config --cflags --libs crm) -o customer && ./customer --lang fr

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// In texts, `'` stands for a quotation mark, `<english|français>` for one of both, `#1` for an id, `$1` for what a step
// before has kept.
#define BY(name, role, at) "'workspace': 'acme', 'actor': {'name': '" name "', 'role': '" role "'}, 'at': '" at ":00Z'"
#define ANNE(at) BY("anne", "owner", at)
#define MARIE(at) BY("marie", "member", at)
#define SCOUT(at) BY("scout", "agent", at)
#define MAILER(at) BY("mailer", "admin", at)
#define RUN(n, who, name, body) crm_run, "{'command': '" name "', 'id': '0192f0c1-0000-7000-8000-0000000000" n "', " who \
    ", 'body': " body "}"
#define ASK(who, name, body) crm_query, "{" who ", '" name "': {'lang': '<en|fr>'" body "}}"
#define SILENT NULL, NULL, NULL
#define REFUSED "refused", NULL
// Somebody's OK for a draft exactly as it stands.
#define APPROVE(n, who, draft) {NULL, ASK(who, "draft", ", 'id': '" draft "'"), "revision:a content_hash:b", NULL, NULL}, \
    {NULL, RUN(n, who, "draft.approve", "{'id': '" draft "', 'revision': $a, 'content_hash': '$b'}"), SILENT}
// Gives the oldest message of the outbox to a channel; this one only writes down what it is given.
#define DELIVER(start, settle, at) {NULL, ASK(MAILER(at), "outbox", ", 'states': ['queued']"), "items/0/id:a", NULL, NULL}, \
    {NULL, RUN(start, MAILER(at), "outbox.start", "{'id': '$a', 'worker': 'mailer', 'dry_run': true}"), NULL, \
        "output/parcel", "{subject} → {recipient}\n{text}"}, \
    {NULL, RUN(settle, MAILER(at), "outbox.settle", "{'id': '$a', 'fence': 1, 'outcome': 'sent'}"), SILENT}
// What billing says of an invoice.
#define PAYMENT(n, at, invoice, due_on, paid_on, status) RUN(n, MAILER(at), "payment.create", "{'fields': {" \
    "'account': '$1', 'subscription': '#3', 'invoice': '" invoice "', 'amount': {'amount': '45.00', 'currency': 'EUR'}, " \
    "'due_on': '" due_on "', 'paid_on': " paid_on ", 'status': '" status "', 'as_of': '" at ":00Z', " \
    "'external_source': 'billing', 'external_id': '" invoice "'}}"), SILENT

// A firm that puts heat pumps in: what its quotes say, and how its work begins.
static const char configuration[] = "{'quotes': {'zone': 'Europe/Paris', 'language': '<en|fr>', 'currency': 'EUR', "
    "'price_mode': 'gross', 'profile': 'renovation', 'seller': {'name': 'Armor Énergie', 'form': 'SARL', "
    "'capital': {'amount': '10000', 'currency': 'EUR'}, 'address': '3 quai de la Douane, 29200 Brest', "
    "'siren': '732829320', 'rcs': 'Brest B 732 829 320', 'vat_number': 'FR44732829320'}, "
    "'legal': {'payment_terms': '<30 % with the order|30 % à la commande>', 'insurance': '<Ten-year liability, "
    "France|Décennale, France>', 'waste': '<sorted and taken away|tri et évacuation>', "
    "'signature_line': '<read and approved|Bon pour accord>'}}, 'tasks': {'zone': 'Europe/Paris'}, "
    "'playbooks': {'items': [{'code': 'handover', 'title': {'en': 'A new heat pump', "
    "'fr': 'Une nouvelle pompe à chaleur'}, 'steps': [{'code': 'visit', 'title': {'en': 'Visit the house', "
    "'fr': 'Visiter la maison'}, 'offset': 3, 'unit': 'business_days'}, {'code': 'works', "
    "'title': {'en': 'Put the heat pump in', 'fr': 'Poser la pompe à chaleur'}, 'anchor': {'step': 'visit'}, "
    "'offset': 2, 'unit': 'weeks', 'after': ['visit']}, {'code': 'papers', "
    "'title': {'en': 'Hand over the papers and show how it works', "
    "'fr': 'Remettre les documents et expliquer le fonctionnement'}, 'anchor': {'step': 'works'}, 'offset': 1, "
    "'unit': 'business_days', 'after': ['works']}]}]}}";

static const struct {
    const char *title;
    crm_status (*call)(const crm_t *, const char *, size_t, crm_string *, crm_error **);
    const char *document, *keep, *place, *line;
} steps[] = {
    {NULL, RUN("11", ANNE("2026-03-02T07:00"), "channel.connect", "{'kind': 'email', "
        "'fields': {'name': 'devis@armor.example', 'dry_run': true}}"), SILENT},
    {NULL, RUN("12", ANNE("2026-03-02T07:00"), "pipeline.create", "{'code': 'sales', 'name': '<Sales|Ventes>', "
        "'stages': [{'code': 'new', 'name': '<New|Nouvelle>', 'probability_bp': 2000}, {'code': 'won', "
        "'name': '<Won|Gagnée>', 'kind': 'won'}, {'code': 'lost', 'name': '<Lost|Perdue>', 'kind': 'lost'}]}"),
        SILENT},

    {"<From a letter to a deal|D’une lettre à une affaire>",
        RUN("13", MAILER("2026-03-05T18:00"), "touch.record", "{'fields': {'visitor': 'v-81', "
        "'landing_page': 'https://armor.example/pac?utm_source=letter&utm_medium=email&utm_campaign=spring', "
        "'happened_at': '2026-03-05T17:45:00Z'}}"), SILENT},
    {NULL, RUN("14", MAILER("2026-03-09T20:00"), "touch.record", "{'fields': {'visitor': 'v-81', "
        "'landing_page': 'https://armor.example/devis?gclid=x1', 'happened_at': '2026-03-09T19:30:00Z'}}"), SILENT},
    {NULL, RUN("15", MARIE("2026-03-10T09:00"), "lead.create", "{'id': '#1', 'fields': {'first_name': 'Claire', "
        "'last_name': 'Morvan', 'company': 'Association Les Ajoncs', 'email': 'claire@ajoncs.example', "
        "'person_type': 'professional', 'subject_related': true, 'collected_from': 'person', "
        "'informed_at': '2026-03-10T09:00:00Z', 'country': 'FR', 'street': '2 rue de Siam', 'postal_code': '29200', "
        "'city': 'Brest', 'owner': 'marie', 'language': '<en|fr>'}}"), SILENT},
    {NULL, RUN("16", MARIE("2026-03-10T09:01"), "visitor.link", "{'fields': {'visitor': 'v-81', 'lead': '#1', "
        "'evidence': 'form'}}"), SILENT},
    {NULL, ASK(MARIE("2026-03-10T09:05"), "attribution", ", 'lead': '#1'"),
        NULL, "trail/*", "{label} ({reasons/0/text})"},
    {NULL, RUN("17", MARIE("2026-03-10T10:00"), "lead.convert", "{'id': '#1'}"),
        "output/account:1 output/contact:2 output/deal:3", NULL, NULL},
    {NULL, ASK(MARIE("2026-03-10T10:01"), "attribution", ", 'deal': '$3'"),
        NULL, "influenced_campaigns/*/reasons/*", "{text}"},
    {NULL, RUN("18", MAILER("2026-03-11T08:30"), "message.receive", "{'channel': 'email', "
        "'provider_id': '1@ajoncs.example', 'sender': 'claire@ajoncs.example', 'subject': '<A quote|Un devis>', "
        "'text': '<A quote for a heat pump, please?|Un devis pour une pompe à chaleur ?>'}"),
        "output/conversation:4", NULL, NULL},

    {"<A quote, and what it has to say|Un devis, et ce qu’il doit dire>",
        RUN("19", MARIE("2026-03-12T10:00"), "quote.create", "{'id': '#2', 'fields': {'deal': '$3', "
        "'title': '<Heat pump|Pompe à chaleur>'}, 'terms': {'lines': [{'id': 'pump', 'description': '<Heat pump, "
        "8 kW|Pompe à chaleur, 8 kW>', 'quantity': '1', 'unit_price': '8990.00', 'vat': {'rate': '20'}}, "
        "{'id': 'works', 'description': '<Fitting|Pose>', 'quantity': '2', 'unit_price': '1450.00', "
        "'vat': {'rate': '10'}}, {'id': 'thermostat', 'description': 'Thermostat', 'quantity': '1', "
        "'unit_price': '249.00', 'vat': {'rate': '20'}, 'kind': 'optional'}]}}"), SILENT},
    {NULL, ASK(MARIE("2026-03-12T10:05"), "quote", ", 'id': '#2'"), NULL, "totals/trace/*", "{text}"},
    {NULL, RUN("20", MARIE("2026-03-12T10:06"), "quote.issue", "{'id': '#2'}"), NULL, REFUSED},
    {NULL, RUN("21", MARIE("2026-03-12T10:10"), "quote.edit", "{'id': '#2', "
        "'terms': {'legal': {'payment_terms': '<30 % with the order|30 % à la commande>', "
        "'insurance': '<Ten-year liability, France|Décennale, France>', "
        "'waste': '<sorted and taken away|tri et évacuation>', "
        "'signature_line': '<read and approved|Bon pour accord>', 'late_penalty': '<three times the legal rate, "
        "and 40 EUR|trois fois le taux légal, et 40 EUR>'}}}"), SILENT},
    {NULL, RUN("22", MARIE("2026-03-12T10:11"), "quote.issue", "{'id': '#2'}"),
        NULL, "output", "{number}, {gross/amount gross/currency}"},

    {"<It leaves with an OK, here in a dry run|Il part avec un accord, ici à blanc>",
        RUN("23", MARIE("2026-03-12T10:12"), "quote.send", "{'id': '#2', 'conversation': '$4', "
        "'topic': 'energy_renovation'}"), "output/draft:5", NULL, NULL},
    APPROVE("24", MARIE("2026-03-12T10:14"), "$5"),
    DELIVER("25", "26", "2026-03-12T10:15"),

    {"<Exactly this is accepted, and the deal won|Exactement ce devis est accepté, l’affaire gagnée>",
        ASK(MARIE("2026-03-16T09:00"), "quote", ", 'id': '#2'"), "revision:6 hash:7", NULL, NULL},
    {NULL, RUN("27", MARIE("2026-03-16T09:01"), "quote.accept", "{'id': '#2', 'revision': $6, 'hash': '$7', "
        "'by': 'Claire Morvan', 'chosen': ['thermostat']}"), "output/win/draft:5", NULL, NULL},
    {NULL, ASK(MARIE("2026-03-16T09:02"), "draft", ", 'id': '$5'"), NULL, "reasons/*", "{text}"},
    APPROVE("28", MARIE("2026-03-16T09:03"), "$5"),
    {NULL, ASK(MARIE("2026-03-16T09:04"), "deal", ", 'id': '$3'"),
        NULL, "", "{account_name}, {deal/value/amount deal/value/currency} ({stage_name})"},

    {"<An agent suggests how to begin|Un agent propose la mise en route>",
        ASK(SCOUT("2026-03-16T09:30"), "onboarding_suggestion", ", 'account': '$1'"),
        NULL, "commands/0/reasons/*", "{text}"},
    {NULL, RUN("29", SCOUT("2026-03-16T09:31"), "onboarding.suggest", "{'account': '$1'}"),
        "output/drafts/0/draft:5 output/drafts/1/draft:6 output/drafts/2/draft:7", "output/drafts/*", "{command}"},
    APPROVE("30", MARIE("2026-03-16T10:00"), "$5"),
    APPROVE("31", MARIE("2026-03-16T10:00"), "$6"),
    APPROVE("32", MARIE("2026-03-16T10:00"), "$7"),
    {NULL, ASK(MARIE("2026-03-16T10:01"), "playbook_runs", ", 'account': '$1'"), "rows/0/id:8", NULL, NULL},
    {NULL, ASK(MARIE("2026-03-16T10:01"), "playbook_run", ", 'id': '$8'"),
        "steps/0/task:9", "steps/*", "{due_on} {title}"},
    {NULL, RUN("33", MARIE("2026-03-18T16:00"), "task.complete", "{'id': '$9'}"), SILENT},
    {NULL, ASK(MARIE("2026-03-18T16:01"), "playbook_run", ", 'id': '$8'"), NULL, "reasons/*", "{text}"},
    {NULL, ASK(MARIE("2026-03-18T16:01"), "playbook_run", ", 'id': '$8'"), NULL, "steps/1",
        "{due_on} {title} ({reasons/0/text})"},

    {"<A contract, and when the customer is told|Un contrat, et quand avertir le client>",
        RUN("34", MARIE("2026-04-01T09:00"), "subscription.create", "{'id': '#3', "
        "'fields': {'name': '<Yearly care|Entretien annuel>', 'account': '$1', 'contact': '$2', 'deal': '$3', "
        "'owner': 'marie', 'currency': 'EUR', 'starts_on': '2026-04-01', 'term_months': 12, 'renewal': 'auto', "
        "'customer_kind': 'non_professional'}}"), SILENT},
    {NULL, RUN("35", MARIE("2026-04-01T09:01"), "subscription_item.create", "{'fields': {'subscription': '#3', "
        "'product': '<care|entretien>', 'quantity': '1', 'unit_price': {'amount': '45.00', 'currency': 'EUR'}, "
        "'interval_months': 1}}"), SILENT},
    {NULL, ASK(MARIE("2026-04-01T09:05"), "subscription", ", 'id': '#3'"),
        NULL, "revenue/*", "<{mrr currency} a month|{mrr currency} par mois>"},
    {NULL, ASK(MARIE("2026-04-01T09:05"), "subscription", ", 'id': '#3'"), NULL, "term/reasons/*", "{text}"},

    {"<Payments are late: why the health moved|Des retards de paiement : pourquoi la santé bouge>",
        RUN("36", MARIE("2026-09-20T09:00"), "activity.log", "{'fields': {'kind': 'call', "
        "'direction': 'outbound', 'account': '$1', 'contact': '$2', "
        "'subject': '<How is the house?|Comment va la maison ?>'}}"), SILENT},
    {NULL, RUN("37", MAILER("2026-09-25T09:00"), "measurement.record", "{'account': '$1', 'measure': 'nps', "
        "'value': 30}"), SILENT},
    {NULL, PAYMENT("38", "2026-09-28T08:00", "F-063", "2026-06-30", "'2026-06-29'", "paid")},
    {NULL, RUN("39", ANNE("2026-09-28T09:00"), "health.recalculate", "{'account': '$1'}"), SILENT},
    {NULL, ASK(MARIE("2026-09-28T09:05"), "health", ", 'account': '$1'"), NULL, "live", "{score} ({band_text})"},
    {NULL, PAYMENT("40", "2026-10-01T09:00", "F-081", "2026-08-31", "null", "open")},
    {NULL, PAYMENT("41", "2026-10-01T09:00", "F-092", "2026-09-30", "null", "open")},
    {NULL, RUN("42", ANNE("2026-10-10T09:00"), "health.recalculate", "{'account': '$1'}"), SILENT},
    {NULL, ASK(MARIE("2026-10-10T09:05"), "health", ", 'account': '$1'"), NULL, "live", "{score} ({band_text})"},
    {NULL, ASK(MARIE("2026-10-10T09:05"), "health", ", 'account': '$1'"), NULL, "entry/delta_reasons/*", "{text}"},

    {"<The customer in a few lines|Le client en quelques lignes>",
        RUN("43", MARIE("2026-10-12T09:00"), "expansion_idea.create", "{'id': '#4', "
        "'fields': {'title': '<Solar panels|Panneaux solaires>', 'account': '$1', 'kind': 'cross_sell', "
        "'value': {'amount': '6500.00', 'currency': 'EUR'}, 'owner': 'marie', "
        "'evidence': '<She asked on the phone|Elle a demandé au téléphone>'}}"), SILENT},
    {NULL, RUN("44", MARIE("2026-10-12T09:01"), "expansion_idea.qualify", "{'id': '#4'}"), SILENT},
    {NULL, RUN("45", ANNE("2026-10-12T10:00"), "segment.create", "{'code': 'watch', 'record': 'account', "
        "'name': '<To be watched|À surveiller>', 'where': {'all': [{'field': 'health_band', 'op': 'in', "
        "'value': ['yellow', 'red']}, {'field': 'country', 'op': 'eq', 'value': 'FR'}]}}"), SILENT},
    {NULL, ASK(ANNE("2026-10-12T10:01"), "segment_why", ", 'code': 'watch', 'record': 'account', 'id': '$1'"),
        NULL, "reasons/*", "{text}"},
    {NULL, ASK(MARIE("2026-10-12T10:05"), "customer", ", 'account': '$1'"),
        NULL, "subscriptions/revenue/total/*", "<{arr currency} a year|{arr currency} par an>"},
    {NULL, ASK(MARIE("2026-10-12T10:05"), "customer", ", 'account': '$1'"), NULL, "payments",
        "<{overdue} payments late, {oldest_overdue_days} days at most|"
        "{overdue} paiements en retard, {oldest_overdue_days} jours au plus>"},
    {NULL, ASK(MARIE("2026-10-12T10:05"), "customer", ", 'account': '$1'"), NULL, "onboarding/rows/*",
        "<{done} of {required} steps done|{done} étape sur {required} faite>"},
    {NULL, ASK(MARIE("2026-10-12T10:05"), "customer", ", 'account': '$1'"), NULL, "expansion/rows/*",
        "{title}, {value/amount value/currency}"},

    {"<The renewal, a report, a day in sentences|Le renouvellement, un rapport, la journée en phrases>",
        RUN("46", ANNE("2026-10-12T11:00"), "report.export", "{'report': {'kind': 'win_rate', "
        "'window': {'to_date': {'unit': 'year'}, 'zone': 'Europe/Paris'}, 'currency': 'EUR', 'group_by': ['owner']}, "
        "'csv': {'headers': '<en|fr>'}, 'lang': '<en|fr>'}"), NULL, "output", "{csv}"},
    {NULL, RUN("47", ANNE("2027-02-08T06:00"), "renewal.tick", "{}"), "output/renewals/0/id:8", NULL, NULL},
    {NULL, ASK(MARIE("2027-02-08T08:00"), "renewals", ""), NULL, "rows/*/notice/reasons/2", "{text}"},
    {NULL, ASK(MARIE("2027-02-08T08:00"), "renewals", ""), NULL, "rows/*/risk", "{band_text} ({score})"},
    {NULL, ASK(MARIE("2027-02-08T08:00"), "renewals", ""), NULL, "rows/*/risk/reasons/*", "{text}"},
    {NULL, RUN("48", MARIE("2027-02-08T09:00"), "renewal.notice", "{'id': '$8', 'lang': '<en|fr>'}"),
        "output/id:5", NULL, NULL},
    APPROVE("49", MARIE("2027-02-08T09:05"), "$5"),
    DELIVER("50", "51", "2027-02-08T09:06"),
    {NULL, RUN("52", ANNE("2027-02-09T06:00"), "renewal.tick", "{}"), SILENT},
    {NULL, ASK(MARIE("2027-02-09T08:00"), "renewals", ""), NULL, "rows/*/notice/reasons/2", "{text}"},
    {NULL, ASK(MARIE("2027-03-04T08:05"), "narrative", ", 'currency': 'EUR'"), NULL, "reasons/*", "{text}"},
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
    for (size_t length; json && (length = strcspn(place, "/: }")) > 0; place += length + (place[length] == '/')) {
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

// Prints a value as people read it: a text without its quotation marks, The last letter.
static char put_value(const char *value)
{
    char last = 0;
    if (value == NULL) return last;
    const int is_text = *value == '"';
    const char *end = end_of(value) - is_text;
    for (value += is_text; value < end; value++) {
        last = *value == '\\' ? (*++value == 'n' ? '\n' : *value) : *value;
        // Lines of a CSV file end with both.
        if (value[-1] != '\\' || *value != 'r') put(last);
    }
    return last;
}

static int is_french;

// Prints an amount with its currency as the language writes it.
static char put_amount(const char *amount, const char *currency)
{
    const char *between = is_french ? "\u00a0" : ",";
    for (size_t left = strcspn(++amount, "."); *amount != '"'; amount++, left -= left > 0) {
        put(is_french && *amount == '.' ? ',' : *amount);
        for (size_t i = 0; left > 1 && left % 3 == 1 && between[i]; i++) put(between[i]);
    }
    for (const char *space = is_french ? between : " "; *space; space++) put(*space);
    return put_value(currency);
}

// Prints a line with the values of a part in the places of `{...}`; two places are an amount and its currency.
static void fill(const char *part, const char *line)
{
    char last = 0;
    for (; *line; line++) {
        if (*line == '{') {
            const char *value = part_at(part, ++line);
            const char *currency = line + strcspn(line, " }");
            last = *currency == ' ' ? put_amount(value, part_at(part, currency + 1)) : put_value(value);
            line = strchr(line, '}');
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

static char kept[16][80];

// What was kept under a letter or digit.
static char *slot(char name)
{
    return kept[name <= '9' ? name - '0' : name - 'a' + 10];
}

// A text in the language that was asked for, with what was kept.
static const char *expanded(const char *text)
{
    static char whole[4096];
    char *to = whole;
    for (int passes = 0; *text; text++) {
        if (*text == '<') passes = is_french ? 1 : 0;
        else if (*text == '|') passes = !passes;
        else if (*text == '>') passes = 0;
        else if (passes) continue;
        else if (*text == '$') to += sprintf(to, "%s", slot(*++text));
        else if (*text == '#') to += sprintf(to, "0192f0c1-0000-7000-8000-00000000000%c", *++text);
        else *to++ = *text == '\'' ? '"' : *text;
    }
    *to = '\0';
    return whole;
}

// Keeps values of an answer: `output/account:1 output/contact:2`.
static void keep(const char *answer, const char *places)
{
    for (const char *end; places; places = end[2] ? end + 3 : NULL) {
        const char *value = part_at(answer, places);
        const int is_text = *value == '"';
        end = strchr(places, ':');
        snprintf(slot(end[1]), sizeof *kept, "%.*s", (int)(end_of(value) - value) - 2 * is_text, value + is_text);
    }
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
    crm_rules *rules = NULL;
    crm_error *error = NULL;
    crm_string answer = {NULL, 0};
    is_french = count == 3 && strcmp(arguments[1], "--lang") == 0 && strcmp(arguments[2], "fr") == 0;

    const char *own = expanded(configuration);
    int ok = crm_rules_new(own, strlen(own), &rules, &error) == CRM_OK && crm_open_memory(rules, &crm, &error) == CRM_OK;
    for (size_t i = 0; ok && i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].title) printf("%s\n", expanded(steps[i].title));
        const char *document = expanded(steps[i].document);
        ok = steps[i].call(crm, document, strlen(document), &answer, &error) == CRM_OK;
        if (ok) {
            if (steps[i].keep) keep(answer.data, steps[i].keep);
            if (steps[i].line) tell(answer.data, steps[i].place, expanded(steps[i].line));
        } else if (steps[i].place && !steps[i].line) {
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
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
