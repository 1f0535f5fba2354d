//! What the standard model makes of job titles, decided by hand title by title.

use crm_core::rules::Rules;
use serde_json::json;

const DECIDES: &str = "decision_maker 20000";
const MANAGES: &str = "manager 8000";
const JUNIOR: &str = "trainee -10000";
const NOTHING: &str = "";

/// What the titles are worth.
const TITLES: &[(&str, &[&str])] = &[
    (
        DECIDES,
        &[
            "CEO",
            "C.E.O. & Co-Founder",
            "cofounder",
            "Co founder / CTO",
            "Chief Revenue Officer",
            "Owner",
            "Co-owner",
            "Owner/operator",
            "President",
            "VP, Sales",
            "V.P. Operations",
            "Senior Vice-President",
            "Managing Director",
            "Managing Partner",
            "Partner",
            "General manager",
            "Head of Procurement",
            "Sales Director",
            "PDG",
            "P.D.G.",
            "p.d.g",
            "D.G.",
            "DGA",
            "DSI",
            "Gérant",
            "GÉRANTE",
            "Gérant·e",
            "Co-gérante",
            "Dirigeante associée",
            "Fondateur et directeur technique",
            "Directrice générale adjointe",
            "Sous-directeur",
            "Vice-présidente",
            "Expert-comptable associé",
            "Propriétaire exploitant",
            "Chef d’entreprise",
            "Cheffe d'entreprise",
            "Artisan peintre",
            "Directeur de la communication interne",
        ],
    ),
    (
        MANAGES,
        &[
            "Office Manager",
            "Senior Purchasing Manager",
            "Supply Chain Manager",
            "I.T. Manager",
            "Team leader",
            "Responsable des achats",
            "Chef de service",
            "Cheffe d’équipe",
            "Responsable relations étudiants",
        ],
    ),
    (
        JUNIOR,
        &[
            "Assistante de direction",
            "Executive assistant",
            "Directory assistant",
            "Assistant",
            "Marketing Intern",
            "Student",
            "Stagiaire",
            "Étudiante en droit",
            "Alternant responsable de secteur",
            "Commerciale en alternance",
            "Apprenti maçon",
        ],
    ),
    (
        NOTHING,
        &[
            // A part of a word is not the word.
            "Technicien réfrigérant",
            "Agent de réfrigération",
            "Interne des hôpitaux",
            "Administratrice",
            "Directory editor",
            "Internal auditor",
            // Not the one who decides, but close to them.
            "Executive Assistant to the CEO",
            "Secrétaire du directeur",
            "Assistante du directeur",
            "Advisor to the President",
            "Adjointe au gérant",
            "Secretary",
            // Neither a beginner nor somebody of whom that is known.
            "Student success director",
            "Student Success Manager",
            "Assistant Manager",
            // `owner`, `partner`, `associé` and `manager` in other professions.
            "Product Owner",
            "Owner's representative",
            "HR Business Partner",
            "Partner success specialist",
            "Professeur associé",
            "Community Manager",
            "Account Manager",
            "Key account manager",
            "Product manager",
            "Chef de projet",
            "Développeur",
            "&",
        ],
    ),
];

#[test]
fn titles_are_worth_what_a_person_would_say() {
    let rules = Rules::default();
    for (expected, titles) in TITLES {
        for title in *titles {
            for written in [(*title).to_owned(), title.to_uppercase(), format!(" {title} ")] {
                let input = json!({"lead": {"job_title": written}, "at": "2026-11-22T09:00:00Z"});
                let result = rules.eval("lead_score", &input).unwrap();
                let reasons = result["reasons"].as_array().unwrap().iter();
                let lines = reasons.filter(|r| r["group"] == "person" && r["code"] == "rule_points");
                let found: Vec<String> =
                    lines.map(|r| format!("{} {}", r["rule"].as_str().unwrap(), r["points_milli"])).collect();
                assert_eq!(&found.join(", "), expected, "{written}: {result:#}");
            }
        }
    }
}
