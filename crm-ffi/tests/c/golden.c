// Reads triples of lines, the name of a rule, rules and input, and prints for each the answer as one line, or the error
// as JSON. The caller compares bytes.

#include <crm.h>
#include <stdio.h>
#include <stdlib.h>

// A line of any length without its end; NULL at the end of the input.
static char *read_line(size_t *length)
{
    size_t room = 4096;
    char *line = malloc(room);
    int c = EOF;
    for (*length = 0; line != NULL && (c = getchar()) != EOF && c != '\n'; line[(*length)++] = (char)c) {
        if (*length + 1 == room) {
            char *larger = realloc(line, room *= 2);
            if (larger == NULL) free(line);
            line = larger;
            if (line == NULL) break;
        }
    }
    if (line != NULL && c == EOF && *length == 0) free(line), line = NULL;
    return line;
}

int main(void)
{
    char *rule;
    size_t rule_length;
    while ((rule = read_line(&rule_length)) != NULL) {
        size_t config_length, input_length;
        char *config = read_line(&config_length);
        char *input = read_line(&input_length);
        crm_rules *rules;
        crm_error *error;
        crm_string answer = {NULL, 0};
        if (config == NULL || input == NULL) return 2;
        if (crm_rules_new(config, config_length, &rules, &error) != CRM_OK ||
            crm_eval(rules, rule, rule_length, input, input_length, &answer, &error) != CRM_OK) {
            if (crm_error_json(error, &answer) != CRM_OK) return 2;
        }
        fwrite(answer.data, 1, answer.length, stdout);
        putchar('\n');
        crm_string_free(&answer);
        crm_error_free(&error);
        crm_rules_free(rules);
        free(input);
        free(config);
        free(rule);
    }
    return 0;
}
