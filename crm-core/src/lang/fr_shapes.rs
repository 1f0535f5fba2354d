//! The shapes that the code passes into messages in English, in French.
//!
//! A test reads the sources of every crate and fails when one is missing here (`tests/it/phrases.rs`).

use super::fr_words::untranslated;

/// What the code expects, after "il faut".
pub(super) fn shape(expected: &str) -> String {
    match expected {
        "[from, to, code]" => "[de, à, code]",
        "[number, score]" => "[nombre, score]",
        "a source of dated values" => "une source de valeurs datées",
        "either `measures` or `facts`" => "soit `measures`, soit `facts`",
        "`column=field`" => "`colonne=champ`",
        "a column's name" => "le nom d’une colonne",
        "`create`, `none` or an object with `use`" => "`create`, `none` ou un objet avec `use`",
        "a country's name or ISO 3166 code" => "le nom d’un pays ou son code ISO 3166",
        "a domain such as `exemple.fr`" => "un domaine, par exemple `exemple.fr`",
        "a list of two texts" => "une liste de deux textes",
        "the ISO 3166 code of a country, such as `FR`" => "le code ISO 3166 d’un pays, par exemple `FR`",
        "a time of the clock such as 2026-03-29T02:30:00" => "une heure locale comme 2026-03-29T02:30:00",
        "an object of lists of windows by date" => "un objet qui associe une liste de plages à chaque date",
        "variables such as `{{company}}` or `{{first_name|there}}`" => {
            "des variables comme `{{company}}` ou `{{first_name|Madame, Monsieur}}`"
        }
        "either `log` or `draft`" => "soit `log`, soit `draft`",
        "either `template` or the text itself" => "soit `template`, soit le texte lui-même",
        "exactly one record" => "un seul enregistrement",
        "a media type that the configuration takes" => "un type de média accepté par la configuration",
        "a media type such as application/pdf" => "un type de média, par exemple application/pdf",
        "a file's name without a path, such as contract.pdf" => {
            "un nom de fichier sans chemin, par exemple contrat.pdf"
        }
        "a SHA-256 of 64 hexadecimal digits in lower case" => {
            "une empreinte SHA-256 de 64 chiffres hexadécimaux en minuscules"
        }
        "an object with `account`" => "un objet avec `account`",
        "an object with `account` and `score`" => "un objet avec `account` et `score`",
        "an object with `account` or `accounts`" => "un objet avec `account` ou `accounts`",
        "an object with `account`, `measure` and `value`" => "un objet avec `account`, `measure` et `value`",
        "an object with `op`" => "un objet avec `op`",
        "an object with `template`" => "un objet avec `template`",
        "an object with `record`, `id` and `text`" => "un objet avec `record`, `id` et `text`",
        "an address on one line" => "une adresse sur une seule ligne",
        "a phone number that can be called" => "un numéro de téléphone qui peut être appelé",
        "a phone number without an extension" => "un numéro de téléphone sans numéro de poste",
        "either `id` or `key`" => "soit `id`, soit `key`",
        "nothing, for this answer" => "rien, pour cette réponse",
        "a cursor" => "un curseur",
        "an amount in the currency of the forecast" => "un montant dans la devise de la prévision",
        "either `amount_minor` or `amount`" => "soit `amount_minor`, soit `amount`",
        "either `date` or `periods`" => "soit `date`, soit `periods`",
        "a cursor of this query" => "un curseur de cette même requête",
        "a field of `account`, `contact` or `deal` such as `contact.phone`" => {
            "un champ de `account`, `contact` ou `deal`, par exemple `contact.phone`"
        }
        "a domain such as company.example" => "un domaine comme company.example",
        "a field's name" => "le nom d’un champ",
        "an instant or a snapshot's id" => "un instant ou l’identifiant d’un instantané",
        "a list" => "une liste",
        "a day such as 20261231" => "un jour comme 20261231",
        "a part that this frequency has a use for" => "une option utile à cette fréquence",
        "a recurrence such as FREQ=WEEKLY;BYDAY=MO,WE" => "une récurrence comme FREQ=WEEKLY;BYDAY=MO,WE",
        "a weekday of a month such as 2TU or -1FR" => "un jour de semaine dans le mois, comme 2TU ou -1FR",
        "a list of conditions" => "une liste de conditions",
        "a list of fields with `field`" => "une liste de champs, chacun avec `field`",
        "a list of fields with `name` and `type`" => "une liste de champs, chacun avec `name` et `type`",
        "a list of keys" => "une liste de clés",
        "a list of rows" => "une liste de lignes",
        "a list of columns of the result" => "une liste de colonnes du résultat",
        "a whole number" => "un nombre entier",
        "a whole number of at most 64 bits" => "un nombre entier d’au plus 64 bits",
        "whole seconds" => "un nombre entier de secondes",
        "an object with `id` and `activity`" => "un objet avec `id` et `activity`",
        "an object with `id` and `note`" => "un objet avec `id` et `note`",
        "an object with `id` and `owner` or `team`" => "un objet avec `id` et `owner` ou `team`",
        "an object with `limit`" => "un objet avec `limit`",
        "a list of two ids" => "une liste de deux identifiants",
        "a list of two values" => "une liste de deux valeurs",
        "a list of values" => "une liste de valeurs",
        "a name of lower-case ASCII letters, digits and `_`, at most 64" => {
            "un nom de 64 caractères au plus, en minuscules ASCII, chiffres et `_`, qui commence par une lettre"
        }
        "an object" => "un objet",
        "an object of headers" => "un objet composé d’en-têtes",
        "a status code such as `5.1.1` or `550`" => "un code d’état, par exemple `5.1.1` ou `550`",
        "words such as `ne plus|pas me contacter` or `unsubscrib*`" => {
            "des mots, par exemple `ne plus|pas me contacter` ou `unsubscrib*`"
        }
        "an object of facts" => "un objet composé de faits",
        "an object by metric" => "un objet par engagement",
        "an object of calendars by value" => "un objet qui associe un calendrier à chaque valeur",
        "an object of lengths by metric" => "un objet qui associe une durée à chaque engagement",
        "an object of targets by priority" => "un objet qui associe des objectifs à chaque priorité",
        "seconds, or a length such as `1h 30m`" => "un nombre de secondes, ou une durée comme `1h 30m`",
        "words such as `mot|mots de passe` or `rembours*`" => {
            "des mots, par exemple `mot|mots de passe` ou `rembours*`"
        }
        "an object of topics" => "un objet composé de sujets",
        "an object of fields" => "un objet composé de champs",
        "an object of fields by column" => "un objet qui associe un champ à chaque colonne",
        "an object of host-defined fields" => "un objet composé de champs personnalisés",
        "an object of lists of fields by record" => {
            "un objet qui associe une liste de champs à chaque type d’enregistrement"
        }
        "an object of options" => "un objet composé d’options",
        "an object of texts" => "un objet composé de textes",
        "an object of managers by user" => "un objet de responsables par utilisateur",
        "an object of roles" => "un objet de rôles",
        "an object of rules" => "un objet composé de règles",
        "an object of scopes by record" => "un objet de portées par type d’enregistrement",
        "an object with `all`, `any`, `not`, `certain`, `segment` or `field`" => {
            "un objet avec `all`, `any`, `not`, `certain`, `segment` ou `field`"
        }
        "an object with `amount` and `currency`" => "un objet avec `amount` et `currency`",
        "an object with `at`" => "un objet avec `at`",
        "an object with `command`, `id`, `workspace`, `actor`, `at` and `body`" => {
            "un objet avec `command`, `id`, `workspace`, `actor`, `at` et `body`"
        }
        "an object with `code`" => "un objet avec `code`",
        "an object with `code` and `stages`" => "un objet avec `code` et `stages`",
        "an object with `pipeline` and `code`" => "un objet avec `pipeline` et `code`",
        "an object with `pipeline` and `stage`" => "un objet avec `pipeline` et `stage`",
        "an object with `pipeline`, `from` and `to`" => "un objet avec `pipeline`, `from` et `to`",
        "an object with `pipeline`, `stage`, `to_pipeline` and `to_stage`" => {
            "un objet avec `pipeline`, `stage`, `to_pipeline` et `to_stage`"
        }
        "an object with `field`" => "un objet avec `field`",
        "an object with `fields`" => "un objet avec `fields`",
        "an object with `id`" => "un objet avec `id`",
        "an object with `id` and `fields`" => "un objet avec `id` et `fields`",
        "an object with `ids`" => "un objet avec `ids`",
        "an object with `line` and `fields`" => "un objet avec `line` et `fields`",
        "an object with `name` and `role`" => "un objet avec `name` et `role`",
        "an object with `name` and `type`" => "un objet avec `name` et `type`",
        "an object with `primary` and `sources`" => "un objet avec `primary` et `sources`",
        "an object with `source` and `rows`" => "un objet avec `source` et `rows`",
        "an object with `workspace`, `actor`, `at` and a question" => {
            "un objet avec `workspace`, `actor`, `at` et une question"
        }
        "either `a` and `b`, or `lead` and `existing`, or `records`" => {
            "ou bien `a` et `b`, ou bien `lead` et `existing`, ou bien `records`"
        }
        "every column mapped once" => "associer chaque colonne une seule fois",
        "64 lower-case hexadecimal digits" => "64 chiffres hexadécimaux en minuscules",
        "an address that begins with https://, in plain ASCII" => "une adresse qui commence par https://, en ASCII",
        "an e-mail address, a phone number or the address of a profile" => {
            "une adresse e-mail, un numéro de téléphone ou l’adresse d’un profil"
        }
        "an object of acts" => "un objet d’actes",
        "two times such as 09:00" => "deux heures comme 09:00",
        "a time such as 09:30, to 24:00" => "une heure comme 09:30, jusqu’à 24:00",
        "a time such as 09:30, to 48:00" => "une heure comme 09:30, jusqu’à 48:00",
        "`as_of` and `known_seq` only with a report" => "`as_of` et `known_seq` seulement avec un rapport",
        "exactly one of `report`, `id`, `find`, `deals` and `saved_view`" => {
            "exactement un champ parmi `report`, `id`, `find`, `deals` et `saved_view`"
        }
        "rows that are filtered already, and no `filter`" => "des lignes déjà filtrées, sans `filter`",
        "either `command` or `action`" => "soit `command`, soit `action`",
        "either `id` or `builtin`" => "soit `id`, soit `builtin`",
        "either `id` or `fields`" => "soit `id`, soit `fields`",
        "either `id` or `user`" => "soit `id`, soit `user`",
        "either `to` or `by`" => "soit `to`, soit `by`",
        "either `id` or `lead`" => "soit `id`, soit `lead`",
        "either `report` or `id`" => "soit `report`, soit `id`",
        "either `value` or `cell`" => "soit `value`, soit `cell`",
        "either `lead` or `leads`" => "soit `lead`, soit `leads`",
        "a country by its two-letter ISO 3166 code" => "un pays par son code ISO 3166 à deux lettres",
        "a field with a date" => "un champ qui contient une date",
        "a list of at most 20 objects with a `code`" => "une liste d’au plus 20 objets avec un `code`",
        "a list of ids" => "une liste d’identifiants",
        "a list of texts" => "une liste de textes",
        "an object of steps" => "un objet d’étapes",
        "an object with `channel` and `sender`" => "un objet avec `channel` et `sender`",
        "an object with `channel`, `provider_id` and `kind`" => "un objet avec `channel`, `provider_id` et `kind`",
        "an object with `code` and `ids`" => "un objet avec `code` et `ids`",
        "an object with `code` and `record`" => "un objet avec `code` et `record`",
        "an object with `code` and `definition`" => "un objet avec `code` et `definition`",
        "an object with `command` and `body`" => "un objet avec `command` et `body`",
        "an object with `event`, `event_id` and a record" => "un objet avec `event`, `event_id` et un enregistrement",
        "an object with `id` and `found`" => "un objet avec `id` et `found`",
        "an object with `id` and `worker`" => "un objet avec `id` et `worker`",
        "an object with `id` and what is assigned" => "un objet avec `id` et ce qui est attribué",
        "an object with `id` or `limit`" => "un objet avec `id` ou `limit`",
        "an object with `id`, `fence` and `outcome`" => "un objet avec `id`, `fence` et `outcome`",
        "an object with `id`, `revision` and `content_hash`" => "un objet avec `id`, `revision` et `content_hash`",
        "an object with `id`, `revision`, `content_hash` and `note`" => {
            "un objet avec `id`, `revision`, `content_hash` et `note`"
        }
        "an object with `id`, `revision`, `content_hash` and `passed`" => {
            "un objet avec `id`, `revision`, `content_hash` et `passed`"
        }
        "an object with `items`" => "un objet avec `items`",
        "an object with `kind` and `fields`" => "un objet avec `kind` et `fields`",
        "an object with `kind`" => "un objet avec `kind`",
        "an object with `note`" => "un objet avec `note`",
        "an object with `record`, `id` and `action`" => "un objet avec `record`, `id` et `action`",
        "an object with `sequence`, and `leads` and `contacts` or `segment`" => {
            "un objet avec `sequence`, et soit `leads` et `contacts`, soit `segment`"
        }
        "either `segment`, or `leads` and `contacts`" => "soit `segment`, soit `leads` et `contacts`",
        "an object with `steps`" => "un objet avec `steps`",
        "an object with a `key`, or an `address` and a `channel`" => {
            "un objet avec `key`, ou bien `address` et `channel`"
        }
        "an object with a `lead` or a `contact`" => "un objet avec `lead` ou `contact`",
        "an object with a `lead`, `contact` or `address` and an `act`" => {
            "un objet avec `lead`, `contact` ou `address`, et `act`"
        }
        "either `id` or `owner`" => "soit `id`, soit `owner`",
        "either a `key`, or an `address` with a `channel`" => "soit `key`, soit `address` avec `channel`",
        "either a `lead` or a `contact`" => "soit `lead`, soit `contact`",
        "exactly one of `lead`, `contact` and `address`" => {
            "exactement une option parmi `lead`, `contact` et `address`"
        }
        "an object with `id` and `reason`" => "un objet avec `id` et `reason`",
        "an object with `id` and `anchors`" => "un objet avec `id` et `anchors`",
        "an object with `id` and `assignee`" => "un objet avec `id` et `assignee`",
        "an object with `id` and `to`" => "un objet avec `id` et `to`",
        "an object with `title` and `steps`" => "un objet avec `title` et `steps`",
        "an object with `playbook` and `account`" => "un objet avec `playbook` et `account`",
        "no `code`, `version` or `active`" => "omettre `code`, `version` et `active`",
        "an object of days by anchor" => "un objet qui associe un jour à chaque date de référence",
        "an object of users by step" => "un objet qui associe une personne à chaque étape",
        "an object of steps by code" => "un objet composé d’étapes par code",
        "no `id`, `version` or `status`" => "omettre `id`, `version` et `status`",
        "one state in `states` to go on with" => "un seul état dans `states` pour continuer",
        "what was proposed" => "ce qui a été proposé",
        "exactly one question, such as `find`" => "exactement une question, comme `find`",
        "exactly one of `last`, `next` and `from`" => "exactement une option parmi `last`, `next` et `from`",
        "exactly one of `exact`, `prefix` and `glob`" => "exactement une option parmi `exact`, `prefix` et `glob`",
        "exactly one of `fixed`, `rolling`, `ahead`, `to_date`, `previous` and `since`" => {
            "exactement une option parmi `fixed`, `rolling`, `ahead`, `to_date`, `previous` et `since`"
        }
        "exactly one of `user`, `team` and `queue`, or `keep` or `drop`" => {
            "exactement une option parmi `user`, `team` et `queue`, ou bien `keep` ou `drop`"
        }
        "one of the groupings, or a list of keys" => "l’un des regroupements, ou une liste de clés",
        "a host such as `example.com`" => "un site comme `exemple.fr`",
        "as many as there are paths" => "autant qu’il y a de parcours",
        "an object with `ask`" => "un objet avec `ask`",
        "exactly one of `lead`, `contact`, `account` and `deal`" => {
            "exactement une option parmi `lead`, `contact`, `account` et `deal`"
        }
        "a currency, since open deals are in several" => {
            "une devise, car les affaires ouvertes sont en plusieurs devises"
        }
        "a line's id, or its place from 1" => "l’identifiant d’une ligne, ou son rang à partir de 1",
        "an object of terms" => "un objet qui décrit le devis",
        "an object with `fields` and `terms`" => "un objet avec `fields` et `terms`",
        "an object with `id`, `revision`, `hash` and `by`" => "un objet avec `id`, `revision`, `hash` et `by`",
        "an object with `id`, and `fields` or `terms`" => "un objet avec `id`, et `fields` ou `terms`",
        "a model, or the id of one" => "un modèle, ou l’identifiant d’un modèle",
        "a path" => "un parcours",
        "either `segment` or `where`" => "soit `segment`, soit `where`",
        "one conversion of a subject" => "une seule conversion par sujet",
        "one discount" => "une seule remise",
        "the same in all rows of a quote" => "la même valeur dans toutes les lignes d’un devis",
        "an object with `limit` and `after`" => "un objet avec `limit` et `after`",
        "either `seats` or `measure`" => "soit `seats`, soit `measure`",
        "the id of a touch" => "l’identifiant d’un point de contact",
        "no value" => "omettre la valeur",
        "text" => "un texte",
        "text with a letter or a digit" => "un texte avec au moins une lettre ou un chiffre",
        "the command's own output" => "le résultat propre à cette commande",
        other => return untranslated(other),
    }
    .to_owned()
}
