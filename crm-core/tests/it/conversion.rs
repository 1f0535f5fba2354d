//! Conversion as a rule: its golden cases, what the configuration and the door refuse.

use crm_core::rules::Rules;
use serde_json::{Value as Json, json};

use super::golden::{self, Number};

/// Worked out by hand.
const NUMBERS: &[Number] = &[
    ("a person has the person's name, the deal the company's", "/name", r#""Alice""#),
    ("a person has the person's name, the deal the company's", "/title", r#""Acme Corp""#),
    ("a person has the person's name, the deal the company's", "/deal/fields/name", r#""Acme Corp""#),
    ("first and last name", "/name", r#""James Robert Smith""#),
    ("a company alone: its name, and no contact", "/name", r#""Acme Corp""#),
    ("a company alone: its name, and no contact", "/contact/do", r#""none""#),
    ("an address alone: the part before the sign", "/name", r#""contact""#),
    ("a phone number alone never finds a contact", "/contact/do", r#""create""#),
    ("a name alone never finds a contact", "/contact/do", r#""create""#),
    ("the same phone number and last name find a contact", "/contact/do", r#""use""#),
    (
        "the same phone number and last name find a contact",
        "/contact/reasons/0",
        r#"{"code":"matched_contact_phone_name","value":"+33298801234"}"#,
    ),
    ("a family's number: other first name, another person", "/contact/do", r#""create""#),
    ("part of a number finds nobody", "/contact/do", r#""create""#),
    ("the same mailbox in another spelling finds a contact", "/contact/reasons/0/value", r#""annelegoff@gmail.com""#),
    ("the same mailbox in another spelling finds a contact", "/kept/0/existing", r#""AnneLeGoff@gmail.com""#),
    ("a shared mailbox finds nobody", "/contact/do", r#""create""#),
    ("a shared mailbox and the same name find a contact", "/contact/do", r#""use""#),
    ("the same id in the same system finds a contact", "/contact/id", r#""00000000-0000-8000-8000-0000000000c1""#),
    ("two contacts with one address: somebody decides", "/contact/do", r#""decide""#),
    (
        "two contacts with one address: somebody decides",
        "/contact/candidates/0/id",
        r#""00000000-0000-8000-8000-0000000000c1""#,
    ),
    (
        "two contacts with one address, told apart by the name",
        "/contact/id",
        r#""00000000-0000-8000-8000-0000000000c2""#,
    ),
    ("an archived contact is not found", "/contact/do", r#""create""#),
    ("the account that is asked for (en)", "/account/id", r#""00000000-0000-8000-8000-0000000000a7""#),
    ("the same name alone needs a decision (en)", "/account/do", r#""decide""#),
    ("the same name alone needs a decision (en)", "/account/reasons/0/code", r#""name_alone""#),
    (
        "the same name alone needs a decision (fr)",
        "/account/reasons/0/text",
        "\"seul le nom est identique\u{a0}: quelqu’un doit trancher\"",
    ),
    ("exactly the same name, where the configuration says it is enough", "/account/do", r#""use""#),
    (
        "exactly the same name, where the configuration says it is enough",
        "/account/id",
        r#""00000000-0000-8000-8000-0000000000a1""#,
    ),
    ("two of exactly the same name: somebody decides all the same", "/account/do", r#""decide""#),
    ("part of a name finds nothing", "/account/do", r#""create""#),
    ("part of a name finds nothing", "/candidates/account", "[]"),
    (
        "the same name in the same postal code finds an account",
        "/account/id",
        r#""00000000-0000-8000-8000-0000000000a1""#,
    ),
    ("the same company domain finds an account (fr)", "/account/reasons/0/code", r#""matched_account_domain""#),
    ("a mail provider's domain finds no account", "/account/do", r#""none""#),
    ("the registration number decides over the domain", "/account/id", r#""00000000-0000-8000-8000-0000000000a1""#),
    ("another registration number is another company", "/account/do", r#""create""#),
    ("two accounts of one domain: somebody decides", "/account/reasons/0/code", r#""ambiguous_account""#),
    ("two accounts of one domain, told apart by the name", "/account/id", r#""00000000-0000-8000-8000-0000000000a2""#),
    ("the account of the contact that was found", "/account/reasons/0/code", r#""matched_account_of_contact""#),
    ("the contact's account is another company: a new account, and the contact stays", "/account/do", r#""create""#),
    (
        "the contact's account is another company: a new account, and the contact stays",
        "/kept/0/existing",
        r#""00000000-0000-8000-8000-0000000000a1""#,
    ),
    ("an archived account is not found", "/account/do", r#""create""#),
    ("company, source, description and campaign", "/account/fields/name", r#""Acme""#),
    ("company, source, description and campaign", "/deal/fields/name", r#""Acme""#),
    ("company, source, description and campaign", "/contact/fields/source", r#""Web""#),
    ("company, source, description and campaign", "/deal/fields/source", r#""Web""#),
    ("company, source, description and campaign", "/contact/fields/description", r#""d""#),
    ("company, source, description and campaign", "/deal/fields/campaign", r#""c2""#),
    ("company, value and source", "/deal/fields/value", r#"{"amount":"500.00","currency":"EUR"}"#),
    ("company, value and source", "/deal/fields/source", r#""Web Site""#),
    ("the last day of the quarter (en)", "/deal/fields/close_date", r#""2026-12-31""#),
    // February to April is the first quarter, November to January the last.
    ("the fiscal year begins in February", "/deal/fields/close_date", r#""2027-01-31""#),
    // The 21st of November is a Saturday; six weeks of five days end on a Friday.
    ("thirty business days", "/deal/fields/close_date", r#""2027-01-01""#),
    ("thirty business days", "/deal/fields/stage", r#""qualified""#),
    // It is the 22nd there: nine days are left of November, 31 has December, five remain.
    ("forty-five days, by the clock of Nouméa", "/deal/fields/close_date", r#""2027-01-06""#),
    ("what the contact knows stays and is told (en)", "/kept/0/lead", r#""02 98 80 12 34""#),
    (
        "what the contact knows stays and is told (en)",
        "/kept/0/text",
        r#""`phone` of the contact: was known already and stays""#,
    ),
    (
        "what the contact knows stays and is told (fr)",
        "/kept/0/text",
        "\"`phone` du contact\u{a0}: déjà connu, inchangé\"",
    ),
    ("the same number in another spelling is no difference", "/kept", "[]"),
    ("a host's field that nothing takes is listed (en)", "/unmapped/0/field", r#""custom.toiture_m2""#),
    ("a host's field goes where one has its name and type", "/deal/fields/custom", r#"{"toiture_m2":120}"#),
    ("a host's field goes where one has its name and type", "/account/fields", r#"{"name":"Acme"}"#),
    ("a host's field goes where the mapping says", "/account/fields/size", "120"),
    ("a field that is mapped to nothing is listed", "/unmapped/0/field", r#""description""#),
    ("an address is not mixed from two (en)", "/writes/0/record", r#""deal""#),
    ("an address is not mixed from two (en)", "/kept/1/code", r#""kept_address""#),
    ("an address that fits is completed", "/writes/0/new", r#""29200""#),
    ("overwrite and append", "/kept", "[]"),
    ("newest by the fields' own clocks: the contact's", "/kept/0/field", r#""job_title""#),
    ("consent: lead opted_in, contact opted_out", "/kept/0/existing", r#""opted_out""#),
    ("consent: lead opted_in, contact unknown", "/kept/0/lead", r#""opted_in""#),
    ("a new contact has the lead's consent", "/contact/fields/consent", r#""soft""#),
    ("do not call: yes wins", "/kept/0/existing", "true"),
    ("an individual: contact and deal without account", "/account/do", r#""none""#),
    ("an individual, where accounts are made for them", "/account/fields/name", r#""Anne Le Goff""#),
    ("a contact only; the rest waits (en)", "/waiting/1/field", r#""value""#),
    (
        "a contact only; the rest waits (fr)",
        "/waiting/0/text",
        "\"`company` est destiné à un compte, et cette conversion n’en comporte pas\u{a0}: conservé sur le prospect\"",
    ),
    ("the deal is added to an earlier contact", "/contact/reasons/0/code", r#""already_converted""#),
    ("the deal is added to an earlier contact", "/deal/do", r#""create""#),
    ("what was converted before stays", "/writes", "[]"),
    ("what was converted before stays", "/deal/id", r#""00000000-0000-8000-8000-0000000000d1""#),
    ("a deal of one's own making", "/deal/fields/value/amount", r#""700.00""#),
    ("a deal of one's own making", "/deal/fields/stage", r#""visit""#),
    ("a deal of one's own making", "/kept/0/code", r#""given""#),
    (
        "an open deal of the account is shown, and used where asked",
        "/open_deals",
        r#"["00000000-0000-8000-8000-0000000000d3"]"#,
    ),
    ("an archived lead is passed over (en)", "/skipped/code", r#""inactive_lead""#),
    ("a merged lead is passed over (fr)", "/skipped/code", r#""merged_lead""#),
    ("bad values stay on the lead and are told", "/invalid/2/target", r#""email""#),
    ("bad values of others are told", "/diagnostics/0/field", r#""accounts[0].size""#),
];

#[test]
fn the_numbers_worked_out_by_hand_hold() {
    golden::holds("conversion", NUMBERS);
}

/// A configuration, and what is said about it.
const REFUSED: &[(&str, &str, &str)] = &[
    (r#"{"mapping": {"compagny": "account.name"}}"#, "unknown_field", "conversion.mapping.compagny"),
    (r#"{"mapping": {"company": "account.nam"}}"#, "unknown_field", "conversion.mapping.company"),
    (r#"{"mapping": {"company": "lead.company"}}"#, "invalid_json", "conversion.mapping.company"),
    (r#"{"mapping": {"company": 3}}"#, "invalid_value", "conversion.mapping.company"),
    (r#"{"mapping": {"company": ["account.name", 3]}}"#, "invalid_value", "conversion.mapping.company[1]"),
    (r#"{"mapping": {"size": "account.name"}}"#, "invalid_rules", "conversion.mapping.size"),
    (r#"{"mapping": {"value": "deal.close_date"}}"#, "invalid_rules", "conversion.mapping.value"),
    (r#"{"mapping": {"mobile": "contact.phone"}}"#, "invalid_rules", "conversion.mapping.mobile"),
    (r#"{"mapping": {"score": "account.size"}}"#, "invalid_value", "conversion.mapping.score"),
    (r#"{"mapping": {"consent": null}}"#, "invalid_value", "conversion.mapping.consent"),
    (r#"{"mapping": {"rating": "contact.consent"}}"#, "invalid_value", "conversion.mapping.rating"),
    (r#"{"mapping": {"company": "account.company_key"}}"#, "invalid_value", "conversion.mapping.company"),
    (r#"{"mapping": {"company": "deal.account"}}"#, "invalid_value", "conversion.mapping.company"),
    (r#"{"policies": {"consent": "overwrite"}}"#, "invalid_value", "conversion.policies.consent"),
    (r#"{"policies": {"size": "append"}}"#, "invalid_rules", "conversion.policies.size"),
    (r#"{"policies": {"company": "most_restrictive"}}"#, "invalid_rules", "conversion.policies.company"),
    (r#"{"policies": {"company": "sometimes"}}"#, "invalid_value", "conversion.policies.company"),
    (r#"{"deal": {"close": "tomorrow"}}"#, "invalid_value", "conversion.deal.close"),
    (r#"{"deal": {"close": {"days": -1}}}"#, "invalid_value", "conversion.deal.close.days"),
    (r#"{"deal": {"close": {"days": 1, "business_days": 1}}}"#, "invalid_rules", "conversion.deal.close"),
    (r#"{"deal": {"close": {}}}"#, "missing", "conversion.deal.close"),
    (r#"{"deal": {"stage": " "}}"#, "invalid_rules", "conversion.deal.stage"),
    (r#"{"deal": {"step": "x"}}"#, "unknown_field", "conversion.deal"),
    (r#"{"fiscal_year_start_month": 13}"#, "invalid_value", "conversion.fiscal_year_start_month"),
    (r#"{"zone": "Europe/Pariss"}"#, "invalid_value", "conversion.zone"),
    (r#"{"individuals": "maybe"}"#, "invalid_value", "conversion.individuals"),
    (r#"{"match_account_by_exact_name": 1}"#, "invalid_value", "conversion.match_account_by_exact_name"),
    (r#"{"maping": {}}"#, "unknown_field", "conversion"),
];

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    for (configuration, code, field) in REFUSED {
        let configuration: Json = serde_json::from_str(configuration).unwrap();
        let error = Rules::from_json(&json!({"conversion": configuration})).map(drop).expect_err(field);
        assert_eq!((error.code().name(), error.field()), (*code, Some(*field)), "{configuration}: {error}");
    }
    let text = |configuration: Json| Rules::from_json(&configuration).map(drop).unwrap_err().to_string();
    assert_eq!(
        text(json!({"conversion": {"mapping": {"compagny": "account.name"}}})),
        "conversion.mapping.compagny: unknown field `compagny` of lead: did you mean `company`?"
    );
    assert_eq!(
        text(json!({"conversion": {"mapping": {"size": "account.name"}}})),
        "conversion.mapping.size: `size` is a whole number and `account.name` is text: expected two fields of one type"
    );
}

#[test]
fn the_door_is_strict() {
    let rules = Rules::default();
    let error = |mut input: Json| {
        input.as_object_mut().unwrap().entry("at").or_insert("2026-11-22T09:00:00Z".into());
        let e = rules.eval("conversion", &input).unwrap_err();
        format!("{} {}", e.code().name(), e.field().unwrap_or("-"))
    };
    let acme = || json!({"company": "Acme"});
    assert_eq!(error(json!({})), "missing -");
    assert_eq!(error(json!({"lead": {}})), "missing -", "neither a person nor a company");
    assert_eq!(error(json!({"lead": {"phone": "02 98 80 12 34"}})), "missing -");
    assert_eq!(error(json!({"lead": {"compagny": "Acme"}})), "unknown_field lead.compagny");
    assert_eq!(error(json!({"lead": acme(), "at": "today"})), "invalid_value at");
    assert_eq!(error(json!({"lead": acme(), "lang": "de"})), "invalid_value lang");
    assert_eq!(error(json!({"lead": acme(), "accounts": {}})), "invalid_json accounts");
    assert_eq!(error(json!({"lead": acme(), "accounts": [{"name": "A"}]})), "missing accounts[0]");
    assert_eq!(error(json!({"lead": acme(), "deals": [{"id": "1"}]})), "invalid_value deals[0].id");
    assert_eq!(error(json!({"lead": acme(), "options": {"deal": "maybe"}})), "invalid_value options.deal");
    assert_eq!(error(json!({"lead": acme(), "options": {"account": {"use": 3}}})), "invalid_value options.account.use");
    assert_eq!(error(json!({"lead": acme(), "options": {"account": 3}})), "invalid_json options.account");
    let deal = |fields: Json| json!({"lead": acme(), "options": {"deal": {"create": fields}}});
    assert_eq!(error(deal(json!({"stag": "x"}))), "unknown_field options.deal.create.stag");
    assert_eq!(error(deal(json!({"account": "x"}))), "invalid_value options.deal.create.account");
    let id = "00000000-0000-8000-8000-0000000000a1";
    let used = |accounts: Json| json!({"lead": acme(), "accounts": accounts, "options": {"account": {"use": id}}});
    assert_eq!(error(used(json!([]))), "not_found account");
    assert_eq!(error(used(json!([{"id": id, "archived_at": "2026-01-01T00:00:00Z"}]))), "wrong_state account");
    let before = json!({"company": "Acme", "converted_account": "00000000-0000-8000-8000-0000000000a2"});
    assert_eq!(
        error(json!({"lead": before, "accounts": [{"id": id}], "options": {"account": {"use": id}}})),
        "wrong_state account"
    );
    let many = vec![json!({"id": id}); 1001];
    assert_eq!(error(json!({"lead": acme(), "contacts": many})), "too_large contacts");
}

#[test]
fn every_quarter_of_every_fiscal_year_ends_where_a_calendar_says() {
    for first in 1..=12_u32 {
        let rules = Rules::from_json(&json!({"conversion": {"fiscal_year_start_month": first}})).unwrap();
        for month in 1..=12_u32 {
            let at = format!("2027-{month:02}-28T12:00:00Z").parse().unwrap();
            let close = rules.conversion().close_date(at).unwrap();
            // The slow way: months go by until the next one begins a quarter.
            let (mut year, mut end) = (2027, month);
            while (end % 12 + 12 - first % 12) % 3 != 2 {
                end += 1;
                if end == 13 {
                    (year, end) = (year + 1, 1);
                }
            }
            let days = [31, if year == 2028 { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let last = days[usize::try_from(end - 1).unwrap()];
            assert_eq!(close.to_string(), format!("{year}-{end:02}-{last}"), "{first} {month}");
        }
    }
}
