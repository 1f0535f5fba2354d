// A child process that uses the CRM of its parent gets an answer, and so does the parent afterwards.

#define _POSIX_C_SOURCE 200809L
#include <crm.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char count[] =
    "{\"workspace\": \"acme\", \"actor\": {\"name\": \"marie\", \"role\": \"member\"},"
    " \"at\": \"2026-11-22T09:00:00Z\", \"find\": {\"record\": \"lead\", \"count\": true}}";

static const char create[] =
    "{\"command\": \"lead.create\", \"id\": \"0192f0c1-2f6a-7c3e-8a55-4d0c9b1e7a10\", \"workspace\": \"acme\","
    " \"actor\": {\"name\": \"marie\", \"role\": \"member\"}, \"at\": \"2026-11-22T09:00:00Z\","
    " \"body\": {\"fields\": {\"company\": \"Atelier\"}}}";

static int created(const crm_t *crm)
{
    crm_string answer;
    crm_status status = crm_run(crm, create, strlen(create), &answer, NULL);
    crm_string_free(&answer);
    return status == CRM_OK;
}

static int asked(const crm_t *crm, crm_status expected)
{
    crm_string answer;
    crm_status status = crm_query(crm, count, strlen(count), &answer, NULL);
    int right = status == expected && (status != CRM_OK || strcmp(answer.data, "{\"count\":1}") == 0);
    crm_string_free(&answer);
    return right;
}

int main(void)
{
    crm_t *file, *memory;
    int status = 0;
    if (crm_open("fork.db", 7, NULL, &file, NULL) != CRM_OK || crm_open_memory(NULL, &memory, NULL) != CRM_OK) return 1;
    if (!created(file) || !created(memory)) return 1;

    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        // What is open in a file belongs to the process that opened it; the child opens its own.
        crm_t *own;
        int right = asked(file, CRM_STORAGE_FAILED) && asked(memory, CRM_OK) && crm_close(file) == CRM_OK &&
            crm_open("fork.db", 7, NULL, &own, NULL) == CRM_OK && asked(own, CRM_OK) && crm_close(own) == CRM_OK &&
            crm_close(memory) == CRM_OK;
        _exit(right ? 0 : 1);
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return 3;
    if (!asked(file, CRM_OK) || !asked(memory, CRM_OK)) return 4;
    return crm_close(file) == CRM_OK && crm_close(memory) == CRM_OK ? 0 : 5;
}
