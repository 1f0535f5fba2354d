// A panic inside the library is a status with a message, and the library goes on working.

#include <crm.h>
#include <stdio.h>
#include <string.h>

extern crm_status crm_test_panic(crm_error **error);

int main(void)
{
    crm_t *crm;
    crm_error *error;
    crm_string message;

    if (crm_test_panic(&error) != CRM_PANIC || crm_error_status(error) != CRM_PANIC) return 1;
    if (crm_error_message(error, "en", 2, &message) != CRM_OK || strstr(message.data, "on purpose") == NULL) return 2;
    crm_string_free(&message);
    crm_error_free(&error);
    if (crm_test_panic(NULL) != CRM_PANIC) return 3;
    if (crm_open_memory(NULL, &crm, &error) != CRM_OK || crm_close(crm) != CRM_OK) return 4;
    return 0;
}
