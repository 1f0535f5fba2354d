// The same door from C++17: handles in unique_ptr, text in string_view, errors as exceptions.

#include <crm.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

template <auto release>
struct Release {
    template <typename T>
    void operator()(T *handle) const noexcept { release(handle); }
};
using Crm = std::unique_ptr<crm_t, Release<crm_close>>;
using Rules = std::unique_ptr<crm_rules, Release<crm_rules_free>>;

struct Text : crm_string {
    Text() : crm_string{nullptr, 0} {}
    Text(const Text &) = delete;
    Text &operator=(const Text &) = delete;
    ~Text() { crm_string_free(this); }
    std::string_view view() const { return {data, length}; }
};

void check(crm_status status, crm_error *&error)
{
    if (status == CRM_OK) return;
    Text message;
    std::string what = crm_status_name(status);
    if (crm_error_message(error, "en", 2, &message) == CRM_OK) what = message.view();
    crm_error_free(&error);
    throw std::runtime_error(what);
}

Rules rules(std::string_view json)
{
    crm_rules *rules;
    crm_error *error;
    check(crm_rules_new(json.data(), json.size(), &rules, &error), error);
    return Rules(rules);
}

std::string eval(const Rules &rules, std::string_view rule, std::string_view input)
{
    Text answer;
    crm_error *error;
    check(crm_eval(rules.get(), rule.data(), rule.size(), input.data(), input.size(), &answer, &error), error);
    return std::string(answer.view());
}

}  // namespace

int main()
{
    const Rules standard = rules("");
    const std::string answer = eval(standard, "lead_score", R"({"lead": {"visits": 12}, "at": "2026-11-22T09:00:00Z"})");
    if (answer.find("\"score\":") == std::string::npos) return std::puts("no score"), 1;

    crm_t *opened;
    crm_error *error;
    check(crm_open_memory(standard.get(), &opened, &error), error);
    const Crm crm(opened);

    try {
        eval(standard, "lead_score", R"({"lead": {"visit": 12}, "at": "2026-11-22T09:00:00Z"})");
        return std::puts("an unknown field was taken"), 1;
    } catch (const std::runtime_error &refused) {
        if (std::string_view(refused.what()).find("`visits`") == std::string_view::npos) return std::puts(refused.what()), 1;
    }
    return 0;
}
