// Forgets a text on purpose: valgrind must say so, and where it came from.

#include <crm.h>
#include <string.h>

int main(void)
{
    static const char facts[] = "{\"lead\": {}, \"at\": \"2026-11-22T09:00:00Z\"}";
    crm_rules *rules;
    crm_string forgotten;
    if (crm_rules_new(NULL, 0, &rules, NULL) != CRM_OK) return 1;
    if (crm_eval(rules, "lead_score", 10, facts, strlen(facts), &forgotten, NULL) != CRM_OK) return 1;
    memset(&forgotten, 0, sizeof forgotten);
    crm_rules_free(rules);
    return 0;
}
