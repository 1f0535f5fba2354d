//! The README shows the stories as they are compiled and run: its blocks are the files. `UPDATE_README=1` copies them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it is wrong")]

use std::path::Path;
use std::process::Command;

const STORIES: [(&str, &str); 3] = [("rust", "story.rs"), ("python", "python/story.py"), ("c", "c/story.c")];

fn examples() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the block of a language begins and ends in the README.
fn block(readme: &str, language: &str) -> (usize, usize) {
    let fence = format!("```{language}\n");
    let start = readme.find(&fence).unwrap_or_else(|| panic!("no {language} block")) + fence.len();
    (start, start + readme.get(start..).and_then(|rest| rest.find("```")).unwrap())
}

#[test]
fn the_readme_shows_the_stories_as_they_are() {
    let path = examples().join("../README.md");
    let mut readme = std::fs::read_to_string(&path).unwrap();
    for (language, file) in STORIES {
        let story = std::fs::read_to_string(examples().join(file)).unwrap();
        let (start, end) = block(&readme, language);
        if std::env::var_os("UPDATE_README").is_some() {
            readme.replace_range(start..end, &story);
        } else {
            assert_eq!(readme.get(start..end), Some(story.as_str()), "{language}: run with UPDATE_README=1");
        }
    }
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, readme).unwrap();
    }
}

/// The program of an example, which cargo builds before this test runs.
fn example(name: &str) -> Command {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    Command::new(path.join("examples").join(name))
}

#[test]
fn the_rust_story_runs() {
    let output = example("story").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.lines().next(), Some("60 points, tiède"), "{text}");
    assert!(text.contains("Poste de décideur\u{a0}: +20 points"), "{text}");
}

#[test]
fn the_lead_desk_runs() {
    let output = example("lead_desk").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for part in [
        "Un doublon\n  même boîte e-mail, écrite autrement\u{a0}: indice fort (+90\u{a0}%)\n",
        "  `company`\u{a0}: la modification la plus récente l’emporte\n",
        "  annulée, 2 fiches comme avant, puis refaite\n",
        "  zoé\u{a0}: en congé jusqu’au 27/11/2026\n",
        "  c’est le tour de marie (2 sur 3)\n",
        "  c’est le tour de paul (1 sur 3)\n",
        " → 732829320\n",
        "  compte à créer (aucune fiche existante ne correspond)\n",
        "  affaire créée\u{a0}: RENOV’OUEST SARL, suivie par marie\n",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert_eq!(example("lead_desk").output().unwrap().stdout, text.into_bytes(), "the same bytes again");
}

/// The README has a part of what a story prints, word for word.
fn is_shown_in_part(section: &str, text: &str) {
    let readme = std::fs::read_to_string(examples().join("../README.md")).unwrap();
    let section = readme.get(readme.find(section).unwrap()..).unwrap();
    let (start, end) = block(section, "text");
    let shown = section.get(start..end).unwrap();
    assert!(!shown.is_empty() && text.contains(shown), "not what the story prints:\n{shown}");
}

/// What the story of revenue prints in Rust, in Python and in C: their tests compare with one file.
#[test]
fn the_revenue_story_runs() {
    let output = example("revenue").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = examples().join("revenue.txt");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&told, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(told).unwrap());
    for by_hand in [
        // 24 000 and 20 000 USD at 0.92 at 40 %, 18 000 at 70 %, 30 000 at 10 %, and 12 000 won.
        "  anne\u{a0}: 102\u{a0}400,00\u{a0}EUR pour 5 affaires (pondéré\u{a0}: 44\u{a0}560,00\u{a0}EUR)\n",
        "  12\u{a0}000,00\u{a0}EUR conclus sur 60\u{a0}000,00\u{a0}EUR, reste 48\u{a0}000,00\u{a0}EUR\n",
        // Eight ways to win another 48 000: 0.0072 + 0.0252 + 0.0168 + 0.0072 + 0.0048 + 0.1008 + 0.0168 + 0.0112.
        "  la probabilité d’atteindre 60\u{a0}000,00\u{a0}EUR est de 19\u{a0}%\n",
        "  1 affaire ouverte pour 28\u{a0}000,00\u{a0}EUR (pondéré\u{a0}: 11\u{a0}200,00\u{a0}EUR avant, 19\u{a0}600,00\u{a0}EUR après)\n",
    ] {
        assert!(text.contains(by_hand), "{by_hand} is missing in\n{text}");
    }
    is_shown_in_part("## Revenue", &text);
}

/// What the story of support prints in Rust, in Python and in C: their tests compare with one file.
#[test]
fn the_support_story_runs() {
    let output = example("support").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = examples().join("support.txt");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&told, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(told).unwrap());
    for by_hand in [
        // Half an hour on Friday, Whit Monday off, three and a half hours before lunch on Tuesday, one after it.
        "  le 25/05/2026 ne compte pas\u{a0}: Lundi de Pentecôte\n",
        "  du 26/05/2026 à 12\u{a0}h UTC au 26/05/2026 à 13\u{a0}h UTC\u{a0}: 1\u{a0}h de temps ouvré, 5\u{a0}h en tout\n",
        // Two and a half hours used before the pause and five minutes after it, of the eight of an urgent one.
        "  première résolution\u{a0}: échéance le 27/05/2026 à 15\u{a0}h UTC, il reste 5\u{a0}h 25\u{a0}min de temps ouvré\n",
        // An hour on the Wednesday, two days and two days of seven and a half hours, and an hour.
        "  première résolution\u{a0}: échéance du 27/05/2026 à 15\u{a0}h UTC dépassée de 32\u{a0}h de temps ouvré (161\u{a0}h à l’horloge)\n",
        "  0 + 3 + 0 + 0 - 1 - 0 = 2\n",
    ] {
        assert!(text.contains(by_hand), "{by_hand} is missing in\n{text}");
    }
    is_shown_in_part("## Support", &text);
    assert_eq!(example("support").output().unwrap().stdout, text.into_bytes(), "the same bytes again");
}

/// What the story of outreach prints in Rust, in Python and in C, in both languages: their tests compare with two files.
#[test]
fn the_outreach_story_runs() {
    let told = |arguments: &[&str]| {
        let output = example("outreach").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let by_hand: [(&[&str], &str, [&str; 5]); 2] = [
        (
            &[],
            "outreach.txt",
            [
                "  the role `agent` may not run the command `draft.approve`\n",
                "    > approved by the rule `Answers after a meeting` (revision 1)\n",
                "    > on 2026-11-23 the person objected to being contacted; this holds for every channel\n",
                "  ended: the person replied\n",
                "  held back by the last check: 1\n  sent: 2\n  rejected: 1\n  cancelled: 1\n",
            ],
        ),
        (
            &["--lang", "fr"],
            "outreach.fr.txt",
            [
                "  le rôle `agent` n’a pas le droit d’exécuter la commande `draft.approve`\n",
                "    > approuvé par la règle «\u{a0}Réponses après un rendez-vous\u{a0}» (révision 1)\n",
                "la personne s’est opposée à toute sollicitation\u{a0}: cela vaut pour tous les canaux\n",
                "  terminée\u{a0}: la personne a répondu\n",
                "  retenu par le dernier contrôle\u{a0}: 1\n  envoyé\u{a0}: 2\n  refusé\u{a0}: 1\n  annulé\u{a0}: 1\n",
            ],
        ),
    ];
    for (arguments, file, parts) in by_hand {
        let text = told(arguments);
        let told_before = examples().join(file);
        if std::env::var_os("UPDATE_README").is_some() {
            std::fs::write(&told_before, &text).unwrap();
        }
        assert_eq!(text, std::fs::read_to_string(told_before).unwrap());
        for part in parts {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        // Two messages left, and nobody who said no or was not approved got one.
        let left: Vec<&str> = text.lines().filter(|line| line.starts_with("  [")).collect();
        assert!(
            matches!(left.as_slice(), [one, two] if one.ends_with("→ hugo@lecomptoir.example") && two.ends_with("→ yann@tybreizh.example")),
            "{left:?}"
        );
        assert_eq!(told(arguments), text, "the same bytes again");
    }
    is_shown_in_part("## Nothing leaves without an OK", &told(&[]));
}

/// What the story of one customer prints in Rust, in Python and in C, in both languages.
#[test]
fn the_customer_story_runs() {
    let told = |arguments: &[&str]| {
        let output = example("customer").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // 8,990.00 with 20 % is 7,491.67 without, 2,900.00 with 10 % is 2,636.36; the option adds 249.00 to 11,890.00, and
    // without VAT that is 10,335.53. A notice is due from three months to one month before the end of a term.
    let by_hand: [(&[&str], &str, [&str; 5]); 2] = [
        (
            &[],
            "customer.txt",
            [
                "  of which VAT 20% on 7,491.67 EUR: 1,498.33 EUR\n  of which VAT 10% on 2,636.36 EUR: 263.64 EUR\n",
                "  Association Les Ajoncs, 10,335.53 EUR (Won)\n",
                "from 2026-12-31 to 2027-02-28 (article L. 215-1 of the French Code de la consommation)\n",
                "  the notice was sent in time, on 2027-02-08\n",
                "  2 payments late, 42 days at most\n",
            ],
        ),
        (
            &["--lang", "fr"],
            "customer.fr.txt",
            [
                "1\u{a0}498,33\u{a0}EUR\n",
                "  Association Les Ajoncs, 10\u{a0}335,53\u{a0}EUR (Gagnée)\n",
                "du 31/12/2026 au 28/02/2027 (article L.\u{a0}215-1 du Code de la consommation)\n",
                "  avis envoyé à temps, le 08/02/2027\n",
                "  2 paiements en retard, 42 jours au plus\n",
            ],
        ),
    ];
    for (arguments, file, parts) in by_hand {
        let text = told(arguments);
        let told_before = examples().join(file);
        if std::env::var_os("UPDATE_README").is_some() {
            std::fs::write(&told_before, &text).unwrap();
        }
        assert_eq!(text, std::fs::read_to_string(told_before).unwrap());
        for part in parts {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert_eq!(told(arguments), text, "the same bytes again");
    }
    is_shown_in_part("## After the signature", &told(&["--lang", "fr"]));
}
